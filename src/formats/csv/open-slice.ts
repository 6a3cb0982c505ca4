import type { ByteSlice } from '../../chunk/slice.js';
import type { Window } from './cut-window.js';

/**
 * Position of the cutter: an offset in the window, and the number of the row and of the physical line that
 * begin there, from 1.
 */
export interface Cursor {
  at: number;
  row: number;
  line: number;
}

/** The slice that is being cut: it begins where the last one ended. */
export interface OpenSlice {
  /** First byte in the text. */
  readonly start: number;
  /** Number of rows in it so far. */
  rows: number;
  /** True if it has rows that the kernel would join: all of its rows are read one by one. */
  isByRow: boolean;
  /** Adds bytes of the window, if slices carry their bytes. */
  take(from: number, to: number): void;
  /** Ends the slice at the cursor. */
  close(): ByteSlice;
  /** Returns the same if it has rows. Skipped lines alone make no slice: an endless run would be one. */
  cut(): ByteSlice | null;
}

/** Memory of slices that are done with. */
export type SpareMemory = Buffer[];

/**
 * Creates the first slice at the cursor. With `spare`, slices hold their bytes, because workers cannot seek: in
 * memory from there, or in new memory of `usualBytes` or more.
 */
export function openSlice(
  window: Window,
  cursor: Cursor,
  spare: SpareMemory | null,
  usualBytes: number,
): OpenSlice {
  let index = 0;
  let firstRow = cursor.row;
  let firstLine = cursor.line;
  // One buffer for a slice: a list of pieces would have one for each skipped line.
  let carried: Buffer = Buffer.alloc(0);
  let carriedBytes = 0;

  function begin(): void {
    open.start = window.base + cursor.at;
    open.rows = 0;
    open.isByRow = false;
    firstRow = cursor.row;
    firstLine = cursor.line;
    carriedBytes = 0;
  }

  const open = {
    start: window.base + cursor.at,
    rows: 0,
    isByRow: false,
    take(from: number, to: number): void {
      if (spare === null || to <= from) return;
      const bytes = carriedBytes + to - from;
      if (carried.length === 0) carried = spare.pop() ?? carried;
      if (bytes > carried.length) {
        const wider = Buffer.allocUnsafeSlow(
          Math.max(bytes, carried.length === 0 ? usualBytes : 2 * carried.length),
        );
        carried.copy(wider, 0, 0, carriedBytes);
        carried = wider;
      }
      window.bytes().copy(carried, carriedBytes, from, to);
      carriedBytes = bytes;
    },
    close(): ByteSlice {
      const { start, isByRow } = open;
      const end = window.base + cursor.at;
      const slice: ByteSlice = {
        kind: 'bytes',
        index: index++,
        start,
        end,
        inputBytes: end - start,
        firstRow,
        firstLine,
        bytes: spare === null ? null : carried.subarray(0, carriedBytes),
        last: cursor.at >= window.end && window.atEnd,
        ...(isByRow ? { byRow: true } : {}),
      };
      carried = Buffer.alloc(0);
      begin();
      return slice;
    },
    cut(): ByteSlice | null {
      if (open.rows > 0) return open.close();
      begin();
      return null;
    },
  };
  return open;
}
