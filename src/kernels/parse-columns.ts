import { codedColumn } from '../chunk/coded-texts.js';
import type { Column, Validity } from '../chunk/column.js';
import type { ReadColumn } from '../chunk/read-plan.js';
import type { Arena } from './arena.js';
import { kernelReads, type ParsedColumn } from './csv-kernel.js';
import {
  ABSENT,
  BOOLEAN,
  CODES,
  COLUMN_BYTES,
  COUNTS,
  DATE,
  EXTRA,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  MISSING,
  NEXT_ROW,
  SLOW,
  TEXTS,
  TIMESTAMP,
} from './layout.js';
import type { KernelLoops } from './loops.js';
import type { Rows } from './rows.js';
import {
  type ColumnTables,
  columnTableBytes,
  columnTables,
  emptyTable,
  layTexts,
  type TokenTexts,
  tableBytes,
} from './tables.js';

/** A column of the plan with its tables in memory; null tables if the kernels do not read it. */
export interface PlannedColumn {
  readonly column: ReadColumn;
  readonly tables: ColumnTables | null;
}

/** The memory of a column that is being parsed. */
interface ColumnMemory {
  readonly column: ReadColumn;
  /** Address of its description, see COLUMN_BYTES. */
  readonly at: number;
  readonly values: number;
  readonly validity: number;
  readonly slow: number;
  /** Texts only: false if they are read as codes. */
  isWritten: boolean;
  /** The texts of codes; null: there are no codes, or all are of categories. */
  texts: TokenTexts | null;
}

export function planColumns(
  loops: KernelLoops,
  arena: Arena,
  columns: readonly ReadColumn[],
  quote: number,
): readonly PlannedColumn[] {
  // Growing memory replaces its buffer and costs half a millisecond: allocate once for thousands of columns.
  loops.ensure(arena.top + columns.filter(kernelReads).reduce((sum, one) => sum + columnTableBytes(one), 0));
  return columns.map((column) => ({
    column,
    tables: kernelReads(column) ? columnTables(loops, arena, column, quote) : null,
  }));
}

/** Parses the planned columns over all rows, tile by tile; allocates memory first and creates views last. */
export function parseColumns(
  loops: KernelLoops,
  arena: Arena,
  rows: Rows,
  columns: readonly PlannedColumn[],
): readonly (ParsedColumn | null)[] {
  const count = columns.reduce((sum, { tables }) => sum + (tables === null ? 0 : 1), 0);
  const described = arena.take(count * COLUMN_BYTES);
  let at = described - COLUMN_BYTES;
  const allocated = columns.map(({ column, tables }) =>
    tables === null ? null : allocate(loops, arena, rows, column, tables, (at += COLUMN_BYTES)),
  );
  for (;;) {
    const full = loops.readColumns(described, count, rows.count);
    if (full < 0) break;
    const column = allocated.find((one) => one?.at === described + full * COLUMN_BYTES)!;
    if (column.column.layout === 'text' && usedSlots(arena, column) * leastRowsOfCode > rows.count)
      readAsText(loops, arena, rows, column);
    else growTable(loops, arena, column);
  }
  for (const target of allocated) if (target !== null) target.texts = textsOfCodes(loops, arena, target);
  return allocated.map((target) => target && parsed(arena, rows, target));
}

/** Texts that have fewer rows each are not read as codes. */
const leastRowsOfCode = 4;

function textsOfCodes(loops: KernelLoops, arena: Arena, target: ColumnMemory): TokenTexts | null {
  const { column, at, isWritten } = target;
  if (column.type !== 'string' || isWritten) return null;
  const i32 = arena.i32();
  const table = i32[(at + EXTRA) >> 2]!;
  const isKnown = column.layout !== 'text' && i32[(table >> 2) + 2] === column.categories.length;
  return isKnown ? null : layTexts(loops, arena, table);
}

function usedSlots(arena: Arena, { at }: ColumnMemory): number {
  const i32 = arena.i32();
  return i32[(i32[(at + EXTRA) >> 2]! >> 2) + 1]!;
}

function growTable(loops: KernelLoops, arena: Arena, { at }: ColumnMemory): void {
  const slot = (at + EXTRA) >> 2;
  const table = arena.i32()[slot]!;
  const grown = emptyTable(arena, arena.i32()[table >> 2]!);
  loops.rehash(table, grown);
  arena.i32()[slot] = grown;
}

/** Lets a column that was read as codes be read again from its first row as texts. */
function readAsText(loops: KernelLoops, arena: Arena, rows: Rows, target: ColumnMemory): void {
  const { column, at, values, validity } = target;
  const bytes = arena.take(loops.textBytes(...cellsOf(rows, column), 0, rows.count));
  arena.u8().fill(0xff, validity, validity + ((rows.count + 7) >> 3));
  const i32 = arena.i32();
  i32[values >> 2] = 0;
  i32[at >> 2] = TEXTS;
  i32[(at + EXTRA) >> 2] = bytes;
  i32.fill(0, (at + NEXT_ROW) >> 2, (at + COLUMN_BYTES) >> 2);
  target.isWritten = true;
}

const widths = { float32: 4, int32: 4, date: 4, string: 4, float64: 8, int64: 8, timestamp: 8, boolean: 1 };

const kinds = {
  float32: FLOAT32,
  float64: FLOAT64,
  int32: INT32,
  int64: INT64,
  boolean: BOOLEAN,
  date: DATE,
  timestamp: TIMESTAMP,
  string: CODES,
};

