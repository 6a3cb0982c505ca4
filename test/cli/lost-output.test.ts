import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { modelRun, rowsOf } from '../faults/made-job.js';
import { main, workdir } from '../workdir.js';

for (const args of [
  ['check', 'job.yaml'],
  ['plan', 'job.yaml', '--json'],
  ['inspect', 'in/a.csv'],
  ['schema'],
  ['--help'],
]) {
  it(`${args[0]} ends with 5 where standard output is on a full disk`, {
    skip: process.platform !== 'linux' && 'needs /dev/full',
  }, () => {
    const dir = workdir();
    modelRun(dir, 'never-ends');
    dir.write('in/a.csv', rowsOf(20));
    const words = ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, main, ...args];
    const { status, stderr } = spawnSync('sh', words, { cwd: dir.path, encoding: 'utf8' });
    assert.equal(status, 5, stderr);
    assert.match(stderr, /^nightshift: standard output could not be written \(ENOSPC\)\n {2}free space /m);
    dir.remove();
  });
}
