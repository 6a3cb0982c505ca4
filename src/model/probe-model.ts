import { type BatchChoice, chooseBatchRows } from './choose-batch-rows.js';
import { codesOf } from './codes-of.js';
import { generateProbe, type Probe } from './generate-probe.js';
import { tensorCache } from './open-scorer.js';
import type { ModelSession } from './open-session.js';
import { padFeeds } from './pad-feeds.js';
import type { ProbeReport, ProbeRequest, Seen } from './probe-report.js';
import { openFor, proveRewrite, type StringRewrite } from './prove-rewrite.js';
import type { Rewrite } from './rewrite-graph.js';
import { runtimeMessage } from './runtime-message.js';

/**
 * Runs the model on made-up rows in this process: opens it, proves its rewrites against the graph as it was, sees what shape its answers have and, for
 * `batch_rows: auto`, which batch is fastest. Throws `InvalidError` when the runtime refuses the model.
 */
export async function probeModel(request: ProbeRequest): Promise<ProbeReport> {
  const { description } = request;
  const needed = description.rewrites.filter(({ kind }) => kind === 'drop-zip-map');
  const wanted =
    request.rewrite === 'off'
      ? []
      : description.rewrites.filter((rewrite) => rewrite.kind !== 'drop-zip-map');
  const probe = generateProbe(description.inputs, request.shape);
  const original = await openFor(request, needed);
  try {
    const seen = await seeOutputs(request, original, probe);
    const { proven, refuted } = await proveRewrite(request, probe, original, needed, wanted, seen);
    const rewrites = [...needed, ...proven];
    const rates = await measure(request, probe, original, rewrites, proven, seen);
    return {
      rewrites,
      refuted,
      ...seen,
      batchRows: rates?.batchRows ?? (request.batchRows === 'auto' ? defaultBatchRows : request.batchRows),
      rates: rates?.rates ?? [],
    };
  } finally {
    await original.release();
  }
}

/** Fits the cache for models of ordinary width: measured, 7.0 M rows/s at 2,048 against 2.8 M at 65,536. */
const defaultBatchRows = 2048;

/** The shapes of the answers, from two runs of different length (one where the batch is fixed). */
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

/** What `batch_rows: auto` comes to; null where nothing is to be chosen. */
async function measure(
  request: ProbeRequest,
  probe: Probe,
  original: ModelSession,
  rewrites: readonly Rewrite[],
  proven: readonly StringRewrite[],
  { outputs }: Seen,
): Promise<BatchChoice | null> {
  if (request.batchRows !== 'auto' || request.fixedRows !== null || !outputs?.length) return null;
  const session = proven.length === 0 ? original : await openFor(request, rewrites);
  try {
    const constants = new Set(Object.keys(request.shape.constants));
    const names = outputs.map(({ name }) => name);
    return await chooseBatchRows(session, probe.feeds(codesOf(proven)), probe.tameRows, constants, names);
  } finally {
    if (session !== original) await session.release();
  }
}
