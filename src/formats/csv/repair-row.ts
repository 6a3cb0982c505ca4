import { isAscii } from 'node:buffer';
import { agreedCells } from './agreed-cells.js';
import { type Alignment, alignRow, mostExtra } from './align-row.js';
import { cellShape } from './cell-shape.js';
import {
  areTwoRows,
  endsInTime,
  hasFirmForm,
  hasGap,
  holds,
  isBeyond,
  isOnlyWay,
  isWhole,
  mayHold,
} from './certain-row.js';
import { type ColumnShape, fitOf, isAlike, isFree, misfits } from './column-shapes.js';
import type { Dialect } from './dialect.js';
import { asWritten, type QuoteCode, type Reading } from './reading.js';
import { allReadings, readCells } from './readings.js';
import { segmentRow } from './segment-row.js';

/** A defect of a row, its column (null for the whole row), and the value found. */
interface RowDefect {
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

/** A row after the repair lane: `fields` cells, null for missing ones; no cells if it is rejected. */
interface RepairedRow {
  readonly cells: readonly (string | null)[];
  readonly defects: readonly RowDefect[];
}

/**
 * Repairs an irregular row from its exact bytes: reads quotes by the ladder of readings, removes NULs, marks
 * invalid UTF-8 with U+FFFD, pads missing cells at its end, drops surplus empty ones. `cutOff` says that the
 * file ends in this row without a line end.
 */
export function repairRow(bytes: Buffer, dialect: Dialect, cutOff: boolean): RepairedRow {
  const { fields, maxFieldBytes, shapes } = dialect;
  const text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
  const lost = hole.exec(text)?.[0];
  if (lost !== undefined) {
    const code = lost.startsWith('\0') ? 'nul-byte' : 'invalid-utf8';
    return { cells: [], defects: [{ code, outcome: 'rejected', column: null, found: clip(text) }] };
  }
  const literal = readCells(text, dialect, fields);
  const best: Choice =
    dialect.backslashes === true
      ? { reading: literal, alignment: null, foreign: null }
      : bestReading(text, literal, dialect);
  const chosen: Choice =
    cutOff && !isUncut(best) ? { reading: literal, alignment: null, foreign: null } : best;
  const { reading, alignment } = chosen;
  const { code, column } = reading;
  let cells: (string | null)[] = [...(alignment?.cells ?? reading.cells)];
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
    if (dialect.strayQuotes === 'drop') dropQuotes(cells, dialect);
    else putBack(cells, reading);
  }
  if (cells.length > fields) cells.length = fields;
  const outcome = isCertain(text, literal, chosen, cells, dialect) ? 'repaired' : 'flagged';
  if (code !== null) {
    const cut = cutOff && code === 'unclosed-quote';
    defects.push({
      code: cut ? 'truncated-row' : code,
      outcome: cut ? 'flagged' : outcome,
      column,
      found: clip(reading.cells[column] ?? ''),
    });
  }
  if (code === null && alignment === null && found === fields && literal.code !== null) {
    // Read with another delimiter or quote, as when its own gives enough cells, but in doubt.
    const { code, column } = literal;
    defects.push({ code, outcome, column, found: clip(literal.cells[column] ?? '') });
  }
  if (alignment !== null || found !== fields) {
    defects.push({
      code: found < fields ? 'short-row' : 'long-row',
      outcome,
      column: alignment?.column ?? null,
      found: alignment?.surplus == null ? found : clip(alignment.surplus),
    });
  }
  while (cells.length < fields) cells.push(null);
  if (outcome === 'flagged' && dialect.strayQuotes === 'drop')
    cells = [...withoutDoubts(text, chosen, cells, dialect)];
  for (const i of reading.nulls ?? []) if (i < cells.length) cells[i] = null;
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
    if (cell.includes('\0') && (dialect.backslashes !== true || bytes.includes(0))) {
      const bare = cell.replaceAll('\0', '');
      const isSure = isSureBare(cell, bare, shapes[i]);
      cells[i] = isSure || dialect.strayQuotes === 'keep' ? bare : null;
      const outcome = isSure ? 'repaired' : 'flagged';
      defects.push({ code: 'nul-byte', outcome, column: i, found: clip(cell) });
    }
    if (cell.includes('\ufffd') && !bytes.includes('\ufffd')) {
      defects.push({ code: 'invalid-utf8', outcome: 'flagged', column: i, found: clip(cell) });
    }
  }
  return { cells, defects };
}

