import { EMPTY_IS_NULL, TABLE_HEADER, TABLE_SLOT } from '../layout.js';
import type { PlainMemory } from './memory.js';
import { blankLength, blankLengthBefore } from './utf8.js';

/** A cell's bytes `[start, end)` within its quotes; `quoted` is true if it had some. */
export interface Span {
  start: number;
  end: number;
  quoted: boolean;
}

/** Removes the quotes of a cell. */
export function unquote({ u8, quote }: PlainMemory, start: number, end: number, into: Span): void {
  into.quoted = quote !== 0 && end - start >= 2 && u8[start] === quote;
  into.start = into.quoted ? start + 1 : start;
  into.end = into.quoted ? end - 1 : end;
}

/** Removes white space from both ends of a span. */
export function trim({ u8 }: PlainMemory, span: Span): void {
  let length = 0;
  while (span.start < span.end && (length = blankLength(u8, span.start)) > 0) span.start += length;
  while (span.start < span.end && (length = blankLengthBefore(u8, span.end)) > 0) span.end -= length;
}

/** Returns true if a trimmed span is a null token of the column. */
export function isNull(memory: PlainMemory, { start, end }: Span): boolean {
  if (start === end) return (memory.flags & EMPTY_IS_NULL) !== 0;
  return findToken(memory, memory.nulls, start, end - start) !== null;
}

/** Returns a token's code in a table, or null (`layout.ts`; linear probing, FNV-1a hashes). */
export function findToken(
  memory: PlainMemory,
  table: number,
  address: number,
  length: number,
): number | null {
  const slot = slotOf(memory, table, address, length, hashOf(memory, address, length));
  return memory.i32[slot + 4] === 0 ? null : memory.i32[slot + 3]!;
}

/** Adds a token to a table unless it exists; returns its code. */
export function addToken(
  memory: PlainMemory,
  table: number,
  address: number,
  length: number,
  code: number,
): number {
  const { i32 } = memory;
  const hash = hashOf(memory, address, length);
  const slot = slotOf(memory, table, address, length, hash);
  if (i32[slot + 4] !== 0) return i32[slot + 3]!;
  i32[slot + 2] = length;
  i32[slot + 3] = code;
  i32[slot + 4] = address;
  i32[slot + 5] = hash;
  const header = table >> 2;
  i32[header + 1]!++;
  i32[header + 2] = Math.max(i32[header + 2]!, code + 1);
  i32[header + 3] = Math.max(i32[header + 3]!, length);
  return code;
}

/** Adds every token of one table to another. */
export function rehash(memory: PlainMemory, from: number, to: number): void {
  const { i32 } = memory;
  const capacity = i32[from >> 2]!;
  for (let i = 0; i < capacity; i++) {
    const slot = (from + TABLE_HEADER + i * TABLE_SLOT) >> 2;
    if (i32[slot + 4] !== 0) addToken(memory, to, i32[slot + 4]!, i32[slot + 2]!, i32[slot + 3]!);
  }
}

/** The twin of `findTokens`. */
export function findTokens({ i32 }: PlainMemory, table: number, starts: number, lengths: number): number {
  const capacity = i32[table >> 2]!;
  const next = i32[(table >> 2) + 2]!;
  for (const list of [starts, lengths]) i32.fill(0, list >> 2, (list >> 2) + next);
  let sum = 0;
  for (let i = 0; i < capacity; i++) {
    const slot = (table + TABLE_HEADER + i * TABLE_SLOT) >> 2;
    if (i32[slot + 4] === 0) continue;
    const code = i32[slot + 3]!;
    i32[(starts >> 2) + code] = i32[slot + 4]!;
    i32[(lengths >> 2) + code] = i32[slot + 2]!;
    sum += i32[slot + 2]!;
  }
  return sum;
}

/** The twin of `layTokens`. */
export function layTokens(
  memory: PlainMemory,
  starts: number,
  lengths: number,
  count: number,
  offsets: number,
  bytes: number,
): void {
  const { i32 } = memory;
  let out = bytes;
  i32[offsets >> 2] = 0;
  for (let code = 0; code < count; code++) {
    const start = i32[(starts >> 2) + code]!;
    out = copyUnescaped(memory, start, start + i32[(lengths >> 2) + code]!, out);
    i32[(offsets >> 2) + code + 1] = out - bytes;
  }
}

/** The twin of `copyUnescaped`. */
export function copyUnescaped({ u8, quote }: PlainMemory, start: number, end: number, out: number): number {
  let to = out;
  for (let at = start; at < end; at++) {
    u8[to++] = u8[at]!;
    if (quote !== 0 && u8[at] === quote && u8[at + 1] === quote) at++;
  }
  return to;
}

/** Returns the 32-bit index of the slot that holds a token, or of the free one for it. */
function slotOf(
  { u8, i32 }: PlainMemory,
  table: number,
  address: number,
  length: number,
  hash: number,
): number {
  const mask = i32[table >> 2]! - 1;
  for (let index = hash & mask; ; index = (index + 1) & mask) {
    const slot = (table + TABLE_HEADER + index * TABLE_SLOT) >> 2;
    const other = i32[slot + 4]!;
    if (other === 0) return slot;
    if (i32[slot + 5] !== hash || i32[slot + 2] !== length) continue;
    let i = 0;
    while (i < length && u8[other + i] === u8[address + i]) i++;
    if (i === length) return slot;
  }
}

function hashOf({ u8 }: PlainMemory, address: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ u8[address + i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
