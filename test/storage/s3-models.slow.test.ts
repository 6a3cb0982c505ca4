import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { published, sampleRun } from '../faults/made-job.js';
import { echoModel } from '../golden/tiny-model.js';
import { residentWith } from '../resident.js';
import { s3Server } from '../s3-server.js';
import { lastLine, type Ran, said, type Workdir, workdir } from '../workdir.js';

/** Ends with the file: a hook of a suite would end it before the tests. */
const server = await s3Server();
const temporary = workdir();
const env = { ...server.env, TMPDIR: temporary.path };
const resident = residentWith(env);
const call = (dir: Workdir, args: readonly string[]) => resident({ folder: dir.path, args });

const samples = join(process.cwd(), 'data-samples');
const model = readFileSync(join(samples, 'models/flight-delay.onnx'));
/** The same model by another version of its exporter. */
const other = Buffer.from(model.toString('latin1').replace('1.20.0', '1.20.1'), 'latin1');
const baseline = readFileSync(join(samples, 'baselines/flight-delay.json'));

beforeEach(() => server.fault(() => null));

async function ranWell(ran: Promise<Ran>): Promise<Ran> {
  const ended = await ran;
  assert.equal(ended.code, 0, said(ended));
  return ended;
}

/** Nothing but the cache of compiled code may stay. */
function nothingLeft(): void {
  assert.deepEqual(
    readdirSync(temporary.path).filter((name) => name.startsWith('nightshift-s3')),
    [],
  );
}

