import { backslashCells } from './backslash-row.js';
import type { ReadingRules } from './reading-rules.js';
import { relaxedCells } from './relaxed-reading.js';

export type QuoteCode = 'stray-quote' | 'unclosed-quote' | 'text-after-quote';

/** A row's cells under one interpretation of its quotes. */
export interface Reading {
  readonly cells: string[];
  /** By index, cells that are null by their own word. */
  readonly nulls?: ReadonlySet<number>;
  /** True if a delimiter was inserted next to a quote. */
  readonly isParted?: boolean;
  /** The defect of the quotes, null for none. */
  readonly code: QuoteCode | null;
  /** The first cell with the defect, from 0. */
  readonly column: number;
  /** Cells that were not quoted but contain quotes. */
  readonly loose: readonly number[];
  /** By index, the original text of cells from which a quote was removed that may be text. */
  readonly written: ReadonlyMap<number, string>;
}

/** For a reading from which no quote was removed. */
export const noneWritten: ReadonlyMap<number, string> = new Map();

/** Returns cells with the quotes put back that may be text. */
export function asWritten(cells: readonly string[], written: ReadonlyMap<number, string>): string[] {
  return cells.map((cell, i) => written.get(i) ?? cell);
}

/**
 * Ways of reading a row whose quotes do not follow RFC 4180, the most literal first:
 * strict       a quote inside quotes that nothing could follow is text
 * resync       the same, but after a delimiter it opens the next cell: the cell before it was never closed
 * twin         two quotes before a delimiter are a quote and the closing one
 * after        the first closing quote closes, what follows up to the delimiter is text
 * blanks       blanks before an opening quote do not count
 * unopened     the first quote that is wrong did not open its cell
 * parted       a delimiter is missing before an opening quote or after a closing one
 * none         quotes mean nothing; a cell's own outer quotes come off
 */
const ladder = ['strict', 'resync', 'twin', 'after', 'blanks', 'unopened', 'parted', 'none'] as const;
type Rung = (typeof ladder)[number];

/**
 * Reads a row's text: a faultless strict reading wins; else the first reading of the ladder with the `expected` number of cells; if none
 * has it, the strict reading, or the one without quotes if a quote never closes; before that csv-parse is asked. `expected` 0 takes the
 * strict reading. Costs one pass over the text per reading.
 */
export function readCells(text: string, rules: ReadingRules, expected: number): Reading {
  if (rules.backslashes === true) return backslashReading(text, rules);
  if (rules.quote === null) return plainReading(text, rules);
  const strict = readBy('strict', text, rules);
  if (strict.code === null || (strict.cells.length === expected && strict.code !== 'unclosed-quote')) {
    return settle(strict, rules);
  }
  if (expected > 0) {
    const hasOneQuote = text.indexOf(rules.quote) === text.lastIndexOf(rules.quote);
    for (const rung of ladder) {
      if (rung === 'strict' || (hasOneQuote && rung !== 'none')) continue;
      const reading = readBy(rung, text, rules, strict.column);
      if (reading.cells.length === expected) {
        return settle(
          rung === 'none' && strict.code !== null
            ? { ...reading, code: strict.code, column: strict.column }
            : reading,
          rules,
        );
      }
    }
  }
  if (strict.cells.length !== expected && expected > 0) {
    const cells = relaxedCells(text, rules);
    if (cells?.length === expected) return { ...strict, cells, loose: [], written: noneWritten };
  }
  if (strict.code !== 'unclosed-quote' || strict.cells.length === expected) return settle(strict, rules);
  const none = readBy('none', text, rules);
  return settle({ ...none, code: 'unclosed-quote', column: strict.column }, rules);
}

function backslashReading(text: string, { delimiter, quote }: ReadingRules): Reading {
  const strict = backslashCells(text, delimiter, quote);
  const cells = strict ?? backslashCells(text, delimiter, null)!;
  const open = strict === null ? cells.findIndex((cell) => cell?.startsWith(quote!)) : -1;
  const nulls = new Set(cells.flatMap((cell, i) => (cell === null ? [i] : [])));
  return {
    cells: cells.map((cell) => cell ?? ''),
    nulls,
    code: strict === null ? 'unclosed-quote' : null,
    column: Math.max(0, open),
    loose: [],
    written: noneWritten,
  };
}

