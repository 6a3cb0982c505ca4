import { isUtf8 } from 'node:buffer';
import { addProblem, type Problems } from '../../chunk/problem.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import { mostExtra } from './align-row.js';
import { type ColumnShape, fitOf, isFree } from './column-shapes.js';
import type { Dialect } from './dialect.js';
import { type NarrowBlock, narrowMark } from './narrow-block.js';
import { clip, foreignDelimiters, repairRow } from './repair-row.js';
import type { RowPlaces } from './row-places.js';
import { begins, type Marks, type RowReader, rowKind } from './row-reader.js';
import type { StructureKinds } from './structure-problems.js';

/** A longer header line is not looked for again. */
const longestHeader = 65_536;

/** A slice being decoded: its bytes lie in the kernel's memory, its rows are added one run after another. */
export interface Decoding {
  readonly kernel: CsvKernel;
  readonly reader: RowReader;
  readonly dialect: Dialect;
  readonly marks: Marks;
  readonly hasQuotedColumns: boolean;
  readonly kinds: StructureKinds;
  readonly problems: Problems;
  /** Contract or file names by the column's place in the file. */
  readonly names: readonly string[];
  readonly cutOff: boolean;
  readonly end: number;
  readonly scans: boolean;
  /** How the block was rewritten for the kernel, null where it was not. */
  readonly narrow: NarrowBlock | null;
  /** Where rows that were read by the repair lane lie: start and end by row. */
  readonly repaired: RowPlaces;
  bytes: Buffer;
  memoryBytes: number;
}

/** Adds every row of the slice to the kernel's rows: runs of regular ones by the kernel, the others one by one. */
export function readRows(decoding: Decoding, header: Buffer | null): void {
  const { kernel, end, cutOff, scans } = decoding;
  const scanEnd = cutOff ? end + 1 : end;
  let headerAt = header === null ? -1 : findHeader(decoding.bytes, header, 0, end);
  let at = 0;
  while (at < end) {
    if (scans && at !== headerAt) {
      const limit = headerAt > at ? headerAt : scanEnd;
      const scanned = kernel.scan(at, limit);
      at = scanned.stop;
      refresh(decoding);
      if (at >= end) break;
    }
    if (header !== null && at === headerAt) {
      at = rejectHeader(decoding, header, at);
      headerAt = findHeader(decoding.bytes, header, at, end);
      continue;
    }
    at = readRow(decoding, at);
    if (header !== null && headerAt >= 0 && headerAt < at) {
      headerAt = findHeader(decoding.bytes, header, at, end);
    }
  }
}

/** The kernel's memory may have moved when rows were added. */
function refresh(decoding: Decoding): void {
  if (decoding.kernel.memoryBytes === decoding.memoryBytes) return;
  const view = decoding.kernel.block();
  decoding.memoryBytes = decoding.kernel.memoryBytes;
  decoding.bytes = Buffer.from(view.buffer, view.byteOffset, view.length);
  decoding.reader.reset(decoding.bytes, decoding.end, true);
}

/** The header after a line end, as it would stand again in a block; null where it is not to be looked for. */
export function headerNeedle(header: string | null, dialect: Dialect, isNarrow: boolean): Buffer | null {
  if (header === null || header === '' || header.length > longestHeader) return null;
  const { delimiter, quote, lineEnd } = dialect;
  const isNarrowed = isNarrow && delimiter.length > 1 && (quote === null || !header.includes(quote));
  const line = isNarrowed ? header.replaceAll(delimiter, String.fromCharCode(narrowMark)) : header;
  return Buffer.from(`${lineEnd === '\r' && !isNarrow ? '\r' : '\n'}${line}`, 'utf8');
}

/** Where the header line stands again at or after `from`, as a whole line; -1 where it does not. `line` is the header after a line end. */
function findHeader(bytes: Buffer, line: Buffer, from: number, end: number): number {
  const length = line.length - 1;
  if (from === 0 && begins(bytes, 0, end, line.subarray(1)) && endsLine(bytes[length])) return 0;
  let at = bytes.indexOf(line, Math.max(0, from - 1));
  while (at >= 0 && at + 1 + length <= end && !endsLine(bytes[at + 1 + length]))
    at = bytes.indexOf(line, at + 1);
  return at >= 0 && at + 1 + length <= end ? at + 1 : -1;
}

function endsLine(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}

function rejectHeader(decoding: Decoding, line: Buffer, at: number): number {
  const header = line.subarray(1);
  const { kernel, kinds, problems, repaired, reader } = decoding;
  const row = kernel.appendSplit(at, at - 1);
  refresh(decoding);
  reader.read(at);
  repaired.add(row, at, at + header.length);
  addProblem(problems, kinds.kind('repeated-header', null, 'rejected'), row, clip(header.toString('utf8')));
  return reader.span.next;
}

/** Adds the row at `at`, if there is one, and says where the next may begin. */
function readRow(decoding: Decoding, at: number): number {
  const { kernel, reader, dialect, kinds, problems, repaired, names } = decoding;
  const kind = reader.read(at);
  const { end, next } = reader.span;
  if (kind !== rowKind.row) return next < 0 ? decoding.end : next;
  const cutOff = decoding.cutOff && next >= decoding.end;
  const isVerbatim = dialect.delimiter.length > 1 && reader.span.quoted;
  if (decoding.scans && !isVerbatim && splitRow(decoding, at, end, cutOff)) return next;
  const written = decoding.bytes.subarray(at, end);
  const { cells, defects } = repairRow(decoding.narrow?.restore(written) ?? written, dialect, cutOff);
  const row = cells.length === 0 ? kernel.appendSplit(at, at - 1) : kernel.appendRow(cells);
  refresh(decoding);
  repaired.add(row, at, end);
  for (const { code, column, outcome, found } of defects) {
    const name = column === null ? null : (names[column] ?? null);
    addProblem(problems, kinds.kind(code, name, outcome), row, found);
  }
  return next;
}

