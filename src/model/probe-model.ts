import type { Fetches, TensorData } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { type BatchChoice, chooseBatchRows } from './choose-batch-rows.js';
import type { InputCodes, ModelDescription } from './describe-model.js';
import { generateProbe, type Probe, type ProbeShape } from './generate-probe.js';
import { createScorer, type Scores, tensorCache } from './open-scorer.js';
import { type ModelSession, openSession, runtimeMessage } from './open-session.js';
import { padFeeds } from './pad-feeds.js';
import type { EncodedStrings, FoldedOneHots, Rewrite } from './rewrite-graph.js';

/** What is to be found out about a model by running it; plain data, sent to the probing process. */
export interface ProbeRequest {
  readonly description: ModelDescription;
  readonly shape: ProbeShape;
  /** The model's own batch axis where it is a number, else null. */
  readonly fixedRows: number | null;
  /** `off` keeps strings as they are; a ZipMap is dropped all the same, or it could not be read. */
  readonly rewrite: 'auto' | 'off';
  readonly batchRows: number | 'auto';
  readonly threads: number;
}

/** A rewrite that is not used, with what the proof found. */
export interface RefutedRewrite {
  readonly rewrite: Rewrite;
  readonly reason: string;
}

/** An output as it came: `rows` says whether its first axis has one entry per row fed. */
export interface ProbedOutput {
  readonly name: string;
  readonly rows: boolean;
  readonly tail: readonly number[];
}

export interface ProbeReport {
  /** Proven, so to be applied in every worker. */
  readonly rewrites: readonly Rewrite[];
  readonly refuted: readonly RefutedRewrite[];
  /** Null where the model failed on the made-up rows: it may still work on real ones. */
  readonly outputs: readonly ProbedOutput[] | null;
  readonly failure: string | null;
  readonly batchRows: number;
  /** What `batch_rows: auto` measured: rows per second by rows per run. */
  readonly rates: readonly { readonly rows: number; readonly perSecond: number }[];
}

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
  const original = await open(request, needed);
  try {
    const seen = await seeOutputs(request, original, probe);
    const { proven, refuted } = await prove(request, probe, original, needed, wanted, seen);
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

function open(request: ProbeRequest, rewrites: readonly Rewrite[]): Promise<ModelSession> {
  const { path, sha256 } = request.description;
  return openSession({ path, sha256, rewrites, threads: request.threads });
}

/** Codes by input, for the rewrites that turn strings into them. */
export function codesOf(rewrites: readonly Rewrite[]): Map<string, InputCodes> {
  const codes = new Map<string, InputCodes>();
  for (const rewrite of rewrites) {
    if (rewrite.kind === 'encode-strings') {
      const { dictionary, unknown } = rewrite;
      for (const input of rewrite.inputs) codes.set(input, { dictionary, unknown, weights: null });
    }
    if (rewrite.kind === 'fold-one-hot') {
      for (const { input, dictionary, width, values } of rewrite.folded) {
        codes.set(input, { dictionary, unknown: -1, weights: { width, values } });
      }
    }
  }
  return codes;
}

type StringRewrite = EncodedStrings | FoldedOneHots;

/**
 * The rewrites that hold, tried from the fastest combination down: folds with codes for the other strings, then codes alone, then those codes that hold one by one
 * and together, then none.
 */
async function prove(
  request: ProbeRequest,
  probe: Probe,
  original: ModelSession,
  needed: readonly Rewrite[],
  wanted: readonly StringRewrite[],
  { outputs, failure }: Seen,
): Promise<{ proven: readonly StringRewrite[]; refuted: readonly RefutedRewrite[] }> {
  if (wanted.length === 0) return { proven: [], refuted: [] };
  const names = new Set(outputs?.filter(({ rows }) => rows).map(({ name }) => name));
  if (names.size === 0) {
    const reason = failure ?? 'no output answers per row';
    return { proven: [], refuted: wanted.map((rewrite) => ({ rewrite, reason })) };
  }
  const answers = async (session: ModelSession, rewrites: readonly StringRewrite[]): Promise<Scores[]> => [
    await scoreProbe(request, probe, session, rewrites, names, 256, probe.rows),
    // The smallest batches there are: kernels may depend on the number of rows.
    await scoreProbe(request, probe, session, rewrites, names, 1, singleRows),
  ];
  const reference = await answers(original, []);
  const difference = async (rewrites: readonly StringRewrite[]): Promise<string | null> => {
    let session: ModelSession;
    try {
      session = await open(request, [...needed, ...rewrites]);
    } catch (error) {
      if (error instanceof InvalidError && error.reason !== 'model-refused') throw error;
      return error instanceof Error ? error.message : String(error);
    }
    try {
      const found = await answers(session, rewrites);
      const differences = found.map((scores, i) => compare(reference[i]!, scores, rewrites));
      return differences.find((text) => text !== null) ?? null;
    } catch (error) {
      return runtimeMessage(error);
    } finally {
      await session.release();
    }
  };
  const folds = wanted.filter((rewrite) => rewrite.kind === 'fold-one-hot');
  const codes = wanted.filter((rewrite) => rewrite.kind === 'encode-strings');
  const refuted: RefutedRewrite[] = [];
  if (folds.length > 0) {
    const folded = new Set(folds.flatMap(({ inputs }) => inputs));
    const both = [...folds, ...codes.filter(({ inputs }) => !inputs.some((input) => folded.has(input)))];
    const reason = await difference(both);
    if (reason === null) return { proven: both, refuted };
    for (const rewrite of folds) refuted.push({ rewrite, reason });
  }
  const together = await difference(codes);
  if (together === null) return { proven: codes, refuted };
  const proven: EncodedStrings[] = [];
  const alone: RefutedRewrite[] = [];
  for (const rewrite of codes.length === 1 ? [] : codes) {
    const reason = await difference([rewrite]);
    if (reason === null) proven.push(rewrite);
    else alone.push({ rewrite, reason });
  }
  if (proven.length > 0 && (await difference(proven)) === null) {
    return { proven, refuted: [...refuted, ...alone] };
  }
  return { proven: [], refuted: [...refuted, ...codes.map((rewrite) => ({ rewrite, reason: together }))] };
}

/** Rows of the probe that are also tried one by one: ordinary ones and the first odd ones. */
const singleRows = 64;

/** Scores the probe with codes for `rewrites`; a model that fails on every row of it proves nothing. */
async function scoreProbe(
  request: ProbeRequest,
  probe: Probe,
  session: ModelSession,
  rewrites: readonly StringRewrite[],
  names: ReadonlySet<string>,
  batchRows: number,
  rows: number,
): Promise<Scores> {
  const { description, fixedRows, shape } = request;
  const coded = new Set(codedOutputs(rewrites).keys());
  const scorer = createScorer(session, {
    path: description.path,
    sha256: description.sha256,
    rewrites: [],
    threads: request.threads,
    outputs: description.outputs
      .filter(({ name }) => names.has(name))
      .map(({ name, type }) => ({ name, type: coded.has(name) ? ('int64' as const) : type })),
    batchRows,
    fixedRows,
    constants: Object.keys(shape.constants),
  });
  return scorer.score(probe.feeds(codesOf(rewrites)), rows);
}

/** What differs between the answers of the original and of the rewritten graph, to the bit; null where nothing does. */
export function compare(original: Scores, rewritten: Scores, rewrites: readonly Rewrite[]): string | null {
  const failed = (scores: Scores): string => scores.failed.map(({ row }) => row).join();
  if (failed(original) !== failed(rewritten)) return 'it fails on other rows than the original';
  const dictionaries = codedOutputs(rewrites);
  const skipped = new Set(original.failed.map(({ row }) => row));
  for (const [name, expected] of Object.entries(original.fetches)) {
    const dictionary = dictionaries.get(name);
    const found =
      dictionary === undefined ? rewritten.fetches[name]! : decode(rewritten.fetches, name, dictionary);
    const row = firstDifference(expected, found, skipped);
    if (row !== -1) return `its output "${name}" differs from the original's in row ${row} of the probe`;
  }
  return null;
}

/** Dictionaries of the outputs that come as codes. */
export function codedOutputs(rewrites: readonly Rewrite[]): Map<string, readonly string[]> {
  const outputs = new Map<string, readonly string[]>();
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'encode-strings') continue;
    for (const name of rewrite.outputs) outputs.set(name, rewrite.dictionary);
  }
  return outputs;
}

