import { type ColumnShape, fitOf, isAlike, isFree, isMisfit, isTypical } from './column-shapes.js';
import type { ReadingRules } from './reading-rules.js';

/** A row with one cell too few or some too many, aligned with its columns. */
export interface Alignment {
  readonly cells: (string | null)[];
  /** Number of cells that do not look like the others of their column. */
  readonly misfits: number;
  /** The column at which a delimiter was lost or gained. */
  readonly column: number | null;
  /** False if two cells ran together at an unknown point: the text is in the first, the second is missing. */
  readonly decided: boolean;
  /** Content beyond the last column that is dropped, null if there is none. */
  readonly surplus: string | null;
}

/** Maximum number of surplus cells for an alignment. */
export const mostExtra = 8;

/** Maximum number of misfits besides the defect for a row to be aligned at all. */
const mostMisfits = 2;

/** A position for a repair: cells before `before` and from `after` on (null: none) stay unchanged. */
interface Position {
  readonly kind: 'gained' | 'joined' | 'parted' | 'surplus';
  readonly before: number;
  readonly after: number | null;
  /** Misfits of the cells between. */
  readonly misfits: number;
  /** The cells between. */
  readonly between: readonly (string | null)[];
}

/**
 * Finds where a row with one cell too few lost its delimiter, or where one with too many has delimiters that
 * are text, an extra one, or cells beyond its last column: the one position at which all other cells fit
 * their columns. Null if no position, or more than one with different cells, has at most `limit` misfits.
 * Tests each cell at most twice, and each remaining position once.
 */
export function alignRow(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  rules: ReadingRules,
  limit: number,
): Alignment | null {
  const fields = shapes.length;
  const extra = cells.length - fields;
  const cap = Math.min(limit, extra > 1 ? 1 : mostMisfits + 1);
  const after = misfitsAfter(cells, shapes, cap);
  const before = misfitsBefore(cells, shapes, cap);
  const positions =
    extra > 0
      ? longPlaces(cells, shapes, rules, before, after)
      : shortPlaces(cells, shapes, rules, before, after);
  let best: { cells: (string | null)[]; misfits: number; position: Position } | null = null;
  let rival = Number.POSITIVE_INFINITY;
  for (const position of positions) {
    const misfits =
      before[position.before]! + position.misfits + (position.after === null ? 0 : after[position.after]!);
    if (misfits >= cap || (best !== null && misfits > best.misfits && misfits >= rival)) continue;
    const isSurplus = position.kind === 'surplus';
    if (isSurplus && (misfits > 0 || (best?.misfits === 0 && best.position.kind === 'gained'))) continue;
    const rest = position.after === null ? [] : cells.slice(position.after);
    const whole = [...cells.slice(0, position.before), ...position.between, ...rest];
    if (best !== null && sameCells(best.cells, whole)) continue;
    if (best === null || misfits < best.misfits) {
      rival = best?.misfits ?? rival;
      best = { cells: whole, misfits, position };
    } else rival = Math.min(rival, misfits);
  }
  if (best === null || best.misfits >= rival) return null;
  const { kind, between } = best.position;
  return {
    cells: best.cells,
    misfits: best.misfits,
    column: kind === 'surplus' ? null : Math.min(best.position.before, fields - 1),
    decided: kind !== 'surplus' && !between.includes(null),
    surplus: kind === 'surplus' ? cells.slice(fields).join(rules.delimiter) : null,
  };
}

/** Returns for each position the misfits of the cells before it, aligned left; infinite from `cap` on. */
function misfitsBefore(cells: readonly string[], shapes: readonly ColumnShape[], cap: number): number[] {
  const counts = new Array<number>(cells.length + 1).fill(Number.POSITIVE_INFINITY);
  let count = 0;
  for (let i = 0; i <= shapes.length && count < cap; i++) {
    counts[i] = count;
    if (i < shapes.length && i < cells.length && isMisfit(cells[i]!, i, shapes)) count++;
  }
  return counts;
}

/** Returns for each position the misfits of the cells from it on, aligned right; infinite from `cap` on. */
function misfitsAfter(cells: readonly string[], shapes: readonly ColumnShape[], cap: number): number[] {
  const counts = new Array<number>(cells.length + 1).fill(Number.POSITIVE_INFINITY);
  const shift = cells.length - shapes.length;
  let count = 0;
  for (let i = cells.length; i >= 0 && count < cap; i--) {
    counts[i] = count;
    if (i > 0 && i > shift && isMisfit(cells[i - 1]!, i - 1 - shift, shapes)) count++;
  }
  return counts;
}

