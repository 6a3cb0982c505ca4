/**
 * A column's cells: address and stride of the offsets before each start, then of each end; rows `[from, to)`.
 */
export type Cells = [
  starts: number,
  startStride: number,
  ends: number,
  endStride: number,
  from: number,
  to: number,
];

/**
 * The hot loops over one linear memory: in WebAssembly, and a plain twin. All arguments are addresses, bytes
 * or counts; the memory map is in `layout.ts`. A cell runs from the address before its start (exclusive) to
 * its end (exclusive); one that ends before it starts is absent.
 */
export interface KernelLoops {
  /** Returns the current memory; growth replaces it. */
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
  /** Writes field ends and row starts, up to the limits (addresses); fills ROWS, STOP, REASON, FLAGS. */
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
   * Describes the line from `start` on, which ends at an LF (without a CR before it) or at `end`: fills
   * LINE_END, CELLS (cut at every delimiter), QUOTES, FIRST_QUOTE, LAST_QUOTE and MARKS, and writes the
   * addresses of its delimiters to `positions`: the first `most`, overwriting up to 71 entries after them.
   * `own` is not a foreign delimiter. Reads a line of more than `maxRowBytes` only slightly beyond that.
   */
  look(start: number, end: number, positions: number, most: number, own: number): void;
  /**
   * Copies `[start, end)` to `to` without the bytes at two addresses (`first` before `second`; an address
   * before `start`: none), and updates the `count` addresses at `positions` to the copy. Writes up to 15
   * bytes beyond the copy; returns its end.
   */
  copyWithout(
    start: number,
    end: number,
    first: number,
    second: number,
    to: number,
    positions: number,
    count: number,
  ): number;
  /**
   * Reads the rows of `count` columns, each described at `columns` in the form of `layout.ts`, into values;
   * clears validity bits (of missing, slow and absent cells), sets slow bits, adds to their counts. Returns
   * -1 when everything is read, else the index of the first column whose table of codes is half full: provide
   * a larger one and call again.
   */
  readColumns(columns: number, count: number, rows: number): number;
  /** Returns the bytes of the cells with their quotes: an upper bound of what `texts` writes. */
  textBytes(...args: Cells): number;
  /** Adds a token to a table (at most half full afterwards) unless it exists; returns its code. */
  addToken(table: number, address: number, length: number, code: number): number;
  /** Adds every token of one table to another. */
  rehash(from: number, to: number): void;
  /**
   * Writes where the token of each code of a table starts, and its length, 0 for codes without one; returns
   * the sum of the lengths.
   */
  findTokens(table: number, starts: number, lengths: number): number;
  /**
   * Concatenates `count` such tokens, one quote for two; token i becomes `[offsets[i], offsets[i + 1])` of
   * `bytes`. Writes up to 15 bytes beyond the last.
   */
  layTokens(starts: number, lengths: number, count: number, offsets: number, bytes: number): void;
}
