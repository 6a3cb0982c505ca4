import { noneWritten, type QuoteCode, type Reading, type Rung } from './reading.js';
import type { ReadingRules } from './reading-rules.js';
import { splitFrom, splitOnce } from './split-text.js';

/** A row while it is read: its cells up to `at`. */
interface Row {
  readonly text: string;
  readonly rung: Rung;
  readonly rules: ReadingRules;
  readonly delimiter: string;
  readonly quote: string;
  /** Null if it is the quote. */
  readonly slash: string | null;
  /** The cell that the `unopened` reading takes without its opening quote. */
  readonly wrong: number;
  cells: string[];
  readonly loose: number[];
  /** Null until it has an entry. */
  written: Map<number, string> | null;
  code: QuoteCode | null;
  column: number;
  /** Offset of the next cell, beyond the end of the text after the last one. */
  at: number;
  /** Offset of the first quote that is not before the next cell, -1 if there is none. */
  nextQuote: number;
}

/** Reads a row by one reading of quotes; `wrong` is the first cell that violates strict quoting. */
export function readQuoted(rung: Rung, text: string, rules: ReadingRules, wrong: number): Reading {
  const quote = rules.quote!;
  const row: Row = {
    text,
    rung,
    rules,
    delimiter: rules.delimiter,
    quote,
    slash: rules.escape === quote ? null : rules.escape,
    wrong,
    cells: [],
    loose: [],
    written: null,
    code: null,
    column: 0,
    at: 0,
    nextQuote: text.indexOf(quote),
  };
  if (rules.padded !== true && row.slash === null) takeFirstCells(row);
  while (row.at <= text.length) readCell(row);
  const { cells, code, column, loose } = row;
  return { cells, code, column, loose, written: row.written ?? noneWritten, isParted: rung === 'parted' };
}

/** Takes the cells before the first quote. */
function takeFirstCells(row: Row): void {
  const { text, delimiter, nextQuote } = row;
  if (nextQuote >= 0 && delimiter.length === 1) {
    const parts = splitOnce(text, delimiter);
    let plain = 0;
    while (row.at + parts[plain]!.length < nextQuote) row.at += parts[plain++]!.length + 1;
    row.cells = parts.slice(0, plain);
    return;
  }
  const plainEnd = text.lastIndexOf(delimiter, nextQuote - 1);
  if (plainEnd < 0 || plainEnd + delimiter.length > nextQuote) return;
  row.cells = text.slice(0, plainEnd).split(delimiter);
  row.at = plainEnd + delimiter.length;
}

/** Reads the next cell, or all that are left if no quote follows. */
function readCell(row: Row): void {
  const { text, rung, rules, delimiter, quote } = row;
  const isPadded = rules.padded === true;
  if (row.nextQuote < row.at) row.nextQuote = text.indexOf(quote, row.at);
  if (row.nextQuote < 0 && row.slash === null) {
    const rest = splitFrom(text, row.at, delimiter);
    row.cells = row.cells.concat(isPadded ? rest.map((cell) => cell.trim()) : rest);
    row.at = text.length + 1;
    return;
  }
  let open = row.at;
  if (rung === 'blanks' || isPadded) while (isSpace(text[open]) && !text.startsWith(delimiter, open)) open++;
  if (text[open] !== quote) {
    readBare(row, row.at, false);
  } else if (rung === 'unopened' && row.cells.length === row.wrong) {
    note(row, 'unclosed-quote');
    readBare(row, open + 1, true);
  } else {
    if (open > row.at && !isPadded) note(row, 'stray-quote');
    row.at = readQuotedCell(row, open);
  }
}

/** Reads a cell without quotes around it, from `from` on; `isUnopened`: its opening quote was removed. */
function readBare(row: Row, from: number, isUnopened: boolean): void {
  const { text, rung, rules, delimiter, quote, slash } = row;
  let end = text.indexOf(delimiter, from);
  while (end > 0 && slash !== null && text[end - 1] === slash) end = text.indexOf(delimiter, end + 1);
  if (end < 0) end = text.length;
  const opened = rung === 'parted' && row.nextQuote < end ? text.indexOf(quote, from + 1) : -1;
  if (opened > 0 && opened < end && closesAfter(text, opened, quote, delimiter)) {
    note(row, 'stray-quote');
    row.cells.push(text.slice(from, opened));
    row.at = opened;
    return;
  }
  const cell = text.slice(from, end);
  if (cell.includes(quote)) {
    note(row, 'stray-quote');
    row.loose.push(row.cells.length);
  }
  if (isUnopened) keepUnlessQuoted(row, cell);
  const bare = rules.padded === true && !isUnopened ? cell.trim() : cell;
  row.cells.push(slash === null ? bare : bare.replaceAll(slash + delimiter, delimiter));
  row.at = end + delimiter.length;
}

/** A cell that begins with a quote, while it is read. */
interface OpenCell {
  /** Offset of its opening quote. */
  readonly open: number;
  /** Its content up to `from`. */
  content: string;
  /** Offsets in the content of quotes that are neither doubled nor escaped. */
  readonly strays: number[];
  from: number;
  /** Offset from which the next quote is searched. */
  look: number;
  /** Offset of the next cell, -1 until the end of this one is found. */
  next: number;
}

