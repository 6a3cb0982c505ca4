import type { ReadColumn } from '../chunk/read-plan.js';
import { openArena } from './arena.js';
import {
  type CountResult,
  type CsvKernel,
  type KernelDialect,
  type LineLook,
  type ScanResult,
  stopReasons,
} from './csv-kernel.js';
import {
  ANY_CARRIAGE_RETURN,
  ANY_QUOTE,
  BLANKS,
  CELLS,
  FIRST,
  FIRST_QUOTE,
  FLAGS,
  FULL,
  LAST_QUOTE,
  LINE_END,
  LINES,
  MARKS,
  NON_ASCII,
  OPEN_QUOTE,
  QUOTES,
  REASON,
  RESULT,
  ROWS,
  STOP,
} from './layout.js';
import type { KernelLoops } from './loops.js';
import { type PlannedColumn, parseColumns, planColumns } from './parse-columns.js';
import { openRows } from './rows.js';

/** Number of delimiters beyond a row's own whose offsets are recorded. */
const mostBeyond = 64;

/** Creates the kernel over its loops: holds the chunk's rows and memory; converts addresses to offsets. */
export function kernelOver(loops: KernelLoops, kind: 'simd' | 'plain'): CsvKernel {
  const arena = openArena(loops, FIRST);
  const rows = openRows(loops, arena);
  const look: LineLook = { end: 0, cells: 0, quotes: 0, firstQuote: 0, lastQuote: 0, marks: 0 };
  /** Addresses of the delimiters in the last described line. */
  let looked = arena.i32();
  let lookedAt = 0;
  let columns: readonly PlannedColumn[] = [];
  let floor = FIRST;
  let base = FIRST;
  let capacity = 0;

  function result(slot: number): number {
    return arena.i32()[RESULT / 4 + slot]!;
  }
  function offset(address: number): number {
    return address - base;
  }

  return {
    kind,
    get memoryBytes() {
      return loops.buffer().byteLength;
    },
    get rows() {
      return rows.count;
    },
    prepare(dialect: KernelDialect, wanted: readonly ReadColumn[]) {
      arena.release(FIRST);
      const { delimiter, quote, comment, fields, maxRowBytes } = dialect;
      loops.setDialect(delimiter, quote, dialect.escape, comment, fields, maxRowBytes);
      columns = planColumns(loops, arena, wanted, quote);
      floor = arena.top;
      capacity = 0;
      base = floor;
      rows.begin(dialect, 0);
    },
    input(bytes) {
      arena.release(floor);
      capacity = bytes;
      base = arena.take(bytes + 64);
      arena.u8().fill(0, base + bytes, base + bytes + 128);
      rows.begin(null, bytes);
      return arena.u8().subarray(base, base + bytes + 64);
    },
    block: () => arena.u8().subarray(base, base + capacity + 64),
    scan(start, end): ScanResult {
      let added = 0;
      let from = base + start;
      let flags = 0;
      for (;;) {
        const room = rows.room();
        loops.scan(from, base + end, room.ends, room.endsLimit, room.starts, room.startsLimit);
        rows.add(result(ROWS));
        added += result(ROWS);
        from = result(STOP);
        flags |= result(FLAGS);
        if (result(REASON) !== FULL) break;
        rows.grow(offset(from), end);
      }
      return scanResult(added, offset(from), result(REASON), flags);
    },
    count(start, end, strict): CountResult {
      loops.count(base + start, base + end, strict);
      return countResult(result, base);
    },
    lines: (start, end) => loops.lines(base + start, base + end),
    look(start, end, own) {
      const positions = rows.openPositions();
      loops.look(base + start, base + end, positions, rows.fields + mostBeyond, own);
      looked = arena.i32();
      lookedAt = positions >> 2;
      readLook(look, looked, base);
      return look;
    },
    delimiterAt: (i) => looked[lookedAt + i]! - base,
    appendWithout: (start, first, second) =>
      rows.appendWithout(base + start, base + look.end, look.cells, base + first, base + second),
    appendRow: (cells) => rows.append(cells),
    appendSplit: (start, end) => rows.appendSplit(base + start, base + end),
    rowRange(row) {
      const range = rows.range(row);
      const appended = range.start < base || range.start > base + capacity + 64;
      return appended ? null : { start: offset(range.start), end: offset(range.end) };
    },
    cell: (row, field) => rows.cell(row, field),
    cellId: (row, field, table) => rows.cellId(row, field, table),
    parse: () => parseColumns(loops, arena, rows, columns),
  };
}

function scanResult(rows: number, stop: number, reason: number, flags: number): ScanResult {
  return {
    rows,
    stop,
    reason: stopReasons[reason]!,
    openQuote: (flags & OPEN_QUOTE) !== 0,
    nonAscii: (flags & NON_ASCII) !== 0,
  };
}

function countResult(result: (slot: number) => number, base: number): CountResult {
  const flags = result(FLAGS);
  return {
    rows: result(ROWS),
    lines: result(LINES),
    blanks: result(BLANKS),
    stop: result(STOP) - base,
    reason: stopReasons[result(REASON)]!,
    openQuote: (flags & OPEN_QUOTE) !== 0,
    quotes: (flags & ANY_QUOTE) !== 0,
    carriageReturns: (flags & ANY_CARRIAGE_RETURN) !== 0,
  };
}

/** Fills `look`, which is one object for all lines, from the result slots. */
function readLook(look: LineLook, i32: Int32Array, base: number): void {
  look.end = i32[RESULT / 4 + LINE_END]! - base;
  look.cells = i32[RESULT / 4 + CELLS]!;
  look.quotes = i32[RESULT / 4 + QUOTES]!;
  look.firstQuote = i32[RESULT / 4 + FIRST_QUOTE]! - base;
  look.lastQuote = i32[RESULT / 4 + LAST_QUOTE]! - base;
  look.marks = i32[RESULT / 4 + MARKS]!;
}
