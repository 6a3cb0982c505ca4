import type { Column, ColumnType, Validity } from '../chunk/column.js';
import { allPresent, markMissing } from '../chunk/validity.js';
import { type Numbers, type Texts, type Truths, truth } from './vectors.js';

/** A derived column and its rows without a value, ascending, including those that lack a value in a column that it reads. */
export interface Derived {
  readonly column: Column;
  readonly lost: readonly number[];
}

/** Builds a column of numbers, dates or timestamps; a number that does not fit the type is lost. */
export function columnOfNumbers(type: ColumnType, numbers: Numbers): Derived {
  const { length } = numbers;
  switch (type) {
    case 'float32':
    case 'float64': {
      const values = type === 'float32' ? new Float32Array(numbers) : new Float64Array(numbers);
      const lost: number[] = [];
      for (let row = 0; row < length; row++) if (Number.isNaN(numbers[row]!)) lost.push(row);
      return { column: { type, length, values, validity: without(lost, length) } as Column, lost };
    }
    case 'int32':
    case 'date': {
      const lost: number[] = [];
      for (let row = 0; row < length; row++) if ((numbers[row]! | 0) !== numbers[row]!) lost.push(row);
      const values = new Int32Array(numbers);
      for (const row of lost) values[row] = 0;
      return { column: { type, length, values, validity: without(lost, length) }, lost };
    }
    case 'int64':
    case 'timestamp': {
      const lost: number[] = [];
      for (let row = 0; row < length; row++) if (!Number.isSafeInteger(numbers[row]!)) lost.push(row);
      const values = new BigInt64Array(length);
      // Writes halves of 32 bits, to create no bigint.
      const halves = new Int32Array(values.buffer);
      for (let row = 0; row < length; row++) {
        const high = Math.floor(numbers[row]! / 4294967296);
        halves[2 * row] = numbers[row]! - high * 4294967296;
        halves[2 * row + 1] = high;
      }
      for (const row of lost) values[row] = 0n;
      return { column: { type, length, values, validity: without(lost, length) }, lost };
    }
    default:
      throw new Error(`a column of type ${type} cannot hold numbers`);
  }
}

/** Builds a column of booleans, or of 0 and 1. */
export function columnOfTruths(type: ColumnType, truths: Truths): Derived {
  const { length } = truths;
  if (type !== 'boolean') {
    const numbers = new Float64Array(truths);
    for (let row = 0; row < length; row++) if (truths[row] === truth.missing) numbers[row] = Number.NaN;
    return columnOfNumbers(type, numbers);
  }
  const values = new Uint8Array(truths);
  const lost: number[] = [];
  for (let row = 0; row < length; row++) {
    if (truths[row] !== truth.missing) continue;
    lost.push(row);
    values[row] = 0;
  }
  return { column: { type, length, values, validity: without(lost, length) }, lost };
}

/** Builds a column of texts. Its dictionary starts with the categories, followed by other texts in the order of their first row. */
export function columnOfTexts(
  { codes: found, dictionary: texts }: Texts,
  categories: readonly string[],
): Derived {
  const { length } = found;
  const dictionary = [...categories];
  const known = new Map(dictionary.map((text, code) => [text, code]));
  const table = new Int32Array(texts.length).fill(-1);
  const codes = new Int32Array(length).fill(-1);
  const lost: number[] = [];
  for (let row = 0; row < length; row++) {
    const entry = found[row]!;
    if (entry < 0) {
      lost.push(row);
      continue;
    }
    if (table[entry] === -1) table[entry] = codeOf(texts[entry]!, known, dictionary);
    codes[row] = table[entry]!;
  }
  const validity = without(lost, length);
  return { column: { type: 'string', layout: 'dictionary', length, codes, dictionary, validity }, lost };
}

/** Returns values as texts: `true` and `false`, and whole numbers without a decimal point. */
export function textsOfValues(values: Numbers | Texts | Truths): Texts {
  if ('dictionary' in values) return values;
  if (values instanceof Uint8Array) {
    return {
      codes: Int32Array.from(values, (value) => (value === truth.missing ? -1 : value)),
      dictionary: truthTexts,
    };
  }
  const dictionary: string[] = [];
  const known = new Map<number, number>();
  const codes = Int32Array.from(values, (value) => {
    if (Number.isNaN(value)) return -1;
    let code = known.get(value);
    if (code === undefined) known.set(value, (code = dictionary.push(String(value)) - 1));
    return code;
  });
  return { codes, dictionary };
}

const truthTexts = ['false', 'true'];

function codeOf(text: string, known: Map<string, number>, dictionary: string[]): number {
  let code = known.get(text);
  if (code === undefined) known.set(text, (code = dictionary.push(text) - 1));
  return code;
}

function without(rows: readonly number[], length: number): Validity {
  if (rows.length === 0) return null;
  const validity = allPresent(length);
  for (const row of rows) markMissing(validity, row);
  return validity;
}
