import { isAscii } from 'node:buffer';
import { type Alignment, alignRow, mostExtra } from './align-row.js';
import { fitOf, isAlike, isFree, misfits } from './column-shapes.js';
import type { Dialect } from './dialect.js';
import { allReadings, asWritten, type QuoteCode, type Reading, readCells } from './readings.js';
import { segmentRow } from './segment-row.js';

/** What was wrong with a row, where (a column's place, null for the whole row), and what was found. */
export interface RowDefect {
  readonly code:
    | QuoteCode
    | 'short-row'
    | 'long-row'
    | 'nul-byte'
    | 'invalid-utf8'
    | 'truncated-row'
    | 'field-too-long';
  readonly outcome: 'repaired' | 'flagged' | 'rejected';
  readonly column: number | null;
  readonly found: string | number | null;
}

/** A row as the repair lane leaves it: `fields` cells, null for those that were missing; no cells where it is rejected. */
export interface RepairedRow {
  readonly cells: readonly (string | null)[];
  readonly defects: readonly RowDefect[];
}

/**
 * Reads a row that is not regular from its exact bytes: quotes by the ladder of readings, NULs taken out, what is not UTF-8 marked with
 * U+FFFD, missing cells at its end padded, empty ones too many dropped. `cutOff` says that the file ends in this row without a line end.
 */
export function repairRow(bytes: Buffer, dialect: Dialect, cutOff: boolean): RepairedRow {
  const { fields, maxFieldBytes } = dialect;
  const text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
  const literal = readCells(text, dialect, fields);
  const best = bestReading(text, literal, dialect);
  const { reading, alignment } = cutOff && !isCertain(best) ? { reading: literal, alignment: null } : best;
  const { code, column } = reading;
  const cells: (string | null)[] = alignment?.cells ?? reading.cells;
  const found = code === null ? literal.cells.length : reading.cells.length;
  const defects: RowDefect[] = [];
  const reject = (defect: RowDefect): RepairedRow => ({ cells: [], defects: [defect] });

  if (found < fields && found !== dialect.usualCells && cutOff && alignment === null) {
    return reject({ code: 'truncated-row', outcome: 'rejected', column: null, found });
  }
  if (code === 'unclosed-quote' && cells.length !== fields) {
    return reject({ code, outcome: 'rejected', column, found: clip(reading.cells[column] ?? '') });
  }
  if (cells.length > fields && !cells.slice(fields).every(isEmpty)) {
    return reject({ code: 'long-row', outcome: 'rejected', column: null, found });
  }
  if (code !== null) {
    const cut = cutOff && code === 'unclosed-quote';
    defects.push({
      code: cut ? 'truncated-row' : code,
      outcome: cut ? 'flagged' : 'repaired',
      column,
      found: clip(reading.cells[column] ?? ''),
    });
    if (dialect.strayQuotes === 'drop') dropQuotes(cells, dialect);
    else putBack(cells, reading);
  }
  if (alignment !== null) {
    const outcome = alignment.decided ? 'repaired' : 'flagged';
    defects.push({
      code: found < fields ? 'short-row' : 'long-row',
      outcome,
      column: alignment.column,
      found: alignment.surplus === null ? found : clip(alignment.surplus),
    });
  } else if (found !== fields && cells.length === fields) {
    defects.push({
      code: found < fields ? 'short-row' : 'long-row',
      outcome: 'repaired',
      column: null,
      found,
    });
  } else if (found > fields) {
    defects.push({ code: 'long-row', outcome: 'repaired', column: null, found });
    cells.length = fields;
  } else if (found < fields) {
    defects.push({ code: 'short-row', outcome: 'repaired', column: null, found });
    while (cells.length < fields) cells.push(null);
  }
  for (const [i, cell] of cells.entries()) {
    if (cell === null) continue;
    if (
      cell.length > maxFieldBytes ||
      (cell.length * 3 > maxFieldBytes && Buffer.byteLength(cell) > maxFieldBytes)
    ) {
      return reject({
        code: 'field-too-long',
        outcome: 'rejected',
        column: i,
        found: Buffer.byteLength(cell),
      });
    }
    if (cell.includes('\0')) {
      cells[i] = cell.replaceAll('\0', '');
      defects.push({ code: 'nul-byte', outcome: 'repaired', column: i, found: clip(cell) });
    }
    if (cell.includes('\ufffd') && !bytes.includes('\ufffd')) {
      defects.push({ code: 'invalid-utf8', outcome: 'flagged', column: i, found: clip(cell) });
    }
  }
  return { cells, defects };
}

/** Whether a last row without a line end has lost a delimiter and not its end: it is parted in one way, and every cell fits then. */
function isCertain({ reading, alignment }: { reading: Reading; alignment: Alignment | null }): boolean {
  return alignment?.decided === true && alignment.misfits === 0 && reading.code === null;
}

/**
 * The reading whose cells look most like their columns: the literal one unless another, or the same with the lost or gained delimiter put right,
 * fits strictly better.
 */
