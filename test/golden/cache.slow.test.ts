import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { published, sampleRun } from '../faults/made-job.js';
import { workdir } from '../workdir.js';

const timeout = 60_000;

it('a cold run, a warm one, one with each file of the cache damaged and one without give the same bytes', {
  timeout,
}, () => {
  const dir = workdir();
  const job = sampleRun(dir, { days: '2013-01-01*' });
  const above = join(dir.path, 'cache');
  const folder = join(above, 'nightshift');
  const run = (...words: string[]) => {
    dir.remove('out');
    const ran = dir.nightshift(['run', job, '--quiet', ...words], {
      XDG_CACHE_HOME: above,
      NIGHTSHIFT_NO_CACHE: '',
    });
    assert.equal(ran.code, 0, ran.stderr);
    return published(dir);
  };
  const written = () =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).ino]));

  const without = run('--no-cache');
  assert.ok(!readdirSync(dir.path).includes('cache'), '--no-cache wrote a cache');
  assert.deepEqual(run(), without);
  const kinds = readdirSync(folder).map((name) => name.slice(0, name.indexOf('-')));
  assert.deepEqual(kinds.sort(), ['code', 'code', 'graph', 'graph', 'job', 'model', 'proof']);

  const cold = written();
  assert.deepEqual(run(), without);
  assert.deepEqual(written(), cold, 'a warm run wrote into the cache');

  const damaged = new Map<string, Buffer>();
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    bytes[bytes.length >> 1]! ^= 255;
    writeFileSync(join(folder, name), bytes);
    damaged.set(name, bytes);
  }
  assert.deepEqual(run(), without);
  for (const [name, bytes] of damaged)
    assert.ok(!readFileSync(join(folder, name)).equals(bytes), `${name} was not written again`);
});

it('a file of trees is described once for each number of rounds, and scores the same bytes', {
  timeout,
}, () => {
  const dir = workdir();
  const frame = join(process.cwd(), 'data-samples/models/trees/frame');
  const env = { XDG_CACHE_HOME: join(dir.path, 'cache'), NIGHTSHIFT_NO_CACHE: '' };
  const run = (rounds: string, ...words: string[]) => {
    dir.remove('out');
    const text = `name: trees\ninput: { path: ${join(frame, 'rows.csv')} }
model: { path: ${join(frame, 'model.txt')}, rounds: ${rounds} }
output: { path: out }\n`;
    const ran = dir.nightshift(['run', dir.write('job.yaml', text), '--quiet', ...words], env);
    assert.equal(ran.code, 0, ran.stderr);
    return published(dir);
  };
  const models = () =>
    readdirSync(join(dir.path, 'cache/nightshift')).filter((name) => name.startsWith('model'));
  const [all, few] = [run('all', '--no-cache'), run('2', '--no-cache')];
  assert.notDeepEqual(few, all);
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(run('all'), all);
    assert.deepEqual(run('2'), few);
    assert.equal(models().length, 2);
  }
});

it('a model that crashes in its trial, which is in the first worker, ends with 2 and its last words; nothing is kept of it', {
  timeout,
}, () => {
  const dir = workdir();
  const job = sampleRun(dir, { days: '2013-01-01*' });
  const preload = dir.write(
    'crash.cjs',
    `const { send } = process;
if (send !== undefined) process.send = function (message, ...rest) {
  if (message?.said === 'batch') {
    require('node:fs').writeSync(2, 'its last words\\n');
    process.kill(process.pid, 'SIGSEGV');
  }
  return send.call(this, message, ...rest);
};`,
  );
  const env = { XDG_CACHE_HOME: join(dir.path, 'cache'), NIGHTSHIFT_NO_CACHE: '' };
  const ran = dir.nightshift(['run', job, '--quiet'], { ...env, NODE_OPTIONS: `--require ${preload}` });
  assert.equal(ran.code, 2, ran.stderr);
  const { reason, error } = JSON.parse(ran.stdout.trimEnd());
  assert.equal(reason, 'model-crashes');
  assert.match(error.message, /with SIGSEGV: its last words \(/);
  const proofs = () =>
    readdirSync(join(dir.path, 'cache/nightshift')).filter((name) => name.startsWith('proof'));
  assert.deepEqual(proofs(), []);
  assert.equal(dir.nightshift(['run', job, '--quiet'], env).code, 0);
  const proven = proofs();
  assert.equal(proven.length, 1);

  // A proof is of the model's bytes: a copy of the model needs no other.
  const model = /^ {2}path: (.*\.onnx)/m.exec(dir.read('job.yaml'))![1]!;
  copyFileSync(model, join(dir.path, 'copy.onnx'));
  dir.write('job.yaml', dir.read('job.yaml').replace(model, 'copy.onnx'));
  assert.equal(dir.nightshift(['check', job], env).code, 0);
  assert.deepEqual(proofs(), proven);
});
