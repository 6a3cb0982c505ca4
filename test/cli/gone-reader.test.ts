import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { main, sampleJob, workdir } from '../workdir.js';

/** Runs the program with closed pipes for its output, and returns its exit code. */
function unheard(cwd: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  child.stderr.destroy();
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(code));
  });
}

test('a run goes on and keeps its exit code when nobody reads its output any more', async () => {
  const dir = workdir();
  try {
    const job = dir.write('job.yaml', sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: out']]));
    for (const form of ['--json', '--text']) {
      const code = await unheard(dir.path, [
        'run',
        job,
        '--date',
        '2013-01-04',
        '--workers',
        '1',
        '--force',
        form,
      ]);
      assert.equal(code, 0, form);
      assert.ok(existsSync(join(dir.path, 'out/_SUCCESS')));
      assert.equal(await unheard(dir.path, ['run', job, '--date', '2001-01-01', form]), 99, form);
    }
    assert.equal(
      await unheard(dir.path, ['inspect', join(process.cwd(), 'data-samples/flights/2013-01-01.csv')]),
      0,
    );
  } finally {
    dir.remove();
  }
});

test('a run whose last line nobody reads says so on standard error, in its form', async () => {
  const dir = workdir();
  try {
    const job = dir.write('job.yaml', sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: out']]));
    for (const form of ['--json', '--text']) {
      const args = [main, 'run', job, '--date', '2001-01-01', form];
      const child = spawn(process.execPath, args, { cwd: dir.path, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => {
        stderr += text;
      });
      const code = await new Promise((done) => child.on('close', done));
      assert.equal(code, 99);
      const last = stderr.trimEnd().split('\n').at(-1)!;
      assert.match(
        form === '--json' ? String(JSON.parse(last).msg) : last,
        /the last line was not read.* ended with 99$/,
      );
    }
  } finally {
    dir.remove();
  }
});