function plainReading(text: string, rules: ReadingRules): Reading {
  return { cells: splitPlain(text, rules), code: null, column: 0, loose: [], written: noneWritten };
}

/** Yields the row under every reading of the ladder, the most literal first, each on demand. */
export function* allReadings(text: string, rules: ReadingRules): Generator<Reading> {
  if (rules.quote === null || !text.includes(rules.quote)) {
    yield plainReading(text, rules);
    return;
  }
  const strict = readBy('strict', text, rules);
  const wrong = strict.column;
  yield settle(strict, rules);
  for (const rung of ladder) {
    if (rung !== 'strict' && mayDiffer(rung, text, rules))
      yield settle(readBy(rung, text, rules, wrong), rules);
  }
}

/** Returns false if a reading equals an earlier one for this text. */
function mayDiffer(rung: Rung, text: string, { quote, delimiter }: ReadingRules): boolean {
  if (rung === 'twin') return text.includes(quote! + quote!);
  if (rung === 'blanks') return text.includes(` ${quote}`) || text.includes(`\t${quote}`);
  const opening = delimiter + quote!;
  return rung !== 'resync' || text.indexOf(opening) !== text.lastIndexOf(opening) || text.startsWith(quote!);
}

/**
 * Repairs loose cells: one with a quote at one edge has lost its partner if its column's cells are always quoted, or if it contains doubled
 * quotes, which only quoted cells do.
 */
function settle(reading: Reading, rules: ReadingRules): Reading {
  const { quote, quotedColumns, care } = rules;
  if (quote === null || reading.loose.length === 0) return reading;
  const written = new Map(reading.written);
  for (const i of reading.loose) {
    const cell = reading.cells[i]!;
    const opens = cell.startsWith(quote);
    const closes = cell.endsWith(quote);
    const inner = opens ? cell.slice(quote.length) : cell.slice(0, -quote.length);
    const lostPartner = opens !== closes && (quotedColumns[i] === true || inner.includes(quote + quote));
    if (lostPartner) reading.cells[i] = inner.replaceAll(quote + quote, quote);
    else if (care.quotes && cell.split(quote).length % 2 === 0) {
      written.set(i, cell);
      reading.cells[i] = withoutStray(cell, quote);
    }
  }
  return { ...reading, written };
}

/** Returns a text without the characters at `positions`. */
function without(text: string, positions: readonly number[]): string {
  return [...positions].reverse().reduce((rest, at) => rest.slice(0, at) + rest.slice(at + 1), text);
}

/**
 * Returns the original text of a cell whose opening quote was removed because none closes it: that quote may be text, unless its column's
 * cells are always quoted, or the cell contains what only quoted ones do.
 */
function unlessQuoted(
  inner: string,
  column: number,
  { quote, delimiter, quotedColumns }: ReadingRules,
): string | null {
  const isQuoted =
    quotedColumns[column] === true || inner.includes(quote! + quote!) || inner.includes(delimiter);
  return isQuoted ? null : quote! + inner;
}

/** Replaces doubled quotes with one, drops single ones. */
function withoutStray(cell: string, quote: string): string {
  return cell
    .split(quote + quote)
    .map((part) => part.replaceAll(quote, ''))
    .join(quote);
}

/** Reads a row by one reading; `wrong` is the first cell in which the strict reading finds a fault. */
function readBy(rung: Rung, text: string, rules: ReadingRules, wrong = 0): Reading {
  return rung === 'none' ? readUnquoted(text, rules) : readQuoted(rung, text, rules, wrong);
}

