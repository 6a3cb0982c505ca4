import { ModelFault } from '../trees/model-value.js';
import type { Reals } from '../trees/walk-trees.js';

/** The functions of scores that a session of the runtime computes. */
export type Link = 'logistic' | 'probit' | 'softmax' | 'wide-softmax' | 'softmax-zero';

export type PostTransform = 'NONE' | 'LOGISTIC' | 'SOFTMAX' | 'SOFTMAX_ZERO' | 'PROBIT';

export type Aggregate = 'AVERAGE' | 'SUM' | 'MIN' | 'MAX';

/** The attributes of an ensemble that affect its sums. */
interface SumsOf {
  /** Classes or targets. */
  readonly groups: number;
  readonly trees: number;
  readonly base: Float64Array;
  readonly aggregate: Aggregate;
  readonly transform: PostTransform;
  readonly output: 'float32' | 'float64';
  /** True if every row gets a score for the class or target, false if none does, null if some do. */
  readonly scored: readonly (boolean | null)[];
  readonly classes: {
    /** Whole numbers; null for texts, which the graph selects by index. */
    readonly labels: Int32Array | null;
    /** True for two classes if leaves have weights for only one of them. */
    readonly isBinary: boolean;
    /** True if no weight is below 0. */
    readonly isPositive: boolean;
  } | null;
}

/** Turns sums into scores and labels. */
export interface Finish {
  /** Sums per row. */
  readonly groups: number;
  /** Scores per row. */
  readonly width: number;
  readonly output: 'float32' | 'float64';
  /** Divisor of the sums: the number of trees for an average, else 1. */
  readonly divisor: number;
  /** A function of all scores of a row, or of each, that the runtime computes after `apply`. */
  readonly link: 'none' | Link;
  /** True if the second score's link is that of the first with the other sign: one is enough. */
  readonly isMirrored: boolean;
  readonly hasLabels: boolean;
  /** Fills the scores before the link, row by row, and the labels (or indices) as pairs of words. */
  apply(sums: Reals, rows: number, scores: Reals, labels: Int32Array | null): void;
}

/** Rows of more classes need another link: the runtime's linear classifier computes another softmax for them. */
const mostSoftmax = 4;

/**
 * Returns the function that turns sums into the runtime's answers (`tree_ensemble_aggregator.h` and
 * `ml_common.h`): base values are added last, in the type of the sums; an average is divided before that; the
 * least of negated leaves is the negated greatest; the label of two classes depends on which of them have
 * weights and on their signs. Throws `ModelFault` for cases that are left to the runtime.
 */
export function finishOf(sums: SumsOf): Finish {
  const { groups, transform, aggregate, base, output, trees, scored } = sums;
  if (groups < 1) throw new ModelFault('it has no classes or targets');
  if (sums.classes !== null) return finishClasses(sums, sums.classes);
  if (base.length !== 0 && base.length !== groups)
    throw new ModelFault('it does not have one base value for each target');
  const divisor = aggregate === 'AVERAGE' ? trees : 1;
  // A target without a score in a row is 0 there, regardless of its base value.
  const added = groups === 1 ? base : base.map((value, i) => (scored[i] === false ? 0 : value));
  const isLeast = aggregate === 'MIN' || aggregate === 'MAX';
  if (!isLeast && base.length > 0 && groups > 1 && scored.includes(null))
    throw new ModelFault('some of its leaves lack a weight of a target that others have');
  // The runtime ignores other transforms of a single target.
  const link = groups === 1 && transform !== 'PROBIT' ? 'none' : linkOf(transform, sums);
  return {
    groups,
    width: groups,
    output,
    divisor,
    link,
    isMirrored: false,
    hasLabels: false,
    apply(from, rows, scores) {
      const size = rows * groups;
      if (isLeast) {
        finishLeast(from, size, aggregate === 'MAX', base, groups);
        copy(from, scores, size);
        return;
      }
      if (divisor !== 1) for (let i = 0; i < size; i++) from[i] = from[i]! / divisor;
      addBase(from, rows, added, groups);
      copy(from, scores, size);
    },
  };
}

function linkOf(transform: PostTransform, { groups, scored, base, output }: SumsOf): Finish['link'] {
  switch (transform) {
    case 'NONE':
      return 'none';
    case 'LOGISTIC':
      return 'logistic';
    case 'PROBIT':
      return 'probit';
    case 'SOFTMAX_ZERO':
      // There the runtime divides in float64, which the link does not.
      if (output === 'float64') throw new ModelFault('its SOFTMAX_ZERO is of float64 scores');
      return 'softmax-zero';
    case 'SOFTMAX':
      if (groups <= mostSoftmax) return 'softmax';
      // The link leaves rows with a score of 0 to the runtime: here these would be all of them.
      if (base.length === 0 && scored.includes(false))
        throw new ModelFault(`its softmax has ${groups} classes, one of which never has a score`);
      return 'wide-softmax';
  }
}

