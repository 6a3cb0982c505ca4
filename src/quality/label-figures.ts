/** Quality of scores that predict labels of 0 or 1. */
interface BinaryFigures {
  readonly kind: 'binary';
  readonly rows: number;
  readonly positives: number;
  /** Area under the ROC curve; null if all labels are equal. */
  readonly auc: number | null;
  /** Upper bound of the error of `auc`: half the share of pairs whose scores are too close to tell apart. */
  readonly auc_error: number | null;
  /** Mean log loss, scores clipped to [1e-15, 1 - 1e-15], and Brier score; null for scores outside 0 to 1. */
  readonly log_loss: number | null;
  readonly brier: number | null;
  /** Share of rows whose label is `score >= threshold`. */
  readonly accuracy: number;
  readonly threshold: number;
  /** Expected calibration error over the tenths of `calibration`; null if a score is outside 0 to 1. */
  readonly calibration_error: number | null;
  /** Scores in each tenth of 0 to 1: number of rows, mean score and share of positives; null without rows. */
  readonly calibration: readonly {
    readonly rows: number;
    readonly score: number | null;
    readonly positives: number | null;
  }[];
}

/** Quality of scores that predict numbers. */
interface NumberFigures {
  readonly kind: 'numbers';
  readonly rows: number;
  /** Root of the mean squared error, mean absolute error, mean of score minus label. */
  readonly rmse: number;
  readonly mae: number;
  readonly bias: number;
  /** Share of the labels' variance that the scores explain; null if all labels are equal. */
  readonly r2: number | null;
}

export type LabelFigures = BinaryFigures | NumberFigures;

/** Counts and sums over the scores and labels of some rows; plain data. */
export interface LabelCounts {
  /** Rows with a finite score and a finite label; others are left out. */
  readonly rows: number;
  readonly isBinary: boolean;
  /** True if all scores are within 0 to 1. */
  readonly isShare: boolean;
  /** Rows whose label is `score >= threshold`. */
  readonly right: number;
  readonly loss: number;
  readonly squares: number;
  readonly distance: number;
  readonly bias: number;
  readonly mean: number;
  readonly variance: number;
  /** The ranks of scores that occur, with the rows of label 0 and of label 1. */
  readonly ranks: Int32Array;
  readonly negatives: Int32Array;
  readonly positives: Int32Array;
  /** For each tenth of 0 to 1: rows, sum of scores, positives. */
  readonly tenths: Float64Array;
}

/** Bits of a float32 that are dropped in its rank: scores closer than 1 in 2,048 may share one. */
const droppedBits = 12;
const allRanks = 2 ** (32 - droppedBits);
const clip = 1e-15;
const tenthsCount = 10;

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** Returns the rank of a score in numeric order: the bits of its float32, inverted if it is negative. */
function rankOf(score: number): number {
  float[0] = score;
  const bits = floatBits[0]!;
  return (bits >= 0x80000000 ? ~bits >>> 0 : bits + 0x80000000) >>> droppedBits;
}

/** Counts rows with a score and a label each; `threshold` separates 0 from 1. */
export function countLabels(scores: Float64Array, labels: Float64Array, threshold: number): LabelCounts {
  const byRank = new Map<number, [number, number]>();
  const tenths = new Float64Array(3 * tenthsCount);
  let [rows, right, loss, squares, distance, bias, mean, variance] = [0, 0, 0, 0, 0, 0, 0, 0];
  let isBinary = true;
  let isShare = true;
  for (let row = 0; row < scores.length; row++) {
    const [score, label] = [scores[row]!, labels[row]!];
    if (!Number.isFinite(score) || !Number.isFinite(label)) continue;
    rows += 1;
    const apart = score - label;
    squares += apart * apart;
    distance += Math.abs(apart);
    bias += apart;
    const from = label - mean;
    mean += from / rows;
    variance += from * (label - mean);
    isBinary &&= label === 0 || label === 1;
    if (!isBinary) continue;
    const rank = rankOf(score);
    const known = byRank.get(rank);
    if (known === undefined) byRank.set(rank, label === 1 ? [0, 1] : [1, 0]);
    else known[label as 0 | 1] += 1;
    if (score >= threshold === (label === 1)) right += 1;
    isShare &&= score >= 0 && score <= 1;
    if (!isShare) continue;
    loss -= Math.log(Math.min(1 - clip, Math.max(clip, label === 1 ? score : 1 - score)));
    const tenth = 3 * Math.min(tenthsCount - 1, Math.floor(score * tenthsCount));
    tenths[tenth]! += 1;
    tenths[tenth + 1]! += score;
    tenths[tenth + 2]! += label;
  }
  return {
    ...{ rows, isBinary, isShare, right, loss, squares, distance, bias, mean, variance, tenths },
    ranks: Int32Array.from(byRank.keys()),
    negatives: Int32Array.from(byRank.values(), ([no]) => no),
    positives: Int32Array.from(byRank.values(), ([, yes]) => yes),
  };
}