describe('a model and a baseline in S3', () => {
  const dir = workdir();
  const without = sampleRun(dir, { workers: 1, isolation: 'none', days: '2013-01-0[24]*' });
  const text = readFileSync(without, 'utf8');
  const withBaseline = (job: string, path: string) =>
    job.replace(/^quality:.*$/m, `quality:\n  baseline: ${path}`);
  const local = dir.write('local.yaml', withBaseline(text, join(samples, 'baselines/flight-delay.json')));
  const remote = dir.write(
    'remote.yaml',
    withBaseline(
      text.replace(/path: \S*flight-delay.onnx/, 'path: s3://b/models/flight-delay.onnx'),
      's3://b/baselines/flight-delay.json',
    ),
  );
  const putBoth = () => {
    server.put('models/flight-delay.onnx', model);
    server.put('baselines/flight-delay.json', baseline);
  };

  it('give the bytes of a run with local ones, and are named by their addresses', async () => {
    putBoth();
    await ranWell(call(dir, ['run', local]));
    const hashes = published(dir);
    dir.remove('out');
    await ranWell(call(dir, ['run', remote]));
    assert.deepEqual(published(dir), hashes);
    const manifest = JSON.parse(dir.read('out/_manifest.json')) as { model: { path: string } };
    assert.equal(manifest.model.path, 's3://b/models/flight-delay.onnx');
    const summary = dir.read('out/_summary.json');
    assert.match(summary, /"s3:\/\/b\/baselines\/flight-delay\.json"/);
    assert.doesNotMatch(summary + dir.read('out/_summary.html'), /nightshift-s3-/);
    nothingLeft();
    const again = await ranWell(call(dir, ['run', remote]));
    assert.equal(lastLine(again).partitions.skipped, 2);
    const status = await ranWell(call(dir, ['status', remote]));
    assert.match(status.stdout, /2 published/);
  });

  it('are read once each, and a changed model is found by its content', async () => {
    putBoth();
    await ranWell(call(dir, ['run', remote]));
    server.sent.clear();
    await ranWell(call(dir, ['run', remote, '--force']));
    assert.equal(server.sent.get('models/flight-delay.onnx')!.bytes, model.length);
    assert.equal(server.sent.get('baselines/flight-delay.json')!.bytes, baseline.length);
    server.put('models/flight-delay.onnx', other);
    const status = await call(dir, ['status', remote]);
    assert.match(status.stdout, /outdated/);
    const again = await ranWell(call(dir, ['run', remote]));
    assert.equal(lastLine(again).partitions.published, 2);
  });

  it('are read through lost connections and answers that break off', async () => {
    putBoth();
    server.fault((count) => (['SlowDown', null, 'cut', null, 'reset', null] as const)[count % 6]!);
    await ranWell(call(dir, ['run', remote, '--force']));
    nothingLeft();
  });

  it('are used by check, compare, tune, profile and init', async () => {
    putBoth();
    const check = await ranWell(call(dir, ['check', remote]));
    assert.doesNotMatch(check.stdout + check.stderr, /nightshift-s3-/);
    const model = 's3://b/models/flight-delay.onnx';
    server.put('models/other.onnx', other);
    const compared = await ranWell(
      call(dir, ['compare', local, '--models', model, 's3://b/models/other.onnx', '--json', '--quiet']),
    );
    const { models } = JSON.parse(compared.stdout) as { models: { path: string }[] };
    assert.deepEqual(
      models.slice(1).map(({ path }) => path),
      [model, 's3://b/models/other.onnx'],
    );
    await ranWell(call(dir, ['tune', remote, '--workers', '1', '--batch-rows', '512', '--quiet']));
    const profiled = await ranWell(call(dir, ['profile', remote, '--quiet']));
    assert.match(profiled.stdout, /aws s3 cp \S+flight-delay\.baseline\.json s3:\/\/b\/baselines/);
    const input = join(samples, 'flights/2013-01-01.csv');
    await ranWell(call(dir, ['init', '--model', model, '--input', input, '-o', 'drafted.yaml']));
    assert.match(dir.read('drafted.yaml'), /path: "?s3:\/\/b\/models\/flight-delay\.onnx/);
    await ranWell(call(dir, ['run', 'drafted.yaml']));
    nothingLeft();
  });
});

describe('a small model in S3', () => {
  const dir = workdir();
  dir.write('in/a.csv', 'x\n1.5\n2.5\n');
  const job = (path: string, more = '') =>
    dir.write(
      'job.yaml',
      `name: tiny\ninput: { path: in/*.csv }\nmodel: { path: "${path}"${more} }\noutput: { path: out, format: csv }\nrun: { retries: 0, memory: 512MiB, workers: 1 }\n`,
    );
  const ends = async (path: string, more = '', own: NodeJS.ProcessEnv | null = null) => {
    const args = ['run', job(path, more), '--force'];
    const ran = await (own === null ? call(dir, args) : dir.start(args, { ...env, ...own }).ended);
    const { exit_code, reason, error, hint } = lastLine(ran);
    nothingLeft();
    return [exit_code, reason, error?.message ?? null, hint];
  };

  it('is read with weights in other files', async () => {
    server.put('ext/m.onnx', readFileSync('test/fixtures/external-weights.onnx'));
    assert.deepEqual((await ends('s3://b/ext/m.onnx')).slice(0, 2), [2, 'model-data-missing']);
    server.put('ext/weights-data.bin', new Uint8Array(new Float32Array([2]).buffer));
    assert.equal((await ends('s3://b/ext/m.onnx'))[0], 0);
    const { external_files } = (
      JSON.parse(dir.read('out/_manifest.json')) as { model: { external_files: { path: string }[] } }
    ).model;
    assert.equal(external_files[0]!.path, 's3://b/ext/weights-data.bin');
  });

  it('may be the folder of an MLflow model', async () => {
    mkdirSync(join(dir.path, 'flow/data'), { recursive: true });
    cpSync('test/fixtures/external-weights.onnx', join(dir.path, 'flow/data/m.onnx'));
    const described = 'flavors:\n  onnx: { data: data/m.onnx }\n';
    dir.write('flow/MLmodel', described);
    dir.write('flow/data/weights-data.bin', new Uint8Array(new Float32Array([2]).buffer));
    for (const name of ['MLmodel', 'data/m.onnx', 'data/weights-data.bin'])
      server.put(`flow/${name}`, readFileSync(join(dir.path, 'flow', name)));
    assert.equal((await ends('flow'))[0], 0);
    const scored = dir.read('out/part-a.csv');
    assert.equal((await ends('s3://b/flow'))[0], 0);
    assert.equal(dir.read('out/part-a.csv'), scored);
  });

  it('that does not exist, may not be read or is too large is one sentence, before it is read', async () => {
    server.put('models/echo.onnx', await echoModel('x'));
    const missing = await ends('s3://b/models/gone.onnx');
    assert.deepEqual(missing.slice(0, 2), [2, 'model-missing']);
    assert.match(
      String(missing[2]),
      /^model "s3:\/\/b\/models\/gone\.onnx" cannot be read: there is no such object, and "s3:\/\/b\/models\/" has .*echo\.onnx/,
    );
    assert.deepEqual((await ends('s3://other/models/m.onnx')).slice(0, 2), [2, 's3-address']);
    server.fault(() => 'AccessDenied');
    assert.deepEqual((await ends('s3://b/models/echo.onnx')).slice(0, 2), [2, 'no-permission']);
    server.fault(() => 'SlowDown');
    assert.deepEqual((await ends('s3://b/models/echo.onnx')).slice(0, 2), [5, 'storage-failed']);
    server.fault(() => null);
    server.put('models/large.onnx', new Uint8Array(512 * 2 ** 20));
    server.sent.clear();
    const large = await ends('s3://b/models/large.onnx');
    assert.deepEqual(large.slice(0, 2), [6, 'memory-budget']);
    assert.match(String(large[2]), /the model takes 512 MiB, but the run has/);
    assert.equal(server.sent.get('models/large.onnx')!.bytes, 0);
    server.put('models/broken.onnx', 'not a model');
    const broken = await ends('s3://b/models/broken.onnx');
    assert.deepEqual(broken.slice(0, 2), [2, 'model-unreadable']);
    assert.match(String(broken[2]), /"s3:\/\/b\/models\/broken\.onnx"/);
  });

  it('has a baseline of a size that fits into memory', async () => {
    server.put('models/echo.onnx', await echoModel('x'));
    const more = ' }\nquality: { baseline: "s3://b/base.json"';
    const missing = await ends('s3://b/models/echo.onnx', more);
    assert.deepEqual(missing.slice(0, 2), [2, 'baseline-missing']);
    server.put('base.json', new Uint8Array(64 * 2 ** 20));
    server.sent.clear();
    const small = { NODE_OPTIONS: '--max-old-space-size=256' };
    const large = await ends('s3://b/models/echo.onnx', more, small);
    assert.deepEqual(large.slice(0, 2), [6, 'memory-budget']);
    assert.match(String(large[2]), /^baseline "s3:\/\/b\/base\.json" of 64 MiB takes more memory/);
    assert.equal(server.sent.get('base.json')!.bytes, 0);
  });

  it('may have challengers there; one that is missing is refused, and the run goes on', async () => {
    const echo = await echoModel('x');
    server.put('models/echo.onnx', echo);
    dir.write('echo.onnx', echo);
    const more = ', challengers: ["s3://b/models/echo.onnx", "s3://b/models/gone.onnx"]';
    assert.equal((await ends('echo.onnx', more))[0], 0);
    const { challengers } = JSON.parse(dir.read('out/_summary.json')) as {
      challengers: { path: string; refused?: string | null }[];
    };
    assert.equal(challengers[0]!.path, 's3://b/models/echo.onnx');
    const text = dir.read('out/_summary.json');
    assert.match(text, /model \\"s3:\/\/b\/models\/gone\.onnx\\" cannot be read: there is no such object/);
    assert.doesNotMatch(text, /nightshift-s3-/);
  });
});
