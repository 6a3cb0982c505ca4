// Remembers rows by their ranks, see `model/trees/row-memo.ts`, which writes the memo.
//
//   memo  a u32 each: the ranks of the known rows, row by row (u16 each), what their features contribute (f64
//         each), their sums (f64 each), an open hash table (u32 each: 1 + the number of a row, or 0) and its
//         last place, number of columns and of features; for the rows of a block: hashes, the numbers of the
//         known rows, and the places of those that are new (u32 each)

const memoKeys: usize = 0;
const memoValues: usize = 4;
const memoSums: usize = 8;
const memoTable: usize = 12;
const memoMask: usize = 16;
const memoColumns: usize = 20;
const memoFeatures: usize = 24;
const memoHashes: usize = 28;
const memoFound: usize = 32;
const memoNew: usize = 36;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function mix(hash: v128, ranks: v128): v128 {
  const mixed = i32x4.mul(v128.xor(hash, ranks), i32x4.splat(0x9e3779b1));
  return v128.xor(mixed, i32x4.shr_u(hash, 15));
}

/** Writes the hashes of `rows` rows, rounded up to 8. */
function hashRows(ranks: usize, stride: usize, rows: usize, columns: usize, hashes: usize): void {
  for (let row: usize = 0; row < rows; row += 8) {
    let a = i32x4.splat(0);
    let b = a;
    let at = ranks + (row << 1);
    for (let column: usize = 0; column < columns; column++) {
      a = mix(a, v128.load16x4_u(at));
      b = mix(b, v128.load16x4_u(at, 8));
      at += stride;
    }
    const out = hashes + (row << 2);
    v128.store(out, v128.xor(a, i32x4.shr_u(a, 16)));
    v128.store(out, v128.xor(b, i32x4.shr_u(b, 16)), 16);
  }
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function isSame(key: usize, end: usize, ranks: usize, stride: usize): bool {
  for (; key < end; key += 2) {
    if (load<u16>(key) != load<u16>(ranks)) return false;
    ranks += stride;
  }
  return true;
}

/**
 * Finds `rows` rows, whose columns of ranks are `stride` bytes apart, among the `count` known ones, and adds
 * those that are new to them; returns how many are known then.
 */
export function findRows(memo: usize, ranks: usize, stride: usize, rows: usize, count: u32): u32 {
  const keys = <usize>load<u32>(memo, memoKeys);
  const table = <usize>load<u32>(memo, memoTable);
  const mask = load<u32>(memo, memoMask);
  const columns = <usize>load<u32>(memo, memoColumns);
  const hashes = <usize>load<u32>(memo, memoHashes);
  const found = <usize>load<u32>(memo, memoFound);
  const keyBytes = columns << 1;
  let fresh = <usize>load<u32>(memo, memoNew);
  hashRows(ranks, stride, rows, columns, hashes);
  for (let row: usize = 0; row < rows; row++) {
    const own = ranks + (row << 1);
    let slot = load<u32>(hashes + (row << 2)) & mask;
    let known = load<u32>(table + (<usize>slot << 2));
    while (known != 0) {
      const key = keys + <usize>(known - 1) * keyBytes;
      if (isSame(key, key + keyBytes, own, stride)) break;
      slot = (slot + 1) & mask;
      known = load<u32>(table + (<usize>slot << 2));
    }
    if (known == 0) {
      const key = keys + <usize>count * keyBytes;
      for (let i: usize = 0; i < columns; i++) store<u16>(key + (i << 1), load<u16>(own + i * stride));
      known = ++count;
      store<u32>(table + (<usize>slot << 2), known);
      store<u32>(fresh, <u32>row);
      fresh += 4;
    }
    store<u32>(found + (row << 2), known - 1);
  }
  return count;
}

/** Keeps the sums of the rows `[first, end)`, and their contributions: for each feature `stride` bytes apart. */
export function learnRows(
  memo: usize,
  first: u32,
  end: u32,
  sums: usize,
  contributions: usize,
  stride: usize,
): void {
  const features = <usize>load<u32>(memo, memoFeatures);
  let to = <usize>load<u32>(memo, memoValues) + ((<usize>first * features) << 3);
  for (let row = first; row < end; row++) {
    for (let i: usize = 0; i < features; i++) store<f64>(to + (i << 3), load<f64>(contributions + i * stride));
    to += features << 3;
    contributions += 8;
  }
  memory.copy(<usize>load<u32>(memo, memoSums) + (<usize>first << 3), sums, <usize>(end - first) << 3);
}

/** Writes the sums of the `rows` rows that were found, and their contributions row by row. */
export function recallRows(memo: usize, rows: usize, sums: usize, contributions: usize): void {
  const size = <usize>load<u32>(memo, memoFeatures) << 3;
  const values = <usize>load<u32>(memo, memoValues);
  const known = <usize>load<u32>(memo, memoSums);
  const found = <usize>load<u32>(memo, memoFound);
  for (let row: usize = 0; row < rows; row++) {
    const own = <usize>load<u32>(found + (row << 2));
    store<f64>(sums + (row << 3), load<f64>(known + (own << 3)));
    memory.copy(contributions + row * size, values + own * size, size);
  }
}