/** Reads the cell whose quote opens at `open`; returns where the next begins, past the end after the last. */
function readQuotedCell(row: Row, open: number): number {
  const cell: OpenCell = { open, content: '', strays: [], from: open + 1, look: open + 1, next: -1 };
  while (cell.next < 0) {
    const mark = row.text.indexOf(row.quote, cell.look);
    if (row.slash !== null && takeEscape(row, cell, row.slash, mark)) continue;
    if (mark < 0) endUnclosed(row, cell, row.text.length);
    else takeQuote(row, cell, mark);
  }
  if (row.rules.care.quotes && cell.strays.length % 2 === 1) {
    keepWritten(row, cell.content);
    row.cells.push(without(cell.content, cell.strays));
  } else row.cells.push(cell.content);
  return cell.next;
}

/** Takes the next escape if it precedes the quote at `mark` (-1: none); returns false otherwise. */
function takeEscape({ text, quote }: Row, cell: OpenCell, slash: string, mark: number): boolean {
  const escaped = text.indexOf(slash, cell.look);
  if (escaped < 0 || (mark >= 0 && escaped >= mark)) return false;
  const next = text[escaped + 1];
  if (next === quote || next === slash) {
    cell.content += text.slice(cell.from, escaped) + next;
    cell.from = cell.look = escaped + 2;
  } else {
    cell.look = escaped + 1;
  }
  return true;
}

/** Takes the quote at `mark`: as text, or as the closing one if the reading says so. */
function takeQuote(row: Row, cell: OpenCell, mark: number): void {
  const { text, rung, delimiter, quote } = row;
  const isDoubled = text[mark + 1] === quote;
  if (isDoubled && !(rung === 'twin' && endsCell(text, mark + 2, delimiter))) {
    cell.content += text.slice(cell.from, mark + 1);
    cell.from = cell.look = mark + 2;
  } else if (isDoubled) {
    takeStray(row, cell, mark);
    cell.next = nextCell(text, mark + 2, delimiter);
  } else if (endsCell(text, mark + 1, delimiter)) {
    cell.content += text.slice(cell.from, mark);
    cell.next = nextCell(text, mark + 1, delimiter);
  } else if (rung === 'parted') {
    note(row, 'text-after-quote');
    cell.content += text.slice(cell.from, mark);
    cell.next = mark + 1;
  } else if (rung === 'after') {
    note(row, 'text-after-quote');
    cell.next = nextCell(text, mark + 1, delimiter);
    cell.content += text.slice(cell.from, mark) + text.slice(mark + 1, cell.next - delimiter.length);
  } else if (rung === 'resync' && opensNextCell(row, cell, mark)) {
    endUnclosed(row, cell, mark - delimiter.length);
  } else {
    takeStray(row, cell, mark);
    cell.from = cell.look = mark + 1;
  }
}

/** Returns true if a delimiter is before the quote at `mark`. */
function opensNextCell({ text, delimiter }: Row, { from }: OpenCell, mark: number): boolean {
  return mark - delimiter.length >= from && text.startsWith(delimiter, mark - delimiter.length);
}

function takeStray(row: Row, cell: OpenCell, mark: number): void {
  note(row, 'stray-quote');
  cell.content += row.text.slice(cell.from, mark + 1);
  cell.strays.push(cell.content.length - 1);
}

/** Ends at `end` a cell that no quote closes. */
function endUnclosed(row: Row, cell: OpenCell, end: number): void {
  note(row, 'unclosed-quote');
  cell.content += row.text.slice(cell.from, end);
  keepUnlessQuoted(row, row.text.slice(cell.open + 1, end));
  cell.next = end + row.delimiter.length;
}

/**
 * Records the defect of the next cell. A row reports its first defect, except that an unclosed quote replaces
 * any other.
 */
function note(row: Row, found: QuoteCode): void {
  if (row.code === null) row.column = row.cells.length;
  if (row.code === null || found === 'unclosed-quote') row.code = found;
}

/** Keeps the original text of the next cell, whose opening quote was removed, if that quote may be text. */
function keepUnlessQuoted(row: Row, inner: string): void {
  const cell = unlessQuoted(inner, row.cells.length, row.rules);
  if (cell !== null) keepWritten(row, cell);
}

function keepWritten(row: Row, cell: string): void {
  row.written ??= new Map();
  row.written.set(row.cells.length, cell);
}

/**
 * Returns the original text of a cell whose opening quote was removed because none closes it: that quote may
 * be text, unless its column's cells are always quoted, or the cell contains what only quoted ones do.
 */
export function unlessQuoted(
  inner: string,
  column: number,
  { quote, delimiter, quotedColumns }: ReadingRules,
): string | null {
  const isQuoted =
    quotedColumns[column] === true || inner.includes(quote! + quote!) || inner.includes(delimiter);
  return isQuoted ? null : quote! + inner;
}

/** Returns a text without the characters at `positions`. */
function without(text: string, positions: readonly number[]): string {
  return [...positions].reverse().reduce((rest, at) => rest.slice(0, at) + rest.slice(at + 1), text);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** Returns true if a cell may end at `at`: apart from blanks, a delimiter or the end follows. */
function endsCell(text: string, at: number, delimiter: string): boolean {
  while (at < text.length && !text.startsWith(delimiter, at)) {
    if (!isSpace(text[at])) return false;
    at++;
  }
  return true;
}

/** Returns true if a quoted cell that opens at `open` is closed correctly. */
function closesAfter(text: string, open: number, quote: string, delimiter: string): boolean {
  let mark = text.indexOf(quote, open + 1);
  while (mark >= 0 && text[mark + 1] === quote) mark = text.indexOf(quote, mark + 2);
  return mark > open + 1 && endsCell(text, mark + 1, delimiter);
}

/** Returns the offset after the next delimiter, or after a delimiter that would follow the text. */
function nextCell(text: string, at: number, delimiter: string): number {
  const end = text.indexOf(delimiter, at);
  return (end < 0 ? text.length : end) + delimiter.length;
}
