// Looks up what each feature contributes to a sum. A group of leaves has a table with one entry for each cell: a combination of intervals of
// ranks between which no test of the group, or of the path to it, tells a difference. A row's cell is a sum of what its ranks add to it. An
// entry is computed when a row first needs it, from the entries of the group's parts, and those from the leaves (`model/trees/reason-groups.ts`).
//
// What `model/trees/write-group.ts` writes:
//   block     table or 0, number of tests, number of features, first part (u32 each); tests; for each feature, its place in the sums in bytes (u32)
//   part      next part or 0, table or 0, number of tests, of features, of leaves (u32 each), 12 bytes of nothing; tests; for each feature, its
//             place in the entry of the group in bytes (u32); leaves
//   test      column (u16), place of its threshold with its highest bit turned (i16), what is added to the cell of a row above it (i16), 0
//   leaf      value (f64), number of terms, of intervals (u32 each); terms; intervals
//   term      share (f64), the place of its feature in the entry in bytes, number of intervals (u32 each)
//   interval  column, lowest rank with its highest bit turned, highest less lowest rank (u16 each), 0
// Tests, features and intervals end at a multiple of 16. Without a table, an entry of the block is computed for each row, and the leaves of the
// part for each entry.

/** Places of a frame: what the calls for one model have in common, a u32 each. */
const frameHeads: usize = 0;
const frameRanks: usize = 4;
const frameShift: usize = 8;
const frameCodes: usize = 12;
const frameEntries: usize = 16;
const frameSums: usize = 20;
const frameFree: usize = 24;
const frameEnd: usize = 28;
const frameRules: usize = 32;
const frameScratch: usize = 36;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function padded(bytes: usize): usize {
  return (bytes + 15) & ~15;
}

/** Writes the cells of `rows` rows, a multiple of 32, in which `count` tests place them: two bytes each. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function writeCells(tests: usize, count: u32, ranks: usize, rows: usize, shift: u32, codes: usize): void {
  const end = tests + (<usize>count << 3);
  for (let row: usize = 0; row < rows << 1; row += 64) {
    let a = i16x8.splat(0);
    let b = a;
    let c = a;
    let d = a;
    const from = ranks + row;
    for (let test = tests; test < end; test += 8) {
      const column = from + (<usize>load<u16>(test) << shift);
      const place = v128.load16_splat(test, 2);
      const added = v128.load16_splat(test, 4);
      a = i16x8.add(a, v128.and(i16x8.gt_s(v128.load(column), place), added));
      b = i16x8.add(b, v128.and(i16x8.gt_s(v128.load(column, 16), place), added));
      c = i16x8.add(c, v128.and(i16x8.gt_s(v128.load(column, 32), place), added));
      d = i16x8.add(d, v128.and(i16x8.gt_s(v128.load(column, 48), place), added));
    }
    v128.store(codes + row, a);
    v128.store(codes + row, b, 16);
    v128.store(codes + row, c, 32);
    v128.store(codes + row, d, 48);
  }
}

/** Returns the cell of one row, whose ranks are at `ranks`. */
function cellOf(tests: usize, count: u32, ranks: usize, shift: u32): u32 {
  let cell: u32 = 0;
  for (let end = tests + (<usize>count << 3); tests < end; tests += 8) {
    const rank = load<i16>(ranks + (<usize>load<u16>(tests) << shift));
    cell += select(load<u16>(tests, 4), 0, rank > load<i16>(tests, 2));
  }
  return cell & 0xffff;
}

/**
 * Adds what `count` leaves contribute to the row whose ranks are at `ranks`. See `addLeaf` in `model/trees/tree-path.ts`: the product of all
 * factors but a term's own is that of those before it and of those after it. Two points of the integral are computed side by side.
 */
