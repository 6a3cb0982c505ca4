// Columns of ranks. A node of a tree compares a rank with its threshold's: `rank > place` goes right.

/** Stores a rank of two bytes, or of one with its highest bit flipped: signed bytes compare faster. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function storeRank(out: usize, row: usize, isWide: bool, rank: u32): void {
  if (isWide) store<u16>(out + (row << 1), rank);
  else store<u8>(out + row, rank ^ 0x80);
}

/**
 * Copies one feature of `rows` rows that are `stride` bytes apart to float64 values at `out`; the values are
 * float64 or, without `isDouble`, float32. Those from `-near` to `near` become 0.
 */
export function readColumn(
  values: usize,
  rows: usize,
  stride: usize,
  isDouble: bool,
  near: f64,
  out: usize,
): void {
  const end = out + (rows << 3);
  for (; out < end; out += 8, values += stride) {
    const x = isDouble ? load<f64>(values) : <f64>load<f32>(values);
    store<f64>(out, select<f64>(0, x, abs(x) <= near));
  }
}

/**
 * Ranks the `rows` float64 values at `values` among the thresholds at `table`, sorted, filled up with
 * infinity to one less than `size`, a power of two. The rank of x is the number of thresholds below it, or
 * with `isStrict` not above it. NaN, and with `isZeroMissing` 0, get the rank `fill`. Four rows search side
 * by side, without branches; with `wholes`, the ranks (u16) of whole numbers from `least` to `most` and
 * beyond, four whole numbers look theirs up.
 */
export function rankColumn(
  values: usize,
  rows: usize,
  table: usize,
  size: u32,
  isStrict: bool,
  isZeroMissing: bool,
  fill: u32,
  wholes: usize,
  least: i32,
  most: i32,
  out: usize,
  isWide: bool,
): void {
  for (let row: usize = 0; row < rows; row += 4) {
    const at = values + (row << 3);
    if (wholes != 0) {
      const places = wholePlaces(v128.load(at), v128.load(at, 16), least, most);
      if (i32x4.extract_lane(places, 0) >= 0) {
        storeRank(out, row, isWide, load<u16>(wholes + (<usize>i32x4.extract_lane(places, 0) << 1)));
        storeRank(out, row + 1, isWide, load<u16>(wholes + (<usize>i32x4.extract_lane(places, 1) << 1)));
        storeRank(out, row + 2, isWide, load<u16>(wholes + (<usize>i32x4.extract_lane(places, 2) << 1)));
        storeRank(out, row + 3, isWide, load<u16>(wholes + (<usize>i32x4.extract_lane(places, 3) << 1)));
        continue;
      }
    }
    const a = load<f64>(at);
    const b = load<f64>(at, 8);
    const c = load<f64>(at, 16);
    const d = load<f64>(at, 24);
    let i: u32 = 0;
    let j: u32 = 0;
    let k: u32 = 0;
    let l: u32 = 0;
    for (let step = size >> 1; step > 0; step >>= 1) {
      const probe = table + (<usize>(step - 1) << 3);
      const e = load<f64>(probe + (<usize>i << 3));
      const f = load<f64>(probe + (<usize>j << 3));
      const g = load<f64>(probe + (<usize>k << 3));
      const h = load<f64>(probe + (<usize>l << 3));
      if (isStrict) {
        i += select(step, 0, e <= a);
        j += select(step, 0, f <= b);
        k += select(step, 0, g <= c);
        l += select(step, 0, h <= d);
      } else {
        i += select(step, 0, e < a);
        j += select(step, 0, f < b);
        k += select(step, 0, g < c);
        l += select(step, 0, h < d);
      }
    }
    storeRank(out, row, isWide, select(fill, i, isMissing(a, isZeroMissing)));
    storeRank(out, row + 1, isWide, select(fill, j, isMissing(b, isZeroMissing)));
    storeRank(out, row + 2, isWide, select(fill, k, isMissing(c, isZeroMissing)));
    storeRank(out, row + 3, isWide, select(fill, l, isMissing(d, isZeroMissing)));
  }
}

/** Returns how far four numbers, held between `least` and `most`, are above `least`; -1 if not all are whole. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function wholePlaces(low: v128, high: v128, least: i32, most: i32): v128 {
  const i = i32x4.trunc_sat_f64x2_s_zero(low);
  const j = i32x4.trunc_sat_f64x2_s_zero(high);
  const areWhole = v128.and(
    f64x2.eq(f64x2.convert_low_i32x4_s(i), low),
    f64x2.eq(f64x2.convert_low_i32x4_s(j), high),
  );
  if (!i64x2.all_true(areWhole)) return i32x4.splat(-1);
  const all = v128.shuffle<i32>(i, j, 0, 1, 4, 5);
  const held = i32x4.min_s(i32x4.max_s(all, i32x4.splat(least)), i32x4.splat(most));
  return i32x4.sub(held, i32x4.splat(least));
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function isMissing(x: f64, isZeroMissing: bool): bool {
  return x != x || (isZeroMissing && x == 0);
}

/**
 * Looks up the `rows` values at `values` in `table`: one byte for each category, then one for other values
 * and one for NaN; categories are above `low`.
 */
export function setColumn(
  values: usize,
  rows: usize,
  table: usize,
  categories: u32,
  low: f64,
  out: usize,
  isWide: bool,
): void {
  const most = <f64>categories;
  for (let row: usize = 0; row < rows; row++) {
    const x = load<f64>(values + (row << 3));
    const place = x > low && x < most ? <u32>x : select(categories, categories + 1, x == x);
    storeRank(out, row, isWide, load<u8>(table + place));
  }
}

/**
 * Writes 0 for each of the `rows` values, with `isCut` cut to whole numbers, that is among those at `table`,
 * ascending, filled up with NaN to `size`, a power of two; 1 for others; for NaN, 0 with `isMissingLeft`.
 */
export function equalColumn(
  values: usize,
  rows: usize,
  table: usize,
  size: u32,
  isCut: bool,
  isMissingLeft: bool,
  out: usize,
  isWide: bool,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const value = load<f64>(values + (row << 3));
    const x = isCut ? trunc(value) : value;
    let i: u32 = 0;
    for (let step = size >> 1; step > 0; step >>= 1)
      i += select(step, 0, load<f64>(table + (<usize>(i + step - 1) << 3)) < x);
    const isLeft = x == load<f64>(table + (<usize>i << 3)) || (x != x && isMissingLeft);
    storeRank(out, row, isWide, isLeft ? 0 : 1);
  }
}

/** Writes 255 less each of the `rows` ranks of one byte, a multiple of 16. */
export function invertColumn(ranks: usize, rows: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row += 16) v128.store(out + row, v128.not(v128.load(ranks + row)));
}
