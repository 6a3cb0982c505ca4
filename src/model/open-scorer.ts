import type { Tensor } from 'onnxruntime-node';
import type { Feeds, Fetches, TensorData, TensorType } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { bisectBatch, type FailedRow } from './bisect-batch.js';
import { createCollector } from './collect-outputs.js';
import { type ModelSession, openSession, type SessionPlan } from './open-session.js';
import { padFeeds } from './pad-feeds.js';
import { runtimeMessage } from './runtime-message.js';

/** How to score chunks in one worker; plain data. */
export interface ScorerPlan extends SessionPlan {
  /** Outputs to fetch; the runtime need not compute what only others need. */
  readonly outputs: readonly { readonly name: string; readonly type: TensorType }[];
  /** Rows per run of the session: small enough for the cache, large enough to hide the cost of a call. */
  readonly batchRows: number;
  /** Rows per run if the model's own batch axis is a number; shorter batches are padded with their last row. Null: any. */
  readonly fixedRows: number | null;
  /** Names of feeds that are the same for every row, and so are never padded. */
  readonly constants: readonly string[];
  /** True if the runtime's messages must be withheld, because they quote values of the rows. */
  readonly withholdsMessages: boolean;
}

/** Results for a chunk's rows. */
export interface Scores {
  /** One tensor per planned output, as long as the chunk; failed rows hold NaN, 0 or the empty text. Valid until the next `score`. */
  readonly fetches: Fetches;
  /** Rows on which the model fails, ascending, with the runtime's message. */
  readonly failed: readonly FailedRow[];
}

/** A model that scores chunks in this thread. */
export interface Scorer {
  /** Facts about the session for the main process. */
  readonly report: { readonly batchRows: number; readonly threads: number; readonly rewrites: number };
  /**
   * Scores rows `[0, rows)` batch by batch; `feeds(from, to)` returns the tensors of a batch, which need to be valid only until the next
   * call. Bisects a failing batch to find the rows that break it; with `failFast`, throws `InvalidError` (`model-fails`) instead if rows
   * sampled from the whole chunk all fail. Throws `InvalidError` if an output does not have one row for each row fed.
   */
  score(feeds: (from: number, to: number) => Feeds, rows: number, failFast?: boolean): Promise<Scores>;
  close(): Promise<void>;
}

/** Number of rows, spread over a chunk, that must fail before the model counts as failing on every row. */
const sampledRows = 32;

/**
 * A single row is run twice side by side: the runtime has special kernels for one row (MLAS: vector times matrix), which add in a different
 * order, so a row's score would depend on whether it was alone.
 */
const leastRows = 2;

/** Opens the model and returns a scorer; `close` releases the session. Throws like `openSession`. */
export async function openScorer(plan: ScorerPlan): Promise<Scorer> {
  const session = await openSession(plan);
  return createScorer(session, plan);
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

  // The runtime checks outputs that it is given against the declared shape, which exporters get wrong (CatBoost: [N] for [N,1]), but not
  // those that it allocates. So the first run into our own memory decides for the session.
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