function addLeaves(frame: usize, leaf: usize, count: u32, ranks: usize, out: usize): void {
  const shift = load<u32>(frame, frameShift);
  const rules = <usize>load<u32>(frame, frameRules);
  const scratch = <usize>load<u32>(frame, frameScratch);
  for (; count > 0; count--) {
    const value = f64x2.splat(load<f64>(leaf));
    const terms = <usize>load<u32>(leaf, 8);
    const first = leaf + 16;
    const last = first + (terms << 4);
    let interval = last;
    let to = scratch;
    // At `to`, a term has 0 or -1 for a row that fails or passes it; then its factor, the product of those before, and its sum.
    for (let term = first; term < last; term += 16) {
      let passes: i64 = -1;
      for (let i = load<u32>(term, 12); i > 0; i--) {
        const rank = load<u16>(ranks + (<usize>load<u16>(interval) << shift));
        passes &= ((rank - load<u16>(interval, 2)) & 0xffff) <= <u32>load<u16>(interval, 4) ? -1 : 0;
        interval += 8;
      }
      v128.store(to, i64x2.splat(passes));
      v128.store(to, f64x2.splat(0), 48);
      to += 64;
    }
    leaf = padded(interval);
    let rule = <usize>load<u32>(rules + (terms << 2));
    for (let pairs = load<u32>(rule); pairs > 0; pairs--) {
      const t = v128.load(rule, 16);
      const u = v128.load(rule, 32);
      let product = f64x2.mul(value, v128.load(rule, 48));
      to = scratch;
      for (let term = first; term < last; term += 16) {
        const share = v128.load64_splat(term);
        const factor = f64x2.add(f64x2.mul(u, share), v128.and(v128.load(to), t));
        v128.store(to, factor, 16);
        v128.store(to, product, 32);
        product = f64x2.mul(product, factor);
        to += 64;
      }
      let after = f64x2.splat(1);
      while (to > scratch) {
        to -= 64;
        v128.store(to, f64x2.add(v128.load(to, 48), f64x2.mul(v128.load(to, 32), after)), 48);
        after = f64x2.mul(after, v128.load(to, 16));
      }
      rule += 48;
    }
    to = scratch;
    for (let term = first; term < last; term += 16) {
      const sums = v128.load(to, 48);
      const passes = select<f64>(1, 0, load<u64>(to) != 0);
      const place = out + <usize>load<u32>(term, 8);
      const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
      store<f64>(place, load<f64>(place) + sum * (passes - load<f64>(term)));
      to += 64;
    }
  }
}

/** Takes `features` numbers of 0 for an entry; returns 0 if there is no room. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function takeEntry(frame: usize, features: u32): usize {
  const free = <usize>load<u32>(frame, frameFree);
  const bytes = <usize>features << 3;
  if (free + bytes > <usize>load<u32>(frame, frameEnd)) return 0;
  store<u32>(frame, <u32>(free + bytes), frameFree);
  for (let at = free; at < free + bytes; at += 8) store<f64>(at, 0);
  return free;
}

/** Computes the entry of a group for the row whose ranks are at `ranks`; returns 0 if there is no room. */
function entryOf(frame: usize, block: usize, ranks: usize): usize {
  const features = load<u32>(block, 8);
  const entry = takeEntry(frame, features);
  if (entry == 0) return 0;
  const shift = load<u32>(frame, frameShift);
  for (let part = <usize>load<u32>(block, 12); part != 0; part = <usize>load<u32>(part)) {
    const table = <usize>load<u32>(part, 4);
    const tests = part + 32;
    const testCount = load<u32>(part, 8);
    const places = tests + padded(<usize>testCount << 3);
    const partFeatures = load<u32>(part, 12);
    const leaves = places + padded(<usize>partFeatures << 2);
    if (table == 0) addLeaves(frame, leaves, load<u32>(part, 16), ranks, entry);
    else {
      const place = table + (<usize>cellOf(tests, testCount, ranks, shift) << 2);
      let known = <usize>load<u32>(place);
      if (known == 0) {
        known = takeEntry(frame, partFeatures);
        if (known == 0) return 0;
        addLeaves(frame, leaves, load<u32>(part, 16), ranks, known);
        store<u32>(place, <u32>known);
      }
      for (let i: usize = 0; i < partFeatures; i++) {
        const to = entry + <usize>load<u32>(places + (i << 2));
        store<f64>(to, load<f64>(to) + load<f64>(known + (i << 3)));
      }
    }
  }
  return entry;
}