function readQuoted(rung: Rung, text: string, rules: ReadingRules, wrong: number): Reading {
  const { delimiter } = rules;
  const quote = rules.quote!;
  const slash = rules.escape === quote ? null : rules.escape;
  let cells: string[] = [];
  const loose: number[] = [];
  const written = new Map<number, string>();
  let code: QuoteCode | null = null;
  let column = 0;
  const unclosed = (inner: string): void => {
    const cell = unlessQuoted(inner, cells.length, rules);
    if (cell !== null) written.set(cells.length, cell);
  };
  const note = (found: QuoteCode): void => {
    if (code === null) column = cells.length;
    if (code === null || found === 'unclosed-quote') code = found;
  };
  let at = 0;
  let nextQuote = text.indexOf(quote);
  if (rules.padded !== true && slash === null && nextQuote >= 0 && delimiter.length === 1) {
    const parts = splitOnce(text, delimiter);
    let plain = 0;
    while (at + parts[plain]!.length < nextQuote) at += parts[plain++]!.length + 1;
    cells = parts.slice(0, plain);
  } else if (rules.padded !== true && slash === null) {
    const plainEnd = text.lastIndexOf(delimiter, nextQuote - 1);
    if (plainEnd >= 0 && plainEnd + delimiter.length <= nextQuote) {
      cells = text.slice(0, plainEnd).split(delimiter);
      at = plainEnd + delimiter.length;
    }
  }
  for (;;) {
    if (nextQuote < at) nextQuote = text.indexOf(quote, at);
    if (nextQuote < 0 && slash === null) {
      const rest = splitFrom(text, at, delimiter);
      cells = cells.concat(rules.padded === true ? rest.map((cell) => cell.trim()) : rest);
      break;
    }
    let open = at;
    if (rung === 'blanks' || rules.padded === true)
      while (isSpace(text[open]) && !text.startsWith(delimiter, open)) open++;
    const unopened = rung === 'unopened' && cells.length === wrong && text[open] === quote;
    if (unopened) {
      note('unclosed-quote');
      at = open + 1;
    }
    if (text[open] !== quote || unopened) {
      let end = text.indexOf(delimiter, at);
      while (end > 0 && slash !== null && text[end - 1] === slash) end = text.indexOf(delimiter, end + 1);
      if (end < 0) end = text.length;
      const cell = text.slice(at, end);
      const opened = rung === 'parted' && nextQuote < end ? text.indexOf(quote, at + 1) : -1;
      if (opened > 0 && opened < end && closesAfter(text, opened, quote, delimiter)) {
        note('stray-quote');
        cells.push(text.slice(at, opened));
        at = opened;
        continue;
      }
      if (cell.includes(quote)) {
        note('stray-quote');
        loose.push(cells.length);
      }
      if (unopened) unclosed(cell);
      const bare = rules.padded === true && !unopened ? cell.trim() : cell;
      cells.push(slash === null ? bare : bare.replaceAll(slash + delimiter, delimiter));
      if (end >= text.length) break;
      at = end + delimiter.length;
      continue;
    }
    if (open > at && rules.padded !== true) note('stray-quote');
    let cell = '';
    const strays: number[] = [];
    let from = open + 1;
    let look = from;
    let end = -1;
    while (end < 0) {
      let mark = text.indexOf(quote, look);
      if (slash !== null) {
        const escaped = text.indexOf(slash, look);
        if (escaped >= 0 && (mark < 0 || escaped < mark)) {
          const next = text[escaped + 1];
          if (next === quote || next === slash) {
            cell += text.slice(from, escaped) + next;
            from = look = escaped + 2;
          } else {
            look = escaped + 1;
          }
          continue;
        }
      }
      if (mark < 0) {
        note('unclosed-quote');
        mark = end = text.length;
        cell += text.slice(from);
        unclosed(text.slice(open + 1));
        break;
      }
      if (text[mark + 1] === quote && !(rung === 'twin' && endsCell(text, mark + 2, delimiter))) {
        cell += text.slice(from, mark + 1);
        from = look = mark + 2;
        continue;
      }
      if (text[mark + 1] === quote) {
        note('stray-quote');
        cell += text.slice(from, mark + 1);
        strays.push(cell.length - 1);
        end = cellEnd(text, mark + 2, delimiter);
        break;
      }
      if (endsCell(text, mark + 1, delimiter)) {
        cell += text.slice(from, mark);
        end = cellEnd(text, mark + 1, delimiter);
        break;
      }
      if (rung === 'parted') {
        note('text-after-quote');
        cell += text.slice(from, mark);
        end = mark + 1 - delimiter.length;
        break;
      }
      if (rung === 'after') {
        note('text-after-quote');
        end = cellEnd(text, mark + 1, delimiter);
        cell += text.slice(from, mark) + text.slice(mark + 1, end);
        break;
      }
      if (
        rung === 'resync' &&
        mark - delimiter.length >= from &&
        text.startsWith(delimiter, mark - delimiter.length)
      ) {
        note('unclosed-quote');
        end = mark - delimiter.length;
        cell += text.slice(from, end);
        unclosed(text.slice(open + 1, end));
        break;
      }
      note('stray-quote');
      cell += text.slice(from, mark + 1);
      strays.push(cell.length - 1);
      from = look = mark + 1;
    }
    if (rules.care.quotes && strays.length % 2 === 1) {
      written.set(cells.length, cell);
      cells.push(without(cell, strays));
    } else cells.push(cell);
    if (end >= text.length) break;
    at = end + delimiter.length;
  }
  return { cells, code, column, loose, written, isParted: rung === 'parted' };
}

