import { ABSENT, EXACT_TIMES, LOCAL_IS_UTC, MISSING, NULLS_FIRST, RESULT, SLOW } from '../layout.js';
import type { Cells } from '../loops.js';
import { findToken, isNull, type Span, trim, unquote } from './cell.js';
import type { PlainMemory } from './memory.js';
import { readInteger, readNumber } from './numbers.js';
import { microsPerDay, readTime, type WrittenTime } from './times.js';

/**
 * Reads cells into values; clears validity bits (of missing, slow and absent cells), sets slow bits, adds to
 * MISSING, SLOW and ABSENT. The codes' loop returns the row it reached, before the last if its table is half
 * full.
 */
export type ColumnLoop = (
  ...args: [...Cells, values: number, validity: number, extra: number]
) => number | undefined;

/** Reads a trimmed, non-empty span and writes its value at `row`; false leaves it to the exact parser. */
type Reader = (start: number, end: number, row: number) => boolean;

/**
 * The loop of all value columns: unquote, trim, test for null, read. `absent` writes the value of a missing
 * cell. Calls `reader` once per call, with the address of the values.
 */
function columnLoop(
  memory: PlainMemory,
  reader: (values: number) => Reader,
  absent: (values: number, row: number) => void,
): ColumnLoop {
  const span: Span = { start: 0, end: 0, quoted: false };
  return (starts, startStride, ends, endStride, from, to, values, validity, slow) => {
    const { u8, i32 } = memory;
    const read = reader(values);
    const nullsFirst = (memory.flags & NULLS_FIRST) !== 0;
    for (let row = from; row < to; row++) {
      const start = i32[(starts + row * startStride) >> 2]! + 1;
      const end = i32[(ends + row * endStride) >> 2]!;
      if (end < start) {
        i32[RESULT / 4 + ABSENT]!++;
      } else {
        unquote(memory, start, end, span);
        trim(memory, span);
        const filled = span.start < span.end;
        if (filled && !nullsFirst && read(span.start, span.end, row)) continue;
        if (isNull(memory, span)) {
          i32[RESULT / 4 + MISSING]!++;
        } else {
          if (filled && nullsFirst && read(span.start, span.end, row)) continue;
          i32[RESULT / 4 + SLOW]!++;
          u8[slow + (row >> 3)]! |= 1 << (row & 7);
        }
      }
      absent(values, row);
      u8[validity + (row >> 3)]! &= ~(1 << (row & 7));
    }
    return undefined;
  };
}

/** Reads doubles like `Number`; leaves infinite ones to the exact parser. */
export function float64Loop(memory: PlainMemory): ColumnLoop {
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      const value = readNumber(memory, start, end);
      if (!Number.isFinite(value)) return false;
      memory.f64[(values >> 3) + row] = value;
      return true;
    },
    (values, row) => {
      memory.f64[(values >> 3) + row] = Number.NaN;
    },
  );
}

/** Reads the nearest float to the nearest double, like every reader that parses doubles. */
export function float32Loop(memory: PlainMemory): ColumnLoop {
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      const value = Math.fround(readNumber(memory, start, end));
      if (!Number.isFinite(value)) return false;
      memory.f32[(values >> 2) + row] = value;
      return true;
    },
    (values, row) => {
      memory.f32[(values >> 2) + row] = Number.NaN;
    },
  );
}

export function int32Loop(memory: PlainMemory): ColumnLoop {
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      const value = readInteger(memory, start, end);
      if (value === null || BigInt.asIntN(32, value) !== value) return false;
      memory.i32[(values >> 2) + row] = Number(value);
      return true;
    },
    (values, row) => {
      memory.i32[(values >> 2) + row] = 0;
    },
  );
}

export function int64Loop(memory: PlainMemory): ColumnLoop {
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      const value = readInteger(memory, start, end);
      if (value === null || BigInt.asIntN(64, value) !== value) return false;
      memory.i64[(values >> 3) + row] = value;
      return true;
    },
    (values, row) => {
      memory.i64[(values >> 3) + row] = 0n;
    },
  );
}

const longestWord = 32;

/**
 * Looks words up in the column's lowercase table; lowercases the cell in the scratch bytes before the result
 * slots.
 */
export function booleanLoop(memory: PlainMemory): ColumnLoop {
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      const { u8 } = memory;
      const length = end - start;
      if (length > longestWord) return false;
      for (let i = 0; i < length; i++) {
        const byte = u8[start + i]!;
        u8[i] = byte >= 65 && byte <= 90 ? byte | 32 : byte;
      }
      const code = findToken(memory, memory.words, 0, length);
      if (code === null) return false;
      u8[values + row] = code;
      return true;
    },
    (values, row) => {
      memory.u8[values + row] = 0;
    },
  );
}

/** Reads days; drops a time of day, but accepts one with a zone only if the column's zone is UTC. */
export function dateLoop(memory: PlainMemory): ColumnLoop {
  const time: WrittenTime = { days: 0, micros: 0, truncated: false, offset: 0, zoned: false };
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      if (end - start !== 10 && (memory.flags & EXACT_TIMES) !== 0) return false;
      if (!readTime(memory, start, end, time)) return false;
      if (time.zoned && (memory.flags & LOCAL_IS_UTC) === 0) return false;
      const shift = time.zoned ? Math.floor((time.micros - time.offset * 60_000_000) / microsPerDay) : 0;
      memory.i32[(values >> 2) + row] = time.days + shift;
      return true;
    },
    (values, row) => {
      memory.i32[(values >> 2) + row] = 0;
    },
  );
}

/** Reads microseconds; accepts a time without a zone only if the column's zone is UTC. */
export function timestampLoop(memory: PlainMemory): ColumnLoop {
  const time: WrittenTime = { days: 0, micros: 0, truncated: false, offset: 0, zoned: false };
  return columnLoop(
    memory,
    (values) => (start, end, row) => {
      if (!readTime(memory, start, end, time)) return false;
      if (!time.zoned && (memory.flags & LOCAL_IS_UTC) === 0) return false;
      if (time.truncated && (memory.flags & EXACT_TIMES) !== 0) return false;
      const ofDay = time.micros - time.offset * 60_000_000;
      memory.i64[(values >> 3) + row] = BigInt(time.days) * BigInt(microsPerDay) + BigInt(ofDay);
      return true;
    },
    (values, row) => {
      memory.i64[(values >> 3) + row] = 0n;
    },
  );
}
