import type { Column } from '../chunk/column.js';
import type { ReadColumn } from '../chunk/read-plan.js';

/** How an input is written, as far as the kernels know: bytes are ASCII codes, and 0 stands for "there is none". */
export interface KernelDialect {
  readonly delimiter: number;
  /** A quote inside a quoted cell is doubled; an `escape` of another kind makes its row irregular. */
  readonly quote: number;
  /** Wherever this byte stands its row is irregular. */
  readonly escape: number;
  /** A row that begins with this byte is irregular. */
  readonly comment: number;
  /** Cells of a regular row, from 1. */
  readonly fields: number;
  /** A row of more bytes (without its line end) is irregular; also bounds what one open quote costs. */
  readonly maxRowBytes: number;
}

/**
 * Why a scan stopped: `end` = all bytes are taken; `incomplete` = the last row has no line end yet; else the row at `stop` is irregular, and
 * this is its first defect. `encoding` is invalid UTF-8. In the order of the REASON values in `layout.ts`.
 */
export const stopReasons = [
  'end',
  'incomplete',
  'fields',
  'quote',
  'carriage-return',
  'blank',
  'comment',
  'nul',
  'encoding',
  'escape',
  'long',
] as const;
export type StopReason = (typeof stopReasons)[number];

/** How far a scan got. */
export interface ScanResult {
  /** Rows that this call added. */
  readonly rows: number;
  /** Offset of the first byte that was not taken: always the start of a row, or `end`. */
  readonly stop: number;
  readonly reason: StopReason;
  /** `incomplete` inside a quoted cell. */
  readonly openQuote: boolean;
  /** False is proof that all rows added are ASCII. */
  readonly nonAscii: boolean;
}

/** How far a count got, and what it counted up to there. */
export interface CountResult {
  /** Lines that end a row in `[start, stop)`; blank lines are not among them. */
  readonly rows: number;
  /** LF bytes in `[start, stop)`, also those inside quotes. */
  readonly lines: number;
  /** Lines without a byte (or with only the CR of their line end). */
  readonly blanks: number;
  readonly stop: number;
  readonly reason: StopReason;
  readonly openQuote: boolean;
  /** Whether a quote or CR was seen: false is proof that there is none in `[start, stop)`. */
  readonly quotes: boolean;
  readonly carriageReturns: boolean;
}

/** What stands in one line, cut at every delimiter; offsets in the block. */
export interface LineLook {
  /** Where it ends, without its line end. */
  end: number;
  cells: number;
  quotes: number;
  /** Of its first and its last quote; they mean nothing without one. */
  firstQuote: number;
  lastQuote: number;
  /** What occurs in it: `HAS_...` of `layout.ts`. */
  marks: number;
}

/** One column of the chunk, read from its cells. */
export interface ParsedColumn {
  /** Views over the kernel's memory, valid until the next `input` or `prepare`; a cell that is slow or in a placeholder stands as missing. */
  readonly column: Column;
  /** Cells that hold a null token. */
  readonly missing: number;
  /**
   * Cells that the fast way does not take: unreadable ones, and readable ones that are rare (more than 19 digits, times in a local zone).
   * The exact way is asked about each; where it gives a value, set it in `column.values` and mark the row present. Never any for strings.
   */
  readonly slow: number;
  /** The rows of slow cells, ascending; reads `rows / 8` bytes. */
  slowRows(): Uint32Array;
}

/**
 * Finds, proves and parses the regular rows of CSV blocks in one linear memory, without a string or object per row.
 *
 * Order of calls: `prepare` once; then per chunk `input`, fill it, `scan` (and `appendRow` for what is irregular) until all is taken, `parse`.
 * Offsets count from the start of the view that `input` gave. Memory: `bytes + 4 * rows * (fields + 1)` for a block and its rows, plus per
 * column `rows * (width + 1/4)` with width 4 (float32, int32, date, codes), 8 (float64, int64, timestamp), 1 (boolean) or 4 and the cells'
 * bytes (text), plus 12 KiB and 48 to 256 bytes for each distinct value of a dictionary. Where a chunk has more rows than the ones before it, superseded
 * places of rows stand beside the new ones until the next. It only grows, to the largest chunk seen, and throws `BudgetError` beyond 1 GiB.
 */