function readUnquoted(text: string, rules: ReadingRules): Reading {
  const quote = rules.quote!;
  const loose: number[] = [];
  const written = new Map<number, string>();
  let code: QuoteCode | null = null;
  let column = 0;
  const cells = splitPlain(text, rules).map((cell, i) => {
    if (!cell.includes(quote)) return cell;
    const opens = cell.startsWith(quote);
    const closes = cell.length > 1 && cell.endsWith(quote);
    const found = opens && !closes ? 'unclosed-quote' : 'stray-quote';
    if (code === null) column = i;
    if (code === null || found === 'unclosed-quote') code = found;
    if (!opens) {
      loose.push(i);
      return cell;
    }
    const inner = closes ? cell.slice(1, -1) : cell.slice(1);
    const text = closes ? null : unlessQuoted(inner, i, rules);
    if (text !== null) written.set(i, text);
    return inner.replaceAll(quote + quote, quote);
  });
  return { cells, code, column, loose, written };
}

function splitPlain(text: string, { delimiter, escape: slash, quote }: ReadingRules): string[] {
  if (slash === null || slash === quote || !text.includes(slash)) return splitOnce(text, delimiter).slice();
  const cells: string[] = [];
  let cell = '';
  for (const part of text.split(delimiter)) {
    if (part.endsWith(slash)) {
      cell += part.slice(0, -slash.length) + delimiter;
      continue;
    }
    cells.push(cell + part);
    cell = '';
  }
  if (cell !== '') cells.push(cell.slice(0, -delimiter.length) + slash);
  return cells;
}

let lastText = '';
let lastDelimiter = '';
let lastParts: readonly string[] = [''];

/** Returns a text's parts between delimiters, cached for the last text: every reading begins and ends with the same ones. */
function splitOnce(text: string, delimiter: string): readonly string[] {
  if (text !== lastText || delimiter !== lastDelimiter) {
    lastParts = text.split(delimiter);
    lastText = text;
    lastDelimiter = delimiter;
  }
  return lastParts;
}

/** Returns the parts of a text from an offset on, the same strings as `splitOnce` as far as they are whole. */
function splitFrom(text: string, at: number, delimiter: string): readonly string[] {
  if (delimiter.length > 1) return text.slice(at).split(delimiter);
  const parts = splitOnce(text, delimiter);
  let i = parts.length - 1;
  let start = text.length - parts[i]!.length;
  while (start > at) start -= parts[--i]!.length + 1;
  return start === at ? parts.slice(i) : [text.slice(at, start + parts[i]!.length), ...parts.slice(i + 1)];
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

function cellEnd(text: string, at: number, delimiter: string): number {
  const end = text.indexOf(delimiter, at);
  return end < 0 ? text.length : end;
}
