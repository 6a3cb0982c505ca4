import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { workdir } from '../workdir.js';
import { callHere } from './certificate/call-here.js';
import { full, leftovers, modelRun, type OutputFormat, outputFormats, published } from './made-job.js';
import { failNth, fault } from './storage/fail-nth.js';
import { patchCalls } from './storage/patch-calls.js';

/** The faults of a call, with the exit codes allowed for each: 0 if the run can do without the call. */
const faults = { EIO: [0, 4, 5], ENOSPC: [0, 4, 5], EACCES: [0, 2, 4, 5], SHORT: [0] } as const;
type Fault = keyof typeof faults;

let root: string | null = null;
await patchCalls((path) => root !== null && path.startsWith(root), failNth);

/** Two inputs, some keys of which are repeated and some rows of which are rejected. */
function made(format: OutputFormat) {
  const dir = workdir();
  const file = modelRun(dir, 'never-ends');
  dir.write('job.yaml', dir.read('job.yaml').replace('format: csv', `format: ${format}`));
  const rows = Array.from({ length: 60 }, (_, i) => `${i + 1},${i % 20 === 3 ? 'oops' : 100 + i}`);
  for (const name of ['a', 'b']) dir.write(`in/${name}.csv`, `id,x\n${rows.join('\n')}\n`);
  return { dir, run: () => callHere(file, `${dir.path}/out`, { command: 'run' }) };
}

/**
 * Runs in this process, so that every call of a whole run can be tried in minutes: storage-calls.test.ts does
 * the same with the real program. Every `step`-th call fails, from the `from`-th on. Returns how many calls
 * failed.
 */
async function sweep(format: OutputFormat, code: Fault, from: number, step: number): Promise<number> {
  const { dir, run } = made(format);
  assert.equal((await run()).exitCode, 0);
  const good = published(dir);
  for (let n = from, tried = 0; ; n += step, tried++) {
    dir.remove('out');
    Object.assign(fault, { at: n, code, count: 0, failed: '' });
    root = dir.path;
    const ended = await run().finally(() => {
      root = null;
    });
    if (fault.failed === '') {
      dir.remove();
      return tried;
    }
    const where = `${code} in call ${n} (${fault.failed}), ${format}: ${ended.message}`;
    assert.ok(
      (faults[code] as readonly number[]).includes(ended.exitCode),
      `exit ${ended.exitCode}; ${where}`,
    );
    const now = existsSync(`${dir.path}/out`) ? published(dir) : {};
    // A fault of one input that someone must fix fails that partition alone; others publish without its keys.
    const isApart = code === 'EACCES' && fault.failed.includes('/in/');
    for (const [path, hash] of isApart ? [] : Object.entries(now))
      assert.equal(hash, good[path], `${path}; ${where}`);
    assert.equal(now['_SUCCESS'] !== undefined, ended.exitCode === 0, where);
    // With the process that failed its claims would have ended.
    dir.remove('out/_nightshift/claims');
    const again = await run();
    assert.equal(again.exitCode, 0, `the run after ${where}: ${again.message}`);
    if (!isApart) assert.deepEqual(published(dir), good, `after ${where}`);
    assert.deepEqual(leftovers(dir), [], where);
  }
}

describe('a storage call that fails once: the right exit code, nothing wrong published, and the rerun completes', () => {
  const [from, step] = full ? [1, 1] : [3, 23];
  for (const [i, format] of outputFormats.entries())
    for (const [k, code] of (Object.keys(faults) as Fault[]).entries())
      it(`${full ? 'every' : `every ${step}th`} call: ${code}, ${format}`, {
        skip: !full && i !== k && 'a long one: make faults',
      }, async (t) => {
        const tried = await sweep(format, code, from, step);
        t.diagnostic(`${tried} calls failed`);
        // Few calls of a run read or write, so few can do half of it.
        const least = code === 'SHORT' ? 10 : 200;
        assert.ok(tried >= Math.floor(least / step), 'hardly any call was led through the fault');
      });
});
