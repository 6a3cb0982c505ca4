import assert from 'node:assert/strict';
import type { Column, ColumnType } from '../../src/chunk/column.js';
import { defaultParse, type ParseOptions, type ReadColumn } from '../../src/chunk/read-plan.js';
import type { CsvKernel, KernelDialect } from '../../src/kernels/csv-kernel.js';
import { openCsvKernel, openPlainKernel } from '../../src/kernels/open-csv-kernel.js';

/** The SIMD kernel and its plain twin, opened once: they must behave identically. */
export const simd: CsvKernel = await openCsvKernel();
export const plain: CsvKernel = openPlainKernel();
export const kernels: readonly CsvKernel[] = [simd, plain];

/** Runs of a property: all of them with NIGHTSHIFT_FULL=1, a tenth of them otherwise. */
export function runs(full: number): number {
  return process.env['NIGHTSHIFT_FULL'] === '1' ? full : Math.ceil(full / 10);
}

export const comma: KernelDialect = {
  delimiter: 44,
  quote: 34,
  escape: 0,
  comment: 0,
  fields: 1,
  maxRowBytes: 1 << 20,
};

/** Returns a column of the plan with the given type, the first of the file. */
export function column(
  type: ColumnType,
  rest: Partial<Omit<ReadColumn, 'parse'>> = {},
  parse: Partial<ParseOptions> = {},
): ReadColumn {
  return {
    name: 'c',
    source: 0,
    type,
    layout: 'dictionary',
    categories: [],
    nullValues: ['', 'NA', 'N/A', 'null', 'NULL', 'NaN'],
    ...rest,
    parse: { ...defaultParse, ...parse },
  };
}

/** Puts bytes into a kernel as its next block, `before` bytes from its start. */
export function load(kernel: CsvKernel, bytes: Uint8Array, before = 0): void {
  const view = kernel.input(before + bytes.length);
  view.subarray(0, before).fill(34);
  view.set(bytes, before);
}

/** Result of reading one column of one-cell rows: texts (null: missing, undefined: slow), and counts. */
interface Read {
  readonly values: readonly (string | null | undefined)[];
  readonly missing: number;
  readonly slow: number;
}

/** Parses cells, one per row, quoted as given. */
export function readCells(kernel: CsvKernel, cells: readonly string[], plan: ReadColumn): Read {
  kernel.prepare({ ...comma, delimiter: 1 }, [plan]);
  const bytes = Buffer.from(cells.map((cell) => `${cell}\n`).join(''));
  load(kernel, bytes);
  let at = 0;
  while (at < bytes.length) {
    const { stop, reason } = kernel.scan(at, bytes.length);
    at = stop;
    if (reason === 'end') break;
    assert.equal(reason, 'blank', `${JSON.stringify(cells[kernel.rows])} is ${reason}`);
    kernel.appendRow(['']);
    at++;
  }
  assert.equal(kernel.rows, cells.length);
  const [parsed] = kernel.parse();
  assert.ok(parsed);
  const slow = new Set(parsed.slowRows());
  assert.equal(slow.size, parsed.slow);
  const values = cells.map((_, row) => (slow.has(row) ? undefined : textOf(parsed.column, row)));
  return { values, missing: parsed.missing, slow: parsed.slow };
}

/** Returns a value as a text that differs for different values, even -0 and 0; null if missing. */
export function textOf(from: Column, row: number): string | null {
  const { validity } = from;
  const isPresent = validity === null || (validity[row >> 3]! & (1 << (row & 7))) !== 0;
  if (from.type === 'list<float32>') throw new Error('kernels read no lists');
  if (from.type === 'string') {
    if (from.layout === 'text') {
      const text = Buffer.from(from.bytes.subarray(from.offsets[row]!, from.offsets[row + 1]!)).toString();
      if (!isPresent) assert.equal(text, '');
      return isPresent ? text : null;
    }
    if (!isPresent) assert.equal(from.codes[row], -1);
    return isPresent ? from.dictionary[from.codes[row]!]! : null;
  }
  const value = from.values[row]!;
  if (!isPresent) {
    const absent = from.type === 'float32' || from.type === 'float64' ? Number.NaN : 0;
    assert.ok(Object.is(Number(value), absent), `a missing ${from.type} stands as ${value}`);
    return null;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}
