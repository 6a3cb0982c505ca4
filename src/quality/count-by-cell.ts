import type { BooleanColumn, Column, DictionaryColumn } from '../chunk/column.js';
import { selectRows } from '../chunk/select-rows.js';
import { isPresent } from '../chunk/validity.js';
import {
  BLOCK_ROWS,
  CELL_BYTES,
  CELL_COUNT,
  CELL_FIGURES,
  CELL_FRACTIONS,
  CELL_GREATEST,
  CELL_LEAST,
  CELL_PRECISION,
  CELL_SQUARES,
  CELL_STARTS,
  CELL_SUM,
  CELLS,
  MOST_CELLS,
  OTHER_COUNTS,
  OTHER_KEYS,
  ROWS_BY_CELL,
  SUMS,
} from '../kernels/count-layout.js';
import type { CountLoops } from '../kernels/count-loops.js';
import { onlyRegisters } from './column-bins.js';
import { type CountMemory, sharedCountMemory } from './count-memory.js';
import type { NumericColumn } from './count-numbers.js';
import { heldMoments, mergeNumbers, type NumberProfile } from './number-profile.js';
import {
  type CountedColumn,
  createProfiler,
  dictionaryPart,
  lightProfile,
  type ProfileField,
} from './profile-column.js';
import { segmentPrecision, segmentProfile } from './segment.js';
import { emptySketch } from './sketch.js';

/** Maximum number of cells that are counted together. */
export const mostCells = MOST_CELLS;

/** The cell of each row of a column, a number below `count` (at most `mostCells`); `count`: not counted. */
export interface Cells {
  readonly of: Uint8Array;
  readonly count: number;
  /** Rows of each. */
  readonly rows: Int32Array;
  /** The output of `orderCells` for each block of rows. */
  readonly blocks: readonly { readonly order: Uint16Array; readonly starts: Int32Array }[];
}

/** Returns the cells with the rows of each, ordered by the loops of `memory`. */
export function orderedCells(
  of: Uint8Array,
  count: number,
  { loops, bytes, words, load }: CountMemory = sharedCountMemory(),
): Cells {
  const rows = new Int32Array(count + 1);
  const blocks = [];
  for (let start = 0; start < of.length; start += BLOCK_ROWS) {
    const end = Math.min(of.length, start + BLOCK_ROWS);
    load(of, start, end, CELLS);
    loops.orderCells(end - start, count);
    const order = bytes.slice(ROWS_BY_CELL, ROWS_BY_CELL + 2 * (end - start));
    const starts = words.slice(CELL_STARTS / 4, CELL_STARTS / 4 + count + 2);
    for (let cell = 0; cell <= count; cell++) rows[cell]! += starts[cell + 1]! - starts[cell]!;
    blocks.push({ order: new Uint16Array(order.buffer), starts });
  }
  return { of, count, rows, blocks };
}

/**
 * Counts a column for many sets of rows in one pass: rows are counted by cell; each set is a union of cells.
 */
export interface CellCounter {
  /**
   * Calls `take` with each union's counts, by its index; bins are valid until `take` returns. Takes 3 to 5 ns
   * a row.
   */
  count(
    name: string,
    column: Column,
    cells: Cells,
    unions: readonly (readonly number[])[],
    take: (union: number, counted: CountedColumn) => void,
  ): void;
}

/** Maximum number of counters of cells and values together; beyond, each union is counted separately. */
const mostCounters = 1 << 18;

/** Creates a counter of these columns, which counts in `memory`. */
export function createCellCounter(
  fields: readonly ProfileField[],
  memory: CountMemory = sharedCountMemory(),
): CellCounter {
  const known = new Map(fields.map((field) => [field.name, field]));
  const profiler = createProfiler(fields, memory);
  return {
    count(name, column, cells, unions, take) {
      const field = known.get(name)!;
      const isDone = countTogether(field, column, cells, unions, take, memory);
      if (isDone) return;
      for (const [i, union] of unions.entries()) {
        const { light, bins } = profiler.count(
          name,
          selectRows(column, rowsOf(cells, union)),
          segmentPrecision,
        );
        take(i, { light: segmentProfile(light), bins: { ...bins, registers: null } });
      }
    },
  };
}

/** Returns false for columns not counted by cell: withheld, lists, plain texts, too many different values. */
function countTogether(
  field: ProfileField,
  column: Column,
  cells: Cells,
  unions: readonly (readonly number[])[],
  take: (union: number, counted: CountedColumn) => void,
  memory: CountMemory,
): boolean {
  if (field.redact || column.type === 'list<float32>') return false;
  const parts =
    column.type === 'boolean'
      ? truesByCell(column, cells)
      : column.type !== 'string'
        ? numbersByCell(column, cells, memory)
        : column.layout === 'dictionary'
          ? codesByCell(column, cells, field.categories)
          : null;
  if (parts === null) return false;
  const missingIn = missingByCell(column, cells);
  for (const [i, union] of unions.entries()) {
    const missing = sumOf(missingIn, union);
    const part = parts(union, missing);
    const light = lightProfile(field.name, column.type, sumOf(cells.rows, union), missing, part);
    take(i, { light, bins: part.bins });
  }
  return true;
}

