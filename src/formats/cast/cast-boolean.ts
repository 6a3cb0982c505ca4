import type { BooleanColumn } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { parseCell } from '../text/parse-cell.js';
import type { ArrowArray } from './arrow-array.js';
import type { CastMemory } from './cast-memory.js';
import { numbersOf } from './cast-number.js';
import { cellFound } from './cell-text.js';
import { fillMissing, miss, presenceOf } from './presence.js';

/**
 * Casts booleans directly; numbers by the column's words for true and false (by default 1 and 0), other
 * numbers are unreadable and NaN is missing.
 */
export function castBoolean(array: ArrowArray, memory: CastMemory): BooleanColumn {
  const { length } = array;
  const presence = presenceOf(array, memory.scratch);
  const values = memory.scratch.bytes(length);
  const source = numbersOf(array);
  const boolean = array.type.kind === 'bool' || array.store === 'nothing';
  const readings = new Map<number, boolean | null>();
  for (let row = 0; row < length; row++) {
    const number = Number(source[row]!);
    if (boolean) {
      values[row] = number;
      continue;
    }
    let reading = readings.get(number);
    if (reading === undefined) {
      reading = parseCell(String(number), memory.column).value as boolean | null;
      if (readings.size < 1000) readings.set(number, reading);
    }
    values[row] = reading === true ? 1 : 0;
    if (typeof reading === 'boolean' || !isPresent(presence.bits, row)) continue;
    const isNull = Number.isNaN(number) || memory.column.nullValues.includes(String(number));
    if (!isNull) memory.note('unreadable', row, cellFound(array, row));
    miss(presence, row, memory.scratch, length);
  }
  fillMissing(values, presence, 0);
  return { type: 'boolean', length, values, validity: presence.bits };
}
