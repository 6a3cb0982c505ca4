import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import { selectRows } from '../../chunk/select-rows.js';
import { isPresent } from '../../chunk/validity.js';
import type { BinPacker } from '../../quality/column-bins.js';
import { createProfiler, type ProfileField, type Profiler } from '../../quality/profile-column.js';
import { segmentBins } from '../../quality/quality-sum.js';
import {
  type SegmentName,
  type SegmentQuality,
  segmentPrecision,
  segmentProfile,
} from '../../quality/segment.js';
import { storedOf } from '../../repair/cell.js';
import { dictionaryOf } from '../../repair/dictionary.js';
import { evaluator } from '../../repair/evaluate-expression.js';
import type { RowStatus } from '../../repair/row-status.js';
import type { SegmentEntry } from './segment-plan.js';

/** What is counted by segment: the chunk as the model got it, the outcomes of its rows, and the scores of the kept ones. */
interface ScoredChunk {
  readonly chunk: Chunk;
  readonly status: RowStatus;
  readonly outputs: ReadonlyMap<string, Column>;
  /** Features whose values are profiled too; empty: none of this chunk. */
  readonly features: readonly string[];
  /** Rows whose values may be shown; null: all. */
  readonly safeRows: Int32Array | null;
  /** Destination of the counted bins. */
  readonly packer: BinPacker;
}

/** Counts chunks by segment: 10 to 20 ns a row for each entry, and the profiles of a gathered copy. */
export type CountSegments = (scored: ScoredChunk) => SegmentQuality[];

/**
 * Compiles the entries; `inputs` and `outputs` are the profiled columns. Each segment has its own profilers: hints from the rows of one do
 * not help another.
 */
export function segmentCounter(
  entries: readonly SegmentEntry[],
  inputs: readonly ProfileField[],
  outputs: readonly ProfileField[],
): CountSegments {
  const compiled = entries.map((entry) => ({
    assign: assignSegments(entry),
    segments: namesOf(entry).map((name) => ({
      name,
      inputs: createProfiler(inputs),
      outputs: createProfiler(outputs),
    })),
  }));
  return (scored) => {
    const among = scored.safeRows === null ? null : new Set(scored.safeRows);
    return compiled.flatMap(({ segments, assign }) => {
      const segmentOfRow = assign(scored.chunk);
      const groups = groupRows(segmentOfRow, segments.length, scored.status);
      const problems = problemsOf(scored.chunk, segmentOfRow, segments.length);
      return segments.flatMap((segment, i): SegmentQuality[] => {
        const { rows, kept, positions } = groups[i]!;
        if (rows.read === 0) return [];
        const shown = among === null ? kept : kept.filter((row) => among.has(row));
        const count = (profiler: Profiler, list: 'columns' | 'outputs', name: string, column: Column) => {
          const { light, bins } = profiler.count(name, column, segmentPrecision);
          scored.packer.add('segments', segmentBins(segment.name, list, name), { ...bins, registers: null });
          return segmentProfile(light);
        };
        const ofFeatures = scored.features.flatMap((feature) => {
          const column = scored.chunk.columns.get(feature);
          if (column === undefined) return [];
          return [count(segment.inputs, 'columns', feature, selectRows(column, shown))];
        });
        const ofOutputs = [...scored.outputs].map(([output, column]) =>
          count(segment.outputs, 'outputs', output, selectRows(column, positions)),
        );
        return [{ ...segment.name, rows, problems: problems[i]!, columns: ofFeatures, outputs: ofOutputs }];
      });
    });
  };
}

function namesOf(entry: SegmentEntry): SegmentName[] {
  const { slice } = entry;
  if (entry.kind === 'condition') return [{ slice, kind: 'condition', value: null }];
  return [
    ...entry.values.map((value) => ({ slice, kind: 'value', value }) as const),
    { slice, kind: 'others', value: null },
  ];
}

/** Returns the segment of an entry for each row of a chunk; -1: none. */
type AssignSegments = (chunk: Chunk) => Int32Array;

function assignSegments(entry: SegmentEntry): AssignSegments {
  if (entry.kind === 'condition') {
    const evaluate = evaluator(entry.expression);
    return ({ rows, columns }) => {
      const truths = evaluate({ rows, columns });
      const segmentOfRow = new Int32Array(rows);
      for (let row = 0; row < rows; row++) segmentOfRow[row] = truths[row] === 1 ? 0 : -1;
      return segmentOfRow;
    };
  }
  const others = entry.values.length;
  return ({ rows, columns }) => {
    const column = columns.get(entry.slice);
    const segmentOfRow = new Int32Array(rows).fill(others);
    if (column === undefined) return segmentOfRow;
    if (column.type === 'string') placeTexts(column, entry.values, segmentOfRow);
    else placeNumbers(column, entry.values, segmentOfRow);
    return segmentOfRow;
  };
}

