import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { modelRun, rowsOf } from '../faults/made-job.js';
import { lastLine, main, type Ran, type Workdir, workdir } from '../workdir.js';

/** Runs `nightshift ARGS` as a process that may have at most `files` files open. */
function runLimited(dir: Workdir, files: number, args: readonly string[]): Ran {
  const limited = ['-c', `ulimit -n ${files}; exec "$@"`, 'sh', process.execPath, main, ...args];
  const { status, signal, stdout, stderr } = spawnSync('sh', limited, { cwd: dir.path, encoding: 'utf8' });
  return { code: status, signal, stdout, stderr };
}

describe('a process that may open few files', () => {
  for (const files of [19, 20, 21, 22, 23, 24, 25, 26, 30, 36]) {
    for (const args of [
      ['run', 'job.yaml'],
      ['check', 'job.yaml'],
      ['repair', 'in/a.csv', '-o', 'b.csv'],
      ['schema'],
    ]) {
      it(`${args[0]} works with ${files}, or ends with 5 and a sentence`, () => {
        const dir = workdir();
        modelRun(dir, 'never-ends');
        dir.write('in/a.csv', rowsOf(20));
        const ran = runLimited(dir, files, args);
        assert.ok(ran.code === 0 || ran.code === 5, `exit ${ran.code}: ${ran.stderr}`);
        assert.doesNotMatch(ran.stderr, /\n\s+at |this is a bug/);
        if (ran.code === 5) assert.match(ran.stderr, /too many files are open/);
        if (args[0] === 'run') {
          assert.equal(lastLine(ran).exit_code, ran.code);
          assert.equal(lastLine(ran).reason, ran.code === 0 ? 'ok' : 'too-many-files');
        }
        dir.remove();
      });
    }
  }

  it('ends a check whose output folder cannot be looked at for want of files with 5, not with a finding', () => {
    const dir = workdir();
    modelRun(dir, 'never-ends');
    dir.write('in/a.csv', rowsOf(20));
    const preload = dir.write(
      'fail.cjs',
      `const { promises } = require('node:fs'), { constants } = require('node:fs'), { open } = promises;
promises.open = function (path, flags, ...rest) {
  if (typeof flags === 'number' && flags & constants.O_DIRECTORY) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open', path });
  return open.call(this, path, flags, ...rest);
};
require('node:module').syncBuiltinESMExports();`,
    );
    const ran = dir.nightshift(['check', 'job.yaml'], { NODE_OPTIONS: `--require ${preload}` });
    assert.equal(ran.code, 5, ran.stdout + ran.stderr);
    assert.match(ran.stderr, /too many files are open/);
    dir.remove();
  });

  it('says what keeps the program from loading', () => {
    const dir = workdir();
    const preload = dir.write(
      'fail.cjs',
      `const fs = require('node:fs'), { readFileSync } = fs;
fs.readFileSync = function (path, ...rest) {
  if (String(path).endsWith('program.cjs')) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open', path });
  return readFileSync.call(this, path, ...rest);
};
require('node:module').syncBuiltinESMExports();`,
    );
    const ran = dir.nightshift(['schema'], { NODE_OPTIONS: `--require ${preload}` });
    assert.equal(ran.code, 5);
    assert.match(
      ran.stderr,
      /^nightshift: the program cannot be loaded: file ".*program.cjs" cannot be opened: too many files are open\n {2}raise the limit \(ulimit -n\)\n$/,
    );
    dir.remove();
  });
});
