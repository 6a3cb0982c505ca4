import type { ByteTable } from '../chunk/byte-table.js';
import type { Arena } from './arena.js';
import type { KernelDialect } from './csv-kernel.js';
import type { KernelLoops } from './loops.js';
import { openSpill, type WrittenCells } from './spill.js';
import { unescaped } from './tables.js';

/** Field ends and row starts of a chunk, which grow during the scan. All values are addresses. */
export interface Rows {
  readonly count: number;
  readonly fields: number;
  readonly quote: number;
  /** Address of the 32-bit end of row 0's first field; rows are consecutive, `fields` ends each. */
  readonly ends: number;
  /** Address of the 32-bit address before row 0's first byte, one per row. */
  readonly starts: number;
  /** Clears the rows, for a chunk of `bytes`; a dialect sets the fields of a row. */
  begin(dialect: KernelDialect | null, bytes: number): void;
  /** Returns where to write the next rows. */
  room(): { ends: number; endsLimit: number; starts: number; startsLimit: number };
  add(rows: number): void;
  /** Makes room for the rest, estimated from the start: `taken` of `bytes` are scanned. */
  grow(taken: number, bytes: number): void;
  append(cells: readonly (string | null)[]): number;
  /** Adds the row between two addresses, cut at every delimiter. */
  appendSplit(start: number, end: number): number;
  /** Makes room for a row; returns where to write its fields' ends: as many as it has and `slack` more. */
  openPositions(): number;
  /** Adds the row between two addresses whose delimiters are at its recorded addresses. */
  appendPositions(start: number, end: number, cells: number): number;
  /** Adds a copy of the row without the bytes at two addresses; an address before `start` means none. */
  appendWithout(start: number, end: number, cells: number, first: number, second: number): number;
  range(row: number): { readonly start: number; readonly end: number };
  cell(row: number, field: number): string;
  cellId(row: number, field: number, table: ByteTable): number;
}

/** The loops write up to this many entries beyond the last row's. */
const slack = 256;

