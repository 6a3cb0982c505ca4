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

/** Returns the number of bins with values. */
export function binsUsed(): i32 {
  return used;
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
export function keyOf(bits: u64, shift: i32): i32 {
  const high = <i32>(bits >> 32);
  const low = <i32>bits;
  const sign = high >> 31;
  const edge = <i32>(<u32>~(low | -low) >> 31);
  return (<i32>(<u32>((high & 0x7fffffff) - (sign & edge)) >> shift) ^ sign) - sign;
}

/** Returns the address of the slot for `key`. */
// @ts-ignore: decorator
@inline
function slotOf(key: i32): usize {
  let at = TABLE + ((<usize>((<u32>key * 0x9e3779b1) >> 20)) << 3);
  while (load<i32>(at, 4) != 0 && load<i32>(at) != key) at = TABLE + ((at + 8 - TABLE) & ((<usize>SLOTS << 3) - 1));
  return at;
}

// @ts-ignore: decorator
@inline
function add(key: i32, times: i32): void {
  const at = slotOf(key);
  const before = load<i32>(at, 4);
  store<i32>(at, before + times, 4);
  if (before == 0) {
    store<i32>(at, key);
    used++;
  }
}

/** Returns the number of a key: keys are numbered from `first` by first occurrence; the table stores the number instead of a count. */
// @ts-ignore: decorator
@inline
export function numberOf(key: i32, first: i32): i32 {
  const at = slotOf(key);
  const known = load<i32>(at, 4);
  if (known != 0) return known;
  const next = first + used;
  store<i32>(at, key);
  store<i32>(at, next, 4);
  used++;
  return next;
}

/** Counts the first `rows` of NUMBERS into bins; merges neighbours in pairs if there are too many. */
export function bins(rows: i32): void {
  const end = NUMBERS + (<usize>rows << 3);
  let at: usize = NUMBERS;
  while (at < end) {
    const shift = FULL_PRECISION - precision;
    for (; at < end && used <= MOST_BINS; at += 8) add(keyOf(load<u64>(at), shift), 1);
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

/**
 * Writes keys and counts of the bins to KEYS and COUNTS, ascending; returns how many there are. A radix sort, least digit first, over the
 * digits in which the keys differ.
 */
export function sortBins(): i32 {
  const bins = unload() << 2;
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
