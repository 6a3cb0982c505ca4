import type { Column, Validity } from '../chunk/column.js';
import type { TensorData, TensorType } from '../chunk/tensor.js';
import { asDictionary } from './as-dictionary.js';
import type { FeaturePart, TensorPlan } from './feature-plan.js';
import { toFloat16 } from './float16.js';

/** The memory of a tensor of numbers. */
export type Out = Exclude<TensorData['data'], readonly string[]>;

/** Writes rows `[from, to)` of one column into its places of a row-major buffer whose rows are `stride` values long. */
export type Writer = (out: Out, stride: number, from: number, to: number) => void;

/** The writer of one part. Each pair of array types that occurs often has a loop of its own, so that the engine compiles it for that pair. */
export function createWriter(
  plan: TensorPlan,
  part: FeaturePart,
  columns: ReadonlyMap<string, Column>,
): Writer {
  if (part.kind === 'fill') return fillRows(plan.type, part.at, part.values.map(Number));
  const column = columns.get(part.column)!;
  switch (part.kind) {
    case 'value':
      return writeValues(plan.type, part.at, column);
    case 'list':
      return writeLists(plan.type, part.at, part.width, column);
    case 'one-hot':
      return writeOneHot(plan.type, part.at, part.categories, column);
    case 'place': {
      const isFloat = plan.type.startsWith('float');
      const nothing = isFloat ? Number.NaN : -1;
      return writeTable(plan.type, part.at, lookUp(column, part.categories, nothing, nothing));
    }
    case 'code':
      return writeTable(plan.type, part.at, lookUp(column, part.dictionary, part.unknown, part.missing));
    case 'weight':
      return writeWeights(part.at, part.width, part.dictionary, part.values, column);
    case 'text':
      throw new TypeError('texts are no numbers');
  }
}

interface Lookup {
  readonly codes: Int32Array;
  /** Value by code + 1: the first is that of a missing row. */
  readonly table: Float64Array;
}

/** What each distinct value of the chunk is for the model: one lookup per value. */
function lookUp(column: Column, known: readonly string[], unknown: number, missing: number): Lookup {
  const { codes, dictionary } = asDictionary(column);
  const table = new Float64Array(dictionary.length + 1);
  table[0] = missing;
  let places: Map<string, number> | null = null;
  for (let code = 0; code < dictionary.length; code++) {
    const text = dictionary[code]!;
    // A dictionary begins with the contract's categories, which are the model's more often than not.
    if (known[code] === text) {
      table[code + 1] = code;
      continue;
    }
    places ??= new Map(known.map((value, place) => [value, place]));
    table[code + 1] = places.get(text) ?? unknown;
  }
  return { codes, table };
}

function writeTable(type: TensorType, at: number, { codes, table }: Lookup): Writer {
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
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) convert(out, i, table[codes[row]! + 1]!);
  };
}

/** The weights of a string, looked up by its code; strings without weights come last in the table, as zeros. */
function writeWeights(
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
    const single = Float32Array.from(table, (place) => weights[place]!);
    return (out, stride, from, to) =>
      writeCodesFloat(codes, single, out as Float32Array, stride, at, from, to);
  }
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      const place = table[codes[row]! + 1]! * width;
      for (let j = 0; j < width; j++) out[i + j] = weights[place + j]!;
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

function writeOneHot(type: TensorType, at: number, categories: readonly string[], column: Column): Writer {
  const { codes, table } = lookUp(column, categories, -1, -1);
  const places = Int32Array.from(table);
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      for (let place = 0; place < categories.length; place++) convert(out, i + place, 0);
      const place = places[codes[row]! + 1]!;
      if (place >= 0) convert(out, i + place, 1);
    }
  };
}

function writeLists(type: TensorType, at: number, width: number, column: Column): Writer {
  if (column.type !== 'list<float32>')
    throw new TypeError(`a column of ${column.type} where lists were planned`);
  const { offsets, items } = column;
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      const start = offsets[row]!;
      const fits = offsets[row + 1]! - start === width;
      for (let j = 0; j < width; j++) convert(out, i + j, fits ? items[start + j]! : Number.NaN);
    }
  };
}

function fillRows(type: TensorType, at: number, values: readonly number[]): Writer {
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      for (let j = 0; j < values.length; j++) convert(out, i + j, values[j]!);
    }
  };
}

function writeValues(type: TensorType, at: number, column: Column): Writer {
  const isFloat = type.startsWith('float');
  switch (column.type) {
    case 'float32': {
      const { values } = column;
      if (type === 'float32')
        return (out, stride, from, to) => copyFloats(values, out as Float32Array, stride, at, from, to);
      return writeAny(type, at, values, null);
    }
    case 'float64': {
      const { values } = column;
      if (type === 'float32')
        return (out, stride, from, to) => narrowFloats(values, out as Float32Array, stride, at, from, to);
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
      throw new TypeError(`a column of ${column.type} where numbers were planned`);
  }
}

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

/** 64-bit whole numbers as pairs of words (low, high): exact up to 2^53 as a float64, and no BigInt per row. */
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
      convert(out, i, pairs[row * 2 + 1]! * 4294967296 + (pairs[row * 2]! >>> 0));
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

/** Writes NaN over the rows that are missing: whole numbers and booleans hold 0 there. */
function withMissing(write: Writer, type: TensorType, at: number, validity: Uint8Array): Writer {
  const convert = converter(type);
  return (out, stride, from, to) => {
    write(out, stride, from, to);
    for (let row = from, i = at; row < to; row++, i += stride) {
      if ((validity[row >> 3]! & (1 << (row & 7))) === 0) convert(out, i, Number.NaN);
    }
  };
}

/** Puts a number into a tensor of `type`; what a narrow type cannot hold was rejected before. */
function converter(type: TensorType): (out: Out, i: number, value: number) => void {
  if (type === 'float16')
    return (out, i, value) => {
      out[i] = toFloat16(value);
    };
  if (type === 'int64' || type === 'uint64')
    return (out, i, value) => {
      out[i] = BigInt(value);
    };
  return (out, i, value) => {
    out[i] = value;
  };
}

/** The 32-bit words of a 64-bit array; the low word comes first on every machine that the runtime is built for. */
function wordsOf(out: Out): Int32Array {
  return new Int32Array(out.buffer, out.byteOffset, out.length * 2);
}
