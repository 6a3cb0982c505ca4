import { FULL_PRECISION, MOST_BINS, RANK_BITS, SLOTS } from '../../count-layout';
import { hashOf, note } from './hashes';
import { COUNTS, DIGITS, INPUT, KEYS, NUMBERS, OTHER_COUNTS, OTHER_KEYS, RANKS, TABLE } from './addresses';

let used: i32 = 0;
let precision: i32 = FULL_PRECISION;

/** Clears all bins and hashes. */
export function beginBins(from: i32): void {
  clearTable();
  memory.fill(RANKS, 0, 1 << RANK_BITS);
  precision = from;
}

/** Returns the mantissa bits in their keys. */
export function precisionLeft(): i32 {
  return precision;
}

function clearTable(): void {
  memory.fill(TABLE, 0, <usize>SLOTS << 3);
  used = 0;
}

/** Like `binKey` in quality/sketch.ts, without a branch on the sign. */
// @ts-ignore: decorator
@inline
function keyOf(bits: u64, shift: i32): i32 {
  const high = <i32>(bits >> 32);
  const low = <i32>bits;
  const sign = high >> 31;
  const edge = <i32>(<u32>~(low | -low) >> 31);
  return (<i32>(<u32>((high & 0x7fffffff) - (sign & edge)) >> shift) ^ sign) - sign;
}

/** Does the same for four numbers at a time. */
// @ts-ignore: decorator
@inline
function keysOf(at: usize, shift: i32): v128 {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  const high = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
  const sign = i32x4.shr_s(high, 31);
  const edge = i32x4.eq(v128.shuffle<i32>(a, b, 0, 2, 4, 6), i32x4.splat(0));
  const size = i32x4.add(v128.and(high, i32x4.splat(0x7fffffff)), v128.and(sign, edge));
  return i32x4.sub(v128.xor(i32x4.shr_u(size, shift), sign), sign);
}

/** Adds to the bin of a key, which is at `slot` or after it. */
// @ts-ignore: decorator
@inline
function addAt(slot: u32, key: i32, times: i32): void {
  let at = TABLE + (<usize>slot << 3);
  while (load<i32>(at) != key || load<i32>(at, 4) == 0) {
    if (load<i32>(at, 4) == 0) {
      store<i32>(at, key);
      used++;
      break;
    }
    at = TABLE + ((at + 8 - TABLE) & ((<usize>SLOTS << 3) - 1));
  }
  store<i32>(at, load<i32>(at, 4) + times, 4);
}

const SPREAD: i32 = <i32>0x9e3779b1;

// @ts-ignore: decorator
@inline
function add(key: i32, times: i32): void {
  addAt(<u32>(key * SPREAD) >> 20, key, times);
}

/** Counts the first `rows` of NUMBERS into bins; merges neighbours in pairs if there are too many. */
export function bins(rows: i32): void {
  const fours = NUMBERS + (<usize>(rows & ~3) << 3);
  const end = NUMBERS + (<usize>rows << 3);
  let at: usize = NUMBERS;
  while (at < end) {
    const shift = FULL_PRECISION - precision;
    for (; at < fours && used <= MOST_BINS; at += 32) {
      const keys = keysOf(at, shift);
      const slots = i32x4.shr_u(i32x4.mul(keys, i32x4.splat(SPREAD)), 20);
      addAt(i32x4.extract_lane(slots, 0), i32x4.extract_lane(keys, 0), 1);
      addAt(i32x4.extract_lane(slots, 1), i32x4.extract_lane(keys, 1), 1);
      addAt(i32x4.extract_lane(slots, 2), i32x4.extract_lane(keys, 2), 1);
      addAt(i32x4.extract_lane(slots, 3), i32x4.extract_lane(keys, 3), 1);
    }
    for (; at >= fours && at < end && used <= MOST_BINS; at += 8) add(keyOf(load<u64>(at), shift), 1);
    if (used > MOST_BINS) collapse();
  }
}

