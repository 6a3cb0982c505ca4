import { backslashCells } from './backslash-row.js';
import { readQuoted, unlessQuoted } from './quoted-reading.js';
import { ladder, noneWritten, type QuoteCode, type Reading, type Rung } from './reading.js';
import type { ReadingRules } from './reading-rules.js';
import { relaxedCells } from './relaxed-reading.js';
import { splitPlain } from './split-text.js';

/**
 * Reads a row's text. A faultless strict reading wins; else the first reading of the ladder with the
 * `expected` number of cells; else csv-parse is tried; else the strict reading, or the one without quotes if
 * a quote never closes. `expected` 0 takes the strict reading. Costs one pass over the text per reading.
 */
export function readCells(text: string, rules: ReadingRules, expected: number): Reading {
  if (rules.backslashes === true) return backslashReading(text, rules);
  if (rules.quote === null || isPlain(text, rules.quote, rules)) return plainReading(text, rules);
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

/** Returns true if nothing in a row's text but delimiters has a meaning: every reading of it is the same. */
function isPlain(text: string, quote: string, { escape: slash, padded }: ReadingRules): boolean {
  return padded !== true && (slash === null || slash === quote) && !text.includes(quote);
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
 * Repairs loose cells: a quote at one edge has lost its partner if its column's cells are always quoted, or
 * if the cell contains doubled quotes, which only quoted cells do.
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
