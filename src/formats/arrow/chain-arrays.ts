import { type ArrowArray, holdsValue, type Numbers } from '../cast/arrow-array.js';

/** Concatenates arrays of one type, such as a dictionary and its deltas; throws a plain error for types without delta support. */
export function chained(parts: readonly ArrowArray[]): ArrowArray {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const validity = new Uint8Array((length + 7) >> 3);
  let at = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row++, at++) {
      if (holdsValue(part, row)) validity[at >> 3]! |= 1 << (at & 7);
    }
  }
  const rows = { type: first.type, length, validity, validityStart: 0 };
  const filled = parts.filter((part) => part.store !== 'nothing');
  if (filled.every((part) => part.store === 'text')) {
    const offsets = new Int32Array(length + 1);
    const bytes = Buffer.concat(
      filled.map((part) => part.bytes.subarray(part.offsets[0], part.offsets[part.length])),
    );
    let row = 0;
    for (const part of filled) {
      const shift = offsets[row]! - part.offsets[0]!;
      for (let i = 1; i <= part.length; i++) offsets[++row] = part.offsets[i]! + shift;
    }
    return { store: 'text', ...rows, offsets, bytes };
  }
  if (filled.every((part) => part.store === 'numbers')) {
    const make = filled[0]!.values.constructor as new (length: number) => Numbers;
    const values = new make(length);
    let row = 0;
    for (const part of filled) {
      values.set(part.values as never, row);
      row += part.length;
    }
    return { store: 'numbers', ...rows, values };
  }
  throw new Error(`a dictionary of ${first.type.kind} that grows`);
}
