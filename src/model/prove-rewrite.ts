import type { Fetches, TensorData } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { codedOutputs, codesOf } from './codes-of.js';
import type { Probe } from './generate-probe.js';
import { createScorer } from './open-scorer.js';
import { openSession } from './open-session.js';
import type { ProbeRequest, RefutedRewrite, Seen } from './probe-report.js';
import type { EncodedStrings, FoldedOneHots, Rewrite } from './rewrite-graph.js';
import { runtimeMessage } from './runtime-message.js';
import type { ModelSession } from './runtime-session.js';
import type { Scores } from './scorer.js';

/** A rewrite that changes how strings are fed, which must be proven. */
type StringRewrite = EncodedStrings | FoldedOneHots;

/**
 * Returns the rewrites that pass their proof, tried from the fastest combination down: folds with codes for
 * the other strings, then codes alone, then the codes that pass one by one and together, then none.
 */
export async function proveRewrite(
  request: ProbeRequest,
  open: (rewrites: readonly Rewrite[]) => Promise<ModelSession>,
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
  const answers = (session: ModelSession, rewrites: readonly StringRewrite[]) =>
    scoreWhole(request, probe, session, rewrites, names);
  const reference = await answers(original, []);
  const difference = async (rewrites: readonly StringRewrite[]): Promise<string | null> => {
    let session: ModelSession;
    try {
      session = await open([...needed, ...rewrites]);
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

/** Scores the probe in batches, and some rows in the smallest ones: kernels may depend on the rows. */
export async function scoreWhole(
  request: ProbeRequest,
  probe: Probe,
  session: ModelSession,
  rewrites: readonly StringRewrite[],
  names: ReadonlySet<string>,
): Promise<Scores[]> {
  return [
    await scoreProbe(request, probe, session, rewrites, names, 256, probe.rows),
    await scoreProbe(request, probe, session, rewrites, names, 1, singleRows),
  ];
}

/** Rows of the probe that are also tried one by one: ordinary ones and the first odd ones. */
const singleRows = 64;

/** Scores the probe with codes for `rewrites`; a model that fails on every row proves nothing. */
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
    withholdsMessages: false,
  });
  return scorer.score(probe.feeds(codesOf(rewrites)), rows);
}

/** Returns the first difference of the original and the rewritten graph's answers, bit by bit; else null. */
export function compare(original: Scores, rewritten: Scores, rewrites: readonly Rewrite[]): string | null {
  const failed = (scores: Scores): string => scores.failed.map(({ row }) => row).join();
  if (failed(original) !== failed(rewritten)) return 'it fails on different rows than the original';
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

/** Returns numbers as their bytes, so that NaN equals NaN and 0 differs from -0. */
function units(data: TensorData['data']): ArrayLike<string | number> {
  if (!ArrayBuffer.isView(data)) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Opens the model of a request with `rewrites` applied; calls `beforeRun` before each of its runs. */
export async function openFor(
  request: ProbeRequest,
  rewrites: readonly Rewrite[],
  beforeRun: () => void,
): Promise<ModelSession> {
  const { path, sha256 } = request.description;
  const session = await openSession({ path, sha256, rewrites, threads: request.threads });
  return {
    ...session,
    run(feeds, fetches) {
      beforeRun();
      return session.run(feeds, fetches);
    },
  };
}
