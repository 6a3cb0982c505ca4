// QuickScorer by bytes (Lucchese and others 2015; Ye and others 2018, RapidScorer): trees of up to 64 leaves.
// Each row has a bit for each leaf; a node whose test sends the row to the right excludes the leaves on its
// left, in any order of nodes; the first leaf that is not excluded is the row's. 64 rows are done at once,
// the bits of eight leaves in each byte, which stay in registers for all nodes that concern them.
//
// A block of rows needs only the part of a tree between the lowest and the highest rank of each column: a
// node whose test all rows answer alike leads on to one child. What is left of a tree is written down for
// each block, see `pruneTree`.
//
//   head   where the tree's first node is, and where its sums are (u32), in bytes
//   node   its column in bytes and where its second child is, in bytes from here (u32), the place of its
//          threshold with its highest bit turned (i32), the number of its column (u32); its first child
//          follows, whose leaves are excluded where the test passes
//   leaf   4 bytes of nothing, 0 (u32), a float64 for each of `leafWidth` sums

/**
 * Fixed addresses of what is left of a tree, which cost no addition: places of the leaves of 64 rows in bytes
 * (u16), pending nodes, ends of the lists of nodes that concern a byte, these lists, leaves.
 */
const placesAt: usize = 4096;
const pendingAt: usize = placesAt + 64 * 2;
const endsAt: usize = pendingAt + 64 * 8;
const listsAt: usize = endsAt + 8 * 4;
const listBytes: usize = 64 * 8;
const leavesAt: usize = listsAt + 8 * listBytes;
const leavesBytes: usize = 64 * 8;

/** Stores the places in bytes of 16 leaves from `row` on. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function storePlaces<Sum>(row: usize, leaves: v128): void {
  const shift = sizeof<Sum>() == 8 ? 3 : 2;
  v128.store(row << 1, i16x8.shl(i16x8.extend_low_i8x16_u(leaves), shift), placesAt);
  v128.store(row << 1, i16x8.shl(i16x8.extend_high_i8x16_u(leaves), shift), placesAt + 16);
}

/** Adds the leaves of eight rows from `row` on, at their places, to the sums at `sums`. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function addEight<Sum>(row: usize, sums: usize): void {
  const at = row << 1;
  if (sizeof<Sum>() == 8) {
    let a = v128.load64_zero(<usize>load<u16>(at, placesAt), leavesAt);
    let b = v128.load64_zero(<usize>load<u16>(at, placesAt + 4), leavesAt);
    let c = v128.load64_zero(<usize>load<u16>(at, placesAt + 8), leavesAt);
    let d = v128.load64_zero(<usize>load<u16>(at, placesAt + 12), leavesAt);
    a = v128.load_lane<f64>(<usize>load<u16>(at, placesAt + 2), a, 1, leavesAt);
    b = v128.load_lane<f64>(<usize>load<u16>(at, placesAt + 6), b, 1, leavesAt);
    c = v128.load_lane<f64>(<usize>load<u16>(at, placesAt + 10), c, 1, leavesAt);
    d = v128.load_lane<f64>(<usize>load<u16>(at, placesAt + 14), d, 1, leavesAt);
    v128.store(sums, f64x2.add(v128.load(sums), a));
    v128.store(sums, f64x2.add(v128.load(sums, 16), b), 16);
    v128.store(sums, f64x2.add(v128.load(sums, 32), c), 32);
    v128.store(sums, f64x2.add(v128.load(sums, 48), d), 48);
  } else {
    let a = v128.load32_zero(<usize>load<u16>(at, placesAt), leavesAt);
    let b = v128.load32_zero(<usize>load<u16>(at, placesAt + 8), leavesAt);
    a = v128.load_lane<f32>(<usize>load<u16>(at, placesAt + 2), a, 1, leavesAt);
    b = v128.load_lane<f32>(<usize>load<u16>(at, placesAt + 10), b, 1, leavesAt);
    a = v128.load_lane<f32>(<usize>load<u16>(at, placesAt + 4), a, 2, leavesAt);
    b = v128.load_lane<f32>(<usize>load<u16>(at, placesAt + 12), b, 2, leavesAt);
    a = v128.load_lane<f32>(<usize>load<u16>(at, placesAt + 6), a, 3, leavesAt);
    b = v128.load_lane<f32>(<usize>load<u16>(at, placesAt + 14), b, 3, leavesAt);
    v128.store(sums, f32x4.add(v128.load(sums), a));
    v128.store(sums, f32x4.add(v128.load(sums, 16), b), 16);
  }
}

/** Returns the place of the first bit that is 0 in each byte, 8 where all are 1. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function firstZero(bytes: v128): v128 {
  return i8x16.popcnt(v128.andnot(bytes, i8x16.add(bytes, i8x16.splat(1))));
}

/** Writes the lowest and the highest rank of each column in `rows` rows, a multiple of 16, to `out`. */
export function columnRanges(ranks: usize, rows: usize, columns: u32, columnBytes: usize, out: usize): void {
  for (let column: u32 = 0; column < columns; column++) {
    let low = v128.load(ranks);
    let high = low;
    for (let row: usize = 16; row < rows; row += 16) {
      const next = v128.load(ranks + row);
      low = i8x16.min_s(low, next);
      high = i8x16.max_s(high, next);
    }
    for (let half: usize = 8; half > 0; half >>= 1) {
      v128.store(out, low);
      low = i8x16.min_s(low, v128.load64_zero(out + half));
      v128.store(out, high);
      high = i8x16.max_s(high, v128.load64_zero(out + half));
    }
    store<i8>(out, i8x16.extract_lane_s(low, 0));
    store<i8>(out, i8x16.extract_lane_s(high, 0), 1);
    ranks += columnBytes;
    out += 2;
  }
}

