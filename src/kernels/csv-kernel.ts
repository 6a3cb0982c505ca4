import type { ByteTable } from '../chunk/byte-table.js';
import type { Column } from '../chunk/column.js';
import type { ReadColumn } from '../chunk/read-plan.js';

/** The dialect of an input, as far as the kernels need it: bytes are ASCII codes, and 0 means "none". */
export interface KernelDialect {
  readonly delimiter: number;
  /** A quote inside a quoted cell is doubled; a different `escape` makes its row irregular. */
  readonly quote: number;
  /** A byte that makes its row irregular wherever it is. */
  readonly escape: number;
  /** A row that begins with this byte is irregular. */
  readonly comment: number;
  /** Cells of a regular row, from 1. */
  readonly fields: number;
  /** A row of more bytes (without its line end) is irregular; also bounds what one open quote costs. */
  readonly maxRowBytes: number;
}

/**
 * Why a scan stopped: `end`: all bytes are consumed; `incomplete`: the last row has no line end yet; else the
 * row at `stop` is irregular, and this is its first defect (`encoding`: invalid UTF-8). In the order of the
 * REASON values in `layout.ts`.
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
type StopReason = (typeof stopReasons)[number];

/** Progress of a scan. */
export interface ScanResult {
  /** Rows that this call added. */
  readonly rows: number;
  /** Offset of the first byte that was not consumed: always the start of a row, or `end`. */
  readonly stop: number;
  readonly reason: StopReason;
  /** `incomplete` inside a quoted cell. */
  readonly openQuote: boolean;
  /** False proves that all added rows are ASCII. */
  readonly nonAscii: boolean;
}

/** Progress of a count, and its results up to there. */
export interface CountResult {
  /** Lines that end a row in `[start, stop)`, without blank lines. */
  readonly rows: number;
  /** LF bytes in `[start, stop)`, including those inside quotes. */
  readonly lines: number;
  /** Lines without a byte (or with only the CR of their line end). */
  readonly blanks: number;
  readonly stop: number;
  readonly reason: StopReason;
  readonly openQuote: boolean;
  /** True if a quote or CR was seen; false proves that there is none in `[start, stop)`. */
  readonly quotes: boolean;
  readonly carriageReturns: boolean;
}

/** Description of one line, cut at every delimiter; offsets in the block. */
export interface LineLook {
  /** End of the line, without its line end. */
  end: number;
  cells: number;
  quotes: number;
  /** Offsets of its first and last quote; undefined without one. */
  firstQuote: number;
  lastQuote: number;
  /** Features of the line: `HAS_...` of `layout.ts`. */
  marks: number;
}

/** One column of the chunk, read from its cells. */
export interface ParsedColumn {
  /** Views over the kernel's memory, valid until the next `input` or `prepare`; slow cells are missing. */
  readonly column: Column;
  /** Number of cells that hold a null token. */
  readonly missing: number;
  /**
   * Number of cells that the fast path skips: unreadable ones, and rare readable ones (more than 19 digits,
   * times in a local zone). The exact parser decides each; if it returns a value, set it in `column.values`
   * and mark the row present. Always 0 for strings.
   */
  readonly slow: number;
  /** Returns the rows of slow cells, ascending; reads `rows / 8` bytes. */
  slowRows(): Uint32Array;
}

/**
 * Finds, validates and parses the regular rows of CSV blocks in one linear memory, without a string or object
 * per row. Order of calls: `prepare` once; then per chunk `input`, fill it, `scan` (and `appendRow` for
 * irregular rows) until everything is consumed, `parse`. Offsets count from the start of the view that
 * `input` returned. Memory: `bytes + 4 * rows * (fields + 1)` for a block and its rows, plus per column
 * `rows * (width + 1/4)` with width 4 (float32, int32, date, codes), 8 (float64, int64, timestamp), 1
 * (boolean) or 4 and the cells' bytes (text), plus 12 KiB and 48 to 256 bytes for each distinct value of a
 * dictionary. If a chunk has more rows than the previous ones, the superseded row offsets stay next to the
 * new ones until the next chunk. The memory only grows, to the largest chunk seen, and throws `BudgetError`
 * beyond 1 GiB.
 */
