import { type ColumnShape, fitOf, isFree, misfits } from './column-shapes.js';
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

/**
 * Finds where a row of one cell too few lost its delimiter, or where one of some cells too many has delimiters that are text, a gained one, or cells
 * beyond its last column: the one place at which its other cells all look like their columns. Null where no place, or more than one with different cells, does better than `limit` misfits. Costs one look at each
 * cell per place.
 */
export function alignRow(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  rules: ReadingRules,
  limit: number,
): Alignment | null {
  const fields = shapes.length;
  const found: Alignment[] = [];
  const extra = cells.length - fields;
  if (extra > 0) {
    const isBlank = cells.map((cell) => cell.trim() === '');
    const endsFirm = rules.care.delimiters || !isFree(shapes[fields - 1]!);
    if (extra === 1) for (let i = 0; i <= fields; i++) if (isBlank[i]) found.push(without(cells, i, shapes));
    const endsLoose = !endsFirm || hasLoneQuote(cells.slice(fields - 1), rules);
    for (let i = 0; i < (endsLoose ? fields : fields - 1); i++) {
      if (!isBlank.slice(i, i + extra + 1).includes(true)) found.push(joined(cells, i, extra, shapes, rules));
    }
    const isGained = found.some(
      (one) => one.misfits === 0 && one.cells.length < cells.length && isBlank.includes(true),
    );
    const surplus =
      endsLoose || isGained || rules.surplus === 'reject' ? null : withoutSurplus(cells, shapes, rules);
    if (surplus !== null) found.push(surplus);
  } else if (cells.length === fields - 1) {
    for (let i = 0; i < cells.length; i++) found.push(parted(cells, i, shapes, rules));
  }
  let best: Alignment | null = null;
  let rival = Number.POSITIVE_INFINITY;
  for (const alignment of found) {
    if (best !== null && sameCells(best.cells, alignment.cells)) continue;
    if (best === null || alignment.misfits < best.misfits) {
      rival = best?.misfits ?? rival;
      best = alignment;
    } else rival = Math.min(rival, alignment.misfits);
  }
  const most = Math.min(limit, rival, extra > 1 ? 1 : limit);
  return best !== null && best.misfits < most ? best : null;
}

/** Whether the cells together have a quote at one of their edges only: they were one cell. */
function hasLoneQuote(cells: readonly string[], { quote }: ReadingRules): boolean {
  return quote !== null && cells[0]!.startsWith(quote) !== cells.at(-1)!.endsWith(quote);
}

/** The row without what stands beyond its last column; null where the rest does not fit. */
function withoutSurplus(
  cells: readonly string[],
  shapes: readonly ColumnShape[],
  { delimiter }: ReadingRules,
): Alignment | null {
  const rest = cells.slice(0, shapes.length);
  const surplus = cells.slice(shapes.length).join(delimiter);
  if (misfits(rest, shapes) > 0) return null;
  return { cells: rest, misfits: 0, column: null, decided: false, surplus };
}

function without(cells: readonly string[], i: number, shapes: readonly ColumnShape[]): Alignment {
  const rest = [...cells.slice(0, i), ...cells.slice(i + 1)];
  const column = Math.min(i, rest.length - 1);
  return { cells: rest, misfits: misfits(rest, shapes), column, decided: true, surplus: null };
}

function joined(
  cells: readonly string[],
  i: number,
  extra: number,
  shapes: readonly ColumnShape[],
  { delimiter, quote }: ReadingRules,
): Alignment {
  let cell = cells.slice(i, i + extra + 1).join(delimiter);
  if (quote !== null && cell.startsWith(quote) !== cell.endsWith(quote)) {
    cell = cell.startsWith(quote) ? cell.slice(quote.length) : cell.slice(0, -quote.length);
  }
  const rest = [...cells.slice(0, i), cell, ...cells.slice(i + extra + 1)];
  return { cells: rest, misfits: misfits(rest, shapes), column: i, decided: true, surplus: null };
}

function parted(
  cells: readonly string[],
  i: number,
  shapes: readonly ColumnShape[],
  rules: ReadingRules,
): Alignment {
  const text = cells[i]!;
  const parts = partings(text, i, shapes, rules);
  const decided = parts.length === 1;
  const [left, right] = decided ? parts[0]! : [text, null];
  const whole = [...cells.slice(0, i), left, right, ...cells.slice(i + 1)];
  const count = decided
    ? misfits(whole, shapes)
    : 1 + misfits([...cells.slice(0, i), null, null, ...cells.slice(i + 1)], shapes);
  return { cells: whole, misfits: count, column: i, decided, surplus: null };
}

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
  for (let at = 0; at <= text.length && found.length < 2; at++) {
    const [left, right] = [text.slice(0, at), text.slice(at)];
    const fits = [fitOf(left, first), fitOf(right, second)];
    if (fits.includes(0) || !fits.includes(2)) continue;
    const isAnchored = second.prefix !== null && fits[1] === 2;
    if (fits.includes(1) && left !== '' && right !== '' && !isAnchored) continue;
    found.push([left, right]);
  }
  return found;
}

function sameCells(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return a.every((cell, i) => cell === b[i]);
}