/** Adds a node to the lists of all bytes with leaves from `low` to `high`: column, place, excluded leaves. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function listNode(node: usize, low: u32, high: u32): void {
  for (let byte = low >> 3; byte <= (high - 1) >> 3; byte++) {
    const first = byte << 3;
    const from = low > first ? low - first : 0;
    const to = high - first < 8 ? high - first : 8;
    const left = ((1 << to) - 1) & ~((1 << from) - 1);
    const at = <usize>byte << 2;
    const end = <usize>load<u32>(at, endsAt);
    store<u32>(end, load<u32>(node));
    store<u32>(end, (load<u32>(node, 8) & 0xff) | (left << 8), 4);
    store<u32>(at, <u32>end + 8, endsAt);
  }
}

/** Writes what `ranges` leave of the tree at `node`, its leaves to `table`; returns their number. */
function pruneTree<Sum>(node: usize, ranges: usize, leafWidth: u32, table: usize): u32 {
  for (let byte: usize = 0; byte < 8; byte++)
    store<u32>(byte << 2, <u32>(listsAt + byte * listBytes), endsAt);
  let pending = pendingAt;
  let leaves: u32 = 0;
  while (true) {
    const second = <usize>load<u32>(node, 4);
    if (second != 0) {
      const range = ranges + (<usize>load<u32>(node, 12) << 1);
      const place = load<i32>(node, 8);
      if (<i32>load<i8>(range) > place) node += second;
      else {
        if (<i32>load<i8>(range, 1) > place) {
          store<u32>(pending, <u32>node);
          store<u32>(pending, leaves, 4);
          pending += 8;
        }
        node += 16;
      }
      continue;
    }
    for (let w: usize = 0; w < leafWidth; w++) {
      const value = load<f64>(node + 8 + (w << 3));
      store<Sum>(table + w * leavesBytes + leaves * sizeof<Sum>(), <Sum>value);
    }
    leaves++;
    if (pending == pendingAt) return leaves;
    pending -= 8;
    node = <usize>load<u32>(pending);
    listNode(node, load<u32>(pending, 4), leaves);
    node += <usize>load<u32>(node, 4);
  }
}

