import {
  ANY_CARRIAGE_RETURN,
  ANY_QUOTE,
  BLANK,
  BLANKS,
  CARRIAGE_RETURN,
  COMMENT,
  ENCODING,
  END,
  ESCAPE,
  FIELDS,
  FLAGS,
  FULL,
  INCOMPLETE,
  LINES,
  LONG,
  NON_ASCII,
  NUL,
  OPEN_QUOTE,
  QUOTE,
  REASON,
  RESULT,
  ROWS,
  STOP,
} from '../layout.js';
import type { PlainMemory } from './memory.js';
import { sequenceLength } from './utf8.js';

/** The walk of one row: start of the next, end of the last cell, cells, flags, and if a quote occurred. */
interface Row {
  next: number;
  end: number;
  fields: number;
  flags: number;
  quoted: boolean;
}

/** Where the walk writes; null only counts. */
interface Target {
  readonly ends: number;
  readonly endsLimit: number;
  readonly starts: number;
  readonly startsLimit: number;
}

const lf = 10;
const cr = 13;

/**
 * Walks regular rows from `start` and fills the result slots: the loop of `scan` (with a target) and of
 * `count` (without). Byte by byte; the first defect is the reason.
 */
export function walk(
  memory: PlainMemory,
  start: number,
  end: number,
  target: Target | null,
  strict: boolean,
): void {
  const row: Row = { next: start, end: start, fields: 0, flags: 0, quoted: false };
  let position = start;
  let rows = 0;
  let blanks = 0;
  let flags = 0;
  let reason = END;
  while (position < end) {
    if (target !== null && isFull(memory, target, rows)) {
      reason = FULL;
      break;
    }
    if (memory.comment !== 0 && memory.u8[position] === memory.comment) {
      reason = COMMENT;
      break;
    }
    const endsAt = target === null ? -1 : (target.ends >> 2) + rows * memory.fields;
    reason = walkRow(memory, position, end, endsAt, row);
    flags |= row.flags & ~OPEN_QUOTE;
    if (reason === INCOMPLETE && row.fields >= memory.fields && (target !== null || strict)) reason = FIELDS;
    if (reason === INCOMPLETE) flags |= row.flags & OPEN_QUOTE;
    if (reason !== END) break;
    const blank = row.end === position;
    const mustMatch = target !== null || strict || row.quoted;
    if (blank && target === null) {
      blanks++;
    } else if (blank) {
      reason = BLANK;
      break;
    } else if (row.fields !== memory.fields && mustMatch) {
      reason = FIELDS;
      break;
    } else {
      if (target !== null) memory.i32[(target.starts >> 2) + rows] = position - 1;
      rows++;
    }
    position = row.next;
  }
  const result = memory.i32;
  result[RESULT / 4 + ROWS] = rows;
  result[RESULT / 4 + STOP] = position;
  result[RESULT / 4 + REASON] = reason;
  result[RESULT / 4 + FLAGS] = flags;
  if (target !== null) return;
  result[RESULT / 4 + LINES] = countLines(memory, start, position);
  result[RESULT / 4 + BLANKS] = blanks;
}

/** Counts LF bytes in `[start, end)`. */
export function countLines({ u8 }: PlainMemory, start: number, end: number): number {
  let lines = 0;
  for (let i = start; i < end; i++) if (u8[i] === lf) lines++;
  return lines;
}

function isFull(memory: PlainMemory, target: Target, rows: number): boolean {
  return (
    target.ends + (rows + 1) * memory.fields * 4 > target.endsLimit ||
    target.starts + (rows + 1) * 4 > target.startsLimit
  );
}

/**
 * Walks one row; `endsAt` is the index of its first end, -1 to write nothing. Returns END for a valid row.
 */
function walkRow(memory: PlainMemory, start: number, end: number, endsAt: number, row: Row): number {
  const { u8, i32, delimiter, quote, escapeByte, fields, maxRowBytes } = memory;
  const scanning = endsAt >= 0;
  let inside = false;
  let valid = start;
  row.fields = 0;
  row.flags = 0;
  row.quoted = false;
  // The kind of the byte before i, as far as it restricts byte i.
  let before: 'separator' | 'closing quote' | 'carriage return' | 'other' = 'separator';
  for (let i = start; i < end; i++) {
    const byte = u8[i]!;
    if (i - start > maxRowBytes) return LONG;
    if (scanning && byte === 0) return NUL;
    if (escapeByte !== 0 && byte === escapeByte) return ESCAPE;
    if (byte >= 0x80 && i >= valid && scanning) {
      row.flags |= NON_ASCII;
      const length = sequenceLength(u8, i, end);
      if (length === 0) return ENCODING;
      valid = i + length;
    }
    if (byte === cr) row.flags |= ANY_CARRIAGE_RETURN;
    if (quote !== 0 && byte === quote) {
      row.flags |= ANY_QUOTE;
      row.quoted = true;
      if (before === 'carriage return') return CARRIAGE_RETURN;
      if (!inside && before === 'other') return QUOTE;
      before = inside ? 'closing quote' : 'other';
      inside = !inside;
      continue;
    }
    if (inside) continue;
    if (before === 'carriage return' && byte !== lf) return CARRIAGE_RETURN;
    if (byte === delimiter || byte === lf) {
      row.end = before === 'carriage return' ? i - 1 : i;
      if (scanning && row.fields < fields) i32[endsAt + row.fields] = row.end;
      row.fields++;
      row.next = i + 1;
      if (byte === lf) return END;
      before = 'separator';
    } else if (byte === cr) {
      before = 'carriage return';
    } else {
      if (before === 'closing quote') return QUOTE;
      before = 'other';
    }
  }
  if (inside) row.flags |= OPEN_QUOTE;
  return INCOMPLETE;
}
