import type { Feeds } from '../chunk/tensor.js';
import { tensorCache } from './open-scorer.js';
import { padFeeds } from './pad-feeds.js';
import type { ModelSession } from './runtime-session.js';

const candidates = [512, 1024, 2048, 4096, 8192];
/** Time for each size; a size whose first run takes longer ends the search. */
const sampleMs = 25;
/** A smaller batch this close to the fastest is chosen, because it needs less memory. */
const nearEnough = 0.9;

/** The chosen batch and the measurements: rows per second by rows per run. */
interface BatchChoice {
  readonly batchRows: number;
  readonly rates: readonly { readonly rows: number; readonly perSecond: number }[];
}

/**
 * Measures the session at a few batch sizes on the first `tameRows` generated rows, repeated, and chooses the
 * smallest that is nearly as fast as the fastest. Takes about 0.3 s.
 */
export async function chooseBatchRows(
  session: ModelSession,
  feeds: (from: number, to: number) => Feeds,
  tameRows: number,
  constants: ReadonlySet<string>,
  outputs: readonly string[],
): Promise<BatchChoice> {
  const rates: { rows: number; perSecond: number }[] = [];
  const fetches = Object.fromEntries(outputs.map((name) => [name, null]));
  for (const rows of candidates) {
    const tensors = tensorCache(session)(padFeeds(feeds(0, tameRows), tameRows, rows, constants, tameRows));
    const run = () => session.run(tensors, { ...fetches });
    const first = await time(run, 1);
    if (rates.length > 0 && first > sampleMs * 4) break;
    const runs = Math.max(1, Math.min(200, Math.floor(sampleMs / Math.max(first, 0.01))));
    // Best of three: other load on the machine only slows a run down.
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3; i++)
      best = Math.min(best, (await time(run, Math.ceil(runs / 3))) / Math.ceil(runs / 3));
    rates.push({ rows, perSecond: Math.round((rows / best) * 1000) });
  }
  const fastest = Math.max(...rates.map(({ perSecond }) => perSecond));
  const chosen = rates.find(({ perSecond }) => perSecond >= nearEnough * fastest)!;
  return { batchRows: chosen.rows, rates };
}

async function time(run: () => Promise<unknown>, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) await run();
  return performance.now() - start;
}
