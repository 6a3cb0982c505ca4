import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { full, leftovers, type OutputFormat, outputFormats, published, sampleRun } from './made-job.js';
import { random } from './random.js';

/** Folders in which runs are killed, two or three times each. */
const trials = Number(process.env['TRIALS'] ?? (full ? 200 : 2));

interface Undisturbed {
  readonly hashes: Record<string, string>;
  /** What the kills are spread over: lowered when a run ends before its kill, raised when all kills hit. */
  ms: number;
}

/** Runs in a separate process. */
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
  it(`leaves what one more run makes whole: ${trials} folders, three formats, 1 to 4 workers`, async (t) => {
    const expected = new Map<OutputFormat, Undisturbed>();
    const next = random(20130104);
    let killed = 0;
    for (let trial = 0; trial < trials; trial++) {
      const format = outputFormats[trial % outputFormats.length]!;
      const whole = expected.get(format) ?? undisturbed(format);
      expected.set(format, whole);
      const dir = workdir();
      const job = sampleRun(dir, { format, workers: 1 + (trial % 4), held: trial % 2 === 0 });
      const kills = 2 + (trial % 2);
      for (let hit = 0; hit < kills; ) {
        // Most of a run is its start; half of the kills fall into its second half, where it publishes.
        const from = next() < 0.5 ? 0.45 : 0;
        if (await killAfter(dir, job, whole.ms * (from + (1.05 - from) * next()))) {
          killed++;
          if (++hit === kills) whole.ms *= 1.05;
          continue;
        }
        // It had ended: the trial begins anew.
        whole.ms *= 0.9;
        assert.deepEqual(published(dir), whole.hashes, `trial ${trial}, ${format}: ${dir.path}`);
        dir.remove('out');
        hit = 0;
      }
      untilDone(dir, job);
      assert.deepEqual(published(dir), whole.hashes, `trial ${trial}, ${format}: ${dir.path}`);
      assert.deepEqual(leftovers(dir), []);
      dir.remove();
      if (full && trial % 10 === 9)
        console.log(`${trial + 1} trials, ${killed} kills: all identical, exit 0`);
    }
    t.diagnostic(`${trials} trials, ${killed} kills: all published bytes equal, every last run ended with 0`);
  });
});
