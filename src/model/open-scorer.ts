import type { Tensor } from 'onnxruntime-node';
import type { Feeds, TensorData } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { bisectBatch, type FailedRow } from './bisect-batch.js';
import { createCollector } from './collect-outputs.js';
import { openLinear } from './linear/open-linear.js';
import { openSession } from './open-session.js';
import { padFeeds } from './pad-feeds.js';
import { runtimeMessage } from './runtime-message.js';
import type { ModelSession } from './runtime-session.js';
import type { Scorer, ScorerPlan } from './scorer.js';
import { openTreeScorer } from './trees/open-tree-scorer.js';

/** Number of rows, spread over a chunk, that must fail before the model counts as failing on every row. */
const sampledRows = 32;

/**
 * A single row is run twice side by side: the runtime has special kernels for one row (MLAS: vector times
 * matrix), which add in a different order, so a row's score would depend on whether it was alone.
 */
const leastRows = 2;

/** Opens the model and returns a scorer; `close` releases the session. Throws like `openSession`. */
export async function openScorer(plan: ScorerPlan): Promise<Scorer> {
  if (plan.trees !== undefined) return openTreeScorer(plan, plan.trees);
  const scorer = createScorer(await openSession(plan), plan);
  if (plan.linear === undefined) return scorer;
  const { explain, close } = await openLinear(plan, plan.linear);
  return {
    ...scorer,
    explain,
    close: async () => {
      await close();
      await scorer.close();
    },
  };
}

/** Creates a scorer over an open session. */
export function createScorer(session: ModelSession, plan: ScorerPlan): Scorer {
  const constants = new Set(plan.constants);
  const tensors = tensorCache(session);
  const collector = createCollector(session, plan.outputs);
  const describe = plan.withholdsMessages ? () => withheld : runtimeMessage;
  const batchRows = plan.fixedRows ?? Math.max(1, plan.batchRows);

  const run = async (source: Source, from: number, to: number): Promise<void> => {
    const rows = plan.fixedRows ?? Math.max(leastRows, to - from);
    const feeds = source(from, to);
    const padded = to - from < rows ? padFeeds(feeds, to - from, rows, constants) : feeds;
    const fetched = await runInto(tensors(padded), from, to, rows);
    collector.collect(fetched, from, to, rows);
  };

  // The runtime checks outputs that it is given against the declared shape, which exporters get wrong
  // (CatBoost: [N] for [N,1]), but not those that it allocates. So the first run into our own memory decides
  // for the session.
  let mayWrite: boolean | null = null;
  const runInto = async (
    feeds: Readonly<Record<string, Tensor>>,
    from: number,
    to: number,
    rows: number,
  ): Promise<Record<string, Tensor>> => {
    const targets = collector.targets(from, to, mayWrite === false ? null : rows);
    const isPlain = Object.values(targets).every((target) => target === null);
    if (isPlain || mayWrite === true) return session.run(feeds, targets);
    try {
      const fetched = await session.run(feeds, targets);
      mayWrite = true;
      return fetched;
    } catch {
      const fetched = await session.run(feeds, collector.targets(from, to, null));
      mayWrite = false;
      return fetched;
    }
  };

  const findFailed = async (
    source: Source,
    from: number,
    to: number,
    error: unknown,
  ): Promise<FailedRow[]> => {
    const failed = await bisectBatch(from, to, error, (a, b) => run(source, a, b), isInvalid, describe);
    for (const { row } of failed) collector.clear(row);
    return failed;
  };

  return {
    report: { batchRows, threads: plan.threads, rewrites: plan.rewrites.length },
    async score(source, rows, failFast = false) {
      collector.begin(rows);
      let mayGiveUp = failFast;
      const failed: FailedRow[] = [];
      for (let from = 0; from < rows; from += batchRows) {
        const to = Math.min(rows, from + batchRows);
        try {
          await run(source, from, to);
          mayGiveUp = false;
        } catch (error) {
          if (isInvalid(error)) throw error;
          if (mayGiveUp) await failIfAllRowsFail(rows, (row) => run(source, row, row + 1), describe);
          mayGiveUp = false;
          failed.push(...(await findFailed(source, from, to, error)));
        }
      }
      return { fetches: collector.end(), failed };
    },
    close: () => session.release(),
  };
}

const withheld = 'the reason is withheld, because it may quote values of redacted columns';

type Source = (from: number, to: number) => Feeds;

/** Tries rows spread over the chunk one by one, and throws if all of `sampledRows` fail. */
async function failIfAllRowsFail(
  rows: number,
  run: (row: number) => Promise<void>,
  describe: (error: unknown) => string,
): Promise<void> {
  if (rows < sampledRows) return;
  let cause: unknown = null;
  for (let i = 0; i < sampledRows; i++) {
    try {
      await run(Math.floor((i * rows) / sampledRows));
      return;
    } catch (error) {
      if (isInvalid(error)) throw error;
      cause = error;
    }
  }
  throw new InvalidError('model-fails', `the model fails on every row: ${describe(cause)}`, {
    cause,
    hint: 'check that the model fits these columns: "nightshift check JOB" prints the mapping',
  });
}

function isInvalid(error: unknown): boolean {
  return error instanceof InvalidError;
}

/** Wraps feeds as the runtime's tensors; reuses the wrapper while data and dims stay the same. */
export function tensorCache(session: ModelSession): (feeds: Feeds) => Record<string, Tensor> {
  const last = new Map<string, { data: TensorData['data']; dims: readonly number[]; tensor: Tensor }>();
  return (feeds) => {
    const tensors: Record<string, Tensor> = {};
    for (const name of session.inputNames) {
      const feed = feeds[name];
      if (feed === undefined) continue;
      const known = last.get(name);
      if (known !== undefined && known.data === feed.data && sameDims(known.dims, feed.dims)) {
        tensors[name] = known.tensor;
        continue;
      }
      const tensor = session.tensor(feed.type, feed.data, feed.dims);
      last.set(name, { data: feed.data, dims: feed.dims, tensor });
      tensors[name] = tensor;
    }
    return tensors;
  };
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
