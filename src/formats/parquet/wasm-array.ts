import type { ArrowArray, Numbers } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';

/**
 * Returns the rows of an array that a WebAssembly module exported through Arrow's C data interface, as views
 * of its memory (32-bit pointers), valid until the module frees the array or its memory grows. `type` is the
 * meaning of the values; their layout comes from the exported schema. Skips the first `before` rows.
 */
export function wasmArray(
  memory: ArrayBufferLike,
  arrayAddress: number,
  schemaAddress: number,
  type: ArrowType,
  before = 0,
): ArrowArray {
  const view = new DataView(memory);
  const length = int64(view, arrayAddress) - before;
  const nulls = int64(view, arrayAddress + 8);
  const offset = int64(view, arrayAddress + 16) + before;
  const buffers = view.getUint32(arrayAddress + 40, true);
  const buffer = (i: number): number => view.getUint32(buffers + 4 * i, true);
  const format = cString(memory, view.getUint32(schemaAddress, true));
  const bits = buffer(0);
  const hasNulls = nulls !== 0 && bits !== 0;
  const rows = {
    type,
    length,
    validity: hasNulls ? new Uint8Array(memory, bits, (offset + length + 7) >> 3) : null,
    validityStart: hasNulls ? offset : 0,
  };
  if (length === 0 || type.kind === 'null') {
    return { store: 'nothing', type, length, validity: null, validityStart: 0 };
  }
  const dictionaryAddress = view.getUint32(arrayAddress + 48, true);
  if (dictionaryAddress !== 0) {
    const codes = new Int32Array(memory, buffer(1) + 4 * offset, length);
    const valueSchema = view.getUint32(schemaAddress + 36, true);
    return {
      store: 'codes',
      ...rows,
      codes,
      dictionary: wasmArray(memory, dictionaryAddress, valueSchema, type),
    };
  }
  if (format === 'b') {
    const values = new Uint8Array(memory, buffer(1), (offset + length + 7) >> 3);
    return { store: 'bits', ...rows, bits: values, bitStart: offset };
  }
  if (format === 'z' || format === 'u') {
    const offsets = new Int32Array(memory, buffer(1) + 4 * offset, length + 1);
    const end = offsets[length]!;
    return {
      store: 'text',
      ...rows,
      offsets,
      bytes: end === 0 ? new Uint8Array(0) : new Uint8Array(memory, buffer(2), end),
    };
  }
  if (format.startsWith('w:')) return fixed(memory, buffer(1), Number(format.slice(2)), offset, rows);
  if (format === '+l') {
    if (type.kind !== 'list') throw new Error(`a list where ${type.kind} is expected`);
    const offsets = new Int32Array(memory, buffer(1) + 4 * offset, length + 1);
    const child = view.getUint32(view.getUint32(arrayAddress + 44, true), true);
    const childSchema = view.getUint32(view.getUint32(schemaAddress + 32, true), true);
    const items = wasmArray(memory, child, childSchema, type.item);
    return {
      store: 'list',
      ...rows,
      starts: offsets.subarray(0, length),
      ends: offsets.subarray(1),
      items,
    };
  }
  const make = numberArray(format, type);
  if (make === undefined) throw new Error(`an array of format "${format}"`);
  return {
    store: 'numbers',
    ...rows,
    values: new make(memory as ArrayBuffer, buffer(1) + make.BYTES_PER_ELEMENT * offset, length),
  };
}

/** Returns the addresses of the one column of an exported struct array and its schema. */
export function onlyColumn(memory: ArrayBufferLike, arrayAddress: number, schemaAddress: number) {
  const view = new DataView(memory);
  return {
    array: view.getUint32(view.getUint32(arrayAddress + 44, true), true),
    schema: view.getUint32(view.getUint32(schemaAddress + 32, true), true),
    rows: int64(view, arrayAddress),
  };
}

function numberArray(format: string, type: ArrowType) {
  const unsigned = type.kind === 'int' && !type.signed;
  if (format === 'i') return unsigned ? Uint32Array : Int32Array;
  if (format === 'l' || format.startsWith('ts')) return unsigned ? BigUint64Array : BigInt64Array;
  if (format === 'f') return Float32Array;
  if (format === 'g') return Float64Array;
  return undefined;
}

function fixed(
  memory: ArrayBufferLike,
  address: number,
  width: number,
  offset: number,
  rows: Pick<ArrowArray, 'type' | 'length' | 'validity' | 'validityStart'>,
): ArrowArray {
  const bytes = new Uint8Array(memory as ArrayBuffer, address + width * offset, width * rows.length);
  if (rows.type.kind !== 'float') return { store: 'fixed', ...rows, bytes, width };
  const values: Numbers = new Uint16Array(bytes.slice().buffer);
  return { store: 'numbers', ...rows, values };
}

function int64(view: DataView, address: number): number {
  return Number(view.getBigInt64(address, true));
}

function cString(memory: ArrayBufferLike, address: number): string {
  const bytes = new Uint8Array(memory, address);
  return Buffer.from(memory as ArrayBuffer, address, bytes.indexOf(0)).toString('latin1');
}
