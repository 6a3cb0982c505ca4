import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mostListed } from '../../src/quality/build-summary.js';
import { lastLine, workdir } from '../workdir.js';
import { full, leftovers, modelRun, rowsOf } from './made-job.js';

const partitions = full ? 10_000 : 160;

/** The growth allowed to the main process from a tenth of the partitions to its end, the summary included. */
const mostGrowthBytes = 64 << 20;

/** Open files and resident bytes of a process now; null when it is gone. */
function use(pid: number): { readonly files: number; readonly rss: number } | null {
  try {
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
    return { files: readdirSync(`/proc/${pid}/fd`).length, rss: Number(rss) * 1024 };
  } catch {
    return null;
  }
}

describe('many small partitions', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  it(`are all published, ${partitions} of 10 rows, with no more files open at the end than at the start, in memory that does not grow with them`, {
    timeout: 3_600_000,
  }, async (t) => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 2 }\n');
    for (let i = 0; i < partitions; i++) dir.write(`in/${String(i).padStart(5, '0')}.csv`, rowsOf(10));
    const start = performance.now();
    const { pid, ended } = dir.start(['run', job, '--quiet']);
    const seen: { readonly files: number; readonly rss: number }[] = [];
    let isOver = false;
    const watch = (async () => {
      while (!isOver) {
        const now = use(pid);
        if (now !== null) seen.push(now);
        await sleep(full ? 2_000 : 50);
      }
    })();
    const ran = await ended;
    isOver = true;
    await watch;
    const ms = performance.now() - start;
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).partitions.published, partitions);
    assert.equal(lastLine(ran).rows.scored, partitions * 10);
    const files = seen.map((one) => one.files);
    assert.ok(Math.max(...files) < 200, `${Math.max(...files)} files were open at once`);
    // Nothing of a partition's quality stays: 20 KiB of each did once, which ten thousand make 200 MiB.
    const early = seen[Math.floor(seen.length / 10)]!.rss;
    const most = Math.max(...seen.map(({ rss }) => rss));
    if (full) assert.ok(most - early < mostGrowthBytes, `${early} bytes resident early on, ${most} at most`);
    const summary = dir.read('out/_summary.json');
    assert.ok(summary.length < 500_000, `the summary has ${summary.length} bytes`);
    assert.ok(dir.read('out/_summary.html').length < 500_000);
    assert.equal(JSON.parse(summary).partitions.list.length, mostListed);
    assert.equal(JSON.parse(summary).covers.partitions, partitions);
    assert.equal(JSON.parse(dir.read('out/_manifest.json')).partitions.length, partitions);
    const first = performance.now();
    const again = dir.call(['run', job, '--quiet']);
    assert.equal(lastLine(again).partitions.skipped, partitions);
    assert.deepEqual(leftovers(dir), []);
    const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
    t.diagnostic(
      `${(ms / partitions).toFixed(1)} ms per partition, start included; a rerun that finds all done: ${((performance.now() - first) / partitions).toFixed(2)} ms; at most ${Math.max(...files)} open files; main process ${mib(early)} MiB after a tenth of the time, ${mib(most)} MiB at most, summary ${summary.length} bytes`,
    );
    dir.remove();
  });
});
