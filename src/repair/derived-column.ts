import { blockRows } from '../chunk/block-rows.js';
import type { Column, ColumnType, Validity } from '../chunk/column.js';
import { allPresent, markMissing } from '../chunk/validity.js';
import { forEntries } from './dictionary.js';
import { type Numbers, type Texts, type Truths, truth } from './vectors.js';

/** A derived column and its rows without a value, ascending, also those that lack a value it reads. */
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

/**
 * Returns a function that builds a column of texts, chunk after chunk. Its dictionary starts with the
 * categories, followed by other texts in the order of their first row.
 */
export function textColumns(categories: readonly string[]): (found: Texts) => Derived {
  let numbered = numberTexts(categories);
  return (texts) => {
    if (numbered.size() > mostNumbered) numbered = numberTexts(categories);
    const numbers = numbered.ofEntries(texts);
    const size = numbered.size();
    const as =
      (categories.length === 0 ? asTheyAre(texts, numbers, size) : null) ??
      recoded(texts, numbers, size, categories);
    const { codes, dictionary, missing } = as;
    const { length } = codes;
    const lost = missing === 0 ? [] : missingRows(codes);
    const validity = without(lost, length);
    return { column: { type: 'string', layout: 'dictionary', length, codes, dictionary, validity }, lost };
  };
}

/** Texts as codes into a dictionary that holds each once. */
interface Coded extends Pick<Texts, 'codes' | 'dictionary'> {
  readonly missing: number;
}

/** Copies codes that are in the order of their first rows already; null if they are not, or texts occur twice. */
function asTheyAre({ codes, dictionary }: Texts, numbers: readonly number[], size: number): Coded | null {
  const seen: FirstRows = { entries: 0, missing: 0 };
  for (let start = 0; start < codes.length; start += blockRows)
    if (!isInOrder(seen, codes, start, Math.min(start + blockRows, codes.length))) return null;
  const isKnown = new Uint8Array(size);
  for (let start = 0; start < seen.entries; start += blockRows)
    if (!areNew(isKnown, numbers, start, Math.min(start + blockRows, seen.entries))) return null;
  return { codes: codes.slice(), dictionary: dictionary.slice(0, seen.entries), missing: seen.missing };
}

/** Notes the numbers `[start, end)`; returns false if one is known already. */
function areNew(isKnown: Uint8Array, numbers: readonly number[], start: number, end: number): boolean {
  for (let entry = start; entry < end; entry++) {
    if (isKnown[numbers[entry]!] === 1) return false;
    isKnown[numbers[entry]!] = 1;
  }
  return true;
}

/** The number of entries that have occurred so far, and of rows without one. */
interface FirstRows {
  entries: number;
  missing: number;
}

/** Returns false if an entry occurs before one with a smaller code has. */
function isInOrder(seen: FirstRows, codes: Int32Array, start: number, end: number): boolean {
  let { entries, missing } = seen;
  for (let row = start; row < end; row++) {
    const code = codes[row]!;
    if (code < 0) missing++;
    else if (code >= entries && code !== entries++) return false;
  }
  seen.entries = entries;
  seen.missing = missing;
  return true;
}

function recoded(
  { codes: found, dictionary: texts }: Texts,
  numbers: readonly number[],
  size: number,
  categories: readonly string[],
): Coded {
  const { length } = found;
  const codes = new Int32Array(length);
  const codeOf = new Int32Array(size).fill(-1);
  for (let code = 0; code < categories.length; code++) codeOf[code] = code;
  const entryOf = new Int32Array(codeOf.length);
  const seen: SeenTexts = { numbers, codeOf, entryOf, size: categories.length };
  let missing = 0;
  for (let start = 0; start < length; start += blockRows)
    missing += recode(seen, found, codes, start, Math.min(start + blockRows, length));
  const dictionary = [...categories];
  addTexts(dictionary, texts, seen);
  return { codes, dictionary, missing };
}