/**
 * Adds what the groups from `first` to `last` contribute to the sums of `rows` rows, until a group has no block, or there is no room for an
 * entry of it; returns that group, or `last`. The sums of a feature are one after the other, those of all features as its places say.
 */
export function runReasons(frame: usize, first: u32, last: u32, rows: usize): u32 {
  const heads = <usize>load<u32>(frame, frameHeads);
  const ranks = <usize>load<u32>(frame, frameRanks);
  const shift = load<u32>(frame, frameShift);
  const codes = <usize>load<u32>(frame, frameCodes);
  const entries = <usize>load<u32>(frame, frameEntries);
  const sums = <usize>load<u32>(frame, frameSums);
  const all = (rows + 3) & ~3;
  for (let group = first; group < last; group++) {
    const block = <usize>load<u32>(heads + (<usize>group << 2));
    if (block == 0) return group;
    const table = <usize>load<u32>(block);
    const tests = block + 16;
    const testCount = load<u32>(block, 4);
    const featureBytes = <usize>load<u32>(block, 8) << 2;
    const features = tests + padded(<usize>testCount << 3);
    if (table != 0) {
      writeCells(tests, testCount, ranks, (rows + 31) & ~31, shift, codes);
      let lacks: u32 = 0;
      for (let row: usize = 0; row < rows; row++) {
        const entry = load<u32>(table + (<usize>load<u16>(codes + (row << 1)) << 2));
        store<u32>(entries + (row << 2), entry);
        lacks |= <u32>(entry == 0);
      }
      if (lacks != 0) {
        for (let row: usize = 0; row < rows; row++) {
          const at = entries + (row << 2);
          if (load<u32>(at) != 0) continue;
          const place = table + (<usize>load<u16>(codes + (row << 1)) << 2);
          let entry = load<u32>(place);
          if (entry == 0) {
            entry = <u32>entryOf(frame, block, ranks + (row << 1));
            if (entry == 0) return group;
            store<u32>(place, entry);
          }
          store<u32>(at, entry);
        }
      }
    } else {
      const free = load<u32>(frame, frameFree);
      for (let row: usize = 0; row < rows; row++) {
        const entry = <u32>entryOf(frame, block, ranks + (row << 1));
        if (entry == 0) {
          store<u32>(frame, free, frameFree);
          return group;
        }
        store<u32>(entries + (row << 2), entry);
      }
      store<u32>(frame, free, frameFree);
    }
    for (let row = rows; row < all; row++) store<u32>(entries + (row << 2), load<u32>(entries));
    for (let row: usize = 0; row < all; row += 4) {
      const at = entries + (row << 2);
      let a = <usize>load<u32>(at);
      let b = <usize>load<u32>(at, 4);
      let c = <usize>load<u32>(at, 8);
      let d = <usize>load<u32>(at, 12);
      const out = sums + (row << 3);
      for (let i: usize = 0; i < featureBytes; i += 4) {
        const sum = out + <usize>load<u32>(features + i);
        const e = v128.load_lane<f64>(b, v128.load64_zero(a), 1);
        const f = v128.load_lane<f64>(d, v128.load64_zero(c), 1);
        v128.store(sum, f64x2.add(v128.load(sum), e));
        v128.store(sum, f64x2.add(v128.load(sum, 16), f), 16);
        a += 8;
        b += 8;
        c += 8;
        d += 8;
      }
    }
  }
  return last;
}

/** Turns the highest bit of `count` ranks of two bytes, a multiple of 8, because signed ones are compared faster. */
export function turnRanks(ranks: usize, count: usize): void {
  const bit = i16x8.splat(-32768);
  for (let at = ranks, end = ranks + (count << 1); at < end; at += 16) v128.store(at, v128.xor(v128.load(at), bit));
}
