import { isPresent } from '../../chunk/validity.js';
import type { PageLoops } from '../../kernels/page-loops.js';
import type { ArrowArray } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';

/** Texts of the pages of one column: those of its dictionary page, then those of PLAIN pages. */
interface PageTexts {
  /** Adds the dictionary; false if its texts end early, or if texts of a PLAIN page have been added before. */
  addDictionary(body: Uint8Array, entries: number): boolean;
  /**
   * Adds the texts of a PLAIN page from `values` on, without the first `before`, and writes their codes, which lie
   * in the memory of the loops too: one for each code that there is room for. Returns false if the page ends early.
   */
  addPlain(body: Uint8Array, values: number, before: number, codes: Int32Array): boolean;
  /** Returns the rows of these codes; where all texts are of PLAIN pages, as texts. */
  array(codes: Int32Array, rows: Rows): ArrowArray;
}

type Rows = Pick<ArrowArray, 'type' | 'length' | 'validity' | 'validityStart'>;

/** Memory for the texts of one column after another: text i is `bytes[offsets[i], offsets[i + 1])`. */
interface TextMemory {
  offsets: Int32Array;
  bytes: Uint8Array;
}

/** Creates such a memory. */
export function textMemory(): TextMemory {
  return { offsets: new Int32Array(1), bytes: new Uint8Array(0) };
}

/**
 * Creates an empty collection in a memory, which is valid until the next one is created there. Bodies of pages
 * lie in the memory of the loops, where `room` is the address of room for the texts of the largest.
 */
export function pageTexts(type: ArrowType, memory: TextMemory, loops: PageLoops, room: number): PageTexts {
  let { offsets, bytes } = memory;
  let count = 0;
  let hasDictionary = false;

  function makeRoom(texts: number, end: number): void {
    if (offsets.length < texts + 1) memory.offsets = offsets = wider(offsets, texts + 1);
    if (bytes.length < end) memory.bytes = bytes = wider(bytes, end);
  }

  /** Adds the texts after the first `before`; `ends`, one for each, may lie over what has been read by then. */
  function add(body: Uint8Array, at: number, before: number, ends: number, texts: number): boolean {
    const from = body.byteOffset + at;
    if (!loops.gatherTexts(from, body.byteOffset + body.length, before, texts, ends, room)) return false;
    const { buffer } = loops.memory;
    const found = new Int32Array(buffer, ends, texts);
    const size = texts === 0 ? 0 : found[texts - 1]!;
    const start = offsets[count]!;
    makeRoom(count + texts, start + size);
    for (let i = 0; i < texts; i++) offsets[count + 1 + i] = start + found[i]!;
    bytes.set(new Uint8Array(buffer, room, size), start);
    count += texts;
    return true;
  }

  return {
    addDictionary(body, entries) {
      if (count > 0) return false;
      hasDictionary = true;
      return add(body, 0, 0, body.byteOffset, entries);
    },
    addPlain(body, values, before, codes) {
      const first = count;
      if (values > body.length || !add(body, values, before, codes.byteOffset, codes.length)) return false;
      for (let i = 0; i < codes.length; i++) codes[i] = first + i;
      return true;
    },
    array(codes, rows) {
      if (!hasDictionary) return asTexts(codes, rows);
      const dictionary = { type, length: count, validity: null, validityStart: 0 };
      return { store: 'codes', ...rows, codes, dictionary: { store: 'text', ...dictionary, offsets, bytes } };
    },
  };

  /** Codes of PLAIN pages count up from row to row: the texts of the rows are one after the other. */
  function asTexts(codes: Int32Array, rows: Rows): ArrowArray {
    if (rows.validity === null)
      return { store: 'text', ...rows, offsets: offsets.subarray(0, rows.length + 1), bytes };
    const ends = new Int32Array(rows.length + 1);
    for (let row = 0; row < rows.length; row++) {
      ends[row + 1] = isPresent(rows.validity, row) ? offsets[codes[row]! + 1]! : ends[row]!;
    }
    return { store: 'text', ...rows, offsets: ends, bytes };
  }
}

function wider<T extends Int32Array | Uint8Array>(array: T, length: number): T {
  // By a quarter: the memory is kept, and a row group that is a little larger than the last must not double it.
  const most = Math.max(length, array.length + (array.length >> 2));
  const copy = new (array.constructor as new (length: number) => T)(most);
  copy.set(array as never);
  return copy;
}
