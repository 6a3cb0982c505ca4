import { isPresent } from '../../chunk/validity.js';
import type { ArrowArray } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';

/** Texts of the pages of one column: those of its dictionary page, then those of PLAIN pages. */
interface PageTexts {
  /** Adds the dictionary; false if its texts end early, or if texts of a PLAIN page have been added before. */
  addDictionary(body: Uint8Array, entries: number): boolean;
  /**
   * Adds the texts of a PLAIN page from `values` on, without the first `before`, and writes their codes: one for
   * each code that there is room for. Returns false if the page ends early.
   */
  addPlain(body: Uint8Array, values: number, before: number, codes: Int32Array): boolean;
  /** Returns the rows of these codes; where all texts are of PLAIN pages, as texts. */
  array(codes: Int32Array, rows: Rows): ArrowArray;
}

type Rows = Pick<ArrowArray, 'type' | 'length' | 'validity' | 'validityStart'>;

/** Bytes of a text's length, which stands before it. */
const textHead = 4;

/** Memory for the texts of one column after another: text i is `bytes[offsets[i], offsets[i + 1])`. */
interface TextMemory {
  offsets: Int32Array;
  bytes: Uint8Array;
}

/** Creates such a memory. */
export function textMemory(): TextMemory {
  return { offsets: new Int32Array(1), bytes: new Uint8Array(0) };
}

/** Creates an empty collection in a memory, which is valid until the next one is created there. */
export function pageTexts(type: ArrowType, memory: TextMemory): PageTexts {
  let { offsets, bytes } = memory;
  let count = 0;
  let hasDictionary = false;

  function makeRoom(texts: number, moreBytes: number): void {
    if (offsets.length < texts + 1) memory.offsets = offsets = wider(offsets, texts + 1);
    const end = offsets[count]! + moreBytes;
    if (bytes.length < end) memory.bytes = bytes = wider(bytes, end);
  }

  /** Adds `texts` texts that begin at `at`; returns false if they end early. */
  function add(body: Uint8Array, at: number, texts: number): boolean {
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    makeRoom(count + texts, body.length - at);
    for (let end = count + texts; count < end; count++) {
      const start = at + textHead;
      if (start > body.length) return false;
      at = start + view.getUint32(start - textHead, true);
      if (at > body.length) return false;
      const to = offsets[count]!;
      if (at - start < shortText) for (let i = start; i < at; i++) bytes[to + i - start] = body[i]!;
      else bytes.set(body.subarray(start, at), to);
      offsets[count + 1] = to + at - start;
    }
    return true;
  }

  return {
    addDictionary(body, entries) {
      if (count > 0) return false;
      hasDictionary = true;
      return add(body, 0, entries);
    },
    addPlain(body, values, before, codes) {
      const view = new DataView(body.buffer, body.byteOffset, body.length);
      let at = values;
      for (let text = 0; text < before; text++) {
        if (at + textHead > body.length) return false;
        at += textHead + view.getUint32(at, true);
      }
      for (let i = 0; i < codes.length; i++) codes[i] = count + i;
      return at <= body.length && add(body, at, codes.length);
    },
    array(codes, rows) {
      if (!hasDictionary) return asTexts(codes, rows);
      const dictionary = { type, length: count, validity: null, validityStart: 0 };
      return { store: 'codes', ...rows, codes, dictionary: { store: 'text', ...dictionary, offsets, bytes } };
    },
  };

  /** Codes of PLAIN pages count up from row to row: the texts of the rows are one after the other. */
  function asTexts(codes: Int32Array, rows: Rows): ArrowArray {
    const ends = new Int32Array(rows.length + 1);
    for (let row = 0; row < rows.length; row++) {
      ends[row + 1] = isPresent(rows.validity, row) ? offsets[codes[row]! + 1]! : ends[row]!;
    }
    return { store: 'text', ...rows, offsets: ends, bytes };
  }
}

/** Shorter texts are copied byte by byte: a call takes longer. */
const shortText = 24;

function wider<T extends Int32Array | Uint8Array>(array: T, length: number): T {
  // By a quarter: the memory is kept, and a row group that is a little larger than the last must not double it.
  const most = Math.max(length, array.length + (array.length >> 2));
  const copy = new (array.constructor as new (length: number) => T)(most);
  copy.set(array as never);
  return copy;
}
