import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../until.js';
import { type Workdir, workdir } from '../workdir.js';
import { rowsOf } from './made-job.js';

// `init` scores the first rows: a model that misbehaves must end neither its process nor its signal handling.

/** Arguments of `init` for a model that misbehaves only for rows whose `x` is 13. */
function draftOf(
  dir: Workdir,
  model: string,
  bad = (row: number): boolean => row === 3,
  output = 'new.yaml',
): string[] {
  dir.write('in/a.csv', rowsOf(20, bad));
  const path = join(process.cwd(), 'test', 'fixtures', `${model}.onnx`);
  return ['init', '--model', path, '--input', 'in/a.csv', '-o', output];
}

/** Seconds of processor time that the process and its children have taken. */
function cpuSeconds(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    const own = (Number(fields[11]) + Number(fields[12])) / 100;
    return children
      .split(' ')
      .reduce((sum, child) => sum + (child === '' ? 0 : cpuSeconds(Number(child))), own);
  } catch {
    return 0;
  }
}

describe('init', { timeout: 120_000 }, () => {
  it('names a model that ends its process on the first rows', (t) => {
    const dir = workdir();
    t.after(() => dir.remove());
    const ran = dir.call(draftOf(dir, 'ends-its-process'));
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, /a worker was ended by SIGFPE, while it scored the first rows of a\.csv/);
    assert.ok(!dir.has('new.yaml'));
  });

  it('ends with 2 where the folder of the job file cannot be made, as below /proc', (t) => {
    const dir = workdir();
    t.after(() => dir.remove());
    for (const more of [[], ['--force']]) {
      const ran = dir.call([...draftOf(dir, 'ends-its-process', () => false, '/proc/none/a.yaml'), ...more]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(ran.stderr, /"\/proc" is on a file system of the kernel/);
    }
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)
    it(`ends by ${signal} while a model loops on the first rows`, async (t) => {
      const dir = workdir();
      t.after(() => dir.remove());
      const { pid, ended } = dir.start(draftOf(dir, 'never-ends'));
      await until(() => cpuSeconds(pid) > 2, 'the model does not loop');
      process.kill(pid, signal);
      const ran = await ended;
      assert.equal(ran.code, code);
      assert.match(
        ran.stderr,
        new RegExp(`the command was stopped by ${signal}\\n {2}run the same command again\\n`),
      );
      assert.ok(!dir.has('new.yaml'));
    });
});
