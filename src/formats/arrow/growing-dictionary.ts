import { type ArrowArray, holdsValue, type Numbers } from '../cast/arrow-array.js';

/** A dictionary and the deltas that extend it: a delta costs what it adds; earlier states stay readable. */
export interface GrowingDictionary {
  /** Number of batches it consists of so far. */
  parts(): number;
  /** Adds the entries of a delta; throws a plain error for types without delta support. */
  append(delta: ArrowArray): void;
  /** Returns its state after the first `parts` batches. */
  after(parts: number): ArrowArray;
}

/** Creates a dictionary from its first batch. */
export function growingDictionary(first: ArrowArray): GrowingDictionary {
  const lengths = [first.length];
  let validity = new Uint8Array(0);
  let values: GrowingValues | null = null;

  function add(part: ArrowArray, start: number): void {
    const end = start + part.length;
    validity = withRoom(validity, (end + 7) >> 3);
    for (let row = 0; row < part.length; row++) {
      if (holdsValue(part, row)) validity[(start + row) >> 3]! |= 1 << ((start + row) & 7);
    }
    if (part.store === 'nothing') return;
    values ??= growingValues(part);
    values.add(part, start);
  }

  return {
    parts: () => lengths.length,
    append(delta) {
      const start = lengths.at(-1)!;
      if (lengths.length === 1) add(first, 0);
      add(delta, start);
      lengths.push(start + delta.length);
    },
    after(parts) {
      if (parts === 1) return first;
      const length = lengths[parts - 1]!;
      const rows = { type: first.type, length, validity, validityStart: 0 };
      return values === null ? { store: 'nothing', ...rows, validity: null } : values.array(rows);
    },
  };
}

type Rows = Pick<ArrowArray, 'type' | 'length' | 'validity' | 'validityStart'>;

interface GrowingValues {
  /** Writes the values of the rows from `start`; rows that were passed over have none. */
  add(part: ArrowArray, start: number): void;
  array(rows: Rows): ArrowArray;
}

function growingValues(first: ArrowArray): GrowingValues {
  if (first.store === 'text') return growingTexts();
  if (first.store === 'numbers') return growingNumbers(first);
  throw new Error(`a dictionary of ${first.type.kind} that grows`);
}

function growingTexts(): GrowingValues {
  let offsets = new Int32Array(1);
  let bytes = new Uint8Array(0);
  let filled = 0;

  /** Gives rows `[filled, end)` no bytes. */
  function passOver(end: number): void {
    offsets = withRoom(offsets, end + 1);
    offsets.fill(offsets[filled]!, filled, end + 1);
    filled = end;
  }

  return {
    add(part, start) {
      if (part.store !== 'text') throw new Error('a dictionary of texts that grows by other values');
      passOver(start);
      filled = start + part.length;
      offsets = withRoom(offsets, filled + 1);
      const from = part.offsets[0]!;
      const shift = offsets[start]! - from;
      for (let i = 1; i <= part.length; i++) offsets[start + i] = part.offsets[i]! + shift;
      bytes = withRoom(bytes, offsets[filled]!);
      bytes.set(part.bytes.subarray(from, part.offsets[part.length]), offsets[start]!);
    },
    array(rows) {
      if (filled < rows.length) passOver(rows.length);
      return { store: 'text', ...rows, offsets, bytes };
    },
  };
}

function growingNumbers({ values: first }: { readonly values: Numbers }): GrowingValues {
  let values = first.slice(0, 0) as Numbers;
  return {
    add(part, start) {
      if (part.store !== 'numbers') throw new Error('a dictionary of numbers that grows by other values');
      values = withRoom(values, start + part.length);
      values.set(part.values.subarray(0, part.length) as never, start);
    },
    array(rows) {
      values = withRoom(values, rows.length);
      return { store: 'numbers', ...rows, values };
    },
  };
}

/** Returns an array of at least `length` elements that begins with `array`; doubled if it is copied. */
function withRoom<T extends Numbers>(array: T, length: number): T {
  if (array.length >= length) return array;
  const wider = new (array.constructor as new (length: number) => T)(2 * length);
  wider.set(array as never);
  return wider;
}
