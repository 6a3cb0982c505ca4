// QuickScorer by bytes (Lucchese and others 2015; Ye and others 2018, RapidScorer): trees of up to 64 leaves. Each row has a bit for each
// leaf; a node whose test sends the row to the right excludes the leaves on its left, in any order of nodes; the first leaf that is not
// excluded is the row's. 64 rows are done at once, the bits of eight leaves in each byte, which stay in registers for all nodes that
// concern them.

/** Returns the numbers at `leaves` of the rows whose leaves are at `place`, as many as fit: two float64 or four float32. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function gatherLeaves<Sum>(leaves: usize, place: usize): v128 {
  if (sizeof<Sum>() == 8) {
    const two = v128.load64_zero(leaves + (<usize>load<u8>(place) << 3));
    return v128.load_lane<f64>(leaves + (<usize>load<u8>(place, 1) << 3), two, 1);
  }
  let four = v128.load32_zero(leaves + (<usize>load<u8>(place) << 2));
  four = v128.load_lane<f32>(leaves + (<usize>load<u8>(place, 1) << 2), four, 1);
  four = v128.load_lane<f32>(leaves + (<usize>load<u8>(place, 2) << 2), four, 2);
  return v128.load_lane<f32>(leaves + (<usize>load<u8>(place, 3) << 2), four, 3);
}

/** Returns the place of the first bit that is 0 in each byte, 8 where all are 1. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function firstZero(bytes: v128): v128 {
  return i8x16.popcnt(v128.andnot(bytes, i8x16.add(bytes, i8x16.splat(1))));
}

/**
 * Adds the leaves of `trees` trees to sums of a type, tree by tree. A tree is its sums' place in bytes and the number of bytes of its leaves;
 * then for each of these, from the last to the first, the number of nodes that concern it, and for each node the place of its column in
 * bytes, the place of its threshold with its highest bit turned, the leaves that it excludes, and two bytes of nothing. Its leaves are 64
 * numbers at `leaves`, for each of `leafWidth` sums that are `groupBytes` apart. `rows` is a multiple of 64.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function scoreQuick<Sum>(
  program: usize,
  trees: u32,
  leaves: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
): void {
  let tree = program;
  for (let t: u32 = 0; t < trees; t++) {
    const group = sums + <usize>load<u32>(tree);
    const bytes = load<u32>(tree, 4);
    let node: usize = 0;
    for (let row: usize = 0; row < rows; row += 64) {
      const at = ranks + row;
      node = tree + 8;
      let a = i8x16.splat(0);
      let b = a;
      let c = a;
      let d = a;
      // Bytes of leaves that are not all excluded, and where they begin.
      let e = a;
      let f = a;
      let g = a;
      let h = a;
      for (let z: i32 = bytes - 1; z >= 0; z--) {
        const end = node + 4 + (<usize>load<u32>(node) << 3);
        let i = i8x16.splat(0);
        let j = i;
        let k = i;
        let l = i;
        for (node += 4; node < end; node += 8) {
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
      v128.store(scratch, i8x16.add(e, firstZero(a)));
      v128.store(scratch, i8x16.add(f, firstZero(b)), 16);
      v128.store(scratch, i8x16.add(g, firstZero(c)), 32);
      v128.store(scratch, i8x16.add(h, firstZero(d)), 48);
      let out = group + row * sizeof<Sum>();
      let values = leaves;
      for (let w: u32 = 0; w < leafWidth; w++) {
        for (let r: usize = 0; r < 64; r += 16 / sizeof<Sum>()) {
          const sum = out + r * sizeof<Sum>();
          v128.store(sum, v128.add<Sum>(v128.load(sum), gatherLeaves<Sum>(values, scratch + r)));
        }
        out += groupBytes;
        values += 64 * sizeof<Sum>();
      }
    }
    leaves += leafWidth * 64 * sizeof<Sum>();
    tree = node;
  }
}

/** Adds to float64 sums, see `scoreQuick`. */
export function scoreQuick64(
  program: usize,
  trees: u32,
  leaves: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
): void {
  scoreQuick<f64>(program, trees, leaves, leafWidth, ranks, rows, scratch, sums, groupBytes);
}

/** Adds to float32 sums, see `scoreQuick`. */
export function scoreQuick32(
  program: usize,
  trees: u32,
  leaves: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
): void {
  scoreQuick<f32>(program, trees, leaves, leafWidth, ranks, rows, scratch, sums, groupBytes);
}
