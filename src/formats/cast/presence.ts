import { countMissing, markMissing } from '../../chunk/validity.js';
import { type ArrowArray, holdsValue } from './arrow-array.js';
import type { Scratch } from './scratch.js';

/** The presence of rows in a new column: `bits` as a column's validity, null while none is missing. */
export interface Presence {
  bits: Uint8Array | null;
}

/** Returns which rows are present, copied to start at bit 0; missing dictionary entries count as missing. */
export function presenceOf(array: ArrowArray, scratch: Scratch): Presence {
  const { length } = array;
  if (array.store === 'nothing') return { bits: length === 0 ? null : scratch.validity(length).fill(0) };
  if (array.store === 'codes' && array.dictionary.validity !== null) return presenceByRow(array, scratch);
  if (array.validity === null) return { bits: null };
  const bits = scratch.validity(length);
  const first = array.validityStart >> 3;
  const shift = array.validityStart & 7;
  if (shift === 0) bits.set(array.validity.subarray(first, first + bits.length));
  else {
    for (let i = 0; i < bits.length; i++) {
      bits[i] = (array.validity[first + i]! >> shift) | ((array.validity[first + i + 1] ?? 0) << (8 - shift));
    }
  }
  return { bits: countMissing(bits, length) === 0 ? null : bits };
}

/** Marks a row as missing. */
export function miss(presence: Presence, row: number, scratch: Scratch, rows: number): void {
  presence.bits ??= scratch.validity(rows);
  markMissing(presence.bits, row);
}

/** Writes `missing` into every missing row; reads one byte per eight rows. */
export function fillMissing<T extends number | bigint>(
  values: { [row: number]: T; readonly length: number },
  { bits }: Presence,
  missing: T,
): void {
  if (bits === null) return;
  for (let byte = 0; byte < bits.length; byte++) {
    const present = bits[byte]!;
    if (present === 0xff) continue;
    const end = Math.min(values.length, 8 * byte + 8);
    for (let row = 8 * byte; row < end; row++) if ((present & (1 << (row & 7))) === 0) values[row] = missing;
  }
}

function presenceByRow(array: ArrowArray, scratch: Scratch): Presence {
  const presence: Presence = { bits: null };
  for (let row = 0; row < array.length; row++) {
    if (!holdsValue(array, row)) miss(presence, row, scratch, array.length);
  }
  return presence;
}