function bestReading(
  text: string,
  literal: Reading,
  dialect: Dialect,
): { reading: Reading; alignment: Alignment | null } {
  const { fields, shapes } = dialect;
  let best: { reading: Reading; alignment: Alignment | null } = { reading: literal, alignment: null };
  if (shapes.length === 0 || (literal.code === null && literal.cells.length === fields)) return best;
  const bare: (string | null)[] = [...literal.cells];
  const { strayQuotes } = dialect;
  if (literal.code !== null && (strayQuotes === 'keep' || hasOne(text, dialect.quote!)))
    dropQuotes(bare, dialect);
  let limit = defaultMisfits(bare, dialect);
  if (limit === 0) return best;
  const look = (reading: Reading): void => {
    if (reading.cells.length === fields) {
      const count = misfits(reading.cells, shapes, limit);
      if (count < limit) {
        best = { reading, alignment: null };
        limit = count;
      }
    } else if (reading.cells.length >= fields - 1 && reading.cells.length <= fields + mostExtra) {
      const { cells, written } = reading;
      // A quote at the edge of one cell may be half of the pair that held several together.
      for (const each of written.size > 0 ? [asWritten(cells, written), cells] : [cells]) {
        const alignment = alignRow(each, shapes, dialect, limit);
        if (alignment === null) continue;
        best = { reading, alignment };
        limit = alignment.misfits;
      }
    }
  };
  for (const reading of literal.code === null ? [literal] : allReadings(text, dialect)) {
    look(reading);
    if (limit === 0) return best;
  }
  for (const reading of foreignReadings(text, dialect)) look(reading);
  if (best.alignment === null && best.reading.cells.length > fields) {
    const firm = dialect.care.delimiters && dialect.delimiter !== ' ';
    const cells = segmentRow(best.reading.cells, shapes, dialect.delimiter, firm);
    if (cells !== null) best.alignment = { cells, misfits: 0, column: null, decided: true, surplus: null };
  }
  return best;
}

/** Bytes that a single row may be written with in place of its file's delimiter. */
export const foreignDelimiters = [...',;\t| '].map((delimiter) => delimiter.charCodeAt(0));

function hasOne(text: string, character: string): boolean {
  return text.indexOf(character) === text.lastIndexOf(character);
}

/** Whether a text holds a character at least `times` times. */
function hasMany(text: string, character: string, times: number): boolean {
  let left = times;
  for (let at = text.indexOf(character); at >= 0 && left > 0; at = text.indexOf(character, at + 1)) left--;
  return left <= 0;
}

/** A row read by another delimiter or another quote than its file's: only where that gives the right number of cells. */
function foreignReadings(text: string, dialect: Dialect): Reading[] {
  const found: Reading[] = [];
  for (const code of foreignDelimiters) {
    const delimiter = String.fromCharCode(code);
    if (delimiter !== dialect.delimiter && hasMany(text, delimiter, dialect.fields - 1))
      found.push(joinedTexts(readCells(text, { ...dialect, delimiter }, 0), delimiter, dialect));
  }
  const quote = dialect.quote === "'" ? '"' : "'";
  if (text.includes(quote)) found.push(readCells(text, { ...dialect, quote, escape: quote }, 0));
  return found.filter(({ cells, code }) => code === null && cells.length === dialect.fields);
}

/** Whether a line is a row all the same when read by another delimiter or another quote than its file's. */
export function fitsOtherwise(text: string, dialect: Dialect): boolean {
  const { shapes } = dialect;
  return (
    shapes.length > 0 && foreignReadings(text, dialect).some(({ cells }) => misfits(cells, shapes) === 0)
  );
}

/** A reading of too many cells as one whose texts hold the delimiter, where that is certain. */
function joinedTexts(reading: Reading, delimiter: string, { fields, shapes }: Dialect): Reading {
  if (reading.code !== null || reading.cells.length <= fields) return reading;
  const cells = segmentRow(reading.cells, shapes, delimiter, false);
  return cells === null ? reading : { ...reading, cells };
}

/** Misfits of a row as it is left without alignment: padded at its end, or without empty cells too many; infinite where it would be rejected. */
function defaultMisfits(cells: readonly (string | null)[], { fields, shapes }: Dialect): number {
  if (cells.length <= fields) return misfits(cells, shapes);
  return cells.slice(fields).every(isEmpty)
    ? misfits(cells.slice(0, fields), shapes)
    : Number.POSITIVE_INFINITY;
}

/** Nothing but blanks and control characters, as a look at the bytes sees it. */
function isEmpty(cell: string | null): boolean {
  return cell === null || !/[^\0- ]/.test(cell);
}

/** Puts the quotes that may be text back into their cells, wherever the row was laid. */
function putBack(cells: (string | null)[], { cells: read, written }: Reading): void {
  const shift = cells.length - read.length;
  for (const [i, text] of written) {
    const place = cells[i] === read[i] ? i : i + shift;
    if (cells[place] === read[i]) cells[place] = text;
  }
}

/** Takes stray quotes out of cells that only look like their column's others without them: figures, codes, and values of a short list. */
function dropQuotes(cells: (string | null)[], { quote, shapes }: Dialect): void {
  if (quote === null) return;
  for (const [i, shape] of shapes.entries()) {
    const cell = cells[i] ?? null;
    if (cell === null || !cell.includes(quote) || isFree(shape)) continue;
    const bare = cell.replaceAll(quote, '');
    if (fitOf(cell, shape) === 0 && isAlike(bare, shape)) cells[i] = bare;
  }
}

export const foundLimit = 200;

/** At most `foundLimit` characters, not ending within a surrogate pair. */
export function clip(text: string, limit = foundLimit): string {
  if (text.length <= limit) return text;
  const code = text.charCodeAt(limit - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? limit - 1 : limit);
}