/**
 * This many equal filler bytes may hide the end of one row and the beginning of another. A few NULs may pad a
 * cell.
 */
const hole = /\0{512}|\0{16}\0*[\p{L}\p{N}]|\ufffd{16}/u;

/**
 * Returns true if NULs in a cell replace no lost character: without them the cell is one of few values or has
 * its column's fixed form, a number with a digit in place of each would be beyond all others of its column,
 * they pad a text at its end, or every other character is one, as in the remains of UTF-16.
 */
function isSureBare(cell: string, bare: string, shape: ColumnShape | undefined): boolean {
  if (shape !== undefined && (isWhole(bare, shape) || isTooLongWith(cell, bare, shape))) return true;
  if (/^(?:[^\0]\0)+$|^(?:\0[^\0])+$/.test(cell) && bare.length > 1) return true;
  const kind = cellShape(bare);
  return (
    cell.startsWith(bare) && bare !== '' && kind !== 'number' && kind !== 'time' && shape?.figures !== true
  );
}

/** Returns true if `bare` may be a number of its column, but no longer with a digit for each NUL. */
function isTooLongWith(cell: string, bare: string, shape: ColumnShape): boolean {
  if (!/^[1-9][\0\d]*\d$/.test(cell)) return false;
  return !isBeyond(Number(bare), shape) && isBeyond(Number(cell.replaceAll('\0', '0')), shape);
}

/**
 * How a row is read: quotes, alignment with the columns, and its own delimiter or quote (null: the file's).
 */
interface Choice {
  readonly reading: Reading;
  readonly alignment: Alignment | null;
  readonly foreign: string | null;
}

/** Returns true if a last row lost a delimiter, not its end: one split exists, and then every cell fits. */
function isUncut({ reading, alignment }: Choice): boolean {
  return alignment?.decided === true && alignment.misfits === 0 && reading.code === null;
}

/**
 * Returns the reading whose cells fit their columns best: the literal one unless another, or the same with
 * its delimiter repaired, fits strictly better.
 */
function bestReading(text: string, literal: Reading, dialect: Dialect): Choice {
  const { fields, shapes } = dialect;
  let best: Choice = { reading: literal, alignment: null, foreign: null };
  if (shapes.length === 0 || (literal.code === null && literal.cells.length === fields)) return best;
  const bare: (string | null)[] = [...literal.cells];
  const { strayQuotes } = dialect;
  if (literal.code !== null && (strayQuotes === 'keep' || hasOne(text, dialect.quote!)))
    dropQuotes(bare, dialect);
  let limit = defaultMisfits(bare, dialect);
  if (limit === 0) return best;
  const look = (reading: Reading, foreign: string | null = null): void => {
    if (reading.cells.length === fields) {
      const count = misfits(reading.cells, shapes, limit);
      if (count < limit) {
        best = { reading, alignment: null, foreign };
        limit = count;
      }
    } else if (reading.cells.length >= fields - 1 && reading.cells.length <= fields + mostExtra) {
      const { cells, written } = reading;
      // A quote at the edge of one cell may be one of a pair that enclosed several.
      if (cells.length > fields + 1 && areTwoRows(cells, shapes)) return;
      for (const each of written.size > 0 ? [asWritten(cells, written), cells] : [cells]) {
        const alignment = alignRow(each, shapes, dialect, limit);
        if (alignment === null) continue;
        best = { reading, alignment, foreign };
        limit = alignment.misfits;
      }
    }
  };
  for (const reading of literal.code === null ? [literal] : allReadings(text, dialect)) {
    look(reading);
    if (limit === 0) return best;
  }
  for (const { reading, foreign } of foreignReadings(text, dialect)) look(reading, foreign);
  if (
    best.alignment === null &&
    best.reading.cells.length > fields &&
    !areTwoRows(best.reading.cells, shapes)
  ) {
    const firm = dialect.care.delimiters && dialect.delimiter !== ' ';
    const cells = segmentRow(best.reading.cells, shapes, dialect.delimiter, firm);
    const alignment = { cells: cells ?? [], misfits: 0, column: null, decided: true, surplus: null };
    if (cells !== null) best = { ...best, alignment };
  }
  return best;
}

