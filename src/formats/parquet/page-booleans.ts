import { isPresent } from '../../chunk/validity.js';
import type { ArrowArray } from '../cast/arrow-array.js';
import { type Levels, readBits } from './page-levels.js';

/** Booleans of the pages of one column, row by row. */
interface PageBooleans {
  /** Adds the values of a PLAIN page, packed from `values` on; returns false if the page ends early. */
  addPlain(body: Uint8Array, values: number, levels: Levels, at: number): boolean;
  /** Adds those of an RLE page (Encodings.md), which have their length before them. */
  addRuns(body: Uint8Array, values: number, levels: Levels, at: number): boolean;
  array(rows: Pick<ArrowArray, 'type' | 'length' | 'validity' | 'validityStart'>): ArrowArray;
}

/** Bytes of the length of an RLE page's values. */
const lengthBytes = 4;

/** Creates an empty collection of `rows` rows. */
export function pageBooleans(rows: number): PageBooleans {
  const bits = new Uint8Array((rows + 7) >> 3);

  /** Sets the bits of rows from `at` on; rows without a value keep 0. */
  function set({ present, marks }: Levels, at: number, isTrue: (value: number) => boolean): void {
    const count = marks?.length ?? present;
    for (let row = 0, value = 0; row < count; row++) {
      if (marks !== null && marks[row] === 0) continue;
      if (isTrue(value++)) bits[(at + row) >> 3]! |= 1 << ((at + row) & 7);
    }
  }

  return {
    addPlain(body, values, levels, at) {
      const { before, present } = levels;
      if (values + ((before + present + 7) >> 3) > body.length) return false;
      const packed = body.subarray(values);
      set(levels, at, (value) => isPresent(packed, before + value));
      return true;
    },
    addRuns(body, values, levels, at) {
      const { before, present } = levels;
      const start = values + lengthBytes;
      if (start > body.length) return false;
      const end = start + new DataView(body.buffer, body.byteOffset).getUint32(values, true);
      const decoded = new Uint8Array(before + present);
      if (end > body.length || readBits(body, start, end, decoded.length, decoded) === null) return false;
      set(levels, at, (value) => decoded[before + value] === 1);
      return true;
    },
    array(common) {
      return { store: 'bits', ...common, bits, bitStart: 0 };
    },
  };
}
