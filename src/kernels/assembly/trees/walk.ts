// Trees of any size: eight rows walk down a tree side by side, so that their loads overlap. A node is eight
// bytes: the place of its threshold and its column, two bytes each, and the address of its left child, which
// its right child follows; a leaf leads to itself.

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function next(node: usize, row: usize, shift: u32): usize {
  return (
    <usize>load<u32>(node, 4) +
    (<usize>(load<u16>(row + (<usize>load<u16>(node, 2) << shift)) > load<u16>(node)) << 3)
  );
}

/** Writes the addresses of the leaves of eight rows to `out`; a column's ranks take `1 << shift` bytes. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function findEight(root: usize, depth: i32, row: usize, shift: u32, out: usize): void {
  let a = root;
  let b = root;
  let c = root;
  let d = root;
  let e = root;
  let f = root;
  let g = root;
  let h = root;
  for (let left = depth; left > 0; left--) {
    const i = a;
    const j = b;
    const k = c;
    const l = d;
    const m = e;
    const n = f;
    const o = g;
    const p = h;
    a = next(a, row, shift);
    b = next(b, row + 2, shift);
    c = next(c, row + 4, shift);
    d = next(d, row + 6, shift);
    e = next(e, row + 8, shift);
    f = next(f, row + 10, shift);
    g = next(g, row + 12, shift);
    h = next(h, row + 14, shift);
    // All are at leaves: the rest of the depth changes nothing.
    if (((a ^ i) | (b ^ j) | (c ^ k) | (d ^ l) | (e ^ m) | (f ^ n) | (g ^ o) | (h ^ p)) == 0) break;
  }
  store<u32>(out, <u32>a);
  store<u32>(out, <u32>b, 4);
  store<u32>(out, <u32>c, 8);
  store<u32>(out, <u32>d, 12);
  store<u32>(out, <u32>e, 16);
  store<u32>(out, <u32>f, 20);
  store<u32>(out, <u32>g, 24);
  store<u32>(out, <u32>h, 28);
}

/**
 * Adds the leaves of `trees` trees to sums of a type, tree by tree, or with `isLeast` keeps the least. At
 * `heads`, each tree has the address of its root, its depth and its sums' place in bytes; the leaf at node
 * address `n` has its numbers, float64, one for each of `leafWidth` sums that are `groupBytes` apart, at
 * `leaves + (n - nodes) * leafWidth`. `rows` is a multiple of 8.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function scoreWalk<Sum>(
  heads: usize,
  trees: u32,
  nodes: usize,
  leaves: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  shift: u32,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
  isLeast: bool,
): void {
  for (let t: u32 = 0; t < trees; t++) {
    const head = heads + <usize>t * 12;
    const root = <usize>load<u32>(head);
    const depth = load<i32>(head, 4);
    const group = sums + <usize>load<u32>(head, 8);
    for (let row: usize = 0; row < rows; row += 8) {
      findEight(root, depth, ranks + (row << 1), shift, scratch);
      let out = group + row * sizeof<Sum>();
      for (let g: u32 = 0; g < leafWidth; g++) {
        const values = leaves + (<usize>g << 3);
        for (let j: usize = 0; j < 8; j++) {
          const at = out + j * sizeof<Sum>();
          const leaf = values + (<usize>load<u32>(scratch + (j << 2)) - nodes) * leafWidth;
          const sum = load<Sum>(at);
          const value = <Sum>load<f64>(leaf);
          if (isLeast) store<Sum>(at, select<Sum>(value, sum, value < sum));
          else store<Sum>(at, sum + value);
        }
        out += groupBytes;
      }
    }
  }
}

/** Sums of float64, see `scoreWalk`. */
export function scoreWalk64(
  heads: usize,
  trees: u32,
  nodes: usize,
  leaves: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  shift: u32,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
  isLeast: bool,
): void {
  // Two calls, so that neither loop asks.
  if (isLeast)
    scoreWalk<f64>(heads, trees, nodes, leaves, leafWidth, ranks, rows, shift, scratch, sums, groupBytes, true);
  else
    scoreWalk<f64>(heads, trees, nodes, leaves, leafWidth, ranks, rows, shift, scratch, sums, groupBytes, false);
}

/** Sums of float32, see `scoreWalk`. */
export function scoreWalk32(
  heads: usize,
  trees: u32,
  nodes: usize,
  leaves: usize,
  leafWidth: u32,
  ranks: usize,
  rows: usize,
  shift: u32,
  scratch: usize,
  sums: usize,
  groupBytes: usize,
  isLeast: bool,
): void {
  // Two calls, so that neither loop asks.
  if (isLeast)
    scoreWalk<f32>(heads, trees, nodes, leaves, leafWidth, ranks, rows, shift, scratch, sums, groupBytes, true);
  else
    scoreWalk<f32>(heads, trees, nodes, leaves, leafWidth, ranks, rows, shift, scratch, sums, groupBytes, false);
}
