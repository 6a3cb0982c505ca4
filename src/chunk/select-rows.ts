import { blockRows } from './block-rows.js';
import { codedColumn, codedTextsOf } from './coded-texts.js';
import type {
  Column,
  DictionaryColumn,
  ListColumn,
  StringListColumn,
  TextColumn,
  Validity,
} from './column.js';
import { allPresent, isPresent, markMissing } from './validity.js';

/** Copies the rows `kept` (ascending) of a column; returns the column itself if `kept` is null. */
export function selectRows(column: Column, kept: Int32Array | null): Column;
export function selectRows(column: StringListColumn, kept: Int32Array | null): StringListColumn;
export function selectRows(
  column: Column | StringListColumn,
  kept: Int32Array | null,
): Column | StringListColumn {
  if (kept === null) return column;
  const length = kept.length;
  if (column.type === 'list<string>') {
    const offsets = selectOffsets(column.offsets, kept);
    const codes = new Int32Array(offsets[length]!);
    copyRanges(column.offsets, offsets, kept, column.codes, codes);
    return { ...column, length, offsets, codes };
  }
  const validity = selectValidity(column.validity, kept);
  switch (column.type) {
    case 'string':
      return column.layout === 'dictionary'
        ? selectCodes(column, kept, validity)
        : selectText(column, kept, validity);
    case 'list<float32>':
      return selectLists(column, kept, validity);
    case 'int32':
    case 'date':
      return { ...column, length, validity, values: gather(column.values, new Int32Array(length), kept) };
    case 'float32':
      return { ...column, length, validity, values: gather(column.values, new Float32Array(length), kept) };
    case 'float64':
      return { ...column, length, validity, values: gather(column.values, new Float64Array(length), kept) };
    case 'boolean':
      return { ...column, length, validity, values: gather(column.values, new Uint8Array(length), kept) };
    case 'int64':
    case 'timestamp':
      return { ...column, length, validity, values: gather(column.values, new BigInt64Array(length), kept) };
  }
}

type Numbers = Uint8Array | Int32Array | Float32Array | Float64Array | BigInt64Array;

/**
 * Copies the numbers at the places `kept` into `to`, in their order; returns `to`. Copies bytes or 32-bit words,
 * whatever the type: V8 compiles a loop that has seen several types of arrays to check the type of each number.
 */
export function gather<T extends Numbers>(from: T, to: T, kept: Int32Array): T {
  if (from instanceof Uint8Array) inBlocks(moveBytes, from, to as Uint8Array, kept);
  else inBlocks(from.BYTES_PER_ELEMENT === 8 ? movePairs : moveWords, wordsOf(from), wordsOf(to), kept);
  return to;
}

type Move<Store> = (from: Store, to: Store, kept: Int32Array, start: number, end: number) => void;

function inBlocks<Store>(move: Move<Store>, from: Store, to: Store, kept: Int32Array): void {
  for (let i = 0; i < kept.length; i += blockRows)
    move(from, to, kept, i, Math.min(kept.length, i + blockRows));
}

function wordsOf({ buffer, byteOffset, byteLength }: Numbers): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength >> 2);
}

function moveBytes(from: Uint8Array, to: Uint8Array, kept: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = from[kept[i]!]!;
}

function moveWords(from: Int32Array, to: Int32Array, kept: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = from[kept[i]!]!;
}

function movePairs(from: Int32Array, to: Int32Array, kept: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const at = 2 * kept[i]!;
    to[2 * i] = from[at]!;
    to[2 * i + 1] = from[at + 1]!;
  }
}

function selectValidity(validity: Validity, kept: Int32Array): Validity {
  if (validity === null) return null;
  const selected = allPresent(kept.length);
  let missing = 0;
  for (let i = 0; i < kept.length; i++) {
    if (isPresent(validity, kept[i]!)) continue;
    markMissing(selected, i);
    missing++;
  }
  return missing === 0 ? null : selected;
}

function selectCodes(column: DictionaryColumn, kept: Int32Array, validity: Validity): DictionaryColumn {
  return {
    ...column,
    length: kept.length,
    validity,
    codes: gather(column.codes, new Int32Array(kept.length), kept),
  };
}

function selectText(column: TextColumn, kept: Int32Array, validity: Validity): TextColumn {
  const coded = codedTextsOf(column);
  if (coded !== null) {
    const codes = gather(coded.codes, new Int32Array(kept.length), kept);
    return codedColumn({ ...coded, codes }, validity);
  }
  const offsets = selectOffsets(column.offsets, kept);
  const bytes = new Uint8Array(offsets[kept.length]!);
  copyRanges(column.offsets, offsets, kept, column.bytes, bytes);
  return { ...column, length: kept.length, validity, offsets, bytes };
}

function selectLists(column: ListColumn, kept: Int32Array, validity: Validity): ListColumn {
  const offsets = selectOffsets(column.offsets, kept);
  const items = new Float32Array(offsets[kept.length]!);
  copyRanges(column.offsets, offsets, kept, column.items, items);
  return { ...column, length: kept.length, validity, offsets, items };
}

function selectOffsets(from: Int32Array, kept: Int32Array): Int32Array {
  const offsets = new Int32Array(kept.length + 1);
  let end = 0;
  for (let i = 0; i < kept.length; i++) {
    const row = kept[i]!;
    end += from[row + 1]! - from[row]!;
    offsets[i + 1] = end;
  }
  return offsets;
}

/** Copies the ranges of the kept rows, consecutive rows together. */
function copyRanges<T extends { subarray(start: number, end: number): T; set(from: T, at: number): void }>(
  fromOffsets: Int32Array,
  toOffsets: Int32Array,
  kept: Int32Array,
  from: T,
  to: T,
): void {
  for (let i = 0; i < kept.length; ) {
    const first = i;
    const shift = kept[first]! - first;
    while (i < kept.length && kept[i] === i + shift) i++;
    const start = fromOffsets[kept[first]!]!;
    const end = fromOffsets[kept[i - 1]! + 1]!;
    if (end > start) to.set(from.subarray(start, end), toOffsets[first]!);
  }
}
