import { type ColumnShape, fitOf, misfits } from './column-shapes.js';
import type { ReadingRules } from './reading-rules.js';

/** A row with one cell too few or too many, laid under the columns it belongs to. */
export interface Alignment {
  readonly cells: (string | null)[];
  /** Cells that do not look like their column's others. */
  readonly misfits: number;
  /** The column at which a delimiter was lost or gained. */
  readonly column: number;
  /** False where two cells ran together and nothing tells where to part them: the text stands in the first, the second is missing. */
  readonly decided: boolean;
}

/**
 * Finds where a row of one cell too few lost its delimiter, or one of a cell too many gained one: the one place at which its other cells all look like
 * their columns. Null where no place, or more than one with different cells, does better than `limit` misfits. Costs one look at each
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
  if (cells.length === fields + 1) {
    for (let i = 0; i < cells.length; i++) {
      if (cells[i]!.trim() === '') found.push(without(cells, i, shapes));
      else if (i + 1 < cells.length && cells[i + 1]!.trim() !== '')
        found.push(joined(cells, i, shapes, rules));
    }
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
  return best !== null && best.misfits < limit && best.misfits < rival ? best : null;
}

function without(cells: readonly string[], i: number, shapes: readonly ColumnShape[]): Alignment {
  const rest = [...cells.slice(0, i), ...cells.slice(i + 1)];
  return { cells: rest, misfits: misfits(rest, shapes), column: Math.min(i, rest.length - 1), decided: true };
}

function joined(
  cells: readonly string[],
  i: number,
  shapes: readonly ColumnShape[],
  { delimiter, quote }: ReadingRules,
): Alignment {
  let cell = `${cells[i]}${delimiter}${cells[i + 1]}`;
  if (quote !== null && cell.startsWith(quote) !== cell.endsWith(quote)) {
    cell = cell.startsWith(quote) ? cell.slice(quote.length) : cell.slice(0, -quote.length);
  }
  const rest = [...cells.slice(0, i), cell, ...cells.slice(i + 2)];
  return { cells: rest, misfits: misfits(rest, shapes), column: i, decided: true };
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
  return { cells: whole, misfits: count, column: i, decided };
}

/** The ways to part a text so that both parts look like their columns. */
function partings(
  text: string,
  i: number,
  shapes: readonly ColumnShape[],
  { quote, quotedColumns }: ReadingRules,
): [string, string][] {
  if (quote !== null && quotedColumns[i] === true && quotedColumns[i + 1] === true) {
    const at = text.indexOf(quote);
    if (at >= 0 && at === text.lastIndexOf(quote))
      return [[text.slice(0, at), text.slice(at + quote.length)]];
  }
  const found: [string, string][] = [];
  const [first, second] = [shapes[i]!, shapes[i + 1]!];
  for (let at = 0; at <= text.length && found.length < 2; at++) {
    const [left, right] = [text.slice(0, at), text.slice(at)];
    const fits = [fitOf(left, first), fitOf(right, second)];
    if (fits.includes(0) || !fits.includes(2)) continue;
    if (fits.includes(1) && left !== '' && right !== '') continue;
    found.push([left, right]);
  }
  return found;
}

function sameCells(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return a.every((cell, i) => cell === b[i]);
}
