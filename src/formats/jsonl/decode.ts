import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import { Problems } from '../../chunk/problem.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { type ByteSlice, sliceOf } from '../../chunk/slice.js';
import { columnCast } from '../cast/column-cast.js';
import type { Decoder, SourceDescription } from '../format.js';
import { loadDateLibrary } from '../text/zoned-time.js';
import { type Cells, createCells, putCell } from './cells.js';
import { columnArray } from './column-array.js';
import { type LineKinds, lineKinds } from './line-problems.js';
import { sliceLoader } from './load-slice.js';
import { isBlank, LineScanner, scanned, token } from './scan-line.js';
import { jsonlDetails } from './source-details.js';

/** Larger slices are examined before they are read: one may be a single line. */
const largestSlice = 8 * 1024 * 1024;

/** Rows of a slice: the bytes `[starts[row], ends[row])`, `lines[row]` lines after its first. */
interface RowRanges {
  readonly rows: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly lines: Int32Array;
}

/**
 * Creates a decoder of one JSON Lines source: scans each line once for the tokens of the plan's keys, then
 * casts column by column. Holds one slice; throws `TransientError` if the file has become shorter.
 */
export async function openDecoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder> {
  await loadDateLibrary(plan.columns);
  const { maxRowBytes } = jsonlDetails(source.details);
  const kinds = lineKinds(maxRowBytes);
  const slots = new Map<string, number>();
  const casts = plan.columns.map((column) => {
    const key = source.columns[column.source]!.name;
    const slot = slots.get(key) ?? slots.size;
    slots.set(key, slot);
    return { column, slot, cast: columnCast(column) };
  });
  const loader = sliceLoader(source.path);
  let bytes: Buffer = Buffer.alloc(0);
  let cells: Cells = createCells(0, 0);
  let row = 0;
  const scanner = new LineScanner({
    slot: (key) => slots.get(key) ?? -1,
    cell: (slot, kind, start, end) => putCell(cells, bytes, slot, row, kind, start, end),
  });

  /** Scans the rows into `cells`; a row that is not an object keeps none, and is a problem. */
  function scanRows(slice: ByteSlice, { rows, starts, ends }: RowRanges, problems: Problems): void {
    for (row = 0; row < rows; row++) {
      const [start, end] = [starts[row]!, ends[row]!];
      if (end - start > maxRowBytes) {
        problems.add(kinds.tooLong, row, slice.end - slice.start);
        continue;
      }
      const outcome = scanner.scan(bytes, start, end);
      if (outcome === scanned.object) continue;
      for (let slot = 0; slot < slots.size; slot++) cells.kinds[slot * cells.capacity + row] = token.absent;
      const isLast = slice.last && row === rows - 1 && end === bytes.length;
      const kind = outcome === scanned.cutOff && isLast ? kinds.truncated : kinds.of(outcome);
      problems.add(kind, row, foundAt(bytes, outcome === scanned.other ? start : scanner.faultAt, end));
    }
  }

  return {
    async decode(anySlice) {
      const slice = sliceOf('bytes', anySlice);
      bytes = await loadSlice(slice);
      const ranges = findRows(bytes);
      const { rows } = ranges;
      cells = createCells(slots.size, rows);
      const problems = new Problems();
      scanRows(slice, ranges, problems);
      const columns = new Map<string, Column>();
      for (const { column, slot, cast } of casts) {
        noteRepeated(cells, slot, rows, problems, kinds.repeated(column.name));
        columns.set(column.name, cast(columnArray({ cells, bytes, slot, rows }, column.type), problems));
      }
      return { rows, columns, problems, origin: originOf(slice, bytes, ranges) };
    },
    close: () => loader.close(),
  };

  /** Returns a slice's bytes; for a line that is too long, only the first `maxRowBytes + 1`. */
  async function loadSlice(slice: ByteSlice): Promise<Buffer> {
    const length = slice.end - slice.start;
    if (length <= Math.max(largestSlice, maxRowBytes)) return loader.load(slice, length);
    const begin = await loader.load(slice, maxRowBytes + 1);
    return begin.includes(10) ? loader.load(slice, length) : begin;
  }
}

/** Finds the lines that are not blank. */
function findRows(bytes: Buffer): RowRanges {
  let room = 1024;
  let starts = new Int32Array(room);
  let ends = new Int32Array(room);
  let lines = new Int32Array(room);
  let rows = 0;
  let line = 0;
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? bytes.length : found;
    let first = start;
    while (first < end && isBlank(bytes[first]!)) first++;
    if (first < end) {
      if (rows === room) {
        room *= 4;
        starts = widened(starts, room);
        ends = widened(ends, room);
        lines = widened(lines, room);
      }
      starts[rows] = start;
      ends[rows] = end;
      lines[rows] = line;
      rows++;
    }
    start = end + 1;
  }
  return { rows, starts, ends, lines };
}

function widened(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(from);
  return wider;
}

function noteRepeated(
  { kinds, capacity }: Cells,
  slot: number,
  rows: number,
  problems: Problems,
  kind: ReturnType<LineKinds['repeated']>,
): void {
  const first = slot * capacity;
  for (let row = 0; row < rows; row++)
    if (kinds[first + row] === token.repeated) problems.add(kind, row, null);
}

const shownCharacters = 40;

/** Returns the text at an offset of a line, shortened; null at its end. */
function foundAt(bytes: Buffer, at: number, end: number): string | null {
  const text = bytes.toString('utf8', at, Math.min(end, at + 4 * shownCharacters)).trimEnd();
  return text === '' ? null : Array.from(text).slice(0, shownCharacters).join('');
}

function originOf(slice: ByteSlice, bytes: Buffer, { starts, ends, lines }: RowRanges): Chunk['origin'] {
  return {
    firstRow: slice.firstRow,
    locate: (row) => ({ line: slice.firstLine + lines[row]!, byteOffset: slice.start + starts[row]! }),
    raw(row, limit) {
      const start = starts[row]!;
      const text = bytes.toString('utf8', start, Math.min(ends[row]!, start + 4 * limit));
      return text.replace(/\r$/, '').slice(0, limit);
    },
  };
}
