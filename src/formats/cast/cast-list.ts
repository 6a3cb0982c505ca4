import type { ListColumn } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { type ArrowArray, type CodedArray, holdsValue } from './arrow-array.js';
import type { CastMemory } from './cast-memory.js';
import { floatsInto, numbersOf } from './cast-number.js';
import { cellText } from './cell-text.js';
import { miss, presenceOf } from './presence.js';

/** Casts lists of numbers to float32; a missing item is NaN, an item beyond the largest float an overflow. */
export function castList(coded: ArrowArray, memory: CastMemory): ListColumn {
  const { scratch, room } = memory;
  const { length } = coded;
  const presence = presenceOf(coded, scratch);
  const array = coded.store === 'codes' ? gathered(coded) : coded;
  const offsets = scratch.int32(length + 1).fill(0);
  if (array.store !== 'list') {
    return { type: 'list<float32>', length, offsets, items: scratch.float32(0), validity: presence.bits };
  }
  room.take(16 * array.items.length);
  const { items: held } = array;
  const numbers = numbersOf(held);
  const floats = new Float32Array(numbers.length);
  floatsInto(numbers, floats);
  const { exact } = memory.column;
  const mustKeep = exact === 'all' || (exact !== undefined && !(numbers instanceof Float64Array));
  for (let i = 0; i < floats.length; i++) if (!holdsValue(array.items, i)) floats[i] = Number.NaN;
  let total = 0;
  for (let row = 0; row < length; row++) {
    offsets[row] = total;
    if (!isPresent(presence.bits, row)) continue;
    if (overflows(array.starts[row]!, array.ends[row]!)) {
      memory.note('overflow', row, cellText(array, row));
      miss(presence, row, scratch, length);
    } else {
      total += array.ends[row]! - array.starts[row]!;
      if (isShortened(array.starts[row]!, array.ends[row]!))
        memory.note('shortened', row, cellText(array, row));
    }
  }
  offsets[length] = total;
  const items = scratch.float32(total);
  for (let row = 0; row < length; row++) {
    let to = offsets[row]!;
    const end = offsets[row + 1]!;
    for (let from = array.starts[row]!; to < end; from++, to++) items[to] = floats[from]!;
  }
  return { type: 'list<float32>', length, offsets, items, validity: presence.bits };

  function isShortened(start: number, end: number): boolean {
    if (!mustKeep) return false;
    for (let i = start; i < end; i++) {
      const number = numbers[i]!;
      const float = floats[i]!;
      if (!Number.isFinite(float) || !holdsValue(held, i)) continue;
      if (typeof number === 'bigint' ? BigInt(float) !== number : float !== number) return true;
    }
    return false;
  }

  function overflows(start: number, end: number): boolean {
    for (let i = start; i < end; i++) {
      if (Math.abs(floats[i]!) === Number.POSITIVE_INFINITY && Number.isFinite(Number(numbers[i]!)))
        return true;
    }
    return false;
  }
}

/** Expands rows of a dictionary of lists to lists of the dictionary's items; a missing row is empty. */
function gathered(array: CodedArray): ArrowArray {
  const { dictionary, codes, length } = array;
  if (dictionary.store !== 'list') return dictionary;
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    if (!holdsValue(array, row)) continue;
    starts[row] = dictionary.starts[codes[row]!]!;
    ends[row] = dictionary.ends[codes[row]!]!;
  }
  return {
    ...dictionary,
    length,
    validity: array.validity,
    validityStart: array.validityStart,
    starts,
    ends,
  };
}