/**
 * Adds a row that needs no reading as text: too few or too many cells, quotes within cells that do not begin with one, or in a row of the right number
 * of cells one quote that opens a cell and never closes, or that stands where no text is (it is taken out in place). False, and nothing
 * added, for every other row.
 * Costs one look at each byte.
 */
function splitRow(decoding: Decoding, start: number, end: number, cutOff: boolean): boolean {
  const { kernel, bytes, marks, kinds, problems, repaired, names, hasQuotedColumns } = decoding;
  const { quote, escape: slash, fields } = marks;
  const delimiter0 = marks.delimiter.length > 1 ? narrowMark : marks.delimiter0;
  const { shapes, care } = decoding.dialect;
  if (end - start > decoding.dialect.maxFieldBytes) return false;
  let cells = 1;
  let cellStart = start;
  let openAt = -1;
  let openCell = -1;
  let strayCell = -1;
  let strayStart = 0;
  let strayAt = -1;
  let strays = 0;
  let isText = true;
  let filled = 0;
  let high = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === delimiter0) {
      cells++;
      cellStart = at + 1;
      continue;
    }
    high |= byte;
    if (byte === 0 || byte === slash) return false;
    if (byte === quote) {
      const shape = shapes[cells - 1];
      if (hasQuotedColumns || cutOff || openAt >= 0 || bytes[at + 1] === quote) return false;
      if (at === cellStart) {
        if (strayCell >= 0) return false;
        openAt = at;
        openCell = cells - 1;
      } else {
        strays++;
        if (care.quotes || (shape !== undefined && !isFree(shape))) isText = false;
        if (strayCell < 0) {
          strayCell = cells - 1;
          strayStart = cellStart;
          strayAt = at;
        }
      }
    }
    if (cells <= fields || byte > 32) filled = cells;
  }
  if (shapes.length > 0 && mayFit(decoding, cells, filled, start, end)) return false;
  if (openAt >= 0 && cells !== fields) return false;
  if (!isText && (strays > 1 || openAt >= 0 || cells !== fields)) return false;
  if (high >= 0x80 && !isUtf8(bytes.subarray(start, end))) return false;
  const takenAt = isText ? openAt : strayAt;
  if (takenAt >= 0 && decoding.dialect.strayQuotes === 'keep') return false;
  if (!isText && !fitsBare(cellText(bytes, strayStart, end, delimiter0), shapes[strayCell], decoding.dialect))
    return false;
  let row: number;
  if (cells < fields && cutOff) {
    row = kernel.appendSplit(start, start - 1);
    addProblem(problems, kinds.kind('truncated-row', null, 'rejected'), row, cells);
  } else if (cells > fields && filled > fields) {
    row = kernel.appendSplit(start, start - 1);
    addProblem(problems, kinds.kind('long-row', null, 'rejected'), row, cells);
  } else if (takenAt >= 0) {
    const found = cellText(bytes, isText ? openAt : strayStart, end, delimiter0);
    bytes.copyWithin(start + 1, start, takenAt);
    bytes[start] = quote;
    row = kernel.appendSplit(start + 1, end);
    const name = names[isText ? openCell : strayCell] ?? null;
    addProblem(problems, kinds.kind(isText ? 'unclosed-quote' : 'stray-quote', name, 'repaired'), row, found);
  } else {
    // Before the row is added: the kernel copies cells with quotes, and its memory may move.
    const found = strayCell >= 0 ? cellText(bytes, strayStart, end, delimiter0) : '';
    row = kernel.appendSplit(start, end);
    if (strayCell >= 0) {
      addProblem(problems, kinds.kind('stray-quote', names[strayCell] ?? null, 'repaired'), row, found);
    }
    if (cells < fields) addProblem(problems, kinds.kind('short-row', null, 'repaired'), row, cells);
    if (cells > fields) addProblem(problems, kinds.kind('long-row', null, 'repaired'), row, cells);
  }
  refresh(decoding);
  repaired.add(row, start, end, takenAt);
  return true;
}

/** Whether a cell is only right without its one quote. */
function fitsBare(cell: string, shape: ColumnShape | undefined, { quote, care }: Dialect): boolean {
  if (shape === undefined || isFree(shape)) return care.quotes;
  return fitOf(cell, shape) === 0 && fitOf(cell.replace(quote!, ''), shape) === 2;
}

/** Whether a row of too many or too few cells may fit its columns by a closer look; `filled` of its cells are followed by none but empty ones. */
function mayFit(
  { bytes, dialect, marks }: Decoding,
  cells: number,
  filled: number,
  start: number,
  end: number,
): boolean {
  const extra = cells - dialect.fields;
  if (extra === 0) return false;
  if (extra > 1 && filled <= dialect.fields) return false;
  if (extra >= -1) return extra <= mostExtra;
  const times = dialect.fields - 1;
  return (
    cells <= 2 ||
    foreignDelimiters.some((mark) => mark !== marks.delimiter0 && hasMany(bytes, mark, start, end, times))
  );
}

/** Whether a byte stands at least `times` times in `[start, end)`. */
function hasMany(bytes: Buffer, mark: number, start: number, end: number, times: number): boolean {
  let left = times;
  for (let at = start; at < end && left > 0; at++) if (bytes[at] === mark) left--;
  return left <= 0;
}

function cellText(bytes: Buffer, start: number, rowEnd: number, delimiter: number): string {
  let end = start;
  while (end < rowEnd && bytes[end] !== delimiter) end++;
  return clip(bytes.toString('utf8', start, end));
}
