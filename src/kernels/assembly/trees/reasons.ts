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
 * it round, and its own bit, two bytes each; a feature is the place of its sum in bytes; a row's sums are `stride` bytes apart.
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
    let sum = sums;
    for (let row: usize = 0; row < rows; row++) {
      let entry = <usize>load<u32>(entries + (row << 2));
      for (let i: usize = 0; i < featureBytes; i += 4) {
        const at = sum + <usize>load<u32>(features + i);
        store<f64>(at, load<f64>(at) + load<f64>(entry));
        entry += 8;
      }
      sum += stride;
    }
  }
  return last;
}
