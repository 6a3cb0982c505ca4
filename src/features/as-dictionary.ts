import type { Column, DictionaryColumn, TextColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';

/**
 * Returns strings as codes into a dictionary. Decodes text once per row, so features are read as a
 * dictionary.
 */
export function asDictionary(column: Column): Pick<DictionaryColumn, 'codes' | 'dictionary'> {
  if (column.type !== 'string') throw new TypeError(`expected a string column, found ${column.type}`);
  return column.layout === 'dictionary' ? column : fromText(column);
}

function fromText({
  length,
  offsets,
  bytes,
  validity,
}: TextColumn): Pick<DictionaryColumn, 'codes' | 'dictionary'> {
  const codes = new Int32Array(length);
  const known = new Map<string, number>();
  const dictionary: string[] = [];
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let row = 0; row < length; row++) {
    if (!isPresent(validity, row)) {
      codes[row] = -1;
      continue;
    }
    const text = utf8.decode(bytes.subarray(offsets[row], offsets[row + 1]));
    let code = known.get(text);
    if (code === undefined) {
      code = dictionary.length;
      known.set(text, code);
      dictionary.push(text);
    }
    codes[row] = code;
  }
  return { codes, dictionary };
}