/** A sum of counts; takes 16 MB regardless of the number of rows. */
export interface LabelSum {
  add(counts: LabelCounts): void;
  /** Returns the figures: binary if every label was 0 or 1; null without rows. */
  figures(): LabelFigures | null;
}

/** Creates an empty sum of counts with this threshold. */
export function createLabelSum(threshold: number): LabelSum {
  const negatives = new Float64Array(allRanks);
  const positives = new Float64Array(allRanks);
  const tenths = new Float64Array(3 * tenthsCount);
  let [rows, right, loss, squares, distance, bias, mean, variance] = [0, 0, 0, 0, 0, 0, 0, 0];
  let isBinary = true;
  let isShare = true;
  return {
    add(more) {
      for (let i = 0; i < more.ranks.length; i++) {
        negatives[more.ranks[i]!]! += more.negatives[i]!;
        positives[more.ranks[i]!]! += more.positives[i]!;
      }
      for (let i = 0; i < tenths.length; i++) tenths[i]! += more.tenths[i]!;
      const all = rows + more.rows;
      const apart = more.mean - mean;
      if (all > 0) {
        variance += more.variance + (apart * apart * rows * more.rows) / all;
        mean += (apart * more.rows) / all;
      }
      rows = all;
      right += more.right;
      loss += more.loss;
      squares += more.squares;
      distance += more.distance;
      bias += more.bias;
      isBinary &&= more.isBinary;
      isShare &&= more.isShare;
    },
    figures() {
      if (rows === 0) return null;
      if (!isBinary) {
        const r2 = variance > 0 ? 1 - squares / variance : null;
        const errors = { rmse: Math.sqrt(squares / rows), mae: distance / rows, bias: bias / rows };
        return { kind: 'numbers', rows, ...errors, r2 };
      }
      const { area, tied, ones } = areaUnderCurve(negatives, positives);
      const pairs = ones * (rows - ones);
      return {
        kind: 'binary',
        rows,
        positives: ones,
        auc: pairs === 0 ? null : area / pairs,
        auc_error: pairs === 0 ? null : tied / 2 / pairs,
        log_loss: isShare ? loss / rows : null,
        brier: isShare ? squares / rows : null,
        accuracy: right / rows,
        threshold,
        ...(isShare ? calibrationOf(tenths, rows) : { calibration_error: null, calibration: [] }),
      };
    },
  };
}

function calibrationOf(
  tenths: Float64Array,
  rows: number,
): Pick<BinaryFigures, 'calibration' | 'calibration_error'> {
  let error = 0;
  const calibration = Array.from({ length: tenthsCount }, (_, i) => {
    const [count, scores, ones] = tenths.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    error += Math.abs(scores - ones);
    const mean = (sum: number) => (count === 0 ? null : sum / count);
    return { rows: count, score: mean(scores), positives: mean(ones) };
  });
  return { calibration, calibration_error: error / rows };
}

/** Counts the pairs of a negative and a positive row whose positive scores higher; ties count half. */
function areaUnderCurve(
  negatives: Float64Array,
  positives: Float64Array,
): { readonly area: number; readonly tied: number; readonly ones: number } {
  let [below, area, tied, ones] = [0, 0, 0, 0];
  for (let rank = 0; rank < allRanks; rank++) {
    const [no, yes] = [negatives[rank]!, positives[rank]!];
    area += yes * (below + no / 2);
    tied += yes * no;
    below += no;
    ones += yes;
  }
  return { area, tied, ones };
}
