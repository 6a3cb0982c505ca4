import { blockRows } from '../chunk/block-rows.js';
import { type ByteTable, byteTable, isLargeTable } from '../chunk/byte-table.js';
import { type CodedTexts, codedTextsOf } from '../chunk/coded-texts.js';
import type { DictionaryColumn, TextColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';
import type { Texts } from './vectors.js';

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
    kept = isLargeTable(texts.table) ? null : texts;
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

/** A column with fewer rows for each entry of its codes may use few of them. */
const leastRowsOfEntry = 2;

/**
 * Returns a function that reads the texts of one column after another, as `textCoder` does with no known ones;
 * but a column that has codes keeps them, and each of its entries is read once.
 */
export function textReader(): (column: TextColumn, codes: () => Int32Array) => Texts {
  let texts = noTexts([]);
  const toCodes = textCoder([]);
  return (column, codes) => {
    const coded = codedTextsOf(column);
    if (coded === null || coded.entries * leastRowsOfEntry > column.length) return toCodes(column, codes());
    if (isLargeTable(texts.table)) texts = noTexts([]);
    const indices = new Int32Array(coded.entries);
    const dictionary = new Array<string>(coded.entries);
    for (let start = 0; start < coded.entries; start += blockRows)
      readEntries(texts, coded, indices, dictionary, start, Math.min(start + blockRows, coded.entries));
    return { codes: coded.codes, dictionary, kept: { texts: texts.dictionary, indices } };
  };
}

function readEntries(
  texts: KeptTexts,
  { offsets, bytes }: CodedTexts,
  indices: Int32Array,
  dictionary: string[],
  start: number,
  end: number,
): void {
  for (let entry = start; entry < end; entry++) {
    const code = codeOf(texts, bytes, offsets[entry]!, offsets[entry + 1]!);
    indices[entry] = code;
    dictionary[entry] = texts.dictionary[code]!;
  }
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
 * Returns a function that computes `of` for each entry of a dictionary: once for a text that is kept, and for
 * a dictionary that has grown since the last call only for its new entries.
 */
export function forEntries<T>(
  of: (text: string) => T,
): (texts: Pick<Texts, 'dictionary' | 'kept'>) => readonly T[] {
  const ofList = forList(of);
  return ({ dictionary, kept }) =>
    kept === undefined ? ofList(dictionary) : pick(ofList(kept.texts), kept.indices);
}

/** Returns a function that replaces texts by those that `of` computes, as `forEntries` does. */
export function mapTexts(of: (text: string) => string): (texts: Texts) => Texts {
  const ofList = forList(of);
  return ({ codes, dictionary, kept }) => {
    if (kept === undefined) return { codes, dictionary: ofList(dictionary) };
    const texts = ofList(kept.texts);
    return { codes, dictionary: pick(texts, kept.indices), kept: { ...kept, texts } };
  };
}

function forList<T>(of: (text: string) => T): (list: readonly string[]) => readonly T[] {
  let last: readonly string[] = [];
  let results: T[] = [];
  return (list) => {
    if (list !== last || results.length > list.length) results = [];
    last = list;
    for (let i = results.length; i < list.length; i++) results.push(of(list[i]!));
    return results;
  };
}

function pick<T>(values: readonly T[], indices: Int32Array): T[] {
  const picked = new Array<T>(indices.length);
  for (let start = 0; start < indices.length; start += blockRows)
    pickSome(values, indices, picked, start, Math.min(start + blockRows, indices.length));
  return picked;
}

function pickSome<T>(
  values: readonly T[],
  indices: Int32Array,
  picked: T[],
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) picked[i] = values[indices[i]!]!;
}
