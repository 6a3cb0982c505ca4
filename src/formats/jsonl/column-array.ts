import type { ColumnType } from '../../chunk/column.js';
import type { ArrowArray, ListArray } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';
import type { Cells } from './cells.js';
import { type ParsedNumber, parseNumber, parseSpecial, parseWhole, unescapeInto } from './parse-token.js';
import { isBlank, token } from './scan-line.js';

/** The cells of one key in the rows of a slice. */
interface KeyCells {
  readonly cells: Cells;
  readonly bytes: Uint8Array;
  readonly slot: number;
  readonly rows: number;
}

const isMissing = (1 << token.absent) | (1 << token.null) | (1 << token.repeated);
const isBoolean = (1 << token.true) | (1 << token.false);
const isWhole = 1 << token.whole;
const isNumber = isWhole | (1 << token.number) | (1 << token.special);
const isArray = 1 << token.array;

/**
 * Returns the values of a key in Arrow's layout, for a cast to `type`: numbers, booleans and lists of numbers
 * as such if all rows have them and nothing is lost, everything else as text: strings as they are, other
 * values as written in the file.
 */
export function columnArray(key: KeyCells, type: ColumnType): ArrowArray {
  const kinds = kindsOf(key);
  const own = kinds & ~isMissing;
  const validity = (kinds & isMissing) === 0 ? null : presence(key);
  const some = { length: key.rows, validity, validityStart: 0 };
  if (own === 0) return { store: 'nothing', type: { kind: 'null' }, ...some };
  if (type === 'string') return { ...textArray(key), ...some };
  const isFloat = type === 'float32' || type === 'float64';
  if ((own & ~isNumber) === 0 && (isFloat || type === 'int32' || type === 'int64' || type === 'boolean')) {
    const values = (own & ~isWhole) === 0 ? wholeNumbers(key, isFloat) : floats(key, isFloat);
    if (values instanceof BigInt64Array) return { store: 'numbers', type: int64, values, ...some };
    if (values !== null) return { store: 'numbers', type: float64, values, ...some };
  }
  if ((own & ~isBoolean) === 0)
    return { store: 'bits', type: { kind: 'bool' }, bits: bitsOf(key), bitStart: 0, ...some };
  if ((own & ~isArray) === 0 && type === 'list<float32>') {
    const lists = listArray(key);
    if (lists !== null) return { ...lists, ...some };
  }
  return { ...textArray(key), ...some };
}

const int64: ArrowType = { kind: 'int', bits: 64, signed: true };
const float64: ArrowType = { kind: 'float', bits: 64 };

function kindsOf({ cells: { kinds, capacity }, slot, rows }: KeyCells): number {
  const first = slot * capacity;
  let found = 0;
  for (let at = first; at < first + rows; at++) found |= 1 << kinds[at]!;
  return found;
}

function presence({ cells: { kinds, capacity }, slot, rows }: KeyCells): Uint8Array {
  const bits = new Uint8Array((rows + 7) >> 3);
  const first = slot * capacity;
  for (let row = 0; row < rows; row++) {
    if (((1 << kinds[first + row]!) & isMissing) === 0) bits[row >> 3]! |= 1 << (row & 7);
  }
  return bits;
}

const parsed: ParsedNumber = { value: 0, isExact: true };

/** Returns whole numbers, as int64 if doubles cannot hold them; null if one exceeds 64 bits. */
function wholeNumbers(key: KeyCells, isFloat: boolean): Float64Array | BigInt64Array | null {
  const { cells, bytes, slot, rows } = key;
  const first = slot * cells.capacity;
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (cells.kinds[first + row] !== token.whole) continue;
    parseNumber(bytes, cells.starts[first + row]!, cells.ends[first + row]!, parsed);
    if (!parsed.isExact) return wideNumbers(key) ?? (isFloat ? floats(key, true) : null);
    values[row] = parsed.value;
  }
  return values;
}

function wideNumbers({ cells, bytes, slot, rows }: KeyCells): BigInt64Array | null {
  const first = slot * cells.capacity;
  const values = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (cells.kinds[first + row] !== token.whole) continue;
    const value = parseWhole(bytes, cells.starts[first + row]!, cells.ends[first + row]!);
    if (value === null) return null;
    values[row] = value;
  }
  return values;
}

