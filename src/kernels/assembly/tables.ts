import { TABLE_HEADER, TABLE_SLOT } from '../layout';
import { quote } from './dialect';

// A slot: 0 first 8 bytes of the token (zero-padded), 8 length, 12 code, 16 address (0: free), 20 hash.

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

// @ts-ignore: decorator
@inline
function firstBytes(address: usize, length: i32): u64 {
  const bytes = load<u64>(address);
  return length >= 8 ? bytes : bytes & ((<u64>1 << (length << 3)) - 1);
}

/** Returns the hash of a token of up to 8 bytes. */
// @ts-ignore: decorator
@inline
export function hashOfShort(first: u64, length: u32): u32 {
  return <u32>(((first ^ <u64>length) * MULTIPLIER) >> 32);
}

// @ts-ignore: decorator
@inline
function hashOf(first: u64, address: usize, length: i32): u32 {
  let hash = (first ^ <u64>(<u32>length)) * MULTIPLIER;
  if (length > 8) {
    for (let i = 8; i + 8 < length; i += 8) hash = (rotl(hash, 29) ^ load<u64>(address + i)) * MULTIPLIER;
    hash = (rotl(hash, 29) ^ load<u64>(address + length - 8)) * MULTIPLIER;
  }
  return <u32>(hash >> 32);
}

/** Returns a token's slot, or a free one for it; tokens of up to 8 bytes compare as one number. */
// @ts-ignore: decorator
@inline
function slotOf(table: usize, first: u64, hash: u32, address: usize, length: i32): usize {
  const mask = load<u32>(table) - 1;
  let index = hash & mask;
  let slot = table + TABLE_HEADER + index * TABLE_SLOT;
  while (!isFor(slot, first, address, length)) {
    index = (index + 1) & mask;
    slot = table + TABLE_HEADER + index * TABLE_SLOT;
  }
  return slot;
}

/** Returns true if a slot is free or holds the token. */
// @ts-ignore: decorator
@inline
function isFor(slot: usize, first: u64, address: usize, length: i32): bool {
  const other = load<u32>(slot, 16);
  if (other == 0) return true;
  if (load<u64>(slot) != first || load<i32>(slot, 8) != length) return false;
  return length <= 8 || sameBytes(other, address, length);
}

/** Returns true if two runs of more than 8 bytes are equal beyond their first 8. */
function sameBytes(one: usize, other: usize, length: i32): bool {
  for (let i = 8; i + 8 < length; i += 8) {
    if (load<u64>(one + i) != load<u64>(other + i)) return false;
  }
  return load<u64>(one + length - 8) == load<u64>(other + length - 8);
}

/** Returns the code of a token, or `absent`. */
// @ts-ignore: decorator
@inline
export function findToken(table: usize, address: usize, length: i32, absent: i32): i32 {
  const first = firstBytes(address, length);
  const slot = slotOf(table, first, hashOf(first, address, length), address, length);
  return load<u32>(slot, 16) == 0 ? absent : load<i32>(slot, 12);
}

/** Adds a token unless it exists; returns its code. */
export function addToken(table: usize, address: usize, length: i32, code: i32): i32 {
  const first = firstBytes(address, length);
  const hash = hashOf(first, address, length);
  const slot = slotOf(table, first, hash, address, length);
  if (load<u32>(slot, 16) != 0) return load<i32>(slot, 12);
  store<u64>(slot, first);
  store<i32>(slot, length, 8);
  store<i32>(slot, code, 12);
  store<u32>(slot, <u32>address, 16);
  store<u32>(slot, hash, 20);
  store<i32>(table, load<i32>(table, 4) + 1, 4);
  store<i32>(table, max(load<i32>(table, 8), code + 1), 8);
  store<i32>(table, max(load<i32>(table, 12), length), 12);
  return code;
}

/** Adds every token of one table to another. */
export function rehash(from: usize, to: usize): void {
  const capacity = load<u32>(from);
  for (let i: u32 = 0; i < capacity; i++) {
    const slot = from + TABLE_HEADER + i * TABLE_SLOT;
    const address = load<u32>(slot, 16);
    if (address != 0) addToken(to, address, load<i32>(slot, 8), load<i32>(slot, 12));
  }
}

/** Writes where the token of each code starts, and its length, 0 for codes without one; returns the sum of the lengths. */
export function findTokens(table: usize, starts: usize, lengths: usize): u32 {
  const bytes = <usize>load<u32>(table, 8) << 2;
  memory.fill(starts, 0, bytes);
  memory.fill(lengths, 0, bytes);
  let sum: u32 = 0;
  const end = table + TABLE_HEADER + <usize>load<u32>(table) * TABLE_SLOT;
  for (let slot = table + TABLE_HEADER; slot < end; slot += TABLE_SLOT) {
    const address = load<u32>(slot, 16);
    if (address == 0) continue;
    const length = load<u32>(slot, 8);
    const at = <usize>load<u32>(slot, 12) << 2;
    store<u32>(starts + at, address);
    store<u32>(lengths + at, length);
    sum += length;
  }
  return sum;
}

/** Concatenates `count` tokens, one quote for two; token i becomes `[offsets[i], offsets[i + 1])` of `bytes`. Writes up to 15 bytes beyond. */
export function layTokens(starts: usize, lengths: usize, count: u32, offsets: usize, bytes: usize): void {
  let out = bytes;
  store<u32>(offsets, 0);
  for (let at: usize = 0, end = <usize>count << 2; at < end; at += 4) {
    const start = <usize>load<u32>(starts + at);
    out = copyUnescaped(start, start + load<u32>(lengths + at), out);
    store<u32>(offsets + at, <u32>(out - bytes), 4);
  }
}

/** Copies text, one quote for two; returns the end of the copy. Writes up to 15 bytes beyond. */
export function copyUnescaped(start: usize, end: usize, out: usize): usize {
  const quotes = i8x16.splat(<i8>quote);
  while (start < end) {
    const block = v128.load(start);
    v128.store(out, block);
    const mark = quote == 0 ? 0 : i8x16.bitmask(i8x16.eq(block, quotes));
    const length = min<usize>(end - start, 16);
    const at: usize = mark == 0 ? 16 : <usize>ctz(mark);
    if (at >= length) {
      start += length;
      out += length;
    } else {
      start += at + 1;
      out += at + 1;
      if (load<u8>(start) == <u8>quote) start++;
    }
  }
  return out;
}
