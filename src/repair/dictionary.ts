import { blockRows } from '../chunk/block-rows.js';
import { type ByteTable, byteTable } from '../chunk/byte-table.js';
import { type CodedTexts, codedTextsOf } from '../chunk/coded-texts.js';
import type { DictionaryColumn, TextColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';

/**
 * Returns the result of `judge` for each entry, null if all are 0: few distinct values are judged once each.
 */
export function dictionaryTable(
  dictionary: readonly string[],
  judge: (text: string, code: number) => number,
): Int32Array | null {
  let table: Int32Array | null = null;
  for (let code = 0; code < dictionary.length; code++) {
    const verdict = judge(dictionary[code]!, code);
    if (verdict === 0) continue;
    table ??= new Int32Array(dictionary.length);
    table[code] = verdict;
  }
  return table;
}

/** Returns the strings as codes into a dictionary that begins with `known`; reads every text. */
export function dictionaryOf(column: TextColumn, known: readonly string[]): DictionaryColumn {
  const { length, validity } = column;
  const { codes, dictionary } = textCoder(known)(column, new Int32Array(length));
  return { type: 'string', layout: 'dictionary', length, codes, dictionary, validity };
}

/** Most texts that a coder keeps from one column to the next, and most bytes of them. */
const mostKept = { texts: 16_384, bytes: 2 ** 20 };

/**
 * Returns a function that writes the texts of one column after another as codes into one dictionary, which
 * begins with `known` and only grows: a text that has occurred costs 10 to 20 ns. A dictionary that has
 * become large is left, and the next column begins another.
 */
export function textCoder(
  known: readonly string[],
): (column: TextColumn, codes: Int32Array) => Pick<DictionaryColumn, 'codes' | 'dictionary'> {
  let kept: KeptTexts | null = null;
  return (column, codes) => {
    const texts = kept ?? noTexts(known);
    const coded = codedTextsOf(column);
    const table = coded === null ? null : new Int32Array(coded.entries).fill(unset);
    for (let start = 0; start < column.length; start += blockRows) {
      const end = Math.min(start + blockRows, column.length);
      if (coded === null) codeRows(texts, column, codes, start, end);
      else recodeRows(texts, coded, table!, codes, start, end);
    }
    const { size, byteLength } = texts.table;
    kept = size > mostKept.texts || byteLength > mostKept.bytes ? null : texts;
    return { codes, dictionary: texts.dictionary };
  };
}

function codeRows(
  texts: KeptTexts,
  { bytes, offsets, validity }: TextColumn,
  codes: Int32Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++)
    codes[row] = isPresent(validity, row) ? codeOf(texts, bytes, offsets[row]!, offsets[row + 1]!) : -1;
}

/** In a table of the codes of entries: the entry has not occurred. */
const unset = -2;

/** Writes the codes of rows whose texts have codes already: each of these costs its bytes once a column. */
function recodeRows(
  texts: KeptTexts,
  { codes: entries, offsets, bytes }: CodedTexts,
  table: Int32Array,
  codes: Int32Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) {
    const entry = entries[row]!;
    let code = entry < 0 ? -1 : table[entry]!;
    if (code === unset) {
      code = codeOf(texts, bytes, offsets[entry]!, offsets[entry + 1]!);
      table[entry] = code;
    }
    codes[row] = code;
  }
}

/** Returns the code of a text by its bytes. */
function codeOf(texts: KeptTexts, bytes: Uint8Array, start: number, end: number): number {
  const { table, codeOfId } = texts;
  const id = table.id(bytes, start, end);
  if (id === codeOfId.length) codeOfId.push(addText(texts, table.text(id)));
  return codeOfId[id]!;
}

/**
 * Writes what `table` has for each code from `start` on, entry -1 (missing) first. Returns the first row whose
 * result is negative, which the caller settles, or the number of rows: a loop that is called often is compiled
 * once.
 */
export function lookUp(table: Int32Array, codes: Int32Array, start: number, out: Int32Array): number {
  for (let row = start; row < out.length; row++) {
    const found = table[codes[row]! + 1]!;
    out[row] = found;
    if (found < 0) return row;
  }
  return out.length;
}

/**
 * The texts of a coder: the code of each of the table's numbers, and of each text. Different bytes that are
 * not UTF-8 may read as the same text.
 */
interface KeptTexts {
  readonly table: ByteTable;
  readonly codeOfId: number[];
  readonly codeOf: Map<string, number>;
  readonly dictionary: string[];
}

function noTexts(known: readonly string[]): KeptTexts {
  const codeOf = new Map(known.map((text, code) => [text, code]));
  return { table: byteTable(), codeOfId: [], codeOf, dictionary: [...known] };
}

function addText({ codeOf, dictionary }: KeptTexts, text: string): number {
  let code = codeOf.get(text);
  if (code === undefined) codeOf.set(text, (code = dictionary.push(text) - 1));
  return code;
}

/**
 * Returns a function that computes `of` once for each entry of a dictionary; of one that has grown since the
 * last call, for its new entries.
 */
export function forEntries<T>(of: (text: string) => T): (dictionary: readonly string[]) => readonly T[] {
  let last: readonly string[] = [];
  let results: T[] = [];
  return (dictionary) => {
    if (dictionary !== last || results.length > dictionary.length) results = [];
    last = dictionary;
    for (let code = results.length; code < dictionary.length; code++) results.push(of(dictionary[code]!));
    return results;
  };
}
