import type { Feeds } from '../chunk/tensor.js';
import { chooseBatchRows } from './choose-batch-rows.js';
import { codesOf } from './codes-of.js';
import { dependsOnBatch, dependsOnFixedBatch } from './depends-on-batch.js';
import { proveTrees } from './ensembles/prove-trees.js';
import { generateProbe, type Probe } from './generate-probe.js';
import { tensorCache } from './open-scorer.js';
import { padFeeds } from './pad-feeds.js';
import type { ProbeReport, ProbeRequest, Seen } from './probe-report.js';
import { openFor, proveRewrite } from './prove-rewrite.js';
import type { Rewrite } from './rewrite-graph.js';
import { runtimeMessage } from './runtime-message.js';
import type { ModelSession } from './runtime-session.js';

/**
 * Tries the model on generated rows in this process: opens it, proves its rewrites against the original
 * graph, records the shapes of its answers and, for `batch_rows: auto`, finds the fastest batch; calls
 * `beforeBatch` before each run. Throws `InvalidError` if the runtime refuses the model.
 */
export async function probeModel(
  request: ProbeRequest,
  beforeBatch: () => void = () => {},
): Promise<ProbeReport> {
  const open = (rewrites: readonly Rewrite[]) => openFor(request, rewrites, beforeBatch);
  const { description } = request;
  const needed = description.rewrites.filter(({ kind }) => kind === 'drop-zip-map');
  const optional = request.rewrite === 'off' ? [] : description.rewrites;
  const wanted = optional.filter(
    (rewrite) => rewrite.kind === 'encode-strings' || rewrite.kind === 'fold-one-hot',
  );
  const walks = optional.filter((rewrite) => rewrite.kind === 'walk-trees');
  const probe = generateProbe(description.inputs, request.shape);
  const original = await open(needed);
  try {
    const seen = await seeOutputs(request, original, probe);
    const strings = await proveRewrite(request, open, probe, original, needed, wanted, seen);
    const { proven } = strings;
    const fed = [...needed, ...proven];
    const trees = await proveTrees(request, open, probe, original, fed, walks, seen);
    const refuted = [...strings.refuted, ...trees.refuted];
    const rewrites = [...fed, ...trees.proven];
    const session = rewrites.length === needed.length ? original : await open(rewrites);
    try {
      const batch = await findBatch(request, session, probe.feeds(codesOf(proven)), probe.tameRows, seen);
      return { rewrites, refuted, lackedLocale: original.lackedLocale ?? null, ...seen, ...batch };
    } finally {
      if (session !== original) await session.release();
    }
  } finally {
    await original.release();
  }
}

/** Fits the cache for models of ordinary width: measured, 7.0 M rows/s at 2,048 against 2.8 M at 65,536. */
const defaultBatchRows = 2048;

/** Records the shapes of the answers, from two runs of different length (one if the batch is fixed). */
async function seeOutputs(request: ProbeRequest, session: ModelSession, probe: Probe): Promise<Seen> {
  const names = request.description.outputs.filter(({ refused }) => refused === null).map(({ name }) => name);
  if (names.length === 0) return { outputs: [], failure: null };
  const constants = new Set(Object.keys(request.shape.constants));
  const tensors = tensorCache(session);
  const row = probe.feeds(new Map())(0, 1);
  const lengths = request.fixedRows === null ? [7, 11] : [request.fixedRows];
  const seen: (readonly number[])[][] = [];
  try {
    for (const rows of lengths) {
      const feeds = rows === 1 ? row : padFeeds(row, 1, rows, constants);
      const fetched = await session.run(
        tensors(feeds),
        Object.fromEntries(names.map((name) => [name, null])),
      );
      seen.push(names.map((name) => fetched[name]!.dims));
    }
  } catch (error) {
    return { outputs: null, failure: runtimeMessage(error) };
  }
  const outputs = names.map((name, i) => {
    const rows = seen.every((shapes, run) => shapes[i]!.length > 0 && shapes[i]![0] === lengths[run]);
    return { name, rows, tail: seen[0]![i]!.slice(1) };
  });
  return { outputs, failure: null };
}

/**
 * Returns the rows per run: the model's own, else the job's, else the best of a few measured ones. A model
 * whose rows depend on each other gets the default instead of a measured number, so that its scores do not
 * depend on the speed of a machine.
 */
async function findBatch(
  { fixedRows, batchRows: asked, shape }: ProbeRequest,
  session: ModelSession,
  feeds: (from: number, to: number) => Feeds,
  tameRows: number,
  { outputs }: Seen,
): Promise<Pick<ProbeReport, 'batchRows' | 'dependsOnBatch' | 'rates'>> {
  const batchRows = fixedRows ?? (asked === 'auto' ? defaultBatchRows : asked);
  const names = outputs?.filter(({ rows }) => rows).map(({ name }) => name) ?? [];
  const stated = { batchRows, dependsOnBatch: 'none' as const, rates: [] };
  if (names.length === 0) return outputs === null ? { ...stated, dependsOnBatch: 'untried' } : stated;
  const constants = new Set(Object.keys(shape.constants));
  const trial = { session, feeds, rows: tameRows, constants, outputs: names };
  if (fixedRows !== null) return { ...stated, dependsOnBatch: await dependsOnFixedBatch(trial, fixedRows) };
  const chosen =
    asked === 'auto' ? await chooseBatchRows(session, feeds, tameRows, constants, names) : stated;
  // Every measured choice is tested on the same few rows, so that any two that pass give the same answers.
  const depends = await dependsOnBatch(trial, chosen.batchRows);
  const isFree = depends === 'none' || depends === 'untried';
  return { ...stated, ...(isFree ? chosen : {}), dependsOnBatch: depends };
}
