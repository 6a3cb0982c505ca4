import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callResident } from './resident.js';
import { workdir } from './workdir.js';

test('a call of the resident process answers what a process of its own does, time after time', () => {
  const dir = workdir();
  dir.write('a.csv', 'id,x\n1,2\n2,NA\n');
  dir.write('job.yaml', 'name: j\nmodl: { path: m.onnx }\n');
  for (const args of [
    ['--version'],
    ['inspect', 'a.csv'],
    ['check', 'job.yaml', '--json'],
    ['rum'],
    ['inspect', 'a.csv', '--json'],
  ])
    assert.deepEqual(dir.call(args), dir.nightshift(args), args.join(' '));
});

test('a resident process that ends is an exit code like any, and the next call starts another', () => {
  const ended = callResident({ folder: '/nowhere', args: ['--version'] });
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /ENOENT/);
  assert.equal(workdir().call(['--version']).code, 0);
});
