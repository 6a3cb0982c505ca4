import { cellShape } from './cell-shape.js';
import { type ColumnShape, decimalsIn, fitOf, maskOf } from './column-shapes.js';

type Cells = readonly (string | null)[];

/** With fewer filled cells, forms that a column's cells lack prove nothing. */
const enough = 20;

/**
 * Returns true if a row with too few or too many cells can be aligned with its columns in one way only, as
 * `cells`. Tries every other way: a delimiter lost at any position of any cell, a cell lost or gained
 * anywhere, two cells that were one. A way counts if each cell may belong to its column by what is certain
 * about it. Examines each position of the cells that all others leave in doubt.
 */
export function isOnlyWay(
  tokens: readonly string[],
  cells: Cells,
  shapes: readonly ColumnShape[],
  delimiter: string,
): boolean {
  const extra = tokens.length - shapes.length;
  if (shapes.length === 0 || !holds(cells, shapes)) return false;
  if (extra > 1) return isEndedTwice(tokens, shapes);
  const parted = tokens.findIndex((token, i) => token !== cells[i]);
  if (extra < 0 && parted >= 0 && !isCleanCut(cells, parted, shapes)) return false;
  const ways = extra < 0 ? shortWays(tokens, cells, shapes) : longWays(tokens, shapes, delimiter);
  for (const way of ways) if (way.some((cell, i) => cell !== cells[i])) return false;
  return extra > 0 || !cells.some(isBlank);
}

/** Returns true if a row is two rows whose line end was lost, or was replaced by a delimiter. */
export function areTwoRows(tokens: readonly string[], shapes: readonly ColumnShape[]): boolean {
  const fields = shapes.length;
  const own = tokens.length === fields * 2 ? fields : fields - 1;
  if (own < 2 || tokens.length < fields * 2 - 1 || tokens.length > fields * 2) return false;
  const last = tokens.slice(-own);
  return (
    tokens.slice(0, own).every((cell, i) => mayHold(cell, shapes[i]!)) &&
    last.every((cell, i) => mayHold(cell, shapes[i + fields - own]!))
  );
}

/** Returns true if every cell may belong to its column. */
export function holds(cells: Cells, shapes: readonly ColumnShape[]): boolean {
  return shapes.every((shape, i) => mayHold(cells[i] ?? '', shape));
}

/** Returns true if only empty cells follow the last column, which is never empty: no other cell has moved. */
function isEndedTwice(tokens: readonly string[], shapes: readonly ColumnShape[]): boolean {
  const last = shapes.at(-1)!;
  return !last.empty && last.filled >= enough && tokens.slice(shapes.length).every(isBlank);
}

/** Yields the ways in which a row with one cell too few may have arisen. */
function* shortWays(
  tokens: readonly string[],
  cells: Cells,
  shapes: readonly ColumnShape[],
): Generator<Cells> {
  const [before, after] = fitting(tokens, shapes, 1);
  const parted = tokens.findIndex((token, i) => token !== cells[i]);
  if (tokens.length + 1 < shapes.length) return;
  const isTelling = cells.length > 0 && parted >= 0 && isDistinct(cells, parted, shapes);
  for (let i = 0; i <= before; i++) {
    if (!isTelling && i >= after) yield [...tokens.slice(0, i), null, ...tokens.slice(i)];
    const text = tokens[i];
    if (text === undefined || i + 1 < after) continue;
    for (let at = 1; at < text.length; at++) {
      const [left, right] = [text.slice(0, at), text.slice(at)];
      if (!mayHold(left, shapes[i]!) || !mayHold(right, shapes[i + 1]!)) continue;
      yield [...tokens.slice(0, i), left, right, ...tokens.slice(i + 1)];
    }
  }
}

/** Returns true if one of the two parts of a text has a form that no text begins or ends with by chance. */
function isDistinct(cells: Cells, at: number, shapes: readonly ColumnShape[]): boolean {
  const left = cells[at] ?? '';
  const right = cells[at + 1] ?? '';
  return shapes[at + 1]!.prefix !== null || isFormal(left, shapes[at]!) || isFormal(right, shapes[at + 1]!);
}

function isFormal(cell: string, shape: ColumnShape): boolean {
  return hasOneForm(shape) && /\d\D+\d/.test(cell);
}

/** Returns true if all figures of a column have one form and length. */
function hasOneForm({ figures, masks, length }: ColumnShape): boolean {
  return figures && masks?.length === 1 && length !== null;
}

/**
 * Returns true if neither side of a cut is a blank or a mark that may have replaced the delimiter; between
 * two digits only if a date, a time or a fixed number of decimals shows where one cell ends.
 */
function isCleanCut(cells: Cells, at: number, shapes: readonly ColumnShape[]): boolean {
  const left = cells[at] ?? '';
  const right = cells[at + 1] ?? '';
  if (!/[\p{L}\p{N}%]$/u.test(left) || !/^[\p{L}\p{N}$€£]/u.test(right)) return false;
  if (!/\d$/.test(left) || !/^\d/.test(right)) return true;
  const [own, next] = [shapes[at]!, shapes[at + 1]!];
  return own.decimals !== null || isFormal(left, own) || isFormal(right, next);
}