/** Turns the least leaves into scores; a target without a leaf in a row is 0 there, as in the runtime. */
function finishLeast(
  from: Reals,
  size: number,
  isNegated: boolean,
  base: Float64Array,
  groups: number,
): void {
  for (let i = 0; i < size; i++) {
    const least = from[i]!;
    if (least === Number.POSITIVE_INFINITY) from[i] = 0;
    else from[i] = (isNegated ? -least : least) + (base[i % groups] ?? 0);
  }
}

/** Adds base values to sums in their own type. */
function addBase(sums: Reals, rows: number, base: Float64Array, groups: number): void {
  if (base.length === 0) return;
  for (let row = 0, i = 0; row < rows; row++)
    for (let group = 0; group < groups; group++, i++) sums[i] = sums[i]! + base[group]!;
}

function copy(from: Reals, to: Reals, size: number): void {
  for (let i = 0; i < size; i++) to[i] = from[i]!;
}

function finishClasses(sums: SumsOf, classes: NonNullable<SumsOf['classes']>): Finish {
  const { groups, base, transform, output, scored } = sums;
  const { labels } = classes;
  if (groups < 2) throw new ModelFault('it has one class');
  if (scored.includes(null))
    throw new ModelFault('some of its leaves lack a weight of a class that others have');
  if (groups === 2) return finishTwo(sums, classes);
  if (base.length !== 0 && base.length !== groups)
    throw new ModelFault('it does not have one base value for each class');
  const known = scored.map((isScored) => isScored === true || base.length > 0);
  if (!known.includes(true)) throw new ModelFault('no class has a score');
  const link = linkOf(transform, sums);
  return {
    groups,
    width: groups,
    output,
    divisor: 1,
    link,
    isMirrored: false,
    hasLabels: true,
    apply(from, rows, scores, words) {
      addBase(from, rows, base, groups);
      for (let row = 0, at = 0; row < rows; row++, at += groups) {
        let best = -1;
        for (let i = 0; i < groups; i++)
          if (known[i] && (best === -1 || from[at + i]! > from[at + best]!)) best = i;
        setLabel(words!, row, labels === null ? best : labels[best]!);
      }
      copy(from, scores, rows * groups);
    },
  };
}

function setLabel(words: Int32Array, row: number, label: number): void {
  words[2 * row] = label;
  words[2 * row + 1] = label >> 31;
}

/** Cases of two classes, by the number of scores that the runtime keeps and what it writes. */
function finishTwo(sums: SumsOf, { labels, isBinary, isPositive }: NonNullable<SumsOf['classes']>): Finish {
  const { base, transform, output, scored } = sums;
  if (base.length > 2) throw new ModelFault('it has two classes but more than two base values');
  const [hasFirst, hasSecond] = [scored[0] === true, scored[1] === true];
  const isPair = hasSecond || base.length === 2;
  const label = (place: number) => (labels === null ? place : labels[place]!);
  // Without a binary case the labels of the runtime are 1 and 0, regardless of the names of the classes.
  const [negative, positive] = isBinary ? [label(0), label(1)] : [0, 1];
  const bound = isBinary && isPositive ? 0.5 : 0;
  if (!isPair && !isBinary) throw new ModelFault('its leaves have weights for neither of its two classes');
  // The runtime writes one score then, and leaves the other as it finds it in memory.
  if (!isPair && transform === 'PROBIT') throw new ModelFault('its PROBIT has one score for two classes');
  // A single score is that of the second class; only a logistic function is applied to it.
  const link = isPair || transform === 'LOGISTIC' ? linkOf(transform, sums) : 'none';
  const isMirrored = !isPair && link === 'logistic';
  const isShare = !isPair && link === 'none' && isPositive;
  return {
    groups: 2,
    width: 2,
    output,
    divisor: 1,
    link,
    isMirrored,
    hasLabels: true,
    apply(from, rows, scores, words) {
      for (let row = 0, at = 0; row < rows; row++, at += 2) {
        if (base.length === 2) {
          if (hasSecond) {
            from[at + 1] = base[1]! + from[at]!;
            from[at] = -from[at + 1]!;
          } else {
            from[at + 1] = from[at + 1]! + base[1]!;
            from[at] = from[at]! + base[0]!;
          }
        } else if (base.length === 1) from[at] = from[at]! + base[0]!;
        const first = from[at]!;
        const weight = hasSecond ? from[at + 1]! : hasFirst ? first : 0;
        setLabel(words!, row, weight > bound ? positive : negative);
        if (isPair) {
          scores[at] = hasFirst ? first : 0;
          scores[at + 1] = hasSecond ? from[at + 1]! : 0;
        } else {
          scores[at] = isShare ? 1 - first : -first;
          scores[at + 1] = first;
        }
      }
    },
  };
}