export interface CsvKernel {
  /** `simd` = WebAssembly; `plain` = its twin in TypeScript, about a tenth as fast. */
  readonly kind: 'simd' | 'plain';
  /** Bytes of linear memory held now. */
  readonly memoryBytes: number;
  /** Sets the dialect and the columns to parse; forgets the chunk. A cutter needs no columns. */
  prepare(dialect: KernelDialect, columns: readonly ReadColumn[]): void;
  /** Begins a chunk: a view to place up to `bytes` bytes in, which holds until the next `input` or `prepare` (re-ask with `block()` after a scan). */
  input(bytes: number): Uint8Array;
  /** The same view, made anew: the memory may have moved since `input`. */
  block(): Uint8Array;
  /**
   * Adds the regular rows from `start` (the start of a row) up to the first irregular or incomplete one. Regular is: exactly `fields` cells; quotes
   * around whole cells only; line ends LF or CRLF and no CR elsewhere outside quotes; not blank; no NUL; valid UTF-8. To let the end of
   * the file end a row, put an LF after it (there is room for 64 bytes) and scan one byte further.
   */
  scan(start: number, end: number): ScanResult;
  /**
   * Adds a row that was read elsewhere, so that irregular rows stand in the chunk's one row space: its cells as text, null for a missing cell; no
   * cells at all make a placeholder row in which every column is missing. Returns the row's index.
   */
  appendRow(cells: readonly (string | null)[]): number;
  /**
   * Adds the row in `[start, end)` of the block, cut at every delimiter, for rows whose only defect is their number of cells or their quotes:
   * every quote is text. Cells that are not there stand as missing, those beyond `fields` are left out; an `end` before `start` makes a
   * placeholder row. Returns the row's index.
   */
  appendSplit(start: number, end: number): number;
  /**
   * Looks at the line from `start` on, without adding a row: one object, overwritten by the next look. Some bytes of `own`, which is a byte that
   * delimits cells too, are no foreign delimiter. Costs about as much as scanning the line.
   */
  look(start: number, end: number, own: number): LineLook;
  /** Where delimiter `i` (from 0) of the line stands that was looked at last; known for the first `fields + 64`, until a row is added. */
  delimiterAt(i: number): number;
  /**
   * Adds the row in `[start, look.end)` that was looked at last, without the bytes at `first` and at `second` (-1 for none), which are quotes and the only ones in it: a
   * copy of the row. Returns the row's index.
   */
  appendWithout(start: number, first: number, second: number): number;
  /** Rows in the chunk so far. */
  readonly rows: number;
  /** Where row `row` lies in the block, without its line end; null for one that was appended. */
  rowRange(row: number): { readonly start: number; readonly end: number } | null;
  /** The text of a cell, without its quotes; empty in a placeholder. For slow cells and messages: it allocates. */
  cell(row: number, field: number): string;
  /**
   * For the cutter: as `scan` but nothing is written and no chunk is changed; stops before a row whose bounds are in doubt (a stray quote, a CR
   * outside a line end, the escape or comment byte, a row that is too long). A row with quotes must have `fields` cells, one without may
   * have any number unless `strict`; NUL and encoding are not looked at; blank lines are counted and passed.
   */
  count(start: number, end: number, strict: boolean): CountResult;
  /** LF bytes in `[start, end)`. */
  lines(start: number, end: number): number;
  /** Parses all columns of `prepare` over the chunk's rows, in its order; null for a column that `kernelReads` refuses. */
  parse(): readonly (ParsedColumn | null)[];
}

/** Whether the kernels can parse such a column: not lists, and not dates in layouts of their own. */
export function kernelReads(column: ReadColumn): boolean {
  if (column.type === 'list<float32>') return false;
  return !((column.type === 'date' || column.type === 'timestamp') && column.parse.layouts.length > 0);
}
