import type { OutputField } from '../chunk/batch.js';
import type { Column } from '../chunk/column.js';
import type { Calibration, Decisions } from '../chunk/decisions.js';
import type { ProblemKind } from '../chunk/problem.js';
import { allPresent, markMissing } from '../chunk/validity.js';
import type { OutputColumn, ScoreProblem } from './output-plan.js';
import { rankFields } from './rank-scores.js';

type FloatColumn = Extract<Column, { readonly type: 'float32' | 'float64' }>;

/** Returns the columns that decisions add to a score. */
export function decisionFields(name: string, decisions: Decisions): readonly OutputField[] {
  const { threshold, bands } = decisions;
  const fields: OutputField[] = [];
  if (threshold !== null)
    fields.push({
      name: `${name}_decision`,
      type: threshold.labels === null ? 'boolean' : 'string',
      dictionary: true,
    });
  if (bands !== null) fields.push({ name: `${name}_band`, type: 'string', dictionary: true });
  return [...fields, ...rankFields(name, decisions)];
}

/** Returns the score as written: calibrated, in float64, then rounded. */
export function settleScore({ calibration, round }: Decisions, column: FloatColumn): FloatColumn {
  if (calibration === null && round === null) return column;
  const { length } = column;
  const isFloat = column.type === 'float32' && calibration === null;
  const values = isFloat ? new Float32Array(length) : new Float64Array(length);
  const calibrate = calibration === null ? null : calibrator(calibration);
  for (let row = 0; row < length; row++) {
    const score = column.values[row]!;
    const settled = calibrate === null ? score : calibrate(score);
    values[row] = round === null ? settled : rounded(settled, round);
  }
  const { validity } = column;
  return isFloat
    ? { type: 'float32', length, values: values as Float32Array, validity }
    : { type: 'float64', length, values: values as Float64Array, validity };
}

function calibrator(calibration: Calibration): (score: number) => number {
  if (calibration.kind === 'platt') {
    const { slope, offset } = calibration;
    return (score) => 1 / (1 + Math.exp(slope * score + offset));
  }
  const { from, to } = calibration;
  const last = from.length - 1;
  return (score) => {
    if (Number.isNaN(score)) return score;
    if (score <= from[0]!) return to[0]!;
    if (score >= from[last]!) return to[last]!;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (from[middle]! <= score) low = middle;
      else high = middle;
    }
    return to[low]! + ((to[high]! - to[low]!) / (from[high]! - from[low]!)) * (score - from[low]!);
  };
}

/** Returns the number nearest to `value` with `digits` decimal places; of two, the larger in size. */
export function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  const scaled = Math.abs(value) * scale;
  // Also true for NaN: already whole, or not a number.
  if (!(scaled < 2 ** 52)) return value;
  const rest = scaled - Math.floor(scaled);
  // The product is rounded first, so that near a half only the digits decide.
  const isNearHalf = Math.abs(rest - 0.5) <= scaled * 2 ** -50;
  const size = isNearHalf ? Number(Math.abs(value).toFixed(digits)) : Math.round(scaled) / scale;
  return value < 0 && size !== 0 ? -size : size;
}

/**
 * Returns the columns of `decisionFields` without ranks, and records scores beyond all bands. Missing if the
 * score is not a number.
 */
export function decide(
  { name }: Pick<OutputColumn, 'name'>,
  { threshold, bands }: Decisions,
  column: FloatColumn,
  problems: ScoreProblem[],
): Map<string, Column> {
  const columns = new Map<string, Column>();
  // A bound is a number of the column's type: a float32 that is written as 0.7 is not below 0.7.
  const bound = (value: number) => (column.type === 'float32' ? Math.fround(value) : value);
  if (threshold !== null) {
    const codes = codesOf(column, (score) => (score >= bound(threshold.at) ? 1 : 0));
    columns.set(
      `${name}_decision`,
      threshold.labels === null
        ? {
            type: 'boolean',
            length: codes.length,
            values: Uint8Array.from(codes, (code) => Math.max(0, code)),
            validity: validityOf(codes),
          }
        : labelled(codes, threshold.labels),
    );
  }
  if (bands !== null) {
    const bounds = bands.map(({ upTo }) => (upTo === null ? Number.POSITIVE_INFINITY : bound(upTo)));
    const kind: ProblemKind = {
      code: 'score-beyond-bands',
      column: name,
      expected: `at most ${bands.at(-1)!.upTo}, the end of the last band`,
      outcome: 'flagged',
    };
    const codes = codesOf(column, (score, row) => {
      const band = bounds.findIndex((upTo) => score <= upTo);
      if (band < 0) problems.push({ kind, row, found: score });
      return band;
    });
    columns.set(
      `${name}_band`,
      labelled(
        codes,
        bands.map((band) => band.name),
      ),
    );
  }
  return columns;
}

/** Returns a code for each row, -1 where the score is not a number. */
function codesOf(
  { values, length }: FloatColumn,
  codeOf: (score: number, row: number) => number,
): Int32Array {
  const codes = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const score = values[row]!;
    codes[row] = Number.isNaN(score) ? -1 : codeOf(score, row);
  }
  return codes;
}

function labelled(codes: Int32Array, dictionary: readonly string[]): Column {
  return {
    type: 'string',
    layout: 'dictionary',
    length: codes.length,
    codes,
    dictionary,
    validity: validityOf(codes),
  };
}

function validityOf(codes: Int32Array): Uint8Array | null {
  if (codes.every((code) => code >= 0)) return null;
  const validity = allPresent(codes.length);
  for (let row = 0; row < codes.length; row++) if (codes[row]! < 0) markMissing(validity, row);
  return validity;
}

/** Describes the decisions made from a score; null if there are none. */
export function decisionSentence(
  name: string,
  { calibration, round, threshold, bands, rank, decile }: Decisions,
): string {
  const parts: string[] = [];
  if (calibration?.kind === 'platt')
    parts.push(`calibrated to 1 / (1 + exp(${calibration.slope} * score + ${calibration.offset}))`);
  if (calibration?.kind === 'table') parts.push(`calibrated by a table of ${calibration.from.length} points`);
  if (round !== null) parts.push(`rounded to ${round} decimal ${round === 1 ? 'place' : 'places'}`);
  if (threshold !== null) {
    const [no, yes] = threshold.labels ?? ['false', 'true'];
    parts.push(`${name}_decision is ${yes} from ${threshold.at} on, else ${no}`);
  }
  if (bands !== null) {
    const list = bands.map((band) =>
      band.upTo === null ? `${band.name} above` : `${band.name} up to ${band.upTo}`,
    );
    parts.push(`${name}_band is ${list.join(', ')}`);
  }
  if (rank !== undefined) parts.push(`${name}_rank is 1 for the highest score of its ${rank}`);
  if (decile !== undefined)
    parts.push(`${name}_decile is 1 for the highest tenth of the scores of its ${decile}`);
  return `${name}: ${parts.join('; ')}`;
}
