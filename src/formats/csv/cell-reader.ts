import { byteTable, isLargeTable } from '../../chunk/byte-table.js';
import type { Column } from '../../chunk/column.js';
import type { ProblemKind, Problems } from '../../chunk/problem.js';
import type { ReadColumn, ReadPlan } from '../../chunk/read-plan.js';
import { allPresent, markMissing, markPresent } from '../../chunk/validity.js';
import { type CsvKernel, kernelReads } from '../../kernels/csv-kernel.js';
import { cellProblems } from '../text/cell-problem.js';
import { type CellValue, parseCell } from '../text/parse-cell.js';
import { clip } from './repair-row.js';

/** Converts the rows in the kernel to the plan's columns. */
interface CellReader {
  /** Parses all columns; handles cells for the exact parser here, and records problems in `problems`. */
  read(problems: Problems): Map<string, Column>;
}

/**
 * Completes the kernel's columns cell by cell for one plan; the exact parser reads what the kernel refuses.
 */
export function cellReader(kernel: CsvKernel, plan: ReadPlan): CellReader {
  const readers = plan.columns.map((column) => exactReader(kernel, column));
  return {
    read(problems) {
      const columns = new Map<string, Column>();
      const parsed = kernel.parse();
      for (const [i, column] of plan.columns.entries()) {
        const fast = parsed[i] ?? null;
        if (fast === null) {
          columns.set(column.name, readSlowly(kernel, column, readers[i]!, problems));
          continue;
        }
        if (fast.slow > 0) settle(fast.column, fast.slowRows(), readers[i]!, problems);
        columns.set(column.name, fast.column);
      }
      return columns;
    },
  };
}

/** The value of a cell by the exact parser, and the kind of its problem, null if it has none. */
interface ExactCell {
  readonly value: CellValue | null;
  readonly kind: ProblemKind | null;
  readonly found: string;
}

const missing = { value: null, code: null };

type ExactReader = (row: number) => ExactCell;

/**
 * Returns a function that reads a column's cells with the exact parser, 1 to 3 us each. It keeps what it has
 * read from one slice to the next: what needs this parser tends to occur again, and then costs 20 ns.
 */
function exactReader(kernel: CsvKernel, column: ReadColumn): ExactReader {
  const kindOf = cellProblems(column);
  // Of a column that the kernel does not support, an empty cell is missing, whatever its null values.
  const isEmptyMissing = !kernelReads(column);
  let table = byteTable();
  let cells: ExactCell[] = [];
  return (row) => {
    const id = kernel.cellId(row, column.source, table);
    const known = cells[id];
    if (known !== undefined) return known;
    const text = kernel.cell(row, column.source);
    const { value, code } = text === '' && isEmptyMissing ? missing : parseCell(text, column);
    const cell = { value, kind: code === null ? null : kindOf(code), found: clip(text) };
    if (isLargeTable(table)) {
      table = byteTable();
      cells = [];
    } else cells[id] = cell;
    return cell;
  };
}

/** Reads the cells at `rows` with the exact parser and stores their values. */
function settle(target: Column, rows: Uint32Array, read: ExactReader, problems: Problems): void {
  for (const row of rows) {
    const { value, kind, found } = read(row);
    if (value !== null) setCell(target, row, value);
    if (kind !== null) problems.add(kind, row, found);
  }
}

function setCell(target: Column, row: number, value: CellValue): void {
  if (target.validity !== null) markPresent(target.validity, row);
  if (target.type === 'int64' || target.type === 'timestamp') target.values[row] = value as bigint;
  else if ('values' in target) target.values[row] = Number(value);
}

/** Reads a column that the kernels do not support: see `kernelReads`. */
function readSlowly(kernel: CsvKernel, column: ReadColumn, read: ExactReader, problems: Problems): Column {
  const values: (CellValue | null)[] = new Array(kernel.rows);
  for (let row = 0; row < values.length; row++) {
    const { value, kind, found } = read(row);
    values[row] = value;
    if (kind !== null) problems.add(kind, row, found);
  }
  return columnOf(column, values);
}

function columnOf({ type }: ReadColumn, cells: readonly (CellValue | null)[]): Column {
  const length = cells.length;
  const validity = allPresent(length);
  for (let row = 0; row < length; row++) if (cells[row] === null) markMissing(validity, row);
  if (type === 'list<float32>') {
    const offsets = new Int32Array(length + 1);
    for (let row = 0; row < length; row++) {
      offsets[row + 1] = offsets[row]! + ((cells[row] as Float32Array | null)?.length ?? 0);
    }
    const items = new Float32Array(offsets[length]!);
    for (let row = 0; row < length; row++) {
      if (cells[row] !== null) items.set(cells[row] as Float32Array, offsets[row]!);
    }
    return { type, length, offsets, items, validity };
  }
  const or =
    <T extends number | bigint>(missing: T) =>
    (cell: CellValue | null) =>
      (cell as T | null) ?? missing;
  switch (type) {
    case 'timestamp':
    case 'int64':
      return { type, length, values: BigInt64Array.from(cells, or<bigint>(0n)), validity };
    case 'date':
    case 'int32':
      return { type, length, values: Int32Array.from(cells, or<number>(0)), validity };
    case 'float32':
      return { type, length, values: Float32Array.from(cells, or<number>(Number.NaN)), validity };
    case 'float64':
      return { type, length, values: Float64Array.from(cells, or<number>(Number.NaN)), validity };
    default:
      throw new Error(`${type} is read by the kernels`);
  }
}
