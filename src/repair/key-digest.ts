import type { Column, StringColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';
import type { RepairPlan } from './contract.js';
import type { RepairedChunk } from './create-repair.js';
import { hash128 } from './hash128.js';
import { compareKeys, sortKeys } from './sort-keys.js';

/** The keys of a chunk's rows that have one, sorted; plain data, 8 to 20 bytes a row. */
export interface KeyDigest {
  /** Words per key: 2 for one column of numbers, dates or booleans, else 4; the last is most significant. */
  readonly words: number;
  readonly keys: Uint32Array;
  /** The row within the chunk of each key, ascending among equal ones; null: row i has key i. */
  readonly rows: Uint32Array | null;
  /** True if no key occurs twice. */
  readonly isStrict: boolean;
  /** Number of rows of the chunk, including those without a key. */
  readonly chunkRows: number;
}

/**
 * Returns the plan for the keys pass: the key columns, or those of `names`, repaired as for scoring; null if
 * there is no key.
 */
export function keysPlan(plan: RepairPlan, names?: readonly string[]): RepairPlan | null {
  const keys = plan.columns.filter(({ name, key }) => names?.includes(name) ?? key);
  if (keys.length === 0) return null;
  return {
    columns: keys.map((contract) => ({ ...contract, key: false })),
    rules: [],
    cannotBeMissing: [],
    limits: [],
    absent: plan.absent.filter((name) => keys.some((key) => key.name === name)),
    audit: false,
    redact: [],
  };
}

/**
 * Digests the keys of a chunk after repair: two rows have the same key if and only if they have the same
 * words. Whole numbers, dates and texts of at most 15 bytes are stored as they are; longer texts and longer
 * keys of several columns as 120 bits of their MurmurHash3 (two different ones among 1e9 collide with a
 * probability below 1e-18). Rows without their whole key have none.
 */
export function digestKeys({ chunk }: RepairedChunk, names: readonly string[]): KeyDigest {
  const columns = names.map((name) => chunk.columns.get(name)!);
  const present = presentRows(columns, chunk.rows);
  const length = present === null ? chunk.rows : present.length;
  if (columns.length === 1 && columns[0]!.type !== 'string' && columns[0]!.type !== 'list<float32>') {
    return sortDigest(2, numberKeys(columns[0]!, present, length), present, chunk.rows);
  }
  const keys = new Uint32Array(length * 4);
  const write = columns.length === 1 ? textKeys(columns[0] as StringColumn, keys) : rowKeys(columns, keys);
  for (let i = 0; i < length; i++) write(present === null ? i : present[i]!, i);
  return sortDigest(4, keys, present, chunk.rows);
}

/** Sorts keys in row order; leaves ascending ids as they are. */
function sortDigest(
  words: number,
  keys: Uint32Array,
  rows: Uint32Array | null,
  chunkRows: number,
): KeyDigest {
  const order = orderOf(keys, words);
  if (order !== 'unsorted') return { words, keys, rows, isStrict: order === 'strict', chunkRows };
  const length = keys.length / words;
  const stride = words + 1;
  const entries = new Uint32Array(length * stride);
  for (let i = 0; i < length; i++) {
    for (let word = 0; word < words; word++) entries[i * stride + word] = keys[i * words + word]!;
    entries[i * stride + words] = rows === null ? i : rows[i]!;
  }
  const space = new Uint32Array(entries.length);
  const sorted = sortKeys({ words: entries, length, stride, keyWords: words }, space);
  const sortedRows = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    for (let word = 0; word < words; word++) keys[i * words + word] = sorted[i * stride + word]!;
    sortedRows[i] = sorted[i * stride + words]!;
  }
  return { words, keys, rows: sortedRows, isStrict: orderOf(keys, words) === 'strict', chunkRows };
}

function orderOf(keys: Uint32Array, words: number): 'strict' | 'sorted' | 'unsorted' {
  let order: 'strict' | 'sorted' = 'strict';
  for (let at = words; at < keys.length; at += words) {
    const step = compareKeys(keys, at - words, keys, at, words);
    if (step > 0) return 'unsorted';
    if (step === 0) order = 'sorted';
  }
  return order;
}

/** Returns the rows without a missing column, or null if none is missing anywhere. */
function presentRows(columns: readonly Column[], rows: number): Uint32Array | null {
  if (columns.every(({ validity }) => validity === null)) return null;
  const present = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (columns.every(({ validity }) => isPresent(validity, row))) present[count++] = row;
  }
  return count === rows ? null : present.slice(0, count);
}