export interface CsvKernel {
  /** `simd` = WebAssembly; `plain` = its twin in TypeScript, about a tenth as fast. */
  readonly kind: 'simd' | 'plain';
  /** Current size of the linear memory in bytes. */
  readonly memoryBytes: number;
  /** Sets the dialect and the columns to parse; discards the chunk. A cutter needs no columns. */
  prepare(dialect: KernelDialect, columns: readonly ReadColumn[]): void;
  /**
   * Begins a chunk: returns a view for `bytes` bytes, valid until the next `input` or `prepare` (after a
   * scan, call `block()`).
   */
  input(bytes: number): Uint8Array;
  /** Returns the same view again: the memory may have moved since `input`. */
  block(): Uint8Array;
  /**
   * Adds the regular rows from `start` (the start of a row) up to the first irregular or incomplete one. A
   * regular row has exactly `fields` cells; quotes around whole cells only; line ends LF or CRLF and no CR
   * elsewhere outside quotes; is not blank; has no NUL; is valid UTF-8. To let the end of the file end a row,
   * append an LF (there is room for 64 bytes) and scan one byte further.
   */
  scan(start: number, end: number): ScanResult;
  /**
   * Adds a row that was read elsewhere, so that irregular rows share the chunk's row numbers: its cells as
   * text, null for a missing cell; no cells at all make a placeholder row, missing in every column. Returns
   * the row's index.
   */
  appendRow(cells: readonly (string | null)[]): number;
  /**
   * Adds the row in `[start, end)` of the block, cut at every delimiter, for rows whose only defect is their
   * number of cells or their quotes: every quote is text. Absent cells are missing, those beyond `fields` are
   * dropped; an `end` before `start` makes a placeholder row. Returns the row's index.
   */
  appendSplit(start: number, end: number): number;
  /**
   * Describes the line from `start` on, without adding a row: returns one object, overwritten by the next
   * call. Bytes of `own`, a byte that delimits cells too, are not a foreign delimiter. Costs about as much as
   * scanning the line.
   */
  look(start: number, end: number, own: number): LineLook;
  /**
   * Returns the offset of delimiter `i` of the last described line, for the first `fields + 64`, until a row
   * is added.
   */
  delimiterAt(i: number): number;
  /**
   * Adds a copy of the row in `[start, look.end)` of the last described line, without the bytes at `first`
   * and `second` (-1: none), which must be its only quotes. Returns the row's index.
   */
  appendWithout(start: number, first: number, second: number): number;
  /** Number of rows in the chunk so far. */
  readonly rows: number;
  /** Returns the offsets of row `row` in the block, without its line end; null for an appended row. */
  rowRange(row: number): { readonly start: number; readonly end: number } | null;
  /**
   * Returns a cell's text without quotes, empty in a placeholder; for slow cells and messages: it allocates.
   */
  cell(row: number, field: number): string;
  /** Returns the number of a cell's bytes, quotes included, in `table`: equal bytes have equal texts. */
  cellId(row: number, field: number, table: ByteTable): number;
  /**
   * For the cutter: like `scan`, but writes nothing and changes no chunk; stops before a row with uncertain
   * bounds (a stray quote, a CR outside a line end, the escape or comment byte, a row that is too long). A
   * row with quotes must have `fields` cells, one without may have any number unless `strict`; ignores NUL
   * and encoding; counts blank lines and skips them.
   */
  count(start: number, end: number, strict: boolean): CountResult;
  /** Counts LF bytes in `[start, end)`. */
  lines(start: number, end: number): number;
  /** Parses all columns of `prepare` over the chunk's rows; null for one that `kernelReads` refuses. */
  parse(): readonly (ParsedColumn | null)[];
}

/**
 * Returns true if the kernels can parse a column: no lists, date layouts or numbers in doubt without a sign.
 */
export function kernelReads(column: ReadColumn): boolean {
  if (column.type === 'list<float32>' || column.parse.signs?.bare === false) return false;
  return !((column.type === 'date' || column.type === 'timestamp') && column.parse.layouts.length > 0);
}
