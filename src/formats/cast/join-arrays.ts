import { isPresent, markPresent } from '../../chunk/validity.js';
import type { ArrowArray, CodedArray, Numbers } from './arrow-array.js';

type Joined = Pick<ArrowArray, 'type' | 'length' | 'validity' | 'validityStart'>;
type ArrayOf<Store extends ArrowArray['store']> = Extract<ArrowArray, { store: Store }>;

/** Arrays of one store, and the row of the result at which each begins. */
interface Parts<Store extends ArrowArray['store']> {
  readonly arrays: readonly ArrayOf<Store>[];
  readonly starts: readonly number[];
}

/**
 * Returns the rows of all arrays, in order, as one array in separate memory; values of a dictionary that the
 * arrays share are not copied. The arrays are of one column; where some have codes, those without become codes
 * of themselves. Linear in rows and bytes.
 */
export function joinArrays(arrays: readonly ArrowArray[]): ArrowArray {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const kinds = new Set(arrays.map(({ store }) => store));
  kinds.delete('nothing');
  const validity = joinValidity(arrays, length);
  const typed = arrays.find(({ store }) => store === (kinds.has('codes') ? 'codes' : [...kinds][0]));
  const rows = { type: (typed ?? arrays[0]!).type, length, validity, validityStart: 0 };
  const [store, ...others] = kinds;
  if (store === undefined) return { store: 'nothing', ...rows, validity: null };
  if (kinds.has('codes')) return joinCodes(partsOf('codes', arrays.map(asCodes)), rows);
  if (others.length > 0) throw new Error(`a column is stored as ${store} and as ${others[0]}`);
  switch (store) {
    case 'numbers':
      return joinNumbers(partsOf(store, arrays), rows);
    case 'bits':
      return joinBits(partsOf(store, arrays), rows);
    case 'fixed':
      return joinFixed(partsOf(store, arrays), rows);
    case 'text':
      return joinTexts(partsOf(store, arrays), rows);
    default:
      return joinLists(partsOf('list', arrays), rows);
  }
}

/** Returns the arrays that have values: those of a store. */
function partsOf<Store extends ArrowArray['store']>(store: Store, all: readonly ArrowArray[]): Parts<Store> {
  const arrays: ArrayOf<Store>[] = [];
  const starts: number[] = [];
  let start = 0;
  for (const array of all) {
    if (array.store === store) {
      arrays.push(array as ArrayOf<Store>);
      starts.push(start);
    }
    start += array.length;
  }
  return { arrays, starts };
}

function joinValidity(arrays: readonly ArrowArray[], length: number): Uint8Array | null {
  if (arrays.every(({ store, validity }) => validity === null && store !== 'nothing')) return null;
  const bits = new Uint8Array((length + 7) >> 3);
  let start = 0;
  for (const { store, validity, validityStart, length: rows } of arrays) {
    for (let row = 0; store !== 'nothing' && row < rows; row++) {
      if (isPresent(validity, validityStart + row)) markPresent(bits, start + row);
    }
    start += rows;
  }
  return bits;
}

function joinNumbers({ arrays, starts }: Parts<'numbers'>, rows: Joined): ArrowArray {
  const make = arrays[0]!.values.constructor as new (length: number) => Numbers;
  const values = new make(rows.length);
  const fine = arrays.some(({ nanoseconds }) => nanoseconds !== undefined);
  const nanoseconds = new Int16Array(fine ? rows.length : 0);
  for (const [i, array] of arrays.entries()) {
    values.set(array.values.subarray(0, array.length) as never, starts[i]!);
    if (array.nanoseconds !== undefined)
      nanoseconds.set(array.nanoseconds.subarray(0, array.length), starts[i]!);
  }
  return { store: 'numbers', ...rows, values, ...(fine ? { nanoseconds } : {}) };
}

function joinBits({ arrays, starts }: Parts<'bits'>, rows: Joined): ArrowArray {
  const bits = new Uint8Array((rows.length + 7) >> 3);
  for (const [i, array] of arrays.entries())
    for (let row = 0; row < array.length; row++)
      if (isPresent(array.bits, array.bitStart + row)) markPresent(bits, starts[i]! + row);
  return { store: 'bits', ...rows, bits, bitStart: 0 };
}

function joinFixed({ arrays, starts }: Parts<'fixed'>, rows: Joined): ArrowArray {
  const { width } = arrays[0]!;
  const bytes = new Uint8Array(rows.length * width);
  for (const [i, array] of arrays.entries())
    bytes.set(array.bytes.subarray(0, array.length * width), starts[i]! * width);
  return { store: 'fixed', ...rows, bytes, width };
}

function joinTexts({ arrays, starts }: Parts<'text'>, rows: Joined): ArrowArray {
  const sizes = arrays.map(({ offsets, length }) => offsets[length]! - offsets[0]!);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const offsets = new Int32Array(rows.length + 1);
  let filled = 0;
  let next = 0;
  for (const [i, array] of arrays.entries()) {
    const from = array.offsets[0]!;
    offsets.fill(filled, next, starts[i]! + 1);
    next = starts[i]! + array.length + 1;
    for (let row = 1; row <= array.length; row++)
      offsets[starts[i]! + row] = array.offsets[row]! - from + filled;
    bytes.set(array.bytes.subarray(from, from + sizes[i]!), filled);
    filled += sizes[i]!;
  }
  offsets.fill(filled, next);
  return { store: 'text', ...rows, offsets, bytes };
}

function joinLists({ arrays, starts: at }: Parts<'list'>, rows: Joined): ArrowArray {
  const starts = new Int32Array(rows.length);
  const ends = new Int32Array(rows.length);
  let items = 0;
  for (const [i, array] of arrays.entries()) {
    for (let row = 0; row < array.length; row++) {
      starts[at[i]! + row] = array.starts[row]! + items;
      ends[at[i]! + row] = array.ends[row]! + items;
    }
    items += array.items.length;
  }
  return { store: 'list', ...rows, starts, ends, items: joinArrays(arrays.map((array) => array.items)) };
}

function asCodes(array: ArrowArray): ArrowArray {
  if (array.store === 'codes' || array.store === 'nothing') return array;
  const codes = Int32Array.from({ length: array.length }, (_, row) => row);
  return { ...array, store: 'codes', codes, dictionary: array };
}

function joinCodes({ arrays, starts }: Parts<'codes'>, rows: Joined): ArrowArray {
  const codes = new Int32Array(rows.length);
  const dictionaries: ArrowArray[] = [];
  let [first, end] = [0, 0];
  for (const [i, array] of arrays.entries()) {
    if (array.dictionary !== dictionaries.at(-1)) {
      dictionaries.push(array.dictionary);
      [first, end] = [end, end + array.dictionary.length];
    }
    copyCodes(array, first, codes, starts[i]!);
  }
  const dictionary = dictionaries.length === 1 ? dictionaries[0]! : joinArrays(dictionaries);
  return { store: 'codes', ...rows, codes, dictionary };
}

function copyCodes({ codes: from, length }: CodedArray, first: number, codes: Int32Array, at: number): void {
  for (let row = 0; row < length; row++) codes[at + row] = from[row]! + first;
}
