import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import type { ProblemKind } from '../../chunk/problem.js';
import { type StatusCounts, statusCounts } from '../../chunk/row-counts.js';
import type { BinPacker } from '../../quality/column-bins.js';
import type { ColumnProfile } from '../../quality/column-profile.js';
import {
  type CellCounter,
  type Cells,
  createCellCounter,
  mostCells,
  orderedCells,
} from '../../quality/count-by-cell.js';
import type { ProfileField } from '../../quality/profile-column.js';
import { segmentBins } from '../../quality/quality-sum.js';
import type { SegmentName, SegmentQuality } from '../../quality/segment.js';
import type { RowStatus } from '../../repair/row-status.js';
import { type AssignRows, assignRows } from './assign-rows.js';
import type { SegmentEntry } from './segment-plan.js';

/** The data counted by segment: the chunk as fed to the model, its rows' outcomes, and the kept scores. */
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

/** Counts chunks by segment. */
export type CountSegments = (scored: ScoredChunk) => SegmentQuality[];

/**
 * Compiles the entries; `inputs` and `outputs` are the profiled columns. Counts rows once by cell, the
 * combination of their segments of several entries, then adds cells up to segments.
 */
export function segmentCounter(
  entries: readonly SegmentEntry[],
  inputs: readonly ProfileField[],
  outputs: readonly ProfileField[],
): CountSegments {
  const counters: Counters = { columns: createCellCounter(inputs), outputs: createCellCounter(outputs) };
  const groups = groupEntries(entries.map((entry) => ({ names: namesOf(entry), assign: assignRows(entry) })));
  return (scored) => groups.flatMap((group) => countGroup(group, scored, counters));
}

type Counters = Readonly<Record<'columns' | 'outputs', CellCounter>>;

function namesOf(entry: SegmentEntry): SegmentName[] {
  const { slice } = entry;
  if (entry.kind === 'condition') return [{ slice, kind: 'condition', value: null }];
  return [
    ...entry.values.map((value) => ({ slice, kind: 'value', value }) as const),
    { slice, kind: 'others', value: null },
  ];
}

interface Entry {
  readonly names: readonly SegmentName[];
  readonly assign: AssignRows;
}

/** Entries whose rows are counted together: one cell for each combination of their segments. */
interface Group {
  /** Each entry with the distance between the cells of neighbouring segments. */
  readonly entries: readonly { readonly assign: AssignRows; readonly stride: number }[];
  readonly segments: readonly {
    readonly name: SegmentName;
    readonly union: readonly number[];
    /** The names of its bins, by column. */
    readonly bins: (list: 'columns' | 'outputs', column: string) => string;
  }[];
  readonly cells: number;
}

function groupEntries(entries: readonly Entry[]): Group[] {
  const groups: Entry[][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last !== undefined && cellsOf([...last, entry]) <= mostCells) last.push(entry);
    else groups.push([entry]);
  }
  return groups.map(makeGroup);
}

/** Returns the number of segments; the rows that do not meet a condition form one more. */
function sizeOf({ names }: Entry): number {
  return names[0]!.kind === 'condition' ? 2 : names.length;
}

function cellsOf(entries: readonly Entry[]): number {
  return entries.reduce((cells, entry) => cells * sizeOf(entry), 1);
}

function makeGroup(entries: readonly Entry[]): Group {
  const cells = cellsOf(entries);
  const numbers = Array.from({ length: cells }, (_, cell) => cell);
  const placed = entries.map((entry, i) => ({ ...entry, stride: cellsOf(entries.slice(0, i)) }));
  const segments = placed.flatMap((entry) =>
    entry.names.map((name, i) => ({
      name,
      union: numbers.filter((cell) => Math.floor(cell / entry.stride) % sizeOf(entry) === i),
      bins: remembered((list, column) => segmentBins(name, list, column)),
    })),
  );
  return { entries: placed, segments, cells };
}

/** The same function, creating each name once. */
function remembered(make: Group['segments'][number]['bins']): Group['segments'][number]['bins'] {
  const known = { columns: new Map<string, string>(), outputs: new Map<string, string>() };
  return (list, column) => {
    const name = known[list].get(column) ?? make(list, column);
    known[list].set(column, name);
    return name;
  };
}