/** Delimiters that a single row may use instead of its file's. */
const foreignDelimiters = [...',;\t| '].map((delimiter) => delimiter.charCodeAt(0));

function hasOne(text: string, character: string): boolean {
  return text.indexOf(character) === text.lastIndexOf(character);
}

/** Returns true if a text contains a character at least `times` times. */
function hasMany(text: string, character: string, times: number): boolean {
  let left = times;
  for (let at = text.indexOf(character); at >= 0 && left > 0; at = text.indexOf(character, at + 1)) left--;
  return left <= 0;
}

/** Returns a row read with another delimiter or quote, if that gives the right number of cells. */
function foreignReadings(text: string, dialect: Dialect): { reading: Reading; foreign: string }[] {
  const found: { reading: Reading; foreign: string }[] = [];
  for (const code of foreignDelimiters) {
    const delimiter = String.fromCharCode(code);
    if (delimiter !== dialect.delimiter && hasMany(text, delimiter, dialect.fields - 1))
      found.push({
        reading: joinedTexts(readCells(text, { ...dialect, delimiter }, 0), delimiter, dialect),
        foreign: delimiter,
      });
  }
  const quote = dialect.quote === "'" ? '"' : "'";
  if (text.includes(quote))
    found.push({ reading: readCells(text, { ...dialect, quote, escape: quote }, 0), foreign: quote });
  return found.filter(({ reading: { cells, code } }) => code === null && cells.length === dialect.fields);
}

/** Returns true if a line is a row when read with a delimiter or quote other than its file's. */
export function fitsOtherwise(text: string, dialect: Dialect): boolean {
  const { shapes } = dialect;
  return (
    shapes.length > 0 &&
    foreignReadings(text, dialect).some(({ reading: { cells } }) => misfits(cells, shapes) === 0)
  );
}

/**
 * Clears the doubtful cells of a flagged row: those that differ in another reading of its quotes or another
 * alignment of its cells. Keeps the likeliest form if there is one, even for a quote in a text, and for a row
 * written with another delimiter the cells that have their column's form. In a table without known shapes all
 * cells stay where they were read.
 */
function withoutDoubts(
  text: string,
  { reading, alignment, foreign }: Choice,
  cells: readonly (string | null)[],
  dialect: Dialect,
): readonly (string | null)[] {
  const { shapes, delimiter } = dialect;
  const { code, column } = reading;
  if (shapes.length === 0) return cells;
  if (foreign !== null)
    return cells.map((cell, i) => (hasFirmForm(shapes[i]!) && mayHold(cell ?? '', shapes[i]!) ? cell : null));
  const kept = isLikeliest(reading, alignment, cells, shapes)
    ? cells
    : agreedCells(code === null ? [reading.cells] : readingsOf(text, dialect), shapes, delimiter);
  return kept.map((cell, i) => {
    if (cell === null || code === null) return cell;
    if (i === column && code === 'text-after-quote' && alignment === null && reading.isParted !== true)
      return null;
    return cell.includes(dialect.quote!) && !isFree(shapes[i]!) && !mayHold(cell, shapes[i]!) ? null : cell;
  });
}

