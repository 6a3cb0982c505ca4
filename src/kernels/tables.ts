import type { ReadColumn } from '../chunk/read-plan.js';
import type { Arena } from './arena.js';
import { EMPTY_IS_NULL, EXACT_TIMES, LOCAL_IS_UTC, NULLS_FIRST, TABLE_HEADER, TABLE_SLOT } from './layout.js';
import type { KernelLoops } from './loops.js';

/** Parameters of a column's loop: tables in memory and flags. */
export interface ColumnTables {
  readonly decimal: number;
  /** Null tokens. */
  readonly nulls: number;
  /** Booleans: words in lower case; strings: categories. */
  readonly words: number;
  readonly flags: number;
}

const encoder = new TextEncoder();
/** Texts that a column may hold besides its categories before its table grows. */
const newCodes = 256;

/** Writes a column's tables into the arena; a token that contains a quote is written in its escaped form. */
export function columnTables(
  loops: KernelLoops,
  arena: Arena,
  column: ReadColumn,
  quote: number,
): ColumnTables {
  const { parse, nullValues } = column;
  const words = column.type === 'boolean' ? booleanWords(column) : [];
  const nulls = nullValues.filter((token) => token !== '').map((token) => [token, -1] as const);
  // A null token is not a category: table entries are final.
  const categories =
    column.type === 'string'
      ? column.categories
          .map((token, code) => [token, code] as const)
          .filter(([token]) => !nullValues.includes(token.trim()))
      : words;
  let flags = nullValues.includes('') ? EMPTY_IS_NULL : 0;
  if (parse.zone === 'UTC') flags |= LOCAL_IS_UTC;
  if (column.type === 'date' ? column.exact === 'all' : column.exact !== undefined) flags |= EXACT_TIMES;
  const known = new Set(words.map(([word]) => word));
  if (nulls.some(([token]) => /^[-+.,\d]/.test(token) || known.has(token.toLowerCase())))
    flags |= NULLS_FIRST;
  return {
    decimal: parse.decimal.charCodeAt(0),
    nulls: writeTable(loops, arena, nulls, quote, 0, 0),
    words: writeTable(
      loops,
      arena,
      categories,
      quote,
      column.type === 'string' ? newCodes : 0,
      column.categories.length,
    ),
    flags,
  };
}

/** Returns the bytes of a table of `capacity` slots. */
export function tableBytes(capacity: number): number {
  return TABLE_HEADER + capacity * TABLE_SLOT;
}

/** Returns the slots of a table with room for `tokens`, at most half full. */
function capacityFor(tokens: number): number {
  let capacity = 16;
  while (capacity < 2 * tokens + 2) capacity *= 2;
  return capacity;
}

/** Returns about how many bytes the tables of a column take, with the short texts in them. */
export function columnTableBytes({ type, nullValues, categories }: ReadColumn): number {
  const words = type === 'string' ? categories.length + newCodes : 0;
  const tables = [nullValues.length, words].map((tokens) => tableBytes(capacityFor(tokens)) + 128);
  return tables[0]! + tables[1]! + 128 * (nullValues.length + categories.length);
}

/** Creates an empty table with room for `tokens`, at most half full, in fresh memory; returns its address. */
export function emptyTable(arena: Arena, tokens: number): number {
  const capacity = capacityFor(tokens);
  const table = arena.take(tableBytes(capacity));
  arena.u8().fill(0, table, table + tableBytes(capacity));
  arena.i32()[table >> 2] = capacity;
  return table;
}

/** `nextCode` is the code of the next new token, counting categories that occur twice or were left out. */
function writeTable(
  loops: KernelLoops,
  arena: Arena,
  tokens: readonly (readonly [string, number])[],
  quote: number,
  room: number,
  nextCode: number,
): number {
  const table = emptyTable(arena, tokens.length + room);
  for (const [token, code] of tokens) {
    const bytes = encoder.encode(escaped(token, quote));
    const address = arena.take(bytes.length);
    arena.u8().set(bytes, address);
    loops.addToken(table, address, bytes.length, code);
  }
  arena.i32()[(table >> 2) + 2] = nextCode;
  return table;
}

/** Returns the boolean words that the loop may look up: ASCII, and numbers only in shortest form. */
function booleanWords({ parse }: ReadColumn): (readonly [string, number])[] {
  const words = [
    ...parse.trueValues.map((word) => [word.toLowerCase(), 1] as const),
    ...parse.falseValues.map((word) => [word.toLowerCase(), 0] as const),
  ];
  return words.filter(
    ([word]) => /^[\x21-\x7e]{1,32}$/.test(word) && (!/\d/.test(word) || /^(?:0|[1-9]\d{0,14})$/.test(word)),
  );
}

/** Escapes a text for use between quotes. */
export function escaped(text: string, quote: number): string {
  if (quote === 0) return text;
  const mark = String.fromCharCode(quote);
  return text.replaceAll(mark, mark + mark);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Unescapes bytes that were between quotes, or that need no quotes. */
export function unescaped(bytes: Uint8Array, quote: number): string {
  const text = decoder.decode(bytes);
  if (quote === 0) return text;
  const mark = String.fromCharCode(quote);
  return text.replaceAll(mark + mark, mark);
}

/** Addresses of the texts of a table's codes: text i is `[offsets[i], offsets[i + 1])` of `bytes`. */
export interface TokenTexts {
  readonly entries: number;
  readonly offsets: number;
  readonly bytes: number;
}

/** Writes the texts of a table's codes, with quotes unescaped; categories that are not in the table are empty. */
export function layTexts(loops: KernelLoops, arena: Arena, table: number): TokenTexts {
  const entries = arena.i32()[(table >> 2) + 2]!;
  const starts = arena.take(4 * entries);
  const lengths = arena.take(4 * entries);
  const offsets = arena.take(4 * (entries + 1));
  const bytes = arena.take(loops.findTokens(table, starts, lengths));
  loops.layTokens(starts, lengths, entries, offsets, bytes);
  return { entries, offsets, bytes };
}