/** Counts the `found` values of `gatherSmall` into bins, and records their hashes. */
export function smallBins(found: i32): void {
  for (let i: usize = 0; i < <usize>found << 2; i += 4) {
    const bits = reinterpret<u64>(<f64>load<i32>(INPUT + i));
    add(keyOf(bits, FULL_PRECISION - precision), load<i32>(NUMBERS + i));
    if (used > MOST_BINS) collapse();
    note(hashOf(<u32>(bits >> 32), <u32>bits));
  }
}

function collapse(): void {
  while (used > MOST_BINS) {
    const bins = unload();
    clearTable();
    for (let i: usize = 0; i < bins << 2; i += 4) {
      const key = load<i32>(KEYS + i);
      add(key >= 0 ? key >> 1 : 0 - (-key >> 1), load<i32>(COUNTS + i));
    }
    precision--;
  }
}

/** Copies the bins into consecutive memory, in no order. */
function unload(): usize {
  let bins: usize = 0;
  for (let at: usize = TABLE; at < TABLE + (<usize>SLOTS << 3); at += 8) {
    const times = load<i32>(at, 4);
    if (times == 0) continue;
    store<i32>(KEYS + bins, load<i32>(at));
    store<i32>(COUNTS + bins, times);
    bins += 4;
  }
  return bins >> 2;
}

/** Writes keys and counts of the bins to KEYS and COUNTS, ascending; returns how many there are. */
export function sortBins(): i32 {
  return sortPairs(unload());
}

/**
 * Sorts the first `pairs` of KEYS and COUNTS by key: a least-significant-digit radix sort over the differing
 * digits.
 */
export function sortPairs(pairs: usize): i32 {
  const bins = pairs << 2;
  let least = i32.MAX_VALUE;
  let greatest = i32.MIN_VALUE;
  for (let i: usize = 0; i < bins; i += 4) {
    const key = load<i32>(KEYS + i);
    least = min(least, key);
    greatest = max(greatest, key);
  }
  let keys: usize = KEYS;
  let counts: usize = COUNTS;
  let otherKeys: usize = OTHER_KEYS;
  let otherCounts: usize = OTHER_COUNTS;
  const range = <u32>greatest - <u32>least;
  for (let shift: u32 = 0; bins > 4 && shift < 32 && range >> shift != 0; shift += 8) {
    sortDigit(keys, counts, otherKeys, otherCounts, bins, least, shift);
    const before = keys;
    keys = otherKeys;
    otherKeys = before;
    const beforeCounts = counts;
    counts = otherCounts;
    otherCounts = beforeCounts;
  }
  if (keys != KEYS) {
    memory.copy(KEYS, keys, bins);
    memory.copy(COUNTS, counts, bins);
  }
  return <i32>(bins >> 2);
}

/** Distributes pairs by 8 bits of their keys, keeping the order of equal ones. */
function sortDigit(keys: usize, counts: usize, toKeys: usize, toCounts: usize, bins: usize, least: i32, shift: u32): void {
  memory.fill(DIGITS, 0, 1024);
  for (let i: usize = 0; i < bins; i += 4) {
    const at = DIGITS + (<usize>digitOf(load<i32>(keys + i), least, shift) << 2);
    store<u32>(at, load<u32>(at) + 4);
  }
  let start: u32 = 0;
  for (let at: usize = DIGITS; at < DIGITS + 1024; at += 4) {
    const next = start + load<u32>(at);
    store<u32>(at, start);
    start = next;
  }
  for (let i: usize = 0; i < bins; i += 4) {
    const key = load<i32>(keys + i);
    const at = DIGITS + (<usize>digitOf(key, least, shift) << 2);
    const offset = load<u32>(at);
    store<u32>(at, offset + 4);
    store<i32>(toKeys + offset, key);
    store<i32>(toCounts + offset, load<i32>(counts + i));
  }
}

// @ts-ignore: decorator
@inline
function digitOf(key: i32, least: i32, shift: u32): u32 {
  return ((<u32>key - <u32>least) >> shift) & 255;
}