/** Adds one number to the sums of all rows. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function addToAll<Sum>(value: Sum, rows: usize, sums: usize): void {
  const values = v128.splat<Sum>(value);
  for (let at = sums; at < sums + rows * sizeof<Sum>(); at += 16)
    v128.store(at, v128.add<Sum>(v128.load(at), values));
}

/**
 * Adds the leaves of `trees` trees to sums of a type, tree by tree, those of a tree's `leafWidth` sums
 * `groupBytes` apart. `ranges` are from `columnRanges`, `rows` is a multiple of 64; `scratch` has 512 bytes
 * for each of `leafWidth`.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function scoreQuick<Sum>(
  heads: usize,
  program: usize,
  trees: u32,
  ranges: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
): void {
  const table = leafWidth == 1 ? leavesAt : scratch;
  for (let t: u32 = 0; t < trees; t++, heads += 8) {
    const leaves = pruneTree<Sum>(program + <usize>load<u32>(heads), ranges, leafWidth, table);
    const group = sums + <usize>load<u32>(heads, 4);
    if (leaves == 1) {
      for (let w: usize = 0; w < leafWidth; w++)
        addToAll<Sum>(load<Sum>(table + w * leavesBytes), rows, group + w * groupBytes);
      continue;
    }
    const last = <i32>((leaves - 1) >> 3);
    for (let row: usize = 0; row < rows; row += 64) {
      const at = ranks + row;
      let a = i8x16.splat(0);
      let b = a;
      let c = a;
      let d = a;
      // Bytes of leaves that are not all excluded, and where they begin.
      let e = a;
      let f = a;
      let g = a;
      let h = a;
      for (let z = last; z >= 0; z--) {
        const end = <usize>load<u32>(<usize>z << 2, endsAt);
        let i = i8x16.splat(0);
        let j = i;
        let k = i;
        let l = i;
        for (let node = listsAt + <usize>z * listBytes; node < end; node += 8) {
          const column = at + <usize>load<u32>(node);
          const place = v128.load8_splat(node, 4);
          const left = v128.load8_splat(node, 5);
          i = v128.or(i, v128.and(i8x16.gt_s(v128.load(column), place), left));
          j = v128.or(j, v128.and(i8x16.gt_s(v128.load(column, 16), place), left));
          k = v128.or(k, v128.and(i8x16.gt_s(v128.load(column, 32), place), left));
          l = v128.or(l, v128.and(i8x16.gt_s(v128.load(column, 48), place), left));
        }
        const ones = i8x16.splat(-1);
        const first = i8x16.splat(<i8>(z << 3));
        let none = i8x16.eq(i, ones);
        a = v128.bitselect(a, i, none);
        e = v128.bitselect(e, first, none);
        none = i8x16.eq(j, ones);
        b = v128.bitselect(b, j, none);
        f = v128.bitselect(f, first, none);
        none = i8x16.eq(k, ones);
        c = v128.bitselect(c, k, none);
        g = v128.bitselect(g, first, none);
        none = i8x16.eq(l, ones);
        d = v128.bitselect(d, l, none);
        h = v128.bitselect(h, first, none);
      }
      storePlaces<Sum>(0, i8x16.add(e, firstZero(a)));
      storePlaces<Sum>(16, i8x16.add(f, firstZero(b)));
      storePlaces<Sum>(32, i8x16.add(g, firstZero(c)));
      storePlaces<Sum>(48, i8x16.add(h, firstZero(d)));
      let out = group + row * sizeof<Sum>();
      for (let w: usize = 0; w < leafWidth; w++) {
        if (leafWidth > 1) memory.copy(leavesAt, table + w * leavesBytes, leavesBytes);
        for (let r: usize = 0; r < 64; r += 8) addEight<Sum>(r, out + r * sizeof<Sum>());
        out += groupBytes;
      }
    }
  }
}

/** Adds to float64 sums, see `scoreQuick`. */
export function scoreQuick64(
  heads: usize,
  program: usize,
  trees: u32,
  ranges: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
): void {
  scoreQuick<f64>(heads, program, trees, ranges, leafWidth, ranks, rows, scratch, sums, groupBytes);
}

/** Adds to float32 sums, see `scoreQuick`. */
export function scoreQuick32(
  heads: usize,
  program: usize,
  trees: u32,
  ranges: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
): void {
  scoreQuick<f32>(heads, program, trees, ranges, leafWidth, ranks, rows, scratch, sums, groupBytes);
}