function countGroup(group: Group, scored: ScoredChunk, counters: Counters): SegmentQuality[] {
  const { chunk, status, packer } = scored;
  const cells = new Uint8Array(chunk.rows);
  for (const { assign, stride } of group.entries) assign(chunk, cells, stride);
  const all = orderedCells(cells, group.cells);
  const rows = countRows(all, group, status, chunk.problems);
  const problems = problemsOf(chunk, cells, group);
  const profiles = group.segments.map(() => ({
    columns: [] as ColumnProfile[],
    outputs: [] as ColumnProfile[],
  }));
  const unions = group.segments.map(({ union }) => union);
  const count = (list: 'columns' | 'outputs', name: string, column: Column, of: Cells) =>
    counters[list].count(name, column, of, unions, (i, { light, bins }) => {
      if (rows[i]!.read === 0) return;
      packer.add('segments', group.segments[i]!.bins(list, name), bins);
      profiles[i]![list].push(light);
    });
  if (scored.features.length > 0) {
    const shown = orderedCells(shownCells(cells, group.cells, scored), group.cells);
    for (const feature of scored.features) {
      const column = chunk.columns.get(feature);
      if (column !== undefined) count('columns', feature, column, shown);
    }
  }
  const { kept } = status;
  const ofOutputs = kept === null ? all : orderedCells(gathered(cells, kept), group.cells);
  for (const [output, column] of scored.outputs) count('outputs', output, column, ofOutputs);
  return group.segments.flatMap(({ name }, i) =>
    rows[i]!.read === 0 ? [] : [{ ...name, rows: rows[i]!, problems: problems[i]!, ...profiles[i]! }],
  );
}

function gathered(cells: Uint8Array, rows: Int32Array): Uint8Array {
  const found = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) found[i] = cells[rows[i]!]!;
  return found;
}

/** The cells of rows whose values may be counted: those that are neither rejected nor unsafe to show. */
function shownCells(cells: Uint8Array, none: number, { status, safeRows }: ScoredChunk): Uint8Array {
  let shown = cells;
  for (const rows of [status.kept, safeRows]) {
    if (rows === null) continue;
    const among = new Uint8Array(cells.length).fill(none);
    for (const row of rows) among[row] = shown[row]!;
    shown = among;
  }
  return shown;
}

const states = 4;

/**
 * Counts the rows of each segment by status: counts those that are not ok, which have a problem; the rest is
 * ok.
 */
function countRows(
  cells: Cells,
  group: Group,
  { status }: RowStatus,
  problems: Chunk['problems'],
): StatusCounts[] {
  const counts = new Int32Array(group.cells * states);
  if (status !== null) {
    const uncounted = status.slice();
    for (let i = 0; i < problems.length; i++) {
      const row = problems.row(i);
      counts[cells.of[row]! * states + uncounted[row]!]!++;
      uncounted[row] = 0;
    }
  }
  return group.segments.map(({ union }) => {
    const sum = (of: (cell: number) => number) => union.reduce((total, cell) => total + of(cell), 0);
    const read = sum((cell) => cells.rows[cell]!);
    const [repaired, flagged, rejected] = [1, 2, 3].map((state) =>
      sum((cell) => counts[cell * states + state]!),
    ) as [number, number, number];
    return statusCounts({ read, scored: read - rejected, repaired, flagged, rejected });
  });
}

/** Counts the problems of each segment's rows by code, column and outcome. */
function problemsOf({ problems }: Chunk, cells: Uint8Array, group: Group): SegmentQuality['problems'][] {
  if (problems.length === 0) return group.segments.map(() => []);
  const counted = problemsByCell(problems, cells, group.cells);
  return group.segments.map(({ union }) =>
    counted.flatMap(({ kind: { code, column, outcome }, perCell }) => {
      const count = union.reduce((sum, cell) => sum + perCell[cell]!, 0);
      return count === 0 ? [] : [{ code, column, outcome, count }];
    }),
  );
}

interface KindCount {
  readonly kind: ProblemKind;
  readonly perCell: Int32Array;
}

/** Counts problems by kind and cell: kinds of the same code, column and outcome together. */
function problemsByCell(problems: Chunk['problems'], cells: Uint8Array, count: number): readonly KindCount[] {
  const byKind = new Map<ProblemKind, Int32Array>();
  const byKey = new Map<string, KindCount>();
  let last: ProblemKind | null = null;
  let perCell: Int32Array = new Int32Array(0);
  for (let i = 0; i < problems.length; i++) {
    const kind = problems.kind(i);
    // Problems come by rule and column: most are of the same kind as the one before.
    if (kind !== last) {
      last = kind;
      const key = `${kind.code} ${kind.outcome} ${kind.column}`;
      const known = byKind.get(kind) ?? byKey.get(key)?.perCell;
      perCell = known ?? new Int32Array(count);
      byKind.set(kind, perCell);
      if (known === undefined) byKey.set(key, { kind, perCell });
    }
    perCell[cells[problems.row(i)]!]!++;
  }
  return [...byKey.values()];
}
