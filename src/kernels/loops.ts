/** Where cells of a column lie: address and stride of the 32-bit places before each start, then of each end; rows `[from, to)`. */
export type Cells = [
  starts: number,
  startStride: number,
  ends: number,
  endStride: number,
  from: number,
  to: number,
];

/**
 * The hot loops over one linear memory: in WebAssembly, and their plain twin. All arguments are addresses, bytes or counts; the memory map is
 * in `layout.ts`. A cell runs from the place before its start (exclusive) to its end (exclusive); one that ends before it starts is absent.
 */
export interface KernelLoops {
  /** The memory as it is now; growth replaces it. */
  buffer(): ArrayBuffer;
  /** Grows the memory to at least `bytes`; throws `BudgetError` beyond 1 GiB. */
  ensure(bytes: number): void;
  setDialect(
    delimiter: number,
    quote: number,
    escapeByte: number,
    comment: number,
    fields: number,
    maxRowBytes: number,
  ): void;
  /** Writes field ends and row starts, up to the limits (addresses): fills ROWS, STOP, REASON, FLAGS. */
  scan(
    start: number,
    end: number,
    ends: number,
    endsLimit: number,
    starts: number,
    startsLimit: number,
  ): void;
  /** Fills ROWS, STOP, REASON, FLAGS, LINES, BLANKS. */
  count(start: number, end: number, strict: boolean): void;
  lines(start: number, end: number): number;
  /**
   * Looks at the line from `start` on, which ends at an LF (without a CR before it) or at `end`: fills LINE_END, CELLS (cut at every delimiter), QUOTES,
   * FIRST_QUOTE, LAST_QUOTE and MARKS, and writes the places of its first delimiters to `places`: the first `most`, and up to 71 places beyond them are written over. `own` is no
   * foreign delimiter. A line of more than `maxRowBytes` is looked at so far and a little further.
   */
  look(start: number, end: number, places: number, most: number, own: number): void;
  /**
   * Copies `[start, end)` to `to` without the bytes at two addresses (`first` before `second`; one before `start` is none), and makes the `count` places at
   * `places` those of the copy. Writes up to 15 bytes beyond the copy; returns its end.
   */
  copyWithout(
    start: number,
    end: number,
    first: number,
    second: number,
    to: number,
    places: number,
    count: number,
  ): number;
  /**
   * Reads the rows of `count` columns, each described at `columns` as `layout.ts` has it, into values; clears validity bits (of missing, slow and
   * absent cells), sets slow bits, adds to their counts. -1 when all is read, else the place of the first column whose table of codes is
   * half full: give it a larger one and call again.
   */
  readColumns(columns: number, count: number, rows: number): number;
  /** Bytes of the cells with their quotes: an upper bound of what `texts` writes. */
  textBytes(...args: Cells): number;
  /** Adds a token to a table (at most half full afterwards) unless it is there already; returns its code. */
  addToken(table: number, address: number, length: number, code: number): number;
  /** Adds every token of one table to another. */
  rehash(from: number, to: number): void;
}
