import { type ColumnShape, fitOf, isAlike, isFree, isMisfit, isTypical } from './column-shapes.js';
import type { ReadingRules } from './reading-rules.js';

/** A row with a cell too few or some too many, laid under the columns it belongs to. */
export interface Alignment {
  readonly cells: (string | null)[];
  /** Cells that do not look like their column's others. */
  readonly misfits: number;
  /** The column at which a delimiter was lost or gained. */
  readonly column: number | null;
  /** False where two cells ran together and nothing tells where to part them: the text stands in the first, the second is missing. */
  readonly decided: boolean;
  /** What stands beyond the last column and is left out, null where nothing is. */
  readonly surplus: string | null;
}

/** A row with more cells too many than these is not looked into. */
export const mostExtra = 8;

/** Misfits that a row may have beside its defect to be laid under its columns at all. */
export const mostMisfits = 2;

/** A place at which the row may be put right: the cells before `before` and from `after` on (null: none) stay as they are. */
interface Place {
  readonly kind: 'gained' | 'joined' | 'parted' | 'surplus';
  readonly before: number;
  readonly after: number | null;
  /** Of the cells between. */
  readonly misfits: number;
  /** The cells between. */
  readonly between: readonly (string | null)[];
}

/**
 * Finds where a row of one cell too few lost its delimiter, or where one of some cells too many has delimiters that are text, a gained one, or cells
 * beyond its last column: the one place at which its other cells all look like their columns. Null where no place, or more than one with
 * different cells, does better than `limit` misfits. Costs at most two looks at each cell, and one at each place that is left then.
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
  const places =
    extra > 0
      ? longPlaces(cells, shapes, rules, before, after)
      : shortPlaces(cells, shapes, rules, before, after);
  let best: { cells: (string | null)[]; misfits: number; place: Place } | null = null;
  let rival = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const misfits = before[place.before]! + place.misfits + (place.after === null ? 0 : after[place.after]!);
    if (misfits >= cap || (best !== null && misfits > best.misfits && misfits >= rival)) continue;
    const isSurplus = place.kind === 'surplus';
    if (isSurplus && (misfits > 0 || (best?.misfits === 0 && best.place.kind === 'gained'))) continue;
    const rest = place.after === null ? [] : cells.slice(place.after);
    const whole = [...cells.slice(0, place.before), ...place.between, ...rest];
    if (best !== null && sameCells(best.cells, whole)) continue;
    if (best === null || misfits < best.misfits) {
      rival = best?.misfits ?? rival;
      best = { cells: whole, misfits, place };
    } else rival = Math.min(rival, misfits);
  }
  if (best === null || best.misfits >= rival) return null;
  const { kind, between } = best.place;
  return {
    cells: best.cells,
    misfits: best.misfits,
    column: kind === 'surplus' ? null : Math.min(best.place.before, fields - 1),
    decided: kind !== 'surplus' && !between.includes(null),
    surplus: kind === 'surplus' ? cells.slice(fields).join(rules.delimiter) : null,
  };
}

/** For each place the misfits of the cells before it under the columns from the first on; infinite from `cap` on. */
function misfitsBefore(cells: readonly string[], shapes: readonly ColumnShape[], cap: number): number[] {
  const counts = new Array<number>(cells.length + 1).fill(Number.POSITIVE_INFINITY);
  let count = 0;
  for (let i = 0; i <= shapes.length && count < cap; i++) {
    counts[i] = count;
    if (i < shapes.length && i < cells.length && isMisfit(cells[i]!, i, shapes)) count++;
  }
  return counts;
}

/** For each place the misfits of the cells from it on under the columns up to the last; infinite from `cap` on. */
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
): Place[] {
  const places: Place[] = [];
  const fields = shapes.length;
  const extra = cells.length - fields;
  const isBlank = (i: number): boolean => cells[i]!.trim() === '';
  if (extra === 1) {
    for (let i = fields; i >= 0 && Number.isFinite(misfits[i + 1]); i--) {
      if (Number.isFinite(before[i]) && isBlank(i))
        places.push({ kind: 'gained', before: i, after: i + 1, misfits: 0, between: [] });
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
      places.push({ kind: 'joined', before: i, after, misfits: own, between: [cell] });
    }
  }
  if (!endsLoose && rules.surplus === 'drop') {
    places.push({ kind: 'surplus', before: fields, after: null, misfits: 0, between: [] });
  }
  return places;
}

function shortPlaces(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  rules: ReadingRules,
  before: readonly number[],
  misfits: readonly number[],
): Place[] {
  const places: Place[] = [];
  for (let i = cells.length - 1; i >= 0 && Number.isFinite(misfits[i + 1]); i--) {
    if (!Number.isFinite(before[i])) continue;
    const parts = partings(cells[i]!, i, shapes, rules);
    const between = parts.length === 1 ? parts[0]! : [cells[i]!, null];
    const [left, right] = [fitOf(between[0]!, shapes[i]!), fitOf(between[1]!, shapes[i + 1]!)];
    const own = parts.length === 1 ? (left === 0 ? 1 : 0) + (right === 0 ? 1 : 0) : 1;
    places.push({ kind: 'parted', before: i, after: i + 1, misfits: own, between });
  }
  return places;
}

/** Whether the cells together have a quote at one of their edges only: they were one cell. */
function hasLoneQuote(cells: readonly string[], { quote }: ReadingRules): boolean {
  return quote !== null && cells[0]!.startsWith(quote) !== cells.at(-1)!.endsWith(quote);
}

/** Cells as the one they were, without a quote that has lost its partner. */
function joined(parts: readonly string[], { delimiter, quote }: ReadingRules): string {
  const cell = parts.join(delimiter);
  if (quote === null || cell.startsWith(quote) === cell.endsWith(quote)) return cell;
  return cell.startsWith(quote) ? cell.slice(quote.length) : cell.slice(0, -quote.length);
}

/** Characters of the longest text that is tried at every place: the cost grows with their square. */
const longestParted = 1000;

/** The ways to part a text so that both parts look like their columns. */
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