/** Returns numbers as doubles; null if one is too large, or if whole numbers must be exact and one is not. */
function floats({ cells, bytes, slot, rows }: KeyCells, isFloat: boolean): Float64Array | null {
  const first = slot * cells.capacity;
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const kind = cells.kinds[first + row]!;
    const start = cells.starts[first + row]!;
    if (kind === token.special) values[row] = parseSpecial(bytes, start);
    if (kind !== token.whole && kind !== token.number) continue;
    parseNumber(bytes, start, cells.ends[first + row]!, parsed);
    if (!(parsed.isExact || isFloat) || !Number.isFinite(parsed.value)) return null;
    values[row] = parsed.value;
  }
  return values;
}

function bitsOf({ cells: { kinds, capacity }, slot, rows }: KeyCells): Uint8Array {
  const bits = new Uint8Array((rows + 7) >> 3);
  const first = slot * capacity;
  for (let row = 0; row < rows; row++)
    if (kinds[first + row] === token.true) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}

type Texts = Extract<ArrowArray, { store: 'text' }>;

function textArray({
  cells,
  bytes,
  slot,
  rows,
}: KeyCells): Pick<Texts, 'store' | 'type' | 'offsets' | 'bytes'> {
  const { kinds, starts, ends, capacity } = cells;
  const first = slot * capacity;
  let most = 0;
  for (let row = 0; row < rows; row++) {
    if (((1 << kinds[first + row]!) & isMissing) === 0) most += ends[first + row]! - starts[first + row]!;
  }
  const out = Buffer.allocUnsafe(most);
  const offsets = new Int32Array(rows + 1);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const at = first + row;
    const kind = kinds[at]!;
    if (((1 << kind) & isMissing) === 0) {
      if (kind === token.escaped) to = unescapeInto(out, to, bytes, starts[at]!, ends[at]!);
      else for (let from = starts[at]!; from < ends[at]!; from++) out[to++] = bytes[from]!;
    }
    offsets[row + 1] = to;
  }
  return {
    store: 'text',
    type: { kind: 'text', offsets: 32, utf8: true },
    offsets,
    bytes: out.subarray(0, to),
  };
}

type Lists = Pick<ListArray, 'store' | 'type' | 'starts' | 'ends' | 'items'>;

/** Returns arrays of numbers and nulls as lists; null if one has other items or too large a number. */
function listArray({ cells, bytes, slot, rows }: KeyCells): Lists | null {
  const first = slot * cells.capacity;
  const starts = new Int32Array(rows);
  const ends = new Int32Array(rows);
  let values = new Float64Array(1024);
  let present = new Uint8Array(1024).fill(1);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    starts[row] = count;
    ends[row] = count;
    if (cells.kinds[first + row] !== token.array) continue;
    const end = cells.ends[first + row]! - 1;
    for (let at = cells.starts[first + row]! + 1; at < end; at++) {
      const byte = bytes[at]!;
      if (isBlank(byte) || byte === COMMA) continue;
      const from = at;
      while (at < end && bytes[at] !== COMMA && !isBlank(bytes[at]!)) at++;
      if (count === values.length) {
        values = copied(values, new Float64Array(2 * count));
        present = copied(present, new Uint8Array(2 * count).fill(1));
      }
      if (byte === 110) present[count] = 0;
      else if (byte === 78 || byte === 73 || (byte === MINUS && bytes[from + 1] === 73))
        values[count] = parseSpecial(bytes, from);
      else if (byte === MINUS || (byte >= 48 && byte <= 57)) {
        parseNumber(bytes, from, at, parsed);
        if (!Number.isFinite(parsed.value)) return null;
        values[count] = parsed.value;
      } else return null;
      count++;
    }
    ends[row] = count;
  }
  const validity = new Uint8Array((count + 7) >> 3);
  for (let i = 0; i < count; i++) if (present[i] === 1) validity[i >> 3]! |= 1 << (i & 7);
  const items: ArrowArray = {
    store: 'numbers',
    type: float64,
    length: count,
    validity,
    validityStart: 0,
    values: values.subarray(0, count),
  };
  return { store: 'list', type: { kind: 'list', offsets: 32, size: 0, item: float64 }, starts, ends, items };
}

function copied<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

const COMMA = 44;
const MINUS = 45;
