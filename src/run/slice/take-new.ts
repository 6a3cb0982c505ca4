import { isUtf8 } from 'node:buffer';
import type { Chunk } from '../../chunk/chunk.js';
import type { Column, ColumnType } from '../../chunk/column.js';
import { countBefore } from '../../chunk/count-before.js';
import { type ProblemKind, Problems } from '../../chunk/problem.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { selectRows } from '../../chunk/select-rows.js';
import type { Slice } from '../../chunk/slice.js';
import { isPresent } from '../../chunk/validity.js';
import type { SourceDescription } from '../../formats/format.js';
import type { Stored } from '../../repair/cell.js';
import { compareMarks, type Mark, type MarkCounts, type MarkRange } from '../records/marks.js';
import { openDecoder } from './open-decoder.js';

/** Which rows of an input other runs of the job have scored, by their watermark; plain data. */
export interface NewRows {
  readonly column: string;
  readonly type: ColumnType;
  /** Ascending, without overlaps. */
  readonly scored: readonly MarkRange[];
  /** Values that mean a missing one. */
  readonly sentinels: readonly Stored[];
}

/** The rows of a slice that no other run has scored. */
interface TakenRows {
  readonly chunk: Chunk;
  readonly leftOut: number;
  /** Null without a watermark. */
  readonly marks: MarkCounts | null;
}

/** Decodes slices of one source, without the rows that other runs of the job have scored. */
interface RowReader {
  /** `published`: rows of the slice whose key another run has published, ascending; null: none. */
  read(slice: Slice, published: Int32Array | null): Promise<TakenRows>;
  close(): Promise<void>;
}

/** Opens a source for its new rows; null: for all of them. Throws like `storageError`. */
export async function openRows(
  source: SourceDescription,
  read: ReadPlan,
  newRows: NewRows | null,
): Promise<RowReader> {
  const decoder = await openDecoder(source, read);
  return {
    async read(slice, published) {
      const chunk = await decoder.decode(slice);
      if (newRows !== null) return takeNew(chunk, newRows);
      const leftOut = published?.length ?? 0;
      return { chunk: leftOut === 0 ? chunk : withoutRows(chunk, published!), leftOut, marks: null };
    },
    close: () => decoder.close(),
  };
}

/**
 * Leaves out the rows of a chunk whose watermark is in a scored range. Rejects rows without a watermark,
 * because nothing says whether they were scored before.
 */
export function takeNew(chunk: Chunk, { column: name, scored, sentinels }: NewRows): TakenRows {
  const { rows, problems } = chunk;
  const column = chunk.columns.get(name);
  const markAt = column === undefined ? () => null : markReader(column, sentinels);
  const leftOut: number[] = Array(scored.length).fill(0);
  const taken: number[] = Array(scored.length + 1).fill(0);
  let greatest: Mark | null = null;
  const places = new Int32Array(rows);
  let count = 0;
  const unmarked: number[] = [];
  for (let row = 0; row < rows; row++) {
    const mark = markAt(row);
    if (mark === null) unmarked.push(row);
    else {
      if (greatest === null || compareMarks(greatest, mark) < 0) greatest = mark;
      const i = countBefore(scored.length, (at) => compareMarks(scored[at]!.to, mark) < 0);
      const range = scored[i];
      if (range !== undefined && (range.after === null || compareMarks(range.after, mark) < 0)) {
        leftOut[i]!++;
        continue;
      }
      taken[i]!++;
    }
    places[count++] = row;
  }
  rejectUnmarked(problems, name, column, unmarked);
  // A text is a view of the decoder's memory.
  if (typeof greatest === 'object' && greatest !== null) greatest = Uint8Array.from(greatest);
  const marks = { leftOut, taken, greatest };
  const kept = count === rows ? chunk : keepRows(chunk, places.slice(0, count));
  return { chunk: kept, leftOut: rows - count, marks };
}

/** Returns a function that gives the mark of a row; null: it has none. */
function markReader(column: Column, sentinels: readonly Stored[]): (row: number) => Mark | null {
  const valueAt = valueReader(column);
  return (row) => {
    const value = isPresent(column.validity, row) ? valueAt(row) : null;
    if (value === null || sentinels.length === 0) return value;
    const stored = typeof value === 'object' ? Buffer.from(value).toString() : value;
    return sentinels.includes(stored) ? null : value;
  };
}

function valueReader(column: Column): (row: number) => Mark | null {
  if (column.type === 'list<float32>') throw new Error('a list cannot be a watermark');
  if (column.type !== 'string') {
    const { values } = column;
    return (row) => {
      const value = values[row]!;
      return typeof value === 'bigint' || Number.isFinite(value) ? value : null;
    };
  }
  if (column.layout === 'dictionary') {
    const texts = column.dictionary.map((text) => Buffer.from(text));
    return (row) => texts[column.codes[row]!] ?? null;
  }
  return (row) => {
    const text = column.bytes.subarray(column.offsets[row]!, column.offsets[row + 1]!);
    return isUtf8(text) ? text : null;
  };
}

function rejectUnmarked(
  problems: Problems,
  name: string,
  column: Column | undefined,
  rows: readonly number[],
): void {
  if (rows.length === 0) return;
  const kind: ProblemKind = {
    code: 'missing-watermark',
    column: name,
    expected: 'a watermark, which says whether the row was scored before',
    outcome: 'rejected',
  };
  const malformed = new Set<number>();
  for (const { kind: of, row } of problems)
    if (of.column === null && of.outcome === 'rejected') malformed.add(row);
  for (const row of rows) {
    if (malformed.has(row)) continue;
    const value = column?.type === 'float64' ? column.values[row]! : null;
    const found = value === null || Number.isNaN(value) ? null : value;
    problems.add(kind, row, found);
  }
}

function withoutRows(chunk: Chunk, rows: Int32Array): Chunk {
  const isOut = new Uint8Array(chunk.rows);
  for (const row of rows) isOut[row] = 1;
  const places = new Int32Array(chunk.rows - rows.length);
  let count = 0;
  for (let row = 0; row < chunk.rows; row++) if (isOut[row] === 0) places[count++] = row;
  return keepRows(chunk, places);
}

/** Returns the rows of a chunk at `places`, ascending, with their problems. */
function keepRows(chunk: Chunk, places: Int32Array): Chunk {
  const { columns, problems, origin } = chunk;
  const now = new Int32Array(chunk.rows).fill(-1);
  for (let i = 0; i < places.length; i++) now[places[i]!] = i;
  const kept = new Problems();
  for (const { kind, row, found } of problems) if (now[row]! >= 0) kept.add(kind, now[row]!, found);
  return {
    rows: places.length,
    columns: new Map([...columns].map(([name, column]) => [name, selectRows(column, places)])),
    problems: kept,
    origin: {
      firstRow: origin.firstRow,
      places,
      locate: (row) => origin.locate(places[row]!),
      raw: (row, limit) => origin.raw(places[row]!, limit),
    },
  };
}
