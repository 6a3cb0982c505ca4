import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from '../http-server.js';
import { inOneProcess, lastLine, type Report, sampleJob, type Workdir, workdir } from '../workdir.js';

// Reports of a run outside its folder: verdict, findings, date and variables, also if the whole run failed.

const day = join(process.cwd(), 'data-samples', 'flights', '2013-01-01.csv');
const [region, token] = ['region', 'api_token'].map((name) => `\${${name}}`);

/** A job over `in/`, whose day has unknown carriers. */
function strangeCarriers(dir: Workdir): void {
  const text = readFileSync(day, 'utf8').replaceAll(/,(UA|B6|AA),/g, ',QQQ,');
  dir.write('in/2013-01-01.csv', text);
  dir.write(
    'job.yaml',
    `${sampleJob('flight-delay', [
      inOneProcess,
      [/path: .*date\}\*/, `path: in/\${date}*`],
      [/path: .*date=.*/, `path: out/${region}/date=\${date}`],
    ])}\ntelemetry: { namespace: "${token}" }\n`,
  );
}

const args = ['job.yaml', '--date', '2013-01-01', '--set', 'region=north', '--set', 'api_token=hush'];

test('the last line says which day, which verdict, why, and what to do', () => {
  const dir = workdir();
  try {
    strangeCarriers(dir);
    const ran = dir.nightshift(['run', ...args, '--metrics', 'ns.prom']);
    assert.equal(ran.code, 0, ran.stderr);
    const report = lastLine(ran);
    assert.deepEqual([report.date, report.verdict], ['2013-01-01', 'check']);
    assert.deepEqual(report.variables, { region: 'north', api_token: '***' });
    const [first] = report.findings;
    assert.deepEqual([first!.code, first!.column], ['unknown-category', 'carrier']);
    assert.match(first!.sentence, /^unknown values of carrier, such as "QQQ": \d+ of 842 rows/);
    assert.match(report.hint!, /categories/);
    const metrics = dir.read('ns.prom');
    assert.match(metrics, /^nightshift_run_verdict\{verdict="check",.*\} 1$/m);
    assert.match(metrics, /^nightshift_run_finding\{level="check",code="unknown-category",column="carrier"/m);
    assert.match(
      metrics,
      /^nightshift_run_info\{date="2013-01-01",set_region="north",set_api_token="\*\*\*"/m,
    );
    const manifest = JSON.parse(dir.read('out/north/date=2013-01-01/_manifest.json')) as {
      verdict: string;
      findings: readonly { code: string }[];
      job: { date: string; variables: object };
    };
    assert.equal(manifest.verdict, 'check');
    assert.equal(manifest.findings[0]!.code, 'unknown-category');
    assert.deepEqual(manifest.job.variables, report.variables);
    for (const text of [ran.stdout, ran.stderr, metrics, JSON.stringify(manifest)])
      assert.doesNotMatch(text, /hush/);
  } finally {
    dir.remove();
  }
});

test('--exit-on-check ends run and finish with 3, and what is published stays published', () => {
  const dir = workdir();
  try {
    strangeCarriers(dir);
    for (const command of ['run', 'finish']) {
      const ran = dir.call([command, ...args, '--exit-on-check']);
      assert.equal(ran.code, 3, ran.stderr);
      const report = lastLine(ran);
      assert.deepEqual([report.exit_code, report.reason, report.verdict], [3, 'check', 'check']);
      assert.match(report.error!.message, /unknown values of carrier/);
      assert.match(report.error!.hint!, /published partitions stay published/);
      assert.ok(existsSync(join(dir.path, 'out/north/date=2013-01-01/_SUCCESS')));
    }
    dir.write('in/2013-01-01.csv', readFileSync(day));
    const good = dir.call(['run', ...args, '--exit-on-check']);
    assert.equal(good.code, 0, good.stderr);
    assert.deepEqual(
      [lastLine(good).verdict, lastLine(good).findings, lastLine(good).hint],
      ['good', [], null],
    );
  } finally {
    dir.remove();
  }
});

test('a run that fails as a whole keeps run, date and output in its last line and in status', () => {
  const dir = workdir();
  try {
    strangeCarriers(dir);
    const ran = dir.call(['run', ...args]);
    assert.equal(ran.code, 0, ran.stderr);
    const broken = dir.read('job.yaml').replace(/path: .*\.onnx/, 'path: gone.onnx');
    dir.write('broken.yaml', broken);
    const failed = dir.call(['run', 'broken.yaml', ...args.slice(1)]);
    assert.equal(failed.code, 2, failed.stderr);
    const report = lastLine(failed);
    assert.match(report.run_id, /^\d{8}T\d{6}Z-[0-9a-f]{6}$/);
    assert.deepEqual([report.date, report.verdict], ['2013-01-01', 'bad']);
    assert.equal(report.output, join(dir.path, 'out/north/date=2013-01-01'));
    assert.equal(report.findings[0]!.sentence, report.error!.message);
    const status = dir.call(['status', 'broken.yaml', ...args.slice(1)]);
    assert.match(
      status.stdout,
      new RegExp(`^last run ${report.run_id} for 2013-01-01, .* ended with 2`, 'm'),
    );
    assert.match(status.stdout, /gone\.onnx/);
    const asJson = dir.call(['status', 'broken.yaml', ...args.slice(1), '--json']);
    const { last_run } = JSON.parse(asJson.stdout) as { last_run: Report };
    assert.deepEqual([last_run.run_id, last_run.exit_code], [report.run_id, 2]);
  } finally {
    dir.remove();
  }
});

test('a run that failed before there was a folder is in status too; one without input leaves none', () => {
  const dir = workdir();
  try {
    strangeCarriers(dir);
    dir.write('broken.yaml', dir.read('job.yaml').replace(/path: .*\.onnx/, 'path: gone.onnx'));
    const failed = dir.call(['run', 'broken.yaml', ...args.slice(1)]);
    assert.equal(failed.code, 2);
    assert.match(dir.call(['status', 'broken.yaml', ...args.slice(1)]).stdout, /ended with 2/);
    const none = dir.call(['run', 'job.yaml', '--date', '2001-01-01', ...args.slice(3)]);
    assert.equal(none.code, 99);
    assert.equal(lastLine(none).verdict, 'check');
    assert.equal(lastLine(none).date, '2001-01-01');
    assert.equal(existsSync(join(dir.path, 'out/north/date=2001-01-01')), false);
  } finally {
    dir.remove();
  }
});

test('the webhook receives a verdict that is not good, also if the run ended with 0', async () => {
  const { address, received } = await serve();
  const dir = workdir();
  try {
    strangeCarriers(dir);
    const env = { NIGHTSHIFT_WEBHOOK: `${address}/` };
    const ran = await dir.start(['run', ...args], env).ended;
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      received.map(({ body }) => JSON.parse(body) as unknown),
      [lastLine(ran)],
    );
    dir.write('in/2013-01-01.csv', readFileSync(day));
    assert.equal((await dir.start(['run', ...args], env).ended).code, 0);
    assert.equal(received.length, 1);
  } finally {
    dir.remove();
  }
});