type NumberKeyColumn = Exclude<Column, { type: 'string' | 'list<float32>' }>;

function numberKeys(column: NumberKeyColumn, present: Uint32Array | null, length: number): Uint32Array {
  const keys = new Uint32Array(length * 2);
  const { values } = column;
  if (values instanceof BigInt64Array) {
    const halves = new Uint32Array(values.buffer, values.byteOffset, column.length * 2);
    for (let i = 0; i < length; i++) {
      const row = present === null ? i : present[i]!;
      keys[2 * i] = halves[2 * row]!;
      keys[2 * i + 1] = halves[2 * row + 1]! ^ 0x80000000;
    }
  } else if (column.type === 'float32' || column.type === 'float64') {
    const number = new Float64Array(1);
    const halves = new Uint32Array(number.buffer);
    for (let i = 0; i < length; i++) {
      // Adding 0 makes -0 the same key as 0.
      number[0] = values[present === null ? i : present[i]!]! + 0;
      keys[2 * i] = halves[0]!;
      keys[2 * i + 1] = halves[1]!;
    }
  } else {
    for (let i = 0; i < length; i++) keys[2 * i] = values[present === null ? i : present[i]!]! ^ 0x80000000;
  }
  return keys;
}

type WriteKey = (row: number, index: number) => void;

function textKeys(column: StringColumn, keys: Uint32Array): WriteKey {
  if (column.layout === 'text') {
    return (row, index) =>
      writeKey(column.bytes, column.offsets[row]!, column.offsets[row + 1]!, keys, index);
  }
  const digests = new Uint32Array(column.dictionary.length * 4);
  for (const [code, text] of column.dictionary.entries()) {
    const bytes = Buffer.from(text);
    writeKey(bytes, 0, bytes.length, digests, code);
  }
  return (row, index) => {
    const code = column.codes[row]!;
    for (let word = 0; word < 4; word++) keys[4 * index + word] = digests[4 * code + word]!;
  };
}

/** Writes keys of several columns: joined parts, texts after their length, so different keys differ. */
function rowKeys(columns: readonly Column[], keys: Uint32Array): WriteKey {
  const parts = columns.map(partWriter);
  let bytes = Buffer.alloc(256);
  return (row, index) => {
    let end = 0;
    for (const part of parts) {
      const needed = end + part.size(row);
      if (needed > bytes.length) {
        const grown = Buffer.alloc(needed * 2);
        bytes.copy(grown, 0, 0, end);
        bytes = grown;
      }
      part.write(row, bytes, end);
      end = needed;
    }
    writeKey(bytes, 0, end, keys, index);
  };
}

interface PartWriter {
  size(row: number): number;
  write(row: number, bytes: Buffer, at: number): void;
}

function partWriter(column: Column): PartWriter {
  if (column.type === 'string') return textPart(column);
  if (column.type === 'list<float32>') throw new Error('a list cannot be a key');
  const { values } = column;
  if (values instanceof BigInt64Array) {
    return {
      size: () => 8,
      write: (row, bytes, at) => {
        bytes.writeBigInt64LE(values[row]!, at);
      },
    };
  }
  return {
    size: () => 8,
    write: (row, bytes, at) => {
      bytes.writeDoubleLE(values[row]! + 0, at);
    },
  };
}

function textPart(column: StringColumn): PartWriter {
  const textOf =
    column.layout === 'text'
      ? (row: number) => column.bytes.subarray(column.offsets[row]!, column.offsets[row + 1]!)
      : dictionaryBytes(column.codes, column.dictionary);
  return {
    size: (row) => 4 + textOf(row).length,
    write: (row, bytes, at) => {
      const text = textOf(row);
      bytes.writeUInt32LE(text.length, at);
      bytes.set(text, at + 4);
    },
  };
}

function dictionaryBytes(codes: Int32Array, dictionary: readonly string[]): (row: number) => Uint8Array {
  const texts = dictionary.map((text) => Buffer.from(text));
  return (row) => texts[codes[row]!]!;
}

/** Writes bytes as they are, most significant first, then their number; or their hash, then 255. */
function writeKey(bytes: Uint8Array, start: number, end: number, keys: Uint32Array, index: number): void {
  const length = end - start;
  const first = 4 * index;
  if (length > 15) {
    hash128(bytes, start, end, keys, first);
    keys[first]! |= 0xff;
    return;
  }
  for (let word = 0; word < 4; word++) keys[first + word] = 0;
  for (let i = 0; i < length; i++) keys[first + 3 - (i >> 2)]! |= bytes[start + i]! << (24 - 8 * (i & 3));
  keys[first]! |= length;
}
