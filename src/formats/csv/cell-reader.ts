import type { Column } from '../../chunk/column.js';
import { addProblem, type Found, type ProblemKind, type Problems } from '../../chunk/problem.js';
import type { ReadColumn, ReadPlan } from '../../chunk/read-plan.js';
import { allPresent, markMissing, markPresent } from '../../chunk/validity.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import { cellProblem } from '../text/cell-problem.js';
import { type Cell, type CellCode, type CellValue, parseCell } from '../text/parse-cell.js';
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
  const kinds = plan.columns.map((column) => kindsOf(column));
  return {
    read(problems) {
      const columns = new Map<string, Column>();
      const parsed = kernel.parse();
      for (const [i, column] of plan.columns.entries()) {
        const fast = parsed[i] ?? null;
        if (fast === null) {
          columns.set(column.name, readSlowly(kernel, column, kinds[i]!, problems));
          continue;
        }
        if (fast.slow > 0) settle(kernel, column, fast.column, fast.slowRows(), kinds[i]!, problems);
        columns.set(column.name, fast.column);
      }
      return columns;
    },
  };
}

function kindsOf(column: ReadColumn): (code: CellCode) => ProblemKind {
  const made = new Map<CellCode, ProblemKind>();
  return (code) => {
    let kind = made.get(code);
    if (kind === undefined) made.set(code, (kind = cellProblem(column, code)));
    return kind;
  };
}

/** Reads the cells at `rows` with the exact parser and stores their values. */
function settle(
  kernel: CsvKernel,
  column: ReadColumn,
  target: Column,
  rows: Uint32Array,
  kind: (code: CellCode) => ProblemKind,
  problems: Problems,
): void {
  for (const row of rows) {
    const text = kernel.cell(row, column.source);
    const cell = parseCell(text, column);
    if (cell.value !== null) setCell(target, row, cell.value);
    note(cell, row, text, kind, problems);
  }
}

function note(
  { code }: Cell,
  row: number,
  text: string,
  kind: (code: CellCode) => ProblemKind,
  problems: Problems,
): void {
  if (code === null) return;
  const found: Found = clip(text);
  addProblem(problems, kind(code), row, found);
}

function setCell(target: Column, row: number, value: CellValue): void {
  if (target.validity !== null) markPresent(target.validity, row);
  if (target.type === 'int64' || target.type === 'timestamp') target.values[row] = value as bigint;
  else if ('values' in target) target.values[row] = Number(value);
}

/** Reads a column that the kernels do not support: see `kernelReads`. */
function readSlowly(
  kernel: CsvKernel,
  column: ReadColumn,
  kind: (code: CellCode) => ProblemKind,
  problems: Problems,
): Column {
  const rows = kernel.rows;
  const values: (CellValue | null)[] = new Array(rows);
  for (let row = 0; row < rows; row++) {
    const text = kernel.cell(row, column.source);
    const cell = text === '' ? { value: null, code: null } : parseCell(text, column);
    values[row] = cell.value;
    note(cell, row, text, kind, problems);
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