function placeTexts(
  column: Column & { readonly type: 'string' },
  values: readonly string[],
  segmentOfRow: Int32Array,
): void {
  const { codes, dictionary } = column.layout === 'dictionary' ? column : dictionaryOf(column, []);
  const known = new Map(values.map((value, segment) => [value, segment]));
  const table = Int32Array.from(dictionary, (text) => known.get(text) ?? values.length);
  for (let row = 0; row < segmentOfRow.length; row++) {
    const code = codes[row]!;
    if (code >= 0) segmentOfRow[row] = table[code]!;
  }
}

function placeNumbers(
  column: Exclude<Column, { readonly type: 'string' }>,
  values: readonly string[],
  segmentOfRow: Int32Array,
): void {
  if (column.type === 'list<float32>') return;
  const known = new Map(values.map((value, segment) => [storedOf(column.type, value), segment]));
  for (let row = 0; row < segmentOfRow.length; row++) {
    const segment = known.get(column.values[row]!);
    if (segment !== undefined && isPresent(column.validity, row)) segmentOfRow[row] = segment;
  }
}

interface Group {
  readonly rows: SegmentQuality['rows'];
  /** Its kept rows, and the index of each among all kept rows. */
  readonly kept: Int32Array;
  readonly positions: Int32Array;
}

const states = 4;

/** Returns the rows of each segment: counted by status, then gathered in order. */
function groupRows(segmentOfRow: Int32Array, segments: number, { status, kept }: RowStatus): Group[] {
  const counts = new Int32Array(segments * states);
  if (status === null) {
    for (const segment of segmentOfRow) if (segment >= 0) counts[segment * states]!++;
  } else {
    for (let row = 0; row < segmentOfRow.length; row++) {
      const segment = segmentOfRow[row]!;
      if (segment >= 0) counts[segment * states + status[row]!]!++;
    }
  }
  const rows = Array.from({ length: segments }, (_, i) => {
    const [ok, repaired, flagged, rejected] = counts.slice(i * states, (i + 1) * states);
    const scored = ok! + repaired! + flagged!;
    return {
      read: scored + rejected!,
      scored,
      ok: ok!,
      repaired: repaired!,
      flagged: flagged!,
      rejected: rejected!,
    };
  });
  // The rows of all segments one after another, so that the loop writes to one array.
  const ends = new Int32Array(segments);
  for (let i = 1; i < segments; i++) ends[i] = ends[i - 1]! + rows[i - 1]!.scored;
  const starts = ends.slice();
  const total = rows.reduce((sum, { scored }) => sum + scored, 0);
  const keptRows = new Int32Array(total);
  const positions = kept === null ? keptRows : new Int32Array(total);
  const length = kept === null ? segmentOfRow.length : kept.length;
  for (let position = 0; position < length; position++) {
    const row = kept === null ? position : kept[position]!;
    const segment = segmentOfRow[row]!;
    if (segment < 0) continue;
    const at = ends[segment]!++;
    keptRows[at] = row;
    if (kept !== null) positions[at] = position;
  }
  return rows.map((each, i) => ({
    rows: each,
    kept: keptRows.subarray(starts[i], ends[i]),
    positions: positions.subarray(starts[i], ends[i]),
  }));
}

/** Counts the problems of each segment's rows by code, column and outcome. */
function problemsOf(
  { problems }: Chunk,
  segmentOfRow: Int32Array,
  segments: number,
): SegmentQuality['problems'][] {
  const sums = Array.from({ length: segments }, () => new Map<string, SegmentQuality['problems'][number]>());
  for (let i = 0; i < problems.kinds.length; i++) {
    const segment = segmentOfRow[problems.rows[i]!]!;
    if (segment < 0) continue;
    const { code, column, outcome } = problems.kinds[i]!;
    const key = `${code} ${outcome} ${column}`;
    sums[segment]!.set(key, { code, column, outcome, count: (sums[segment]!.get(key)?.count ?? 0) + 1 });
  }
  return sums.map((sum) => [...sum.values()]);
}