/**
 * Returns true if a row has a likeliest form, confirmed by tests on spoiled files, in which every cell fits:
 * a reading of its quotes, a delimiter lost at one position, a surplus empty cell, or only missing cells at
 * the end in columns where others are empty too.
 */
function isLikeliest(
  { cells: tokens, code }: Reading,
  alignment: Alignment | null,
  cells: readonly (string | null)[],
  shapes: readonly ColumnShape[],
): boolean {
  const isShort = tokens.length < shapes.length;
  if (misfits(cells, shapes) > 0) return false;
  if (alignment === null) return !isShort || shapes.slice(tokens.length).every(({ empty }) => empty);
  const isGained = alignment.cells.every((cell) => tokens.includes(cell!));
  return alignment.decided && (code !== null || isShort || isGained);
}

/** Returns the cells under each reading of a row's quotes that gives about as many as there are columns. */
function readingsOf(text: string, dialect: Dialect): readonly (readonly string[])[] {
  const readings: string[][] = [];
  for (const { cells } of allReadings(text, dialect)) {
    if (Math.abs(cells.length - dialect.fields) > mostExtra) continue;
    const bare = [...cells];
    if (cells.length === dialect.fields) dropQuotes(bare, dialect);
    readings.push(bare);
  }
  return readings;
}

/** Returns true if the cells of an irregular row are beyond doubt: no other way of reading it is left. */
function isCertain(
  text: string,
  literal: Reading,
  { reading, alignment, foreign }: Choice,
  cells: readonly (string | null)[],
  dialect: Dialect,
): boolean {
  const { fields, shapes, care, delimiter } = dialect;
  if (reading.code !== null) return alignment === null && hasSureQuotes(text, reading, cells, dialect);
  // A quote within a cell may show that the row can be read in another way.
  if (dialect.quote !== null && cells.some((cell) => cell?.includes(dialect.quote!))) return false;
  if (foreign !== null) return isForeignRow(text, literal, cells, foreign, dialect);
  if (alignment !== null && (!alignment.decided || alignment.misfits > 0)) return false;
  if (cells.length < fields) return care.ends && isTrimmed(cells, dialect);
  return isOnlyWay(literal.cells, cells, shapes, delimiter);
}

/** Returns true if the numbers, few values or fixed forms of a short row show that its cells come first. */
function isTrimmed(cells: readonly (string | null)[], { shapes }: Dialect): boolean {
  const isHeld = cells.every((cell, i) => mayHold(cell ?? '', shapes[i]!));
  return isHeld && cells.some((cell, i) => !isEmpty(cell) && hasFirmForm(shapes[i]!));
}

/**
 * Returns true if a row with its own delimiter or quote has no other reading: the right number of cells
 * without joining any, and enough of them with their columns' forms. Texts contain blanks too: no two columns
 * of text may be separated by one.
 */
function isForeignRow(
  text: string,
  literal: Reading,
  cells: readonly (string | null)[],
  foreign: string,
  dialect: Dialect,
): boolean {
  const { fields, shapes, delimiter } = dialect;
  if (!holds(cells, shapes)) return false;
  if (foreign === "'" || foreign === '"') return true;
  if (readCells(text, { ...dialect, delimiter: foreign }, 0).cells.length !== fields) return false;
  const isFirm = shapes.map((shape, i) => !isEmpty(cells[i]!) && hasFirmForm(shape));
  const firm = isFirm.filter(Boolean).length;
  if (fields === 2) return firm === 2;
  if (literal.cells.length > 1 || foreign === ' ') {
    if (firm < 3 || firm * 2 < fields) return false;
  }
  if (delimiter === ' ' || foreign !== ' ') return firm > 0;
  return isFirm.every((is, i) => is || isFirm[i + 1] !== false);
}

/**
 * Returns true if the quotes of a row with the right number of cells are certain: its only quote opens or
 * closes a cell that is right without it, or every possible reading gives the same cells.
 */
