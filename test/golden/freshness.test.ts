import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inOneProcess, lastLine, type Report, sampleJob, type Workdir, workdir } from '../workdir.js';
import { cleanDay, csvOf, resample } from './made-days.js';

const hour = 3_600_000;

function jobIn(dir: Workdir, quality: string): void {
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      inOneProcess,
      [/path: .*date\}\*/, `path: in/\${date}*`],
      [/path: .*date=.*/, `path: out/date=\${date}`],
      [/path: .*flight-delay\.onnx/, 'path: model.onnx'],
      [/^quality:.*$/m, `quality:\n${quality}`.trimEnd()],
    ]),
  );
  dir.write('model.onnx', readFileSync('data-samples/models/flight-delay.onnx'));
}

function runOf(dir: Workdir, date: string): Report {
  return lastLine(dir.call(['run', 'job.yaml', '--date', date, '--quiet']));
}

test('an input of more than 1 MiB that comes again under a new date is known by its content', () => {
  const dir = workdir();
  try {
    jobIn(dir, '');
    const day = csvOf(resample(cleanDay, 14_000, 3));
    assert.ok(day.length > 1024 * 1024, `${day.length} bytes`);
    dir.write('in/2013-01-03.csv', day);
    assert.equal(runOf(dir, '2013-01-03').verdict, 'good');
    dir.write('in/2013-01-04.csv', day);
    const again = runOf(dir, '2013-01-04');
    assert.deepEqual([again.verdict, again.findings[0]!.code], ['check', 'repeated-input']);
    assert.match(again.findings[0]!.sentence, /^input 2013-01-04 has the same content as .*2013-01-03/);
    dir.write('in/2013-01-05.csv', day.replace('2013,1,4', '2013,1,5'));
    assert.equal(runOf(dir, '2013-01-05').verdict, 'good');
  } finally {
    dir.remove();
  }
});

test('a damaged or too large list of the inputs of another date is named, and finish writes it again', () => {
  const dir = workdir();
  try {
    jobIn(dir, '');
    const list = 'out/date=2013-01-03/_nightshift/inputs.json';
    const day = csvOf(resample(cleanDay, 300, 3));
    dir.write('in/2013-01-03.csv', day);
    assert.equal(runOf(dir, '2013-01-03').verdict, 'good');
    const whole = dir.read(list);
    const found = (date: string) => {
      dir.write(`in/${date}.csv`, day);
      return runOf(dir, date).findings.map(({ code, sentence }) => [code, sentence] as const);
    };
    for (const [date, text, why] of [
      ['2013-01-10', whole.slice(0, -20), 'is damaged'],
      ['2013-01-11', '{"job":"flight-delay"}', 'is damaged'],
      ['2013-01-12', ' '.repeat(2 ** 25 + 1), 'is larger than 32 MiB'],
    ] as const) {
      dir.write(list, text);
      const unread = found(date).find(([code]) => code === 'inputs-not-compared');
      const path = join(dir.path, list);
      assert.equal(
        unread![1],
        `whether an input was delivered before is not known: the list of inputs "${path}" ${why}`,
      );
    }
    assert.equal(dir.call(['finish', 'job.yaml', '--date', '2013-01-03', '--quiet']).code, 0);
    assert.equal(dir.read(list), whole);
    const repeated = found('2013-01-13');
    assert.deepEqual(
      repeated.map(([code]) => code),
      ['repeated-input'],
    );
    rmSync(join(dir.path, list));
    dir.write('job.yaml', dir.read('job.yaml').replace(/^quality:/m, 'quality:\n  repeated_input: ignore'));
    dir.write(list, '{');
    assert.deepEqual(found('2013-01-14'), []);
  } finally {
    dir.remove();
  }
});

test('an old baseline and an old model are named, each with its age and what to do', () => {
  const dir = workdir();
  try {
    const baseline = JSON.parse(readFileSync('data-samples/baselines/flight-delay.json', 'utf8')) as object;
    const made = new Date(Date.now() - 100 * 24 * hour).toISOString();
    dir.write('old.json', JSON.stringify({ ...baseline, createdAt: made }));
    const limits = 'max_age: { baseline: { warn: 90d }, model: { warn: 180d }, input: { warn: 26h } }';
    jobIn(dir, `  baseline: old.json\n  ${limits}\n`);
    dir.write('in/2013-01-04.csv', csvOf(resample(cleanDay, 300, 5)));
    const stale = runOf(dir, '2013-01-04');
    assert.deepEqual(
      stale.findings.map(({ code, sentence }) => [code, sentence]),
      [['stale-baseline', 'the baseline is 100 days old, more than 90 days']],
    );
    assert.equal(stale.hint, 'write a new baseline with: nightshift profile JOB');
    const at = (Date.now() - 200 * 24 * hour) / 1000;
    utimesSync(join(dir.path, 'model.onnx'), at, at);
    dir.write('in/2013-01-05.csv', csvOf(resample(cleanDay, 300, 6)));
    const both = runOf(dir, '2013-01-05');
    assert.deepEqual(both.findings.map(({ code }) => code).sort(), ['stale-baseline', 'stale-model']);
    const ahead = (Date.now() + 10 * 24 * hour + 60_000) / 1000;
    dir.write('in/2013-01-06.csv', csvOf(resample(cleanDay, 300, 7)));
    utimesSync(join(dir.path, 'in/2013-01-06.csv'), ahead, ahead);
    const [future] = runOf(dir, '2013-01-06').findings.filter(({ code }) => code === 'stale-input');
    assert.match(future!.sentence, /is dated 10 days in the future, so its age is not known$/);
    dir.write('job.yaml', dir.read('job.yaml').replace(limits, 'max_age: { model: 180d }'));
    const held = runOf(dir, '2013-01-05');
    assert.deepEqual([held.exit_code, held.verdict, held.findings[0]!.code], [3, 'bad', 'stale-model']);
  } finally {
    dir.remove();
  }
});
