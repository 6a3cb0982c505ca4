import type { Tensor } from 'onnxruntime-node';
import type { ModelSession } from '../runtime-session.js';
import { openTreeKernel, type TreeKernel } from '../trees/open-tree-kernel.js';
import { type Reals, walkTrees } from '../trees/walk-trees.js';
import { isNearZero, linkInput, linkModel, linkOutput, mostLinkRows } from './link-session.js';
import type { Ensemble } from './read-ensemble.js';

/** Scores rows of one ensemble. */
export interface EnsembleScorer {
  /** Returns the answers of `rows` rows of `width` features; valid until the next call. */
  score(
    features: Reals,
    rows: number,
    width: number,
  ): Promise<{ readonly scores: Tensor; readonly labels: Tensor | null }>;
}

type Create = (size: number) => Reals;

/** Returns the runtime's own scores of some rows of features. */
export type ScoreWhole = (features: Reals, rows: number, width: number) => Promise<Reals>;

/**
 * Opens the loops over an ensemble's trees, and with `open` a session for its link; `runtime` makes tensors,
 * `whole` scores rows that the link cannot answer.
 */
export async function openEnsembleScorer(
  { table, finish }: Ensemble,
  open: (source: Uint8Array) => Promise<ModelSession>,
  runtime: ModelSession,
  whole: ScoreWhole,
): Promise<EnsembleScorer> {
  const { groups } = finish;
  const { link, isMirrored, hasLabels, output } = finish;
  const applyLink = link === 'none' ? null : linkOver(await open(await linkModel(link, finish.width)));
  const sumsOf: Create = table.numbers === 'float64' ? doubles : floats;
  const scoresOf: Create = output === 'float64' ? doubles : floats;
  let kernel: { readonly width: number; readonly add: TreeKernel['score'] } | null = null;
  let room = 0;
  let sums = sumsOf(0);
  let scores = scoresOf(0);
  let linkFed = new Float32Array(0);
  let linked = new Float32Array(0);
  let words = new Int32Array(0);

  const kernelFor = (width: number): TreeKernel['score'] => {
    if (kernel?.width === width) return kernel.add;
    if (width < table.features)
      throw new Error(`the trees test feature ${table.features - 1}, but there are ${width}`);
    const wide = { ...table, features: width };
    const add: TreeKernel['score'] =
      openTreeKernel(wide)?.score ?? ((from, rows, to) => walkTrees(wide, from, rows, to));
    kernel = { width, add };
    return add;
  };
  const reserve = (rows: number): void => {
    if (rows <= room) return;
    room = rows;
    sums = sumsOf(rows * groups);
    scores = scoresOf(rows * finish.width);
    words = new Int32Array(hasLabels ? 2 * rows : 0);
    const linkRows = link === 'none' ? 0 : rows * finish.width;
    linkFed = new Float32Array(linkRows);
    linked = new Float32Array(link === 'logistic' ? 2 * linkRows : linkRows);
  };

  /** Scores rows with a score near 0 in the runtime. */
  const scoreRest = async (features: Reals, rows: number, width: number): Promise<void> => {
    const rest: number[] = [];
    for (let row = 0; row < rows; row++)
      if (linkFed.subarray(row * groups, (row + 1) * groups).some(isNearZero)) rest.push(row);
    if (rest.length === 0) return;
    const taken = sumsOf(rest.length * width);
    for (const [i, row] of rest.entries())
      taken.set(features.subarray(row * width, (row + 1) * width), i * width);
    const answers = await whole(taken, rest.length, width);
    for (const [i, row] of rest.entries())
      scores.set(answers.subarray(i * groups, (i + 1) * groups), row * groups);
  };

  return {
    async score(features, rows, width) {
      reserve(rows);
      kernelFor(width)(features, rows, sums);
      finish.apply(sums, rows, scores, hasLabels ? words : null);
      const size = rows * finish.width;
      if (applyLink !== null && /softmax/.test(link)) {
        linkFed.set(scores.subarray(0, size));
        await applyLink(linkFed, rows, finish.width, linked, finish.width);
        scores.set(linked.subarray(0, size));
        if (link === 'wide-softmax') await scoreRest(features, rows, width);
      } else if (applyLink !== null && link === 'probit') {
        linkFed.set(scores.subarray(0, size));
        await applyLink(linkFed, size, 1, linked, 1);
        scores.set(linked.subarray(0, size));
      } else if (applyLink !== null && isMirrored) {
        for (let row = 0; row < rows; row++) linkFed[row] = scores[2 * row + 1]!;
        await applyLink(linkFed, rows, 1, linked, 2);
        scores.set(linked.subarray(0, size));
      } else if (applyLink !== null) {
        linkFed.set(scores.subarray(0, size));
        await applyLink(linkFed, size, 1, linked, 2);
        for (let i = 0; i < size; i++) scores[i] = linked[2 * i + 1]!;
      }
      return {
        scores: runtime.tensor(output, scores.subarray(0, size), [rows, finish.width]),
        labels: hasLabels ? runtime.tensor('int64', new BigInt64Array(words.buffer, 0, rows), [rows]) : null,
      };
    },
  };
}

const floats: Create = (size) => new Float32Array(size);
const doubles: Create = (size) => new Float64Array(size);

type ApplyLink = (
  from: Float32Array,
  rows: number,
  columns: number,
  to: Float32Array,
  answers: number,
) => Promise<void>;

/**
 * Returns a function that applies a link to rows of sums, in pieces so small that the runtime uses the
 * functions of its tree ensembles.
 */
function linkOver(session: ModelSession): ApplyLink {
  return async (from, rows, columns, to, answers) => {
    for (let first = 0; first < rows; first += mostLinkRows) {
      const count = Math.min(mostLinkRows, rows - first);
      const part = (data: Float32Array, width: number) =>
        session.tensor('float32', data.subarray(first * width, (first + count) * width), [count, width]);
      await session.run({ [linkInput]: part(from, columns) }, { [linkOutput]: part(to, answers) });
    }
  };
}