function missingByCell({ validity, length }: Column, { of, count }: Cells): Int32Array {
  const missing = new Int32Array(count + 1);
  if (validity === null) return missing;
  for (let row = 0; row < length; row++) {
    if ((row & 7) === 0 && validity[row >> 3] === 0xff) row += 7;
    else if (!isPresent(validity, row)) missing[of[row]!]!++;
  }
  return missing;
}

/** Returns what was counted in a union of cells in which this many rows are missing. */
type PartOf = (
  union: readonly number[],
  missing: number,
) => Parameters<typeof lightProfile>[4] & Pick<CountedColumn, 'bins'>;

function rowsOf({ of }: Cells, union: readonly number[]): Int32Array {
  const isIn = new Uint8Array(256);
  for (const cell of union) isIn[cell] = 1;
  return Int32Array.from(of.keys()).filter((row) => isIn[of[row]!] === 1);
}

function sumOf(figures: Int32Array, union: readonly number[]): number {
  return union.reduce((sum, cell) => sum + figures[cell]!, 0);
}

/** Adds up the counters of a union's cells, `width` each. */
function addCells(counts: Int32Array, width: number, union: readonly number[]): Int32Array {
  const sums = new Int32Array(width);
  for (const cell of union) {
    const start = cell * width;
    for (let i = 0; i < width; i++) sums[i]! += counts[start + i]!;
  }
  return sums;
}

function truesByCell({ values, length }: BooleanColumn, { of, count }: Cells): PartOf {
  const trues = new Int32Array(count + 1);
  for (let row = 0; row < length; row++) trues[of[row]!]! += values[row]!;
  return (union) => ({ trues: sumOf(trues, union), bins: onlyRegisters(null) });
}

function codesByCell(
  { codes, dictionary }: DictionaryColumn,
  { of, count }: Cells,
  categories: number | null,
): PartOf | null {
  const width = dictionary.length + 1;
  if (width * (count + 1) > mostCounters) return null;
  const counts = new Int32Array(width * (count + 1));
  for (let row = 0; row < codes.length; row++) counts[of[row]! * width + codes[row]! + 1]!++;
  return (union) => ({
    ...dictionaryPart(addCells(counts, width, union), dictionary, categories, null),
    unknownValues: null,
  });
}

/** Counts numbers by cell in the memory of the loops; null where there are more bins than that holds. */
function numbersByCell(column: NumericColumn, cells: Cells, memory: CountMemory): PartOf | null {
  const { loops, words, floats } = memory;
  const take = cellLoop(loops, column);
  loops.beginCells(cells.count);
  for (const [i, { order, starts }] of cells.blocks.entries()) {
    const start = i * BLOCK_ROWS;
    const end = start + order.length;
    memory.load(column.values, start, end);
    memory.load(order, 0, order.length, ROWS_BY_CELL);
    memory.load(starts, 0, starts.length, CELL_STARTS);
    if (column.validity !== null) memory.loadBits(column.validity, start, end);
    if (take() === 1) return null;
  }
  const bins = loops.sortCellBins();
  return (union, missing) => {
    loops.beginSums();
    for (const cell of union) loops.addCell(cell);
    const found = loops.gatherSums(bins);
    const numbers = union.map((cell) => numbersOf(floats, cell)).reduce(mergeNumbers);
    return {
      numbers: { ...numbers, nan: Math.max(0, words[SUMS / 4]! - missing), infinite: words[SUMS / 4 + 1]! },
      bins: {
        precision: CELL_PRECISION,
        keys: words.subarray(OTHER_KEYS / 4, OTHER_KEYS / 4 + found),
        counts: words.subarray(OTHER_COUNTS / 4, OTHER_COUNTS / 4 + found),
        registers: null,
      },
    };
  };
}

function cellLoop(loops: CountLoops, { type, validity }: NumericColumn): () => number {
  const mayMiss = validity !== null;
  if (type === 'float32') return loops.cellFloats32;
  if (type === 'float64') return loops.cellFloats64;
  if (type === 'int64' || type === 'timestamp') return () => loops.cellInts64(mayMiss);
  return () => loops.cellInts32(mayMiss);
}

/** Returns the figures of a cell's finite numbers. */
function numbersOf(floats: Float64Array, cell: number): NumberProfile {
  const figure = (slot: number) => floats[(CELL_FIGURES + cell * CELL_BYTES) / 8 + slot]!;
  const count = figure(CELL_COUNT);
  return {
    count,
    nan: 0,
    infinite: 0,
    whole: figure(CELL_FRACTIONS) === 0,
    min: count === 0 ? null : figure(CELL_LEAST),
    max: count === 0 ? null : figure(CELL_GREATEST),
    ...heldMoments(figure(CELL_SUM), 0, figure(CELL_SQUARES)),
    sketch: emptySketch(),
  };
}
