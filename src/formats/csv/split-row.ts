import { isUtf8 } from 'node:buffer';
import type { LineLook } from '../../kernels/csv-kernel.js';
import {
  HAS_DOUBLED,
  HAS_ESCAPE,
  HAS_FOREIGN,
  HAS_HIGH,
  HAS_NUL,
  HAS_OPENING,
  HAS_OTHER_QUOTE,
  HAS_RETURN,
  HAS_SURPLUS,
  HAS_TEXT,
} from '../../kernels/layout.js';
import { endsInTime, mayHold } from './certain-row.js';
import { fitOf, isAlike, isFree } from './column-shapes.js';
import { type Decoding, refresh } from './decoding.js';
import { clip } from './repair-row.js';
import { mostJoined } from './segment-row.js';

/**
 * Adds the row at `at` if its bytes decide what `repairRow` would make of it, without any text but that in
 * problems: surplus cells that fit nowhere, a last row that is cut off, and one quote that is text or
 * certainly not. Returns where the next row may begin; -1, without adding anything, for every other row.
 */
export function splitRow(decoding: Decoding, at: number): number {
  const { kernel, marks, dialect } = decoding;
  const look = kernel.look(at, decoding.end + 1, marks.delimiter0);
  refresh(decoding);
  const { bytes } = decoding;
  const { end } = look;
  if ((look.marks & (HAS_NUL | HAS_ESCAPE | HAS_RETURN)) !== 0 || (look.marks & HAS_TEXT) === 0) return -1;
  if (marks.comment !== null && bytes[at] === marks.comment[0]) return -1;
  if (end - at > dialect.maxFieldBytes || end - at > dialect.maxRowBytes) return -1;
  if ((look.marks & HAS_HIGH) !== 0 && !isUtf8(bytes.subarray(at, end))) return -1;
  const next = Math.min(end + (bytes[end] === 13 ? 2 : 1), decoding.end);
  const cutOff = decoding.cutOff && next >= decoding.end;
  if (look.quotes === 0) return splitPlain(decoding, at, look, cutOff) ? next : -1;
  if (cutOff || decoding.hasQuotedColumns || (look.marks & HAS_DOUBLED) !== 0) return -1;
  if (marks.delimiter.length > 1) return -1;
  if ((look.marks & HAS_OPENING) === 0) return splitStray(decoding, at, look) ? next : -1;
  return splitOpened(decoding, at, look, next) ? next : -1;
}

/** Adds a row without quotes that is beyond repair. */
function splitPlain(decoding: Decoding, at: number, look: LineLook, cutOff: boolean): boolean {
  const { fields, usualCells } = decoding.dialect;
  const { cells } = look;
  if (mayFit(decoding, at, look)) return false;
  if (cells < fields && cutOff && cells !== usualCells) reject(decoding, at, look, 'truncated-row');
  else if (cells > fields && (look.marks & HAS_SURPLUS) !== 0) reject(decoding, at, look, 'long-row');
  else return false;
  return true;
}

/** Adds a row that is beyond repair. */
function reject(
  decoding: Decoding,
  at: number,
  { cells, end }: LineLook,
  code: 'truncated-row' | 'long-row',
): void {
  const { kernel, kinds, repaired } = decoding;
  const row = kernel.appendSplit(at, at - 1);
  decoding.problems.add(kinds.kind(code, null, 'rejected'), row, cells);
  refresh(decoding);
  repaired.add(row, at, end);
}

/**
 * Adds a row with quotes that do not begin a cell. Its only quote is text, or is dropped if its cell is right
 * only without it.
 */
function splitStray(decoding: Decoding, at: number, look: LineLook): boolean {
  const { kernel, kinds, problems, repaired, names, dialect } = decoding;
  const { cells, end, firstQuote, quotes } = look;
  if (quotes > 1 || isOdd(decoding, look) || mayFit(decoding, at, look)) return false;
  const column = columnAt(decoding, look, firstQuote);
  const shape = dialect.shapes[column];
  const isText = !dialect.care.quotes && (shape === undefined || isFree(shape));
  if (cells !== dialect.fields) {
    if (!isText || cells < dialect.fields || (look.marks & HAS_SURPLUS) === 0) return false;
    reject(decoding, at, look, 'long-row');
    return true;
  }
  const found = cellText(decoding, at, look, column);
  let row: number;
  if (isText) {
    row = kernel.appendSplit(at, end);
    problems.add(kinds.kind('stray-quote', names[column] ?? null, 'flagged'), row, found);
  } else {
    if (dialect.strayQuotes === 'keep') return false;
    if (!fitsBare(decoding, at, look, column) || !isCertainBare(decoding, at, look, column)) return false;
    row = kernel.appendWithout(at, firstQuote, -1);
    problems.add(kinds.kind('stray-quote', names[column] ?? null, 'repaired'), row, found);
  }
  refresh(decoding);
  repaired.add(row, at, end);
  return true;
}

