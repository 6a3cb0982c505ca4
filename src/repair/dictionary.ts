import { byteTable } from '../chunk/byte-table.js';
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
  const { bytes, offsets, validity } = column;
  const dictionary = [...known];
  const codeOf = new Map(dictionary.map((text, code) => [text, code]));
  const codes = new Int32Array(column.length).fill(-1);
  // Different bytes that are not UTF-8 may read as the same text.
  const table = byteTable();
  const codeOfId: number[] = [];
  for (let row = 0; row < column.length; row++) {
    if (!isPresent(validity, row)) continue;
    const id = table.id(bytes, offsets[row]!, offsets[row + 1]!);
    if (id === codeOfId.length) {
      const text = table.text(id);
      let code = codeOf.get(text);
      if (code === undefined) {
        code = dictionary.length;
        dictionary.push(text);
        codeOf.set(text, code);
      }
      codeOfId.push(code);
    }
    codes[row] = codeOfId[id]!;
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
