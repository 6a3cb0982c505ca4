// QuickScorer by bytes (Lucchese and others 2015; Ye and others 2018, RapidScorer): trees of up to 64 leaves. Each row has a bit for each
// leaf; a node whose test sends the row to the right clears the leaves on its left, in any order of nodes; the first bit left is the leaf.
// 64 rows are done at once, the bits of eight leaves in each byte.

/** Clears the leaves that a tree's nodes exclude, for the 64 rows at `ranks`, and returns the address after the tree. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function clearLeaves(node: usize, count: u32, ranks: usize, shift: u32, bits: usize): void {
  for (let c: u32 = 0; c < count; c++) {
    const row = ranks + (<usize>load<u16>(node) << shift);
    const place = v128.load8_splat(node, 2);
    const a = i8x16.gt_u(v128.load(row), place);
    const b = i8x16.gt_u(v128.load(row, 16), place);
    const d = i8x16.gt_u(v128.load(row, 32), place);
    const e = i8x16.gt_u(v128.load(row, 48), place);
    const bytes = <usize>load<u8>(node, 4);
    let at = bits + (<usize>load<u8>(node, 3) << 6);
    node += 5;
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(d, e)))) {
      for (let j: usize = 0; j < bytes; j++) {
        const left = v128.load8_splat(node + j);
        v128.store(at, v128.andnot(v128.load(at), v128.and(a, left)));
        v128.store(at, v128.andnot(v128.load(at, 16), v128.and(b, left)), 16);
        v128.store(at, v128.andnot(v128.load(at, 32), v128.and(d, left)), 32);
        v128.store(at, v128.andnot(v128.load(at, 48), v128.and(e, left)), 48);
        at += 64;
      }
    }
    node += bytes;
  }
}

/** Writes the first leaf left of each of 16 rows to `bits + 512`. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function findLeaves(bits: usize, group: usize): void {
  let byte = v128.load(bits + group, 448);
  let leaf = i8x16.splat(56);
  for (let z: i32 = 6; z >= 0; z--) {
    const found = v128.load(bits + group + (<usize>z << 6));
    const isEmpty = i8x16.eq(found, i8x16.splat(0));
    byte = v128.bitselect(byte, found, isEmpty);
    leaf = v128.bitselect(leaf, i8x16.splat(<i8>(z << 3)), isEmpty);
  }
  leaf = i8x16.add(leaf, i8x16.popcnt(v128.andnot(i8x16.sub(byte, i8x16.splat(1)), byte)));
  v128.store(bits, leaf, 512);
}

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

/**
 * Adds the leaves of `trees` trees to sums of a type, tree by tree. A tree is its length in bytes, its nodes, its sums' place in bytes, and for
 * each node two bytes of column, the place of its threshold, the first byte of its leaves and their number, and so many bytes of left
 * leaves; its leaves are 64 numbers at `leaves`. A column of ranks has `1 << shift` rows, of which `rows`, a multiple of 64, are scored.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function scoreQuick<Sum>(
  program: usize,
  trees: u32,
  leaves: usize,
  ranks: usize,
  rows: usize,
  shift: u32,
  bits: usize,
  sums: usize,
): void {
  let tree = program;
  const ones = i8x16.splat(-1);
  for (let t: u32 = 0; t < trees; t++) {
    const count = load<u32>(tree, 4);
    const group = sums + <usize>load<u32>(tree, 8);
    for (let row: usize = 0; row < rows; row += 64) {
      for (let z: usize = 0; z < 512; z += 16) v128.store(bits + z, ones);
      clearLeaves(tree + 12, count, ranks + row, shift, bits);
      for (let part: usize = 0; part < 64; part += 16) {
        findLeaves(bits, part);
        const out = group + (row + part) * sizeof<Sum>();
        for (let j: usize = 0; j < 16; j += 16 / sizeof<Sum>()) {
          const at = out + j * sizeof<Sum>();
          v128.store(at, v128.add<Sum>(v128.load(at), gatherLeaves<Sum>(leaves, bits + j + 512)));
        }
      }
    }
    leaves += 64 * sizeof<Sum>();
    tree += <usize>load<u32>(tree);
  }
}

/** Adds to float64 sums, see `scoreQuick`. */
export function scoreQuick64(
  program: usize,
  trees: u32,
  leaves: usize,
  ranks: usize,
  rows: usize,
  shift: u32,
  bits: usize,
  sums: usize,
): void {
  scoreQuick<f64>(program, trees, leaves, ranks, rows, shift, bits, sums);
}

/** Adds to float32 sums, see `scoreQuick`. */
export function scoreQuick32(
  program: usize,
  trees: u32,
  leaves: usize,
  ranks: usize,
  rows: usize,
  shift: u32,
  bits: usize,
  sums: usize,
): void {
  scoreQuick<f32>(program, trees, leaves, ranks, rows, shift, bits, sums);
}