/** Yields the ways in which a row with one cell too many may have arisen. */
function* longWays(
  tokens: readonly string[],
  shapes: readonly ColumnShape[],
  delimiter: string,
): Generator<Cells> {
  const [before, after] = fitting(tokens, shapes, -1);
  for (let i = 0; i <= before && i < tokens.length; i++) {
    if (i + 1 >= after) yield [...tokens.slice(0, i), ...tokens.slice(i + 1)];
    if (i + 1 >= tokens.length || i + 2 < after) continue;
    const [cell, next] = [tokens[i]!, tokens[i + 1]!];
    const joined = cell + delimiter + next;
    if (isBlank(cell) || isBlank(next) || !mayHold(joined, shapes[i]!)) continue;
    yield [...tokens.slice(0, i), joined, ...tokens.slice(i + 2)];
    // The delimiter is text, or was added to the text.
    if (!isListed(joined, shapes[i]!)) yield [...tokens.slice(0, i), cell + next, ...tokens.slice(i + 2)];
  }
}

/**
 * Returns how many of the first cells may belong to their columns, and the first cell from which on all cells
 * may belong `shift` columns further.
 */
function fitting(tokens: readonly string[], shapes: readonly ColumnShape[], shift: number): [number, number] {
  let before = 0;
  while (before < tokens.length && before < shapes.length && mayHold(tokens[before]!, shapes[before]!))
    before++;
  let after = tokens.length;
  while (after > 0 && after - 1 + shift >= 0 && mayHold(tokens[after - 1]!, shapes[after - 1 + shift]!))
    after--;
  return [before, after];
}

/** Returns true if a row with one cell too few, or without its last, may fit with a gap somewhere. */
export function hasGap(tokens: readonly string[], shapes: readonly ColumnShape[], fields: number): boolean {
  if (shapes.length === 0) return tokens.length < fields;
  const [before, after] = fitting(tokens, shapes, 1);
  return before >= after;
}

/** Returns true if a column's cells have a form that distinguishes them from any text. */
export function hasFirmForm({ figures, values, prefix }: ColumnShape): boolean {
  return figures || values !== null || prefix !== null;
}

/**
 * Returns true if a cell that opens with the row's only quote ends where it should: a later cell has the form
 * of its column, so the quote swallowed nothing. For columns without known forms, `quotesDelimiters` says
 * whether cells may contain the delimiter.
 */
export function endsInTime(
  cellAt: (column: number) => string,
  column: number,
  shapes: readonly ColumnShape[],
  quotesDelimiters: boolean,
): boolean {
  if (shapes.length === 0) return !quotesDelimiters;
  for (let i = column + 1; i < shapes.length; i++) {
    if (!hasFirmForm(shapes[i]!)) continue;
    const cell = cellAt(i);
    if (!isBlank(cell) && mayHold(cell, shapes[i]!)) return true;
  }
  return false;
}

/** Returns true if a cell cannot be part of a longer one: it is one of few values, or of a fixed length. */
export function isWhole(cell: string | null, shape: ColumnShape): boolean {
  if (cell === null || fitOf(cell, shape) !== 2) return false;
  return isListed(cell, shape) || hasOneForm(shape);
}

/** With fewer numbers the range of a column is not known well enough. */
const leastNumbers = 100;

/** Returns true if a whole number is more than twice the maximum of a column of many whole numbers. */
export function isBeyond(value: number, { most, filled }: ColumnShape): boolean {
  return most !== null && most > 0 && filled >= leastNumbers && value > most * 2;
}

/** Returns true if no digit can follow a whole number: it is 0, or ten times it is beyond the column's. */
export function isLastDigit(cell: string, shape: ColumnShape): boolean {
  if (shape.most === null || shape.filled < leastNumbers) return false;
  return cell === '0' || (/^[1-9]\d*$/.test(cell) && isBeyond(Number(cell) * 10, shape));
}

function isListed(cell: string, { values, figures }: ColumnShape): boolean {
  return values !== null && !figures && cell !== '';
}

function isBlank(cell: string | null): boolean {
  return cell === null || cell.trim() === '';
}

/**
 * Returns true if a cell may belong to a column by what is certain about it: a number of the same form among
 * numbers, one of few values, or a form that all others have.
 */
export function mayHold(cell: string, shape: ColumnShape): boolean {
  const text = cell.trim();
  if (text === '') return shape.empty || shape.filled < enough;
  if (shape.figures) return isSuchFigure(text, shape);
  if (shape.values !== null || shape.prefix !== null) return fitOf(text, shape) === 2;
  if (shape.filled < enough) return true;
  if (!shape.digits && /\d/.test(text)) return false;
  return shape.masks?.length !== 1 || shape.masks.includes(maskOf(text));
}

function isSuchFigure(text: string, { masks, length, spread, decimals, filled }: ColumnShape): boolean {
  const kind = cellShape(text);
  if (kind !== 'number' && kind !== 'time') return false;
  if (masks === null) return true;
  if (decimals !== null && decimalsIn(text) !== decimals) return false;
  if (spread === null) {
    const isForm = masks.length === 1 && length !== null && filled >= enough / 2;
    return masks.includes(maskOf(text)) && (!isForm || text.length === length);
  }
  if (kind !== 'number') return false;
  const isPadded = length !== null && spread.least < 10 ** (length - 1);
  if (isPadded && spread.decimals === 0 && spread.most >= 10) return text.length === length;
  if (spread.decimals === 0 && text.includes('.')) return false;
  return !/^-?0\d/.test(text);
}
