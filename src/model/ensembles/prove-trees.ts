import { InvalidError } from '../../errors.js';
import type { Probe } from '../generate-probe.js';
import { bytesOf } from '../open-session.js';
import type { ProbeRequest, RefutedRewrite, Seen } from '../probe-report.js';
import { compare, scoreWhole } from '../prove-rewrite.js';
import { type OnnxModel, readModel } from '../read-model.js';
import type { EncodedStrings, FoldedOneHots, Rewrite } from '../rewrite-graph.js';
import { runtimeMessage } from '../runtime-message.js';
import { type ModelSession, openRuntime } from '../runtime-session.js';
import { firstDifference } from './compare-answers.js';
import { featureElement, findEnsembles, graphOfOne } from './cut-ensembles.js';
import type { WalkedTrees } from './find-walks.js';
import { openEnsembles } from './open-ensembles.js';
import { readEnsemble } from './read-ensemble.js';
import { thresholdRows } from './threshold-rows.js';

/**
 * Returns the ensembles whose trees our loops score with the runtime's answers, bit by bit: each alone on
 * rows at its thresholds, in batches of several sizes, then the whole graph on the probe. `before` are the
 * rewrites that are used already.
 */
export async function proveTrees(
  request: ProbeRequest,
  open: (rewrites: readonly Rewrite[]) => Promise<ModelSession>,
  probe: Probe,
  original: ModelSession,
  before: readonly Rewrite[],
  walks: readonly WalkedTrees[],
  { outputs, failure }: Seen,
): Promise<{ readonly proven: readonly WalkedTrees[]; readonly refuted: readonly RefutedRewrite[] }> {
  if (walks.length === 0) return { proven: [], refuted: [] };
  const names = new Set(outputs?.filter(({ rows }) => rows).map(({ name }) => name));
  const obstacle =
    request.threads > 1
      ? `${request.threads} threads inside an operator add the trees in another order`
      : request.fixedRows !== null
        ? `the graph has a fixed batch of ${request.fixedRows} rows`
        : names.size === 0
          ? (failure ?? 'no output answers per row')
          : null;
  if (obstacle !== null)
    return { proven: [], refuted: walks.map((rewrite) => ({ rewrite, reason: obstacle })) };
  const strings = before.filter(
    (rewrite): rewrite is EncodedStrings | FoldedOneHots =>
      rewrite.kind === 'encode-strings' || rewrite.kind === 'fold-one-hot',
  );
  const refuted: RefutedRewrite[] = [];
  const fit: WalkedTrees[] = [];
  const { path, sha256 } = request.description;
  const model = await readModel(await bytesOf({ path, sha256, rewrites: before }), path);
  for (const walk of walks) {
    const reason = await differenceOfOne(model, path, walk);
    if (reason === null) fit.push(walk);
    else refuted.push({ rewrite: walk, reason });
  }
  if (fit.length === 0) return { proven: [], refuted };
  const reference = await scoreWhole(request, probe, original, [], names);
  const difference = async (): Promise<string | null> => {
    try {
      const session = await open([...before, ...fit]);
      try {
        const found = await scoreWhole(request, probe, session, strings, names);
        const differences = found.map((scores, i) => compare(reference[i]!, scores, strings));
        return differences.find((text) => text !== null) ?? null;
      } finally {
        await session.release();
      }
    } catch (error) {
      return reasonOf(error);
    }
  };
  const reason = await difference();
  if (reason === null) return { proven: fit, refuted };
  return { proven: [], refuted: [...refuted, ...fit.map((rewrite) => ({ rewrite, reason }))] };
}

/** Rows of the batches that an ensemble is tried with. */
const batches = [1, 2, 7, 130];

/** Returns the first difference of loops and runtime on rows at an ensemble's thresholds; null if none. */
async function differenceOfOne(
  model: OnnxModel,
  path: string,
  { output }: WalkedTrees,
): Promise<string | null> {
  const node = findEnsembles(model).find(({ outputs }) => outputs[0] === output)!;
  const open: ModelSession[] = [];
  try {
    const { table } = readEnsemble(model, node, featureElement(model, node));
    const bytes = graphOfOne(model, node);
    open.push(await openRuntime(bytes, path, 1), await openEnsembles(bytes, path, [output], 1));
    const { rows, values } = thresholdRows(table);
    let from = 0;
    for (const size of [...batches, rows]) {
      const to = Math.min(rows, from + size);
      const part = values.subarray(from * table.features, to * table.features);
      const run = async (session: ModelSession) =>
        session.run(
          { [node.inputs[0]!]: session.tensor(table.numbers, part, [to - from, table.features]) },
          Object.fromEntries(session.outputNames.map((name) => [name, null])),
        );
      const [expected, found] = [await run(open[0]!), await run(open[1]!)];
      const row = firstDifference(expected, found, to - from);
      if (row !== -1)
        return `it differs from the runtime's answer in row ${from + row} of a trial at its thresholds`;
      from = to;
    }
    return null;
  } catch (error) {
    return reasonOf(error);
  } finally {
    for (const session of open) await session.release();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof InvalidError) {
    if (error.reason !== 'model-refused') throw error;
    return error.message;
  }
  return runtimeMessage(error);
}
