import type { Column } from '../chunk/column.js';
import type { ReadColumn } from '../chunk/read-plan.js';
import type { Arena } from './arena.js';
import { kernelReads, type ParsedColumn } from './csv-kernel.js';
import { ABSENT, MISSING, RESULT, SLOW, TABLE_HEADER, TABLE_SLOT } from './layout.js';
import type { Cells, KernelLoops } from './loops.js';
import type { Rows } from './rows.js';
import { type ColumnTables, columnTables, emptyTable, tableBytes, unescaped } from './tables.js';

/** A column of the plan with its tables in memory; null tables where the kernels do not read it. */
export interface PlannedColumn {
  readonly column: ReadColumn;
  readonly tables: ColumnTables | null;
}

/** A column being parsed: where it lies, and what was met so far. */
interface Place {
  readonly column: ReadColumn;
  readonly tables: ColumnTables;
  readonly values: number;
  readonly validity: number;
  readonly slow: number;
  /** Bytes of text, or the chunk's own copy of the categories' table, which may move as it grows. */
  bytes: number;
  counts: [missing: number, slow: number, absent: number];
}

/** Rows parsed column by column before the next rows are looked at: their bytes and ends then stay in the second-level cache. */
const tileRows = 2048;

export function planColumns(
  loops: KernelLoops,
  arena: Arena,
  columns: readonly ReadColumn[],
  quote: number,
): readonly PlannedColumn[] {
  return columns.map((column) => ({
    column,
    tables: kernelReads(column) ? columnTables(loops, arena, column, quote) : null,
  }));
}

/** Parses the planned columns over all rows, tile by tile; memory is taken first, views are made last. */
export function parseColumns(
  loops: KernelLoops,
  arena: Arena,
  rows: Rows,
  columns: readonly PlannedColumn[],
): readonly (ParsedColumn | null)[] {
  const places = columns.map(({ column, tables }) =>
    tables === null ? null : takePlace(loops, arena, rows, column, tables),
  );
  for (let from = 0; from < rows.count; from += tileRows) {
    const to = Math.min(rows.count, from + tileRows);
    for (const place of places) if (place !== null) parseTile(loops, arena, rows, place, from, to);
  }
  return places.map((place) => place && parsed(arena, rows, place));
}

const widths = { float32: 4, int32: 4, date: 4, string: 4, float64: 8, int64: 8, timestamp: 8, boolean: 1 };

function takePlace(
  loops: KernelLoops,
  arena: Arena,
  rows: Rows,
  column: ReadColumn,
  tables: ColumnTables,
): Place {
  const isText = column.type === 'string' && column.layout === 'text';
  const width = widths[column.type as keyof typeof widths];
  const mapBytes = (rows.count + 7) >> 3;
  const values = arena.take((rows.count + 1) * width);
  const validity = arena.take(mapBytes);
  const slow = arena.take(mapBytes);
  let bytes = 0;
  if (isText) bytes = arena.take(loops.textBytes(...cellsOf(rows, column, 0, rows.count)));
  else if (column.type === 'string') bytes = copyTable(arena, tables.words);
  arena.u8().fill(0xff, validity, validity + mapBytes);
  arena.u8().fill(0, slow, slow + mapBytes);
  if (isText) arena.i32()[values >> 2] = 0;
  return { column, tables, values, validity, slow, bytes, counts: [0, 0, 0] };
}

function copyTable(arena: Arena, table: number): number {
  const bytes = tableBytes(arena.i32()[table >> 2]!);
  const copy = arena.take(bytes);
  arena.u8().copyWithin(copy, table, table + bytes);
  return copy;
}

function cellsOf({ ends, starts, fields }: Rows, { source }: ReadColumn, from: number, to: number): Cells {
  const end = ends + 4 * source;
  return source === 0
    ? [starts, 4, end, 4 * fields, from, to]
    : [end - 4, 4 * fields, end, 4 * fields, from, to];
}

function parseTile(
  loops: KernelLoops,
  arena: Arena,
  rows: Rows,
  place: Place,
  from: number,
  to: number,
): void {
  const { column, tables, values, validity, slow } = place;
  loops.setColumn(tables.decimal, tables.nulls, tables.words, tables.flags);
  arena.i32().fill(0, RESULT / 4, RESULT / 4 + 3);
  const cells = cellsOf(rows, column, from, to);
  if (column.type === 'list<float32>') throw new Error('lists are not read by the kernels');
  if (column.type !== 'string') {
    loops[column.type](...cells, values, validity, slow);
  } else if (column.layout === 'text') {
    loops.texts(...cells, values, validity, place.bytes);
  } else {
    while ((cells[4] = loops.codes(...cells, values, validity, place.bytes)) < to) {
      const grown = emptyTable(arena, arena.i32()[place.bytes >> 2]!);
      loops.rehash(place.bytes, grown);
      place.bytes = grown;
    }
  }
  const i32 = arena.i32();
  place.counts[0] += i32[RESULT / 4 + MISSING]!;
  place.counts[1] += i32[RESULT / 4 + SLOW]!;
  place.counts[2] += i32[RESULT / 4 + ABSENT]!;
}

function parsed(arena: Arena, rows: Rows, place: Place): ParsedColumn {
  const { counts, slow } = place;
  return {
    column: columnOf(arena, rows, place),
    missing: counts[0],
    slow: counts[1],
    slowRows() {
      const found = new Uint32Array(counts[1]);
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

function columnOf(arena: Arena, { count: length, quote }: Rows, place: Place): Column {
  const { column, values, counts } = place;
  const buffer = arena.u8().buffer;
  const isWhole = counts[0] + counts[1] + counts[2] === 0;
  const validity = isWhole ? null : new Uint8Array(buffer, place.validity, (length + 7) >> 3);
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
    case 'string': {
      const places = new Int32Array(buffer, values, length + 1);
      if (column.layout === 'text') {
        const bytes = new Uint8Array(buffer, place.bytes, places[length]!);
        return { type, layout: 'text', length, offsets: places, bytes, validity };
      }
      const codes = places.subarray(0, length);
      return {
        type,
        layout: 'dictionary',
        length,
        codes,
        dictionary: dictionaryOf(arena, quote, place),
        validity,
      };
    }
    default:
      throw new Error(`${type} is not read by the kernels`);
  }
}

/** The categories, then the chunk's own values in the order in which they occurred; the categories' own array where there were none. */
function dictionaryOf(arena: Arena, quote: number, { column, bytes: table }: Place): readonly string[] {
  const i32 = arena.i32();
  const known = column.categories.length;
  const next = i32[(table >> 2) + 2]!;
  if (next === known) return column.categories;
  const dictionary = Array.from({ length: next }, (_, code) => column.categories[code] ?? '');
  const capacity = i32[table >> 2]!;
  for (let i = 0; i < capacity; i++) {
    const slot = (table + TABLE_HEADER + i * TABLE_SLOT) >> 2;
    const code = i32[slot + 3]!;
    if (i32[slot + 4] === 0 || code < known) continue;
    const address = i32[slot + 4]!;
    dictionary[code] = unescaped(arena.u8().subarray(address, address + i32[slot + 2]!), quote);
  }
  return dictionary;
}
