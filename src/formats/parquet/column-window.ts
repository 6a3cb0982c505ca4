import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { countBefore } from '../../chunk/count-before.js';
import { checkHeapRoom } from '../../process/heap-room.js';
import type { PositionedFile } from '../positioned-file.js';
import { pageTypes } from './format-numbers.js';
import type { ColumnChunk } from './read-footer.js';

/** The pages of a column chunk with some rows: bytes to copy, and the rows in them. */
export interface ColumnWindow {
  /** The dictionary page `[dictionaryStart, dictionaryEnd)`; empty if none is outside `[start, end)`. */
  readonly dictionaryStart: number;
  readonly dictionaryEnd: number;
  /** Pages `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Number of these bytes before the first data page. */
  readonly lead: number;
  /** The row group's row with which the first data page begins, and the number of rows in the pages. */
  readonly firstRow: number;
  readonly rows: number;
  readonly values: number;
}

/** Data pages of a flat column's chunk: page i is bytes `[starts[i], starts[i + 1])`, rows likewise. */
interface PageIndex {
  readonly dictionaryEnd: number;
  readonly starts: readonly number[];
  readonly rows: readonly number[];
}

/** Returns a whole chunk as a window. */
export function wholeChunk(chunk: ColumnChunk, rows: number): ColumnWindow {
  const { start, bytes, dataStart, values } = chunk;
  return {
    dictionaryStart: start,
    dictionaryEnd: start,
    start,
    end: start + bytes,
    lead: dataStart - start,
    firstRow: 0,
    rows,
    values,
  };
}

/**
 * Returns a function from rows `[start, end)` of a flat column's chunk to the pages that contain them. It
 * reads every page's header once, 64 KiB at a time (1 KiB of a remote file), so that afterwards a slice costs
 * only its own pages, however large the chunk. Throws plain errors if the pages are broken.
 */
export function pageWindows(
  file: PositionedFile,
  chunk: ColumnChunk,
  rows: number,
): (start: number, end: number) => ColumnWindow {
  const index = indexPages(file, chunk, rows);
  return (start, end) => {
    const first = countBefore(index.rows.length, (i) => index.rows[i]! <= start) - 1;
    const last = countBefore(index.rows.length, (i) => index.rows[i]! < end);
    const dictionaryEnd = index.dictionaryEnd;
    return {
      dictionaryStart: chunk.start,
      dictionaryEnd,
      start: index.starts[first]!,
      end: index.starts[last]!,
      lead: dictionaryEnd - chunk.start,
      firstRow: index.rows[first]!,
      rows: index.rows[last]! - index.rows[first]!,
      values: index.rows[last]! - index.rows[first]!,
    };
  };
}

/** Pages between two looks at the memory: a file may have millions without a value. */
const pagesBetween = 4096;

/** No writer leaves more data pages of a column without a value: each costs as much as one with values. */
const mostEmptyPages = 1000;

/**
 * Returns a function to call for each page of a column chunk, with the number of its values. It throws a
 * plain error after more than 1,000 pages without a value, and `BudgetError` where so many pages fill the
 * memory.
 */
export function watchPages(): (values: number) => void {
  let pages = 0;
  let empty = 0;
  return (values) => {
    if (values === 0 && ++empty > mostEmptyPages)
      throw new Error(`more than ${mostEmptyPages} of its pages have no value`);
    if (++pages % pagesBetween === 0) checkHeapRoom('reading the pages of a column');
  };
}

function indexPages(file: PositionedFile, chunk: ColumnChunk, rows: number): PageIndex {
  const end = chunk.start + chunk.bytes;
  const starts: number[] = [];
  const firstRows: number[] = [];
  let dictionaryEnd = chunk.start;
  let row = 0;
  let at = chunk.start;
  const watch = watchPages();
  const headers = headerReader(file, end);
  while (row < rows && at < end) {
    const page = headers(at);
    const next = page.bodyStart + page.bytes;
    if (next > end) throw new Error(`a page at byte ${at} goes beyond its column`);
    if (page.rows === null) {
      if (starts.length === 0) dictionaryEnd = next;
    } else {
      watch(page.rows);
      starts.push(at);
      firstRows.push(row);
      row += page.rows;
    }
    at = next;
  }
  if (row !== rows) throw new Error(`the pages of a column hold ${row} rows, but its row group has ${rows}`);
  return { dictionaryEnd, starts: [...starts, at], rows: [...firstRows, row] };
}

interface PageHeader {
  readonly bodyStart: number;
  readonly bytes: number;
  /** Rows of a data page; null for other pages. */
  readonly rows: number | null;
}

/** How much is read at once until a header is complete; of a remote file little more than a header. */
const localSteps = [64 * 1024, 1024 * 1024, 16 * 1024 * 1024];
const remoteSteps = [1024, ...localSteps];

function headerReader(file: PositionedFile, end: number): (at: number) => PageHeader {
  const steps = file.fetched === null ? localSteps : remoteSteps;
  let from = 0;
  let bytes = new Uint8Array(0);

  function parse(at: number): PageHeader {
    const reader = { view: new DataView(bytes.buffer), offset: at - from };
    const header = deserializeTCompactProtocol(reader);
    const data = header.field_8?.field_3 ?? header.field_5?.field_1;
    const size = Number(header.field_3);
    if (!(size >= 0)) throw new Error(`a page of ${size} bytes`);
    const isData = header.field_1 === pageTypes.data || header.field_1 === pageTypes.dataV2;
    if (isData && !(data >= 0)) throw new Error(`a page of ${String(data)} rows`);
    return { bodyStart: from + reader.offset, bytes: size, rows: isData ? Number(data) : null };
  }

  return (at) => {
    let failure: unknown = new Error(`no page begins at byte ${at}`);
    for (const length of [0, ...steps]) {
      if (length > 0) {
        from = at;
        bytes = file.read(at, Math.min(end, at + length));
      } else if (at < from || at >= from + bytes.length) continue;
      try {
        return parse(at);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
