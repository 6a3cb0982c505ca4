import type { DictionaryColumn, TextColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';
import { textAt } from './cell.js';

/**
 * Returns the result of `judge` for each entry, or null if it is 0 for all: a column with few distinct values is judged per value, not per
 * row.
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

/**
 * Returns the same strings as codes into a dictionary that begins with `known`; reads every text, so prefer a dictionary from the decoder.
 */
export function dictionaryOf(column: TextColumn, known: readonly string[]): DictionaryColumn {
  const { bytes, offsets, validity } = column;
  const dictionary = [...known];
  const codeOf = new Map(dictionary.map((text, code) => [text, code]));
  const codes = new Int32Array(column.length).fill(-1);
  // A text is decoded where its bytes occur first; a later row finds that one by the hash of its bytes.
  let firsts = new Int32Array(256).fill(-1);
  let count = 0;
  const placeOf = (row: number): number => {
    const [from, to] = [offsets[row]!, offsets[row + 1]!];
    let hash = to - from;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const mask = firsts.length - 1;
    for (let place = (hash ^ (hash >>> 15)) & mask; ; place = (place + 1) & mask) {
      const first = firsts[place]!;
      if (first < 0 || isSame(column, first, row)) return place;
    }
  };
  const grow = () => {
    const before = firsts;
    firsts = new Int32Array(before.length * 4).fill(-1);
    for (const row of before) if (row >= 0) firsts[placeOf(row)] = row;
  };
  for (let row = 0; row < column.length; row++) {
    if (!isPresent(validity, row)) continue;
    const place = placeOf(row);
    const first = firsts[place]!;
    if (first >= 0) {
      codes[row] = codes[first]!;
      continue;
    }
    const text = textAt(bytes, offsets[row]!, offsets[row + 1]!);
    let code = codeOf.get(text);
    if (code === undefined) {
      code = dictionary.length;
      dictionary.push(text);
      codeOf.set(text, code);
    }
    codes[row] = code;
    firsts[place] = row;
    if (++count * 2 > firsts.length) grow();
  }
  return {
    type: 'string',
    layout: 'dictionary',
    length: column.length,
    codes,
    dictionary,
    validity: column.validity,
  };
}

/** Tests if two rows have the same bytes. */
function isSame({ bytes, offsets }: TextColumn, a: number, b: number): boolean {
  const [start, other] = [offsets[a]!, offsets[b]!];
  const length = offsets[a + 1]! - start;
  if (offsets[b + 1]! - other !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[other + i]) return false;
  return true;
}