function decode(fetches: Fetches, name: string, dictionary: readonly string[]): TensorData {
  const { dims, data } = fetches[name]!;
  const texts = Array.from(data as BigInt64Array, (code) => dictionary[Number(code)] ?? '');
  return { type: 'string', dims, data: texts };
}

function firstDifference(a: TensorData, b: TensorData, skipped: ReadonlySet<number>): number {
  if (a.type !== b.type || a.dims.join() !== b.dims.join() || a.data.length !== b.data.length) return 0;
  const width = a.data.length / (a.dims[0] ?? 1);
  const [left, right] = [units(a.data), units(b.data)];
  const perRow = (left.length / a.data.length) * width;
  for (let i = 0; i < left.length; i++) {
    if (left[i] === right[i]) continue;
    const row = Math.floor(i / perRow);
    if (!skipped.has(row)) return row;
  }
  return -1;
}

/** Numbers as their bytes, so that NaN equals NaN and 0 differs from -0. */
function units(data: TensorData['data']): ArrayLike<string | number> {
  if (!ArrayBuffer.isView(data)) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

type Seen = Pick<ProbeReport, 'outputs' | 'failure'>;

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
  const session = proven.length === 0 ? original : await open(request, rewrites);
  try {
    const constants = new Set(Object.keys(request.shape.constants));
    const names = outputs.map(({ name }) => name);
    return await chooseBatchRows(session, probe.feeds(codesOf(proven)), probe.tameRows, constants, names);
  } finally {
    if (session !== original) await session.release();
  }
}
