import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { full, leftovers, type OutputFormat, outputFormats, published, sampleRun } from './made-job.js';
import { random } from './random.js';

const kills = full ? 500 : 4;

interface Undisturbed {
  readonly hashes: Record<string, string>;
  readonly ms: number;
}

/** Runs in a separate process, whose duration the kills are spread over. */
function undisturbed(format: OutputFormat): Undisturbed {
  const dir = workdir();
  const job = sampleRun(dir, { format });
  const start = performance.now();
  const ran = dir.nightshift(['run', job, '--quiet']);
  assert.equal(ran.code, 0, ran.stderr);
  return { hashes: published(dir), ms: performance.now() - start };
}

/** Kills a run after `ms`; returns true if it was still running. */
async function killAfter(dir: Workdir, job: string, ms: number): Promise<boolean> {
  const { pid, ended } = dir.start(['run', job, '--quiet']);
  await sleep(ms);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
  return (await ended).signal === 'SIGKILL';
}

/** Runs to the end: after any kills, one undisturbed run publishes all the rest. */
function untilDone(dir: Workdir, job: string): void {
  const ran = dir.call(['run', job, '--quiet']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(lastLine(ran).partitions.failed, 0);
}

describe('SIGKILL at random instants', () => {
  it(`leaves what the rerun makes whole: ${kills} kills over three formats, 1 to 4 workers`, async (t) => {
    const expected = new Map<OutputFormat, Undisturbed>();
    const next = random(20130104);
    let killed = 0;
    let folders = 0;
    let wasted = 0;
    while (killed < kills) {
      const format = outputFormats[folders % outputFormats.length]!;
      const { hashes, ms } = expected.get(format) ?? undisturbed(format);
      expected.set(format, { hashes, ms });
      const dir = workdir();
      const job = sampleRun(dir, { format, workers: 1 + (folders % 4), held: folders % 2 === 0 });
      for (let i = 0; i < 2 + (folders % 2) && killed < kills; i++) {
        // Most of a run is its start; half of the kills fall into its second half, where it publishes.
        const from = next() < 0.5 ? 0.45 : 0;
        if (await killAfter(dir, job, ms * (from + (1.05 - from) * next()))) killed++;
        else wasted++;
      }
      untilDone(dir, job);
      assert.deepEqual(published(dir), hashes, `folder ${folders}, ${format}: ${dir.path}`);
      assert.deepEqual(leftovers(dir), []);
      folders++;
      dir.remove();
      if (full && folders % 10 === 0) t.diagnostic(`${killed} kills in ${folders} folders so far`);
    }
    t.diagnostic(
      `${killed} kills in ${folders} folders, ${wasted} came after the end: all published bytes equal`,
    );
  });
});