/** Adds a row of the right number of cells whose only quote begins a cell and is certainly text. */
function splitOpened(decoding: Decoding, at: number, look: LineLook, next: number): boolean {
  const { kernel, kinds, problems, repaired, names, dialect, reader } = decoding;
  const { cells, end, firstQuote, quotes } = look;
  if (cells !== dialect.fields || quotes !== 1 || isOdd(decoding, look)) return false;
  const column = columnAt(decoding, look, firstQuote);
  if (firstQuote !== (column === 0 ? at : kernel.delimiterAt(column - 1) + 1)) return false;
  // The content of an unclosed quote may fit the last two columns.
  if (dialect.strayQuotes === 'keep' || column > dialect.fields - (dialect.shapes.length > 0 ? 3 : 2))
    return false;
  if (!reader.isRow(at, end, next)) return false;
  const found = cellText(decoding, at, look, column);
  const cellAt = (i: number): string => wholeCell(decoding, at, look, i);
  if (!endsInTime(cellAt, column, dialect.shapes, dialect.care.delimiters)) return false;
  if (!isCertainBare(decoding, at, look, column)) return false;
  const row = kernel.appendWithout(at, firstQuote, -1);
  problems.add(kinds.kind('unclosed-quote', names[column] ?? null, 'repaired'), row, found);
  refresh(decoding);
  repaired.add(row, at, end);
  return true;
}

/** Returns true if a cell is only right without its one quote. */
function fitsBare(decoding: Decoding, at: number, look: LineLook, column: number): boolean {
  const { kernel, bytes, fitAt } = decoding;
  const { quote, care, shapes, fields } = decoding.dialect;
  const shape = shapes[column];
  if (shape === undefined || isFree(shape)) return care.quotes;
  const start = column === 0 ? at : kernel.delimiterAt(column - 1) + 1;
  const end = column < fields - 1 ? kernel.delimiterAt(column) : look.end;
  const isHigh = (look.marks & HAS_HIGH) !== 0;
  if (!isHigh && fitAt(bytes, start, end, column) !== 0) return false;
  const cell = textOf(decoding, look, start, end);
  return (!isHigh || fitOf(cell, shape) === 0) && isAlike(cell.replace(quote!, ''), shape);
}

/** Returns true if a cell is certain without its one quote. */
function isCertainBare(decoding: Decoding, at: number, look: LineLook, column: number): boolean {
  const { quote, shapes } = decoding.dialect;
  const shape = shapes[column];
  return shape === undefined || mayHold(wholeCell(decoding, at, look, column).replace(quote!, ''), shape);
}

/** Returns the whole text of a cell of a row with the right number of them. */
function wholeCell(decoding: Decoding, at: number, look: LineLook, column: number): string {
  const start = column === 0 ? at : decoding.kernel.delimiterAt(column - 1) + 1;
  const end = column < decoding.dialect.fields - 1 ? decoding.kernel.delimiterAt(column) : look.end;
  return textOf(decoding, look, start, end);
}

/** Returns true if the row may be read with a delimiter or quote other than the file's. */
function isOdd({ dialect }: Decoding, { marks }: LineLook): boolean {
  return dialect.shapes.length > 0 && (marks & (HAS_FOREIGN | HAS_OTHER_QUOTE)) !== 0;
}

/** Returns true if a row with too many or too few cells may fit its columns on closer inspection. */
function mayFit(decoding: Decoding, at: number, look: LineLook): boolean {
  const { fields, shapes } = decoding.dialect;
  const extra = look.cells - fields;
  if (extra === 0 || shapes.length === 0) return false;
  if (extra < -1) return look.cells <= 2 || (look.marks & HAS_FOREIGN) !== 0;
  if (isOdd(decoding, look) || extra < 2) return true;
  return extra <= mostJoined && !fitsNowhere(decoding, at, look);
}

/**
 * Returns true if a row with at least two surplus cells cannot be aligned with its columns: nothing at its
 * end looks like the last column, neither its last cell nor the last ones joined.
 */
function fitsNowhere(decoding: Decoding, at: number, look: LineLook): boolean {
  const { kernel, bytes, dialect, fitAt } = decoding;
  const { fields } = dialect;
  if (look.quotes > 0 || (look.marks & HAS_HIGH) !== 0) return false;
  if (look.cells < fields + 2 || dialect.surplus === 'drop') return false;
  if ((look.marks & (HAS_FOREIGN | HAS_OTHER_QUOTE)) !== 0 || decoding.marks.delimiter.length > 1)
    return false;
  for (let cell = look.cells - 1; cell >= fields - 1; cell--) {
    const start = cell === 0 ? at : kernel.delimiterAt(cell - 1) + 1;
    if (fitAt(bytes, start, look.end, fields - 1) !== 0) return false;
  }
  return true;
}

/** Returns the cell that contains a byte when the row is cut at every delimiter. */
function columnAt({ kernel, dialect }: Decoding, { cells }: LineLook, at: number): number {
  const most = Math.min(cells - 1, dialect.fields);
  let column = 0;
  while (column < most && kernel.delimiterAt(column) < at) column++;
  return column;
}

/** Returns the text of a cell of the row, cut at every delimiter, for problems. */
function cellText(decoding: Decoding, at: number, look: LineLook, column: number): string {
  const { kernel } = decoding;
  const start = column === 0 ? at : kernel.delimiterAt(column - 1) + 1;
  return clip(textOf(decoding, look, start, column < look.cells - 1 ? kernel.delimiterAt(column) : look.end));
}

function textOf({ bytes }: Decoding, { marks }: LineLook, start: number, end: number): string {
  return bytes.toString((marks & HAS_HIGH) === 0 ? 'latin1' : 'utf8', start, end);
}
