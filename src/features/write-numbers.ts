import type { Column, Validity } from '../chunk/column.js';
import { doubleAt } from '../chunk/halves.js';
import type { TensorType } from '../chunk/tensor.js';
import { converter, type Writer, wordsOf } from './writer.js';

/** Writes numbers, booleans or dates, converted to `type`; missing rows become NaN if the type has one. */
export function writeValues(type: TensorType, at: number, column: Column): Writer {
  const isFloat = type.startsWith('float');
  switch (column.type) {
    case 'float32': {
      const { values } = column;
      if (type === 'float32')
        return (out, stride, from, to) => copyFloats(values, out as Float32Array, stride, at, from, to);
      if (type === 'float64')
        return (out, stride, from, to) => widenFloats(values, out as Float64Array, stride, at, from, to);
      return writeAny(type, at, values, null);
    }
    case 'float64': {
      const { values } = column;
      if (type === 'float32')
        return (out, stride, from, to) => narrowFloats(values, out as Float32Array, stride, at, from, to);
      if (type === 'float64')
        return (out, stride, from, to) => copyDoubles(values, out as Float64Array, stride, at, from, to);
      return writeAny(type, at, values, null);
    }
    case 'int32':
    case 'date': {
      const { values, validity } = column;
      if (type === 'float32') {
        const write: Writer = (out, stride, from, to) =>
          widenInts(values, out as Float32Array, stride, at, from, to);
        return validity === null ? write : withMissing(write, type, at, validity);
      }
      if (type === 'int64' || type === 'uint64') {
        return (out, stride, from, to) => extendInts(values, wordsOf(out), stride * 2, at * 2, from, to);
      }
      return writeAny(type, at, values, isFloat ? validity : null);
    }
    case 'boolean':
      if (type === 'int64' || type === 'uint64') {
        const { values } = column;
        return (out, stride, from, to) => extendInts(values, wordsOf(out), stride * 2, at * 2, from, to);
      }
      return writeAny(type, at, column.values, isFloat ? column.validity : null);
    case 'int64':
    case 'timestamp':
      return writeLongs(type, at, wordsOf(column.values), isFloat ? column.validity : null);
    default:
      throw new TypeError(`expected a number column, found ${column.type}`);
  }
}

// One loop for each pair of types: the engine compiles a loop that has seen several types to slower code.

function copyFloats(
  values: Float32Array,
  out: Float32Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = values[row]!;
}

function narrowFloats(
  values: Float64Array,
  out: Float32Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = values[row]!;
}

function widenFloats(
  values: Float32Array,
  out: Float64Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = values[row]!;
}

function copyDoubles(
  values: Float64Array,
  out: Float64Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = values[row]!;
}

function widenInts(
  values: Int32Array,
  out: Float32Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = values[row]!;
}

function extendInts(
  values: Int32Array | Uint8Array,
  words: Int32Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) {
    const value = values[row]!;
    words[i] = value;
    words[i + 1] = value >> 31;
  }
}

/** Writes int64 as pairs of words (low, high): exact up to 2^53 as a float64, without a BigInt per row. */
function writeLongs(type: TensorType, at: number, pairs: Int32Array, validity: Validity): Writer {
  if (type === 'int64' || type === 'uint64') {
    return (out, stride, from, to) => {
      const words = wordsOf(out);
      for (let row = from * 2, i = at * 2; row < to * 2; row += 2, i += stride * 2) {
        words[i] = pairs[row]!;
        words[i + 1] = pairs[row + 1]!;
      }
    };
  }
  if (!type.startsWith('float')) {
    return (out, stride, from, to) => {
      const whole = out as Int32Array;
      for (let row = from, i = at; row < to; row++, i += stride) whole[i] = pairs[row * 2]!;
    };
  }
  const convert = converter(type);
  const write: Writer = (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      convert(out, i, doubleAt(pairs, row));
    }
  };
  return validity === null ? write : withMissing(write, type, at, validity);
}

function writeAny(
  type: TensorType,
  at: number,
  values: Float32Array | Float64Array | Int32Array | Uint8Array,
  validity: Validity,
): Writer {
  const convert = converter(type);
  const write: Writer = (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) convert(out, i, values[row]!);
  };
  return validity === null ? write : withMissing(write, type, at, validity);
}

/** Overwrites missing rows with NaN: whole numbers and booleans hold 0 there. */
function withMissing(write: Writer, type: TensorType, at: number, validity: Uint8Array): Writer {
  const convert = converter(type);
  return (out, stride, from, to) => {
    write(out, stride, from, to);
    for (let row = from, i = at; row < to; row++, i += stride) {
      if ((validity[row >> 3]! & (1 << (row & 7))) === 0) convert(out, i, Number.NaN);
    }
  };
}