function allocate(
  loops: KernelLoops,
  arena: Arena,
  rows: Rows,
  column: ReadColumn,
  tables: ColumnTables,
  at: number,
): ColumnMemory {
  const type = column.type as keyof typeof widths;
  const isText = type === 'string' && column.layout === 'text' && column.coded !== true;
  const mapBytes = (rows.count + 7) >> 3;
  const values = arena.take((rows.count + 1) * widths[type]);
  const validity = arena.take(mapBytes);
  const slow = type === 'string' ? 0 : arena.take(mapBytes);
  const cells = cellsOf(rows, column);
  let extra = slow;
  if (isText) extra = arena.take(loops.textBytes(...cells, 0, rows.count));
  else if (type === 'string') extra = copyTable(arena, tables.words);
  else arena.u8().fill(0, slow, slow + mapBytes);
  arena.u8().fill(0xff, validity, validity + mapBytes);
  const i32 = arena.i32();
  if (isText) i32[values >> 2] = 0;
  const { decimal, nulls, words, flags } = tables;
  const kind = isText ? TEXTS : kinds[type];
  i32.set([kind, ...cells, values, validity, extra, decimal, nulls, words, flags, 0, 0, 0, 0], at >> 2);
  return { column, at, values, validity, slow, isWritten: isText, texts: null };
}

function copyTable(arena: Arena, table: number): number {
  const bytes = tableBytes(arena.i32()[table >> 2]!);
  const copy = arena.take(bytes);
  arena.u8().copyWithin(copy, table, table + bytes);
  return copy;
}

/** Returns the addresses of a column's cells, see `Cells`. */
function cellsOf(
  { ends, starts, fields }: Rows,
  { source }: ReadColumn,
): [starts: number, startStride: number, ends: number, endStride: number] {
  const end = ends + 4 * source;
  return source === 0 ? [starts, 4, end, 4 * fields] : [end - 4, 4 * fields, end, 4 * fields];
}

function parsed(arena: Arena, rows: Rows, target: ColumnMemory): ParsedColumn {
  const { at, slow } = target;
  const i32 = arena.i32();
  const missing = i32[at / 4 + COUNTS / 4 + MISSING]!;
  const slowCount = i32[at / 4 + COUNTS / 4 + SLOW]!;
  const absent = i32[at / 4 + COUNTS / 4 + ABSENT]!;
  return {
    column: columnOf(arena, rows, target, missing + slowCount + absent === 0),
    missing,
    slow: slowCount,
    slowRows() {
      const found = new Uint32Array(slowCount);
      const u8 = arena.u8();
      let n = 0;
      for (let byte = 0; n < found.length; byte++) {
        for (let bits = u8[slow + byte]!; bits !== 0; bits &= bits - 1) {
          found[n++] = byte * 8 + 31 - Math.clz32(bits & -bits);
        }
      }
      return found;
    },
  };
}

function columnOf(arena: Arena, { count: length }: Rows, target: ColumnMemory, isWhole: boolean): Column {
  const { column, values } = target;
  const buffer = arena.u8().buffer;
  const validity = isWhole ? null : new Uint8Array(buffer, target.validity, (length + 7) >> 3);
  const { type } = column;
  switch (type) {
    case 'float32':
      return { type, length, values: new Float32Array(buffer, values, length), validity };
    case 'float64':
      return { type, length, values: new Float64Array(buffer, values, length), validity };
    case 'int32':
    case 'date':
      return { type, length, values: new Int32Array(buffer, values, length), validity };
    case 'int64':
    case 'timestamp':
      return { type, length, values: new BigInt64Array(buffer, values, length), validity };
    case 'boolean':
      return { type, length, values: new Uint8Array(buffer, values, length), validity };
    case 'string':
      return stringsOf(arena, length, target, validity);
    default:
      throw new Error(`${type} is not read by the kernels`);
  }
}

function stringsOf(
  arena: Arena,
  length: number,
  { column, at, values, isWritten, texts }: ColumnMemory,
  validity: Validity,
): Column {
  const type = 'string';
  const { buffer } = arena.u8();
  const words = new Int32Array(buffer, values, length + 1);
  if (isWritten) {
    const bytes = new Uint8Array(buffer, arena.i32()[(at + EXTRA) >> 2]!, words[length]!);
    return { type, layout: 'text', length, offsets: words, bytes, validity };
  }
  const codes = words.subarray(0, length);
  if (texts === null)
    return { type, layout: 'dictionary', length, codes, dictionary: column.categories, validity };
  const { entries } = texts;
  const offsets = new Int32Array(buffer, texts.offsets, entries + 1);
  const bytes = new Uint8Array(buffer, texts.bytes, offsets[entries]!);
  if (column.layout === 'text') return codedColumn({ codes, entries, offsets, bytes }, validity);
  const dictionary = dictionaryOf(column.categories, offsets, bytes);
  return { type, layout: 'dictionary', length, codes, dictionary, validity };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Returns the categories, then the chunk's own values by first occurrence. */
function dictionaryOf(known: readonly string[], offsets: Int32Array, bytes: Uint8Array): readonly string[] {
  const dictionary = [...known];
  for (let code = known.length; code < offsets.length - 1; code++)
    dictionary.push(decoder.decode(bytes.subarray(offsets[code]!, offsets[code + 1]!)));
  return dictionary;
}
