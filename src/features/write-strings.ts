import type { Column } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import { asDictionary } from './as-dictionary.js';
import { converter, type Writer, wordsOf } from './writer.js';

interface Lookup {
  readonly codes: Int32Array;
  /** Value by code + 1; the first is for missing rows. */
  readonly table: Float64Array;
}

/** Returns the model's value for each distinct string of the chunk: one lookup per string. */
export function lookUp(column: Column, known: readonly string[], unknown: number, missing: number): Lookup {
  const { codes, dictionary } = asDictionary(column);
  const table = new Float64Array(dictionary.length + 1);
  table[0] = missing;
  let indices: Map<string, number> | null = null;
  for (let code = 0; code < dictionary.length; code++) {
    const text = dictionary[code]!;
    // A dictionary begins with the contract's categories, which usually are the model's.
    if (known[code] === text) {
      table[code + 1] = code;
      continue;
    }
    indices ??= new Map(known.map((value, index) => [value, index]));
    table[code + 1] = indices.get(text) ?? unknown;
  }
  return { codes, table };
}

/** Writes the table's value for each code. */
export function writeTable(type: TensorType, at: number, { codes, table }: Lookup): Writer {
  if (type === 'int64') {
    const whole = Int32Array.from(table);
    return (out, stride, from, to) => {
      const words = wordsOf(out);
      writeCodes64(codes, whole, words, stride * 2, at * 2, from, to);
    };
  }
  if (type === 'float32') {
    const floats = Float32Array.from(table);
    return (out, stride, from, to) =>
      writeCodesFloat(codes, floats, out as Float32Array, stride, at, from, to);
  }
  if (type === 'float64') {
    return (out, stride, from, to) =>
      writeCodesDouble(codes, table, out as Float64Array, stride, at, from, to);
  }
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) convert(out, i, table[codes[row]! + 1]!);
  };
}

/** Writes the weights of a string by its code; the table's last entry, all zeros, is for other strings. */
export function writeWeights(
  at: number,
  width: number,
  known: readonly string[],
  values: readonly number[],
  column: Column,
): Writer {
  const zeros = known.length;
  const { codes, table } = lookUp(column, known, zeros, known.includes('') ? known.indexOf('') : zeros);
  const weights = new Float32Array((zeros + 1) * width);
  weights.set(values);
  if (width === 1) {
    const single = Float32Array.from(table, (index) => weights[index]!);
    return (out, stride, from, to) =>
      writeCodesFloat(codes, single, out as Float32Array, stride, at, from, to);
  }
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      const index = table[codes[row]! + 1]! * width;
      for (let j = 0; j < width; j++) out[i + j] = weights[index + j]!;
    }
  };
}

function writeCodes64(
  codes: Int32Array,
  table: Int32Array,
  words: Int32Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) {
    const value = table[codes[row]! + 1]!;
    words[i] = value;
    words[i + 1] = value >> 31;
  }
}

function writeCodesFloat(
  codes: Int32Array,
  table: Float32Array,
  out: Float32Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = table[codes[row]! + 1]!;
}

function writeCodesDouble(
  codes: Int32Array,
  table: Float64Array,
  out: Float64Array,
  stride: number,
  at: number,
  from: number,
  to: number,
): void {
  for (let row = from, i = at; row < to; row++, i += stride) out[i] = table[codes[row]! + 1]!;
}

/** Writes one element per category, 1 for the row's own. */
export function writeOneHot(
  type: TensorType,
  at: number,
  categories: readonly string[],
  column: Column,
): Writer {
  const { codes, table } = lookUp(column, categories, -1, -1);
  const indices = Int32Array.from(table);
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      for (let index = 0; index < categories.length; index++) convert(out, i + index, 0);
      const index = indices[codes[row]! + 1]!;
      if (index >= 0) convert(out, i + index, 1);
    }
  };
}