function hasSureQuotes(
  text: string,
  { code, column }: Reading,
  cells: readonly (string | null)[],
  dialect: Dialect,
): boolean {
  const { quote, shapes, fields, care, strayQuotes } = dialect;
  if (code === 'text-after-quote' || quote === null || cells.length !== fields) return false;
  if (cells.some((cell) => cell?.includes(quote))) return false;
  const shape = shapes[column];
  // A row that ends within a quoted cell may have been cut there.
  if (
    code === 'unclosed-quote' &&
    column === fields - 1 &&
    (shape === undefined || !isWhole(cells[column]!, shape))
  )
    return false;
  const cellAt = (i: number): string => cells[i] ?? '';
  if (
    code === 'unclosed-quote' &&
    column < fields - 1 &&
    !endsInTime(cellAt, column, shapes, care.delimiters)
  )
    return false;
  if (hasOne(text, quote)) return shape === undefined || mayHold(cells[column] ?? '', shape);
  let isParted = false;
  for (const other of allReadings(text, dialect)) {
    if (other.cells.length < fields - 1 || other.cells.length > fields) continue;
    const own = [...other.cells];
    if (strayQuotes === 'drop') dropQuotes(own, dialect);
    else putBack(own, other);
    if (own.length < fields) {
      isParted = true;
      if (hasGap(own, shapes, fields)) return false;
    } else if (holds(own, shapes) && own.some((cell, i) => cell !== cells[i])) return false;
  }
  const isEven = text.split(quote).length % 2 === 1;
  if (isEven && !(isParted && code === 'stray-quote' && cells.every((cell) => cell === cell!.trim())))
    return false;
  return holds(cells, shapes);
}

/** Returns a reading with too many cells as one whose texts contain the delimiter, if that is certain. */
function joinedTexts(reading: Reading, delimiter: string, { fields, shapes }: Dialect): Reading {
  if (reading.code !== null || reading.cells.length <= fields) return reading;
  const cells = segmentRow(reading.cells, shapes, delimiter, false);
  return cells === null ? reading : { ...reading, cells };
}

/** Returns the misfits of a padded or trimmed row without alignment; infinite if it would be rejected. */
function defaultMisfits(cells: readonly (string | null)[], { fields, shapes }: Dialect): number {
  if (cells.length <= fields) return misfits(cells, shapes);
  return cells.slice(fields).every(isEmpty)
    ? misfits(cells.slice(0, fields), shapes)
    : Number.POSITIVE_INFINITY;
}

/** Returns true for a text of only blanks and control characters, like the test of the bytes. */
function isEmpty(cell: string | null): boolean {
  return cell === null || !/[^\0- ]/.test(cell);
}

/** Puts the quotes that may be text back into their cells after the row was aligned. */
function putBack(cells: (string | null)[], { cells: read, written }: Reading): void {
  const shift = cells.length - read.length;
  for (const [i, text] of written) {
    const at = cells[i] === read[i] ? i : i + shift;
    if (cells[at] === read[i]) cells[at] = text;
  }
}

/** Removes stray quotes from cells that then fit their column: numbers, codes, values of a short list. */
function dropQuotes(cells: (string | null)[], { quote, shapes }: Dialect): void {
  if (quote === null) return;
  for (const [i, shape] of shapes.entries()) {
    const cell = cells[i] ?? null;
    if (cell === null || !cell.includes(quote) || isFree(shape)) continue;
    const bare = cell.replaceAll(quote, '');
    if (fitOf(cell, shape) === 0 && isAlike(bare, shape)) cells[i] = bare;
  }
}

const foundLimit = 200;

/** Cuts a text to `foundLimit` characters, not within a surrogate pair. */
export function clip(text: string, limit = foundLimit): string {
  if (text.length <= limit) return text;
  const code = text.charCodeAt(limit - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? limit - 1 : limit);
}
