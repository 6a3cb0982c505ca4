import type { ColumnType } from '../../chunk/column.js';
import { showStored } from '../../repair/cell.js';
import { printable } from '../../text/printable.js';

/** A value of a watermark column, in its units (chunk/column.ts); a text as its UTF-8 bytes. */
export type Mark = number | bigint | Uint8Array;

/** The rows of an input with marks in (after, to]; null: all up to `to`. */
export interface MarkRange {
  readonly after: Mark | null;
  readonly to: Mark;
}

/** Rows that a run of the job has taken from an input. */
export interface ScoredRange extends MarkRange {
  readonly rows: number;
  /** The run folder, without those above it. */
  readonly by: string;
}

/** The rows that a run took from an input, in the record of its partition. */
export interface RecordedMarks {
  readonly column: string;
  readonly type: ColumnType;
  /** Marks as texts, because JSON has no 64-bit numbers. */
  readonly ranges: readonly { readonly after: string | null; readonly to: string; readonly rows: number }[];
  /** The greatest mark of all rows, taken or not; null: none. */
  readonly greatest: string | null;
}

/** The rows of a slice or an input by mark, around `n` ascending ranges that other runs have scored. */
export interface MarkCounts {
  /** Rows in each of the ranges, which are left out. */
  readonly leftOut: readonly number[];
  /** Rows before each of the ranges, and after the last one: these are taken. */
  readonly taken: readonly number[];
  /** The greatest mark of all rows; null: none has one. */
  readonly greatest: Mark | null;
}

/** Returns the counts of no rows around `n` ranges. */
export function noMarks(n: number): MarkCounts {
  return { leftOut: Array(n).fill(0), taken: Array(n + 1).fill(0), greatest: null };
}

/** Returns the sum of two counts around the same ranges. */
export function addMarks(a: MarkCounts, b: MarkCounts): MarkCounts {
  const isLater = a.greatest === null || (b.greatest !== null && compareMarks(a.greatest, b.greatest) < 0);
  return {
    leftOut: a.leftOut.map((rows, i) => rows + b.leftOut[i]!),
    taken: a.taken.map((rows, i) => rows + b.taken[i]!),
    greatest: isLater ? b.greatest : a.greatest,
  };
}

/** Compares two marks of one column; texts by their bytes. */
export function compareMarks(a: Mark, b: Mark): number {
  if (typeof a === 'object') return Buffer.compare(a, b as Uint8Array);
  return a < (b as number | bigint) ? -1 : Number(a > (b as number | bigint));
}

/** Returns ranges in order; overlapping ones, as after a folder was restored, as one. */
export function disjoint(ranges: readonly ScoredRange[]): ScoredRange[] {
  const joined: ScoredRange[] = [];
  for (const range of [...ranges].sort(byBeginning)) {
    const last = joined.at(-1);
    const overlaps = last !== undefined && (range.after === null || compareMarks(range.after, last.to) < 0);
    if (!overlaps) joined.push(range);
    else {
      const to = compareMarks(range.to, last.to) > 0 ? range.to : last.to;
      joined[joined.length - 1] = { ...last, to, rows: Math.max(last.rows, range.rows) };
    }
  }
  return joined;
}

function byBeginning({ after: a }: MarkRange, { after: b }: MarkRange): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return compareMarks(a, b);
}

/** Returns true if ordered ranges contain every mark of an input whose record has these marks. */
export function areAllScored(ranges: readonly MarkRange[], { type, greatest }: RecordedMarks): boolean {
  if (greatest === null) return true;
  const last = ranges.at(-1);
  return (
    last !== undefined &&
    compareMarks(last.to, markOf(type, greatest)) >= 0 &&
    ranges.every(({ after }, i) =>
      i === 0 ? after === null : after !== null && compareMarks(after, ranges[i - 1]!.to) === 0,
    )
  );
}

/**
 * Returns what a run took from an input: every gap between the ranges of other runs as a whole, and the rows
 * after the last range up to the greatest mark.
 */
export function takenRanges(
  { column, type }: Pick<RecordedMarks, 'column' | 'type'>,
  scored: readonly MarkRange[],
  { taken, greatest }: MarkCounts,
): RecordedMarks {
  const ranges = taken.flatMap((rows, i) => {
    const after = i === 0 ? null : scored[i - 1]!.to;
    const to = i < scored.length ? scored[i]!.after : rows > 0 ? greatest : null;
    if (to === null || (after !== null && compareMarks(after, to) >= 0)) return [];
    return [{ after: after === null ? null : textOf(after), to: textOf(to), rows }];
  });
  return { column, type, ranges, greatest: greatest === null ? null : textOf(greatest) };
}

/** Returns the ranges of a record; `by` is its run folder. */
export function rangesOf({ type, ranges }: RecordedMarks, by: string): ScoredRange[] {
  return ranges.map(({ after, to, rows }) => ({
    after: after === null ? null : markOf(type, after),
    to: markOf(type, to),
    rows,
    by,
  }));
}

function textOf(mark: Mark): string {
  return typeof mark === 'object' ? Buffer.from(mark).toString() : String(mark);
}

function markOf(type: ColumnType, text: string): Mark {
  if (type === 'string') return Buffer.from(text);
  return type === 'int64' || type === 'timestamp' ? BigInt(text) : Number(text);
}

/** Returns a mark for people. */
export function showMark(type: ColumnType, mark: Mark): string {
  return typeof mark === 'object' ? printable(textOf(mark)) : String(showStored(type, mark));
}
