// Looks up what each feature contributes to a sum. Each group of leaves has a table with one entry for each combination of results of the
// tests on its paths (`model/trees/reason-groups.ts`). An entry is 0 until a row needs it.

/** Words of a group's head: see `runReasons`. */
const headBytes: usize = 20;

/** Returns which of the tests at `test` eight rows fail, one bit for each test. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function codesOf(test: usize, count: u32, ranks: usize, shift: u32): v128 {
  let codes = i16x8.splat(0);
  for (let i: u32 = 0; i < count; i++) {
    const row = v128.load(ranks + (<usize>load<u16>(test) << shift));
    const goesRight = i16x8.gt_u(row, v128.load16_splat(test, 2));
    codes = v128.or(codes, v128.and(v128.xor(goesRight, v128.load16_splat(test, 4)), v128.load16_splat(test, 6)));
    test += 8;
  }
  return codes;
}

/**
 * Adds the entries of the groups from `first` to `last` to the sums of `rows` rows, a multiple of 8, until a group lacks the entry of a row;
 * returns that group, whose codes are then at `codes`, two bytes for each row, or `last`. At `heads`, a group has the addresses of its tests,
 * of its table and of its features, and the numbers of tests and of features. A test has the column of ranks, the place, the bits that turn
 * it round, and its own bit, two bytes each; a feature is its number, whose sums of all rows are `stride` bytes from the next's.
 */
export function runReasons(
  heads: usize,
  first: u32,
  last: u32,
  ranks: usize,
  rows: usize,
  shift: u32,
  codes: usize,
  entries: usize,
  sums: usize,
  stride: usize,
): u32 {
  for (let group = first; group < last; group++) {
    const head = heads + <usize>group * headBytes;
    const tests = <usize>load<u32>(head);
    const table = <usize>load<u32>(head, 4);
    const features = <usize>load<u32>(head, 8);
    const testCount = load<u32>(head, 12);
    const featureBytes = <usize>load<u32>(head, 16) << 2;
    let lacks: u32 = 0;
    for (let row: usize = 0; row < rows; row += 8) {
      v128.store(codes + (row << 1), codesOf(tests, testCount, ranks + (row << 1), shift));
      for (let i = row; i < row + 8; i++) {
        const entry = load<u32>(table + (<usize>load<u16>(codes + (i << 1)) << 2));
        store<u32>(entries + (i << 2), entry);
        lacks |= <u32>(entry == 0);
      }
    }
    if (lacks != 0) return group;
    for (let i: usize = 0; i < featureBytes; i += 4) {
      const at = sums + <usize>load<u32>(features + i) * stride;
      const place = i << 1;
      for (let row: usize = 0; row < rows; row += 4) {
        const entry = entries + (row << 2);
        const sum = at + (row << 3);
        const a = v128.load64_zero(<usize>load<u32>(entry) + place);
        const b = v128.load64_zero(<usize>load<u32>(entry, 8) + place);
        const c = v128.load_lane<f64>(<usize>load<u32>(entry, 4) + place, a, 1);
        const d = v128.load_lane<f64>(<usize>load<u32>(entry, 12) + place, b, 1);
        v128.store(sum, f64x2.add(v128.load(sum), c));
        v128.store(sum, f64x2.add(v128.load(sum, 16), d), 16);
      }
    }
  }
  return last;
}

/**
 * Computes the entries that a group lacks for the codes of `rows` rows at `codes`, at `free` and after it, and notes them in its table;
 * returns the first address that is still free, or 0 if there is no room before `end`. At `leaves`, a leaf has the numbers of its terms and of
 * its pairs of points; a term's bits, what a row that passes has of them, and the place of its feature in an entry in bytes; then for each
 * pair two numbers that its products begin with, and for each term twice two pairs: the factors where a row fails and passes it, and what
 * the product is multiplied by for the term's own feature (`model/trees/leaf-factors.ts`). An entry has `entryBytes`.
 */
export function fillEntries(
  leaves: usize,
  count: u32,
  table: usize,
  codes: usize,
  rows: usize,
  entryBytes: usize,
  free: usize,
  end: usize,
  scratch: usize,
): usize {
  for (let row: usize = 0; row < rows; row++) {
    const code = load<u16>(codes + (row << 1));
    const place = table + (<usize>code << 2);
    if (load<u32>(place) != 0) continue;
    if (free + entryBytes > end) return 0;
    memory.fill(free, 0, entryBytes);
    let at = leaves;
    for (let l: u32 = 0; l < count; l++) {
      const terms = <usize>load<u32>(at);
      const pairs = load<u32>(at, 4);
      const tests = at + 16;
      const numbers = tests + ((terms * 8 + 15) & ~15);
      for (let i: usize = 0; i < terms; i++) {
        const test = tests + i * 8;
        const isPassed = ((code ^ load<u16>(test, 2)) & load<u16>(test)) == 0;
        store<u32>(scratch + i * 4, isPassed ? 16 : 0);
      }
      at = numbers;
      for (let p: u32 = 0; p < pairs; p++) {
        let product = v128.load(at);
        at += 16;
        for (let i: usize = 0; i < terms; i++)
          product = f64x2.mul(product, v128.load(at + i * 64 + <usize>load<u32>(scratch + i * 4)));
        for (let i: usize = 0; i < terms; i++) {
          const both = f64x2.mul(product, v128.load(at + i * 64 + <usize>load<u32>(scratch + i * 4), 32));
          const out = free + <usize>load<u32>(tests + i * 8, 4);
          store<f64>(out, load<f64>(out) + (f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)));
        }
        at += terms * 64;
      }
    }
    store<u32>(place, <u32>free);
    free += entryBytes;
  }
  return free;
}