/** The texts of a column that have occurred so far, by their numbers and by their codes. */
interface SeenTexts {
  /** The number of each entry that rows have. */
  readonly numbers: readonly number[];
  /** The code of each number; -1: it has not occurred. */
  readonly codeOf: Int32Array;
  /** An entry with the text of each code that is no category. */
  readonly entryOf: Int32Array;
  size: number;
}

/** Writes the codes of some rows by their entries; returns how many are missing. */
function recode(seen: SeenTexts, found: Int32Array, codes: Int32Array, start: number, end: number): number {
  const { numbers, codeOf, entryOf } = seen;
  let missing = 0;
  for (let row = start; row < end; row++) {
    const entry = found[row]!;
    if (entry < 0) {
      codes[row] = -1;
      missing++;
      continue;
    }
    const number = numbers[entry]!;
    let code = codeOf[number]!;
    if (code < 0) {
      code = seen.size++;
      codeOf[number] = code;
      entryOf[code] = entry;
    }
    codes[row] = code;
  }
  return missing;
}

/** Adds the texts of the codes that are no categories. */
function addTexts(dictionary: string[], texts: readonly string[], { entryOf, size }: SeenTexts): void {
  for (let code = dictionary.length; code < size; code++) dictionary.push(texts[entryOf[code]!]!);
}

function missingRows(codes: Int32Array): number[] {
  const rows: number[] = [];
  for (let row = codes.indexOf(-1); row >= 0; row = codes.indexOf(-1, row + 1)) rows.push(row);
  return rows;
}

/** Number of different texts that keep their numbers from one chunk to the next. */
const mostNumbered = 65_536;

/** Numbers texts in order of occurrence, categories first; equal texts have the same number. */
function numberTexts(categories: readonly string[]) {
  const known = new Map(categories.map((text, number) => [text, number]));
  const numberOf = (text: string): number => {
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    return number;
  };
  return { ofEntries: forEntries(numberOf), size: () => known.size };
}

/** Returns values as texts: `true` and `false`, and whole numbers without a decimal point. */
export function textsOfValues(values: Numbers | Texts | Truths): Texts {
  if ('dictionary' in values) return values;
  const codes = new Int32Array(values.length);
  if (values instanceof Uint8Array) {
    for (let row = 0; row < codes.length; row++)
      codes[row] = values[row] === truth.missing ? -1 : values[row]!;
    return { codes, dictionary: truthTexts };
  }
  const dictionary: string[] = [];
  const known = new Map<number, number>();
  const small = new Int32Array(smallNumbers).fill(-1);
  for (let row = codeSmall(values, small, 0, codes); row < codes.length; ) {
    const value = values[row]!;
    let code = Number.isNaN(value) ? -1 : known.get(value);
    if (code === undefined) known.set(value, (code = dictionary.push(String(value)) - 1));
    codes[row] = code;
    if (isSmall(value)) small[value] = code;
    row = codeSmall(values, small, row + 1, codes);
  }
  return { codes, dictionary };
}

/** Writes the code of each small number from `start` on; returns the first row that has none in `small`. */
function codeSmall(values: Numbers, small: Int32Array, start: number, codes: Int32Array): number {
  for (let row = start; row < codes.length; row++) {
    const value = values[row]!;
    const code = isSmall(value) ? small[value]! : -1;
    if (code < 0) return row;
    codes[row] = code;
  }
  return codes.length;
}

function isSmall(value: number): boolean {
  return (value & (smallNumbers - 1)) === value;
}

/** Whole numbers from 0 whose text is looked up by index, a power of two. */
const smallNumbers = 4096;

const truthTexts = ['false', 'true'];

function without(rows: readonly number[], length: number): Validity {
  if (rows.length === 0) return null;
  const validity = allPresent(length);
  for (const row of rows) markMissing(validity, row);
  return validity;
}