function longPlaces(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  rules: ReadingRules,
  before: readonly number[],
  misfits: readonly number[],
): Position[] {
  const positions: Position[] = [];
  const fields = shapes.length;
  const extra = cells.length - fields;
  const isBlank = (i: number): boolean => cells[i]!.trim() === '';
  if (extra === 1) {
    for (let i = fields; i >= 0 && Number.isFinite(misfits[i + 1]); i--) {
      if (Number.isFinite(before[i]) && isBlank(i))
        positions.push({ kind: 'gained', before: i, after: i + 1, misfits: 0, between: [] });
    }
  }
  const endsFirm = rules.care.delimiters || !isFree(shapes[fields - 1]!);
  const endsLoose = !endsFirm || hasLoneQuote(cells.slice(fields - 1), rules);
  for (let i = endsLoose ? fields - 1 : fields - 2; i >= 0; i--) {
    const after = i + extra + 1;
    if (!Number.isFinite(misfits[after])) break;
    if (!Number.isFinite(before[i])) continue;
    const parts = cells.slice(i, after);
    if (parts.some((part) => part.trim() === '')) continue;
    const cell = joined(parts, rules);
    const own = fitOf(cell, shapes[i]!) === 0 ? 1 : 0;
    if (own === 0 || (extra === 1 && !shapes[i]!.figures)) {
      positions.push({ kind: 'joined', before: i, after, misfits: own, between: [cell] });
    }
  }
  if (!endsLoose && rules.surplus === 'drop') {
    positions.push({ kind: 'surplus', before: fields, after: null, misfits: 0, between: [] });
  }
  return positions;
}

function shortPlaces(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  rules: ReadingRules,
  before: readonly number[],
  misfits: readonly number[],
): Position[] {
  const positions: Position[] = [];
  for (let i = cells.length - 1; i >= 0 && Number.isFinite(misfits[i + 1]); i--) {
    if (!Number.isFinite(before[i])) continue;
    const parts = partings(cells[i]!, i, shapes, rules);
    const between = parts.length === 1 ? parts[0]! : [cells[i]!, null];
    const [left, right] = [fitOf(between[0]!, shapes[i]!), fitOf(between[1]!, shapes[i + 1]!)];
    const own = parts.length === 1 ? (left === 0 ? 1 : 0) + (right === 0 ? 1 : 0) : 1;
    positions.push({ kind: 'parted', before: i, after: i + 1, misfits: own, between });
  }
  return positions;
}

/** Returns true if the cells together have a quote at only one edge: they were one cell. */
function hasLoneQuote(cells: readonly string[], { quote }: ReadingRules): boolean {
  return quote !== null && cells[0]!.startsWith(quote) !== cells.at(-1)!.endsWith(quote);
}

/** Joins cells back into one, without a quote that has lost its partner. */
function joined(parts: readonly string[], { delimiter, quote }: ReadingRules): string {
  const cell = parts.join(delimiter);
  if (quote === null || cell.startsWith(quote) === cell.endsWith(quote)) return cell;
  return cell.startsWith(quote) ? cell.slice(quote.length) : cell.slice(0, -quote.length);
}

/** Length of the longest text that is split at every position: the cost grows with its square. */
const longestParted = 1000;

/** Returns the ways to split a text so that both parts look like their columns. */
function partings(
  text: string,
  i: number,
  shapes: readonly ColumnShape[],
  { delimiter, quote, quotedColumns }: ReadingRules,
): [string, string][] {
  if (quote !== null && quotedColumns[i] === true && quotedColumns[i + 1] === true) {
    const at = text.indexOf(quote);
    if (at >= 0 && at === text.lastIndexOf(quote))
      return [[text.slice(0, at), text.slice(at + quote.length)]];
  }
  const found: [string, string][] = [];
  const [first, second] = [shapes[i]!, shapes[i + 1]!];
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + 1)) {
    const [left, right] = [text.slice(0, at), text.slice(at + delimiter.length)];
    const fits = [fitOf(left, first), fitOf(right, second)];
    if (fits.includes(2) && !fits.includes(0)) found.push([left, right]);
  }
  if (found.length === 1) return found;
  found.length = 0;
  for (let at = 0; at <= text.length && text.length <= longestParted; at++) {
    const [left, right] = [text.slice(0, at), text.slice(at)];
    const fits = [fitOf(left, first), fitOf(right, second)];
    if (fits.includes(0) || !(isAlike(left, first) || isAlike(right, second))) continue;
    const isAnchored = second.prefix !== null && fits[1] === 2;
    const isLoose = !isAlike(left, first) || !isAlike(right, second);
    if (isLoose && left !== '' && right !== '' && !isAnchored) continue;
    found.push([left, right]);
  }
  if (found.length < 2) return found;
  const typical = found.filter(([left, right]) => isTypical(left, first) && isTypical(right, second));
  return typical.length === 1 ? typical : found;
}

function sameCells(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return a.every((cell, i) => cell === b[i]);
}