/** Opens the rows of one arena; `begin` allocates them again. */
export function openRows(loops: KernelLoops, arena: Arena): Rows {
  let fields = 1;
  let quote = 0;
  let delimiter = 0;
  let count = 0;
  let capacity = 0;
  let remembered = 0;
  let ends = 0;
  let starts = 0;
  const spill = openSpill(arena);

  function reserve(rows: number): void {
    const oldEnds = ends;
    const oldStarts = starts;
    capacity = rows;
    remembered = Math.max(remembered, rows);
    ends = arena.take(4 * (rows * fields + slack));
    starts = arena.take(4 * (rows + slack));
    const u8 = arena.u8();
    u8.copyWithin(ends, oldEnds, oldEnds + 4 * count * fields);
    u8.copyWithin(starts, oldStarts, oldStarts + 4 * count);
  }

  const startOf = (row: number, field: number): number =>
    arena.i32()[field === 0 ? (starts >> 2) + row : (ends >> 2) + row * fields + field - 1]! + 1;
  const endOf = (row: number, field: number, start: number): number =>
    Math.max(start, arena.i32()[(ends >> 2) + row * fields + field]!);

  const rows: Rows = {
    get count() {
      return count;
    },
    get fields() {
      return fields;
    },
    get quote() {
      return quote;
    },
    get ends() {
      return ends;
    },
    get starts() {
      return starts;
    },
    begin(dialect, bytes) {
      if (dialect !== null) {
        ({ fields, quote, delimiter } = dialect);
        remembered = 0;
      }
      count = 0;
      capacity = 0;
      spill.clear();
      if (dialect === null) reserve(Math.max(remembered, Math.ceil(bytes / (4 * fields)), 64));
    },
    room() {
      return {
        ends: ends + 4 * count * fields,
        endsLimit: ends + 4 * capacity * fields,
        starts: starts + 4 * count,
        startsLimit: starts + 4 * capacity,
      };
    },
    add(more) {
      count += more;
    },
    grow(taken, bytes) {
      const expected = taken > 0 ? Math.ceil((count / taken) * bytes * 1.1) : 0;
      reserve(Math.max(expected, Math.ceil(capacity * 1.5), capacity + Math.ceil(256 / fields)));
    },
    append(cells) {
      if (cells.length === 0) return rows.appendSplit(ends, ends - 1);
      if (count + 1 > capacity) reserve(Math.ceil(capacity * 1.5) + 1);
      const row = count++;
      const spilled = spill.write(cells, fields, quote);
      const i32 = arena.i32();
      i32[(starts >> 2) + row] = spilled.address - 1;
      writeSpilledEnds(spilled, i32, (ends >> 2) + row * fields, fields);
      return row;
    },
    appendSplit(start, end) {
      if (count + 1 > capacity) reserve(Math.ceil(capacity * 1.5) + 1);
      const row = count++;
      const hasQuote = quote !== 0 && end > start && arena.u8().subarray(start, end).includes(quote);
      if (hasQuote) [start, end] = spill.copyQuoted(start, end, delimiter, quote);
      const i32 = arena.i32();
      i32[(starts >> 2) + row] = start - 1;
      const slot = (ends >> 2) + row * fields;
      writeSplitEnds(arena.u8(), start, end, delimiter, i32, slot, slot + fields);
      return row;
    },
    openPositions() {
      if (count + 1 > capacity) reserve(Math.ceil(capacity * 1.5) + 1);
      return ends + 4 * count * fields;
    },
    appendPositions(start, end, cells) {
      const row = count++;
      const i32 = arena.i32();
      const from = (ends >> 2) + row * fields;
      i32[(starts >> 2) + row] = start - 1;
      for (let slot = from + Math.min(cells - 1, fields); slot < from + fields; slot++) i32[slot] = end;
      return row;
    },
    appendWithout(start, end, cells, first, second) {
      const copy = spill.take(end - start + 15);
      const stop = Math.min(cells - 1, fields);
      const out = loops.copyWithout(start, end, first, second, copy, ends + 4 * count * fields, stop);
      spill.release(out);
      return rows.appendPositions(copy, out, cells);
    },
    range(row) {
      const i32 = arena.i32();
      return { start: i32[(starts >> 2) + row]! + 1, end: i32[(ends >> 2) + (row + 1) * fields - 1]! };
    },
    cell(row, field) {
      const start = startOf(row, field);
      return cellText(arena.u8().subarray(start, endOf(row, field, start)), quote);
    },
    cellId(row, field, table) {
      const start = startOf(row, field);
      return table.id(arena.u8(), start, endOf(row, field, start));
    },
  };
  return rows;
}

function writeSpilledEnds(
  { texts, address, isAscii }: WrittenCells,
  i32: Int32Array,
  slot: number,
  fields: number,
): void {
  let position = address - 1;
  for (let field = 0; field < fields; field++) {
    const cell = texts[field]!;
    if (cell !== null) position += 1 + (isAscii ? cell.length : Buffer.byteLength(cell));
    i32[slot + field] = position;
  }
}

/** Writes the ends of the cells between two addresses before `stop`; missing cells are empty. */
function writeSplitEnds(
  u8: Uint8Array,
  start: number,
  end: number,
  delimiter: number,
  i32: Int32Array,
  slot: number,
  stop: number,
): void {
  for (let at = start; at < end && slot < stop; at++) if (u8[at] === delimiter) i32[slot++] = at;
  if (slot < stop) i32[slot++] = end;
  for (const last = i32[slot - 1]!; slot < stop; slot++) i32[slot] = last;
}

function cellText(bytes: Uint8Array, quote: number): string {
  const isQuoted = quote !== 0 && bytes.length >= 2 && bytes[0] === quote;
  return unescaped(isQuoted ? bytes.subarray(1, -1) : bytes, quote);
}
