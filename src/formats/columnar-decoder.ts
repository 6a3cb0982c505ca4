import type { Chunk } from '../chunk/chunk.js';
import type { Column } from '../chunk/column.js';
import { countBefore } from '../chunk/count-before.js';
import { Problems } from '../chunk/problem.js';
import type { ReadPlan } from '../chunk/read-plan.js';
import { type RowSlice, sliceOf } from '../chunk/slice.js';
import type { ArrowArray } from './cast/arrow-array.js';
import { cellFound } from './cast/cell-text.js';
import { columnCast } from './cast/column-cast.js';
import { joinArrays } from './cast/join-arrays.js';
import { withBytes } from './fetched-file.js';
import type { Decoder, SourceDescription } from './format.js';
import type { PositionedFile } from './positioned-file.js';
import { slicesByGroup } from './row-slices.js';
import type { SliceRoom } from './slice-room.js';
import { loadDateLibrary } from './text/zoned-time.js';

/** Interface of a columnar format: rows of one column at a time, in Arrow's layout. */
export interface ColumnReader {
  readonly file: PositionedFile;
  /** Returns the slice's rows of a source column, valid until the next `read`; throws `InvalidError`. */
  read(source: number, slice: RowSlice): ArrowArray;
  /** Does the same; the array stays valid. */
  readKept(source: number, slice: RowSlice): ArrowArray;
  /** Does the same with all digits of every value; the array stays valid. */
  readWhole(source: number, slice: RowSlice): ArrowArray;
  close(): void;
}

/** Creates a decoder over a column reader: casts one column at a time, so only one is in memory raw. */
export async function columnarDecoder(
  source: SourceDescription,
  plan: ReadPlan,
  reader: ColumnReader,
  room: SliceRoom,
): Promise<Decoder> {
  await loadDateLibrary(plan.columns);
  const casts = plan.columns.map((column) => ({ column, cast: columnCast(column, room) }));
  return {
    async decode(anySlice): Promise<Chunk> {
      const slice = sliceOf('rows', anySlice);
      room.begin(slice);
      const { fetched } = reader.file;
      fetched?.hold(slice.carried?.bytes ?? []);
      if (fetched !== null && slice.carried === undefined) await fetchColumns(source, slice, reader);
      const problems = new Problems();
      const columns = new Map<string, Column>();
      const parts = slicesByGroup(slice);
      const read = parts.length === 1 ? readOne(reader, parts[0]!) : readJoined(reader, parts, plan);
      for (const { column, cast } of casts) columns.set(column.name, cast(read(column.source), problems));
      const rows = slice.end - slice.start;
      return { rows, columns, problems, origin: originOf(slice, parts, source, reader) };
    },
    async close() {
      reader.close();
    },
  };
}

function readOne(reader: ColumnReader, slice: RowSlice): (source: number) => ArrowArray {
  return (source) => reader.read(source, slice);
}

/**
 * Reads the columns of several groups, group by group, because a reader keeps what it knows of the last one.
 * Returns each column joined; all are in memory raw, which is little: the groups fit into one slice.
 */
function readJoined(
  reader: ColumnReader,
  parts: readonly RowSlice[],
  { columns }: ReadPlan,
): (source: number) => ArrowArray {
  const arrays = new Map<number, ArrowArray[]>(columns.map(({ source }) => [source, []]));
  for (const part of parts)
    for (const [source, ofColumn] of arrays) ofColumn.push(reader.readKept(source, part));
  return (source) => joinArrays(arrays.get(source)!);
}

/** Fetches all columns of a slice, because a bad row is shown whole: only for samples in the main process. */
async function fetchColumns(source: SourceDescription, slice: RowSlice, reader: ColumnReader): Promise<void> {
  for (const [i, { readable }] of source.columns.entries())
    if (readable)
      for (const part of slicesByGroup(slice)) await withBytes(reader.file, () => reader.readWhole(i, part));
}

/**
 * Returns the origin of a slice: rows have no lines or bytes here; a row's raw form is a JSON object of all
 * readable columns, including those not in the plan.
 */
function originOf(
  slice: RowSlice,
  parts: readonly RowSlice[],
  source: SourceDescription,
  reader: ColumnReader,
): Chunk['origin'] {
  type Whole = readonly { readonly name: string; readonly array: ArrowArray }[];
  let last: { readonly part: RowSlice; readonly whole: Whole } | null = null;

  function wholeOf(part: RowSlice): Whole {
    if (last?.part !== part) {
      const whole = source.columns.flatMap(({ name, readable }, i) =>
        readable ? [{ name, array: reader.readWhole(i, part) }] : [],
      );
      last = { part, whole };
    }
    return last.whole;
  }

  return {
    firstRow: slice.firstRow,
    locate: () => ({ line: null, byteOffset: null }),
    raw(row, limit) {
      const after = countBefore(parts.length, (i) => parts[i]!.firstRow <= slice.firstRow + row);
      const part = parts[after - 1]!;
      const at = slice.firstRow + row - part.firstRow;
      const cells = wholeOf(part).map(({ name, array }) => `${JSON.stringify(name)}:${cellJson(array, at)}`);
      return `{${cells.join(',')}}`.slice(0, limit);
    },
  };
}

function cellJson(array: ArrowArray, row: number): string {
  const found = cellFound(array, row);
  if (typeof found === 'bigint') return String(found);
  if (typeof found === 'number' && !Number.isFinite(found)) return JSON.stringify(String(found));
  return JSON.stringify(found);
}
