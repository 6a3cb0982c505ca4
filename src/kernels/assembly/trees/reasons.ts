// Looks up what each feature contributes to a sum (`model/trees/memo-explainer.ts`). The leaves below a node are a group, with a table of
// entries. The tests of the group, and of the path to it, cut the ranks of each column into intervals; all ranks that the path excludes are one
// interval. Rows whose ranks lie in the same intervals share a cell of the table, and so an entry. The number of a row's cell is the sum of what
// its ranks add. An entry is computed when a row first needs it: from the entries of the group's parts, which have few cells, and those from the
// leaves.
//
//   node   left, right (a node or ~ a leaf, i32), column, place of its threshold with its highest bit turned (u16), feature (u32), parent or -1
//          (i32), 4 bytes of nothing; the share of its training rows that go left, and right (f64)
//   leaf   value (f64), parent or -1 (i32), 4 bytes of nothing
//   head   node or ~ a leaf (i32), the group's cells or 0 (u32)
//   cells  table or 0, tests, number of tests, features, number of features, node or ~ a leaf, first or next part or 0, places (u32 each): of a
//          group, where the sums of each feature are; of a part, where each feature is in the entry of its group; in bytes
//   test   column (u16), place of its threshold with its highest bit turned (i16), what is added to the cell of a row above it (i16), 0
//
// A group of one leaf that depends on too many features has no table, nor has a part that is its whole group: they are computed for each row.

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
const frameTerms: usize = 36;
const frameNodes: usize = 40;
const frameLeaves: usize = 44;
/** For each column its feature, where its places begin if all are counted, the call that saw it, and what that found: u32 each. */
const frameColumns: usize = 48;
/** For each place of each column the call that saw it. */
const frameSeen: usize = 52;
/** For each feature, its index in the current list. */
const frameSlots: usize = 56;
const frameStack: usize = 60;
const frameCall: usize = 64;
/** The most cells of a table of a group. */
const frameCells: usize = 68;
/** Bytes of the sums of a feature. */
const frameStride: usize = 72;

/** The most cells of a table of a part. */
const partCells: u32 = 256;
/** Groups whose entries are found before any is added: those in use should fit the second cache. See `batchGroups` in `memo-explainer.ts`. */
const batchGroups: u32 = 8;
/** Bytes of the addresses of entries for as many rows as are added for one group after the other: their sums should fit the first cache. */
const tileBytes: usize = 256 << 2;

const tooMany: u32 = 0xffff_ffff;
const mostRank: u32 = 0xffff;
const highestBit: u32 = 0x8000;

/** Places of cells. */
const cellsTests: usize = 4;
const cellsTestCount: usize = 8;
const cellsFeatures: usize = 12;
const cellsFeatureCount: usize = 16;
const cellsNode: usize = 20;
const cellsPart: usize = 24;
const cellsPlaces: usize = 28;

/** Places of a node. */
const nodeRight: usize = 4;
const nodeColumn: usize = 8;
const nodePlace: usize = 10;
const nodeFeature: usize = 12;
const nodeParent: usize = 16;
const nodeShares: usize = 24;

/** Bytes of a term: twice its share, twice 0 or -1 for a row that fails or passes it, then what `addLeaf` needs. */
const termBytes: usize = 80;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function padded(bytes: usize): usize {
  return (bytes + 15) & ~15;
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function nodeAt(frame: usize, node: i32): usize {
  return <usize>load<u32>(frame, frameNodes) + <usize>node * 40;
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function parentOf(frame: usize, node: i32): i32 {
  if (node >= 0) return load<i32>(nodeAt(frame, node), nodeParent);
  return load<i32>(<usize>load<u32>(frame, frameLeaves) + (<usize>~node << 4), 8);
}

/** Returns the next number of a call, by which it knows what it has seen. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function nextCall(frame: usize): u32 {
  const call = load<u32>(frame, frameCall) + 1;
  store<u32>(frame, call, frameCall);
  return call;
}

/** Returns the number of cells of the leaves below a node, or `tooMany` if it is above `most`. */
function countCells(frame: usize, node: i32, most: u32): u32 {
  const columns = <usize>load<u32>(frame, frameColumns);
  const seen = <usize>load<u32>(frame, frameSeen);
  const bottom = <usize>load<u32>(frame, frameStack);
  const call = nextCall(frame);
  let cells: u32 = 1;
  for (let at = parentOf(frame, node); at >= 0; at = parentOf(frame, at)) {
    const column = columns + (<usize>load<u16>(nodeAt(frame, at), nodeColumn) << 4);
    if (load<u32>(column, 8) == call) continue;
    store<u32>(column, call, 8);
    store<u32>(column, 2, 12);
    cells <<= 1;
    if (cells > most) return tooMany;
  }
  let top = bottom;
  store<i32>(top, node);
  top += 4;
  while (top > bottom) {
    top -= 4;
    const next = load<i32>(top);
    if (next < 0) continue;
    const at = nodeAt(frame, next);
    const column = columns + (<usize>load<u16>(at, nodeColumn) << 4);
    const place = seen + (<usize>(load<u32>(column, 4) + <u32>(load<u16>(at, nodePlace) ^ highestBit)) << 2);
    if (load<u32>(place) != call) {
      store<u32>(place, call);
      const before = load<u32>(column, 8) == call ? load<u32>(column, 12) : 1;
      store<u32>(column, call, 8);
      store<u32>(column, before + 1, 12);
      cells = (cells / before) * (before + 1);
      if (cells > most) return tooMany;
    }
    store<i32>(top, load<i32>(at, nodeRight));
    store<i32>(top, load<i32>(at), 4);
    top += 8;
  }
  return cells;
}

/** Cuts the tree of a root into groups as large as the cells allow, appended to the heads that end at `head`; returns where they end then. */
export function cutTree(frame: usize, root: i32, head: usize): usize {
  if (root < 0) return head;
  const most = load<u32>(frame, frameCells);
  if (countCells(frame, root, most) <= most) {
    store<i32>(head, root);
    store<u32>(head, 0, 4);
    return head + 8;
  }
  for (let side: usize = 0; side < 8; side += 4) {
    const child = load<i32>(nodeAt(frame, root) + side);
    if (child >= 0) head = cutTree(frame, child, head);
    else {
      store<i32>(head, child);
      store<u32>(head, 0, 4);
      head += 8;
    }
  }
  return head;
}

/** Returns the address of `bytes` bytes, a multiple of 16, or 0 if there is no room. */
function take(frame: usize, bytes: usize): usize {
  const at = padded(<usize>load<u32>(frame, frameFree));
  if (at + bytes > <usize>load<u32>(frame, frameEnd)) return 0;
  store<u32>(frame, <u32>(at + bytes), frameFree);
  return at;
}

/** Inserts a column and a place into an ascending list of `count`, unless it is there; returns the new count. */
function insertCut(list: usize, count: u32, column: u32, place: u32): u32 {
  const cut = (column << 16) | place;
  const end = list + (<usize>count << 2);
  let at = end;
  while (at > list && load<u32>(at - 4) > cut) at -= 4;
  if (at > list && load<u32>(at - 4) == cut) return count;
  for (let to = end; to > at; to -= 4) store<u32>(to, load<u32>(to - 4));
  store<u32>(at, cut);
  return count + 1;
}

/** Inserts the cuts of a node and of those below it, from left to right, except cuts outside the interval that the path leaves open. */
function insertBelow(frame: usize, node: i32, call: u32, list: usize, count: u32): u32 {
  while (node >= 0) {
    const at = nodeAt(frame, node);
    count = insertBelow(frame, load<i32>(at), call, list, count);
    const column = load<u16>(at, nodeColumn);
    const place: u32 = load<u16>(at, nodePlace) ^ highestBit;
    const own = <usize>load<u32>(frame, frameColumns) + (<usize>column << 4);
    const interval = load<u32>(own, 8) == call ? load<u32>(own, 12) : mostRank << 16;
    if (place >= (interval & mostRank) && place < interval >> 16) count = insertCut(list, count, column, place);
    node = load<i32>(at, nodeRight);
  }
  return count;
}

/** Writes the tests of the leaves below a node and their features; returns their cells, with a table if these are not above `most`, or 0 if there is no room. */
function writeCells(frame: usize, node: i32, most: u32): usize {
  const columns = <usize>load<u32>(frame, frameColumns);
  const list = <usize>load<u32>(frame, frameStack);
  const call = nextCall(frame);
  // A column has the interval of the path: its lowest rank, and its highest in the upper half.
  let child = node;
  for (let at = parentOf(frame, node); at >= 0; at = parentOf(frame, at)) {
    const from = nodeAt(frame, at);
    const own = columns + (<usize>load<u16>(from, nodeColumn) << 4);
    const place: u32 = load<u16>(from, nodePlace) ^ highestBit;
    const interval = load<u32>(own, 8) == call ? load<u32>(own, 12) : mostRank << 16;
    let low = interval & mostRank;
    let high = interval >> 16;
    if (child == load<i32>(from, nodeRight)) low = max(low, place + 1);
    else high = min(high, place);
    store<u32>(own, call, 8);
    store<u32>(own, low | (high << 16), 12);
    child = at;
  }
  let cuts = insertBelow(frame, node, call, list, 0);
  for (let at = parentOf(frame, node); at >= 0; at = parentOf(frame, at)) {
    const column = load<u16>(nodeAt(frame, at), nodeColumn);
    const interval = load<u32>(columns + (<usize>column << 4), 12);
    if ((interval & mostRank) > 0) cuts = insertCut(list, cuts, column, (interval & mostRank) - 1);
    if (interval >> 16 < mostRank) cuts = insertCut(list, cuts, column, interval >> 16);
  }
  const made = take(frame, 32);
  const tests = take(frame, <usize>cuts << 3);
  const features = take(frame, <usize>cuts << 2);
  const places = take(frame, <usize>cuts << 2);
  if (made == 0 || tests == 0 || features == 0 || places == 0) return 0;
  let cells: u32 = 1;
  let count: u32 = 0;
  let i: u32 = 0;
  while (i < cuts) {
    const column = load<u32>(list + (<usize>i << 2)) >> 16;
    const own = columns + (<usize>column << 4);
    const interval = load<u32>(own, 8) == call ? load<u32>(own, 12) : mostRank << 16;
    const feature = load<u32>(own);
    if (placeIn(features, count, feature) == count) {
      store<u32>(features + (<usize>count << 2), feature);
      count++;
    }
    let cellCount: u32 = 1;
    let before: u32 = 0;
    // The cell of ranks that the path excludes.
    let excluded: u32 = (interval & mostRank) > 0 ? 0 : tooMany;
    for (; i < cuts; i++) {
      const cut = load<u32>(list + (<usize>i << 2));
      if (cut >> 16 != column) break;
      const place = cut & mostRank;
      let cell = cellCount;
      if (place >= interval >> 16) {
        if (excluded == tooMany) excluded = cellCount;
        cell = excluded;
      }
      if (cell == cellCount) cellCount++;
      const test = tests + (<usize>i << 3);
      store<u16>(test, column);
      store<u16>(test, place ^ highestBit, 2);
      store<u16>(test, (cell - before) * cells, 4);
      store<u16>(test, 0, 6);
      before = cell;
    }
    cells = cells > most ? tooMany : cells * cellCount;
  }
  store<u32>(made, 0);
  if (cells <= most) {
    const bytes = padded(<usize>cells << 2);
    const table = take(frame, bytes);
    if (table == 0) return 0;
    memory.fill(table, 0, bytes);
    store<u32>(made, <u32>table);
  }
  store<u32>(made, <u32>tests, cellsTests);
  store<u32>(made, cuts, cellsTestCount);
  store<u32>(made, <u32>features, cellsFeatures);
  store<u32>(made, count, cellsFeatureCount);
  store<i32>(made, node, cellsNode);
  store<u32>(made, 0, cellsPart);
  store<u32>(made, <u32>places, cellsPlaces);
  return made;
}

/** Returns the place of a number in a list, or `count`. */
function placeIn(list: usize, count: u32, number: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (load<u32>(list + (<usize>i << 2)) == number) return i;
  return count;
}

/** Writes the parts below a node before those that `group` has; returns false if there is no room. */
function writeParts(frame: usize, node: i32, group: usize): bool {
  if (node >= 0 && countCells(frame, node, partCells) > partCells)
    return (
      writeParts(frame, load<i32>(nodeAt(frame, node)), group) &&
      writeParts(frame, load<i32>(nodeAt(frame, node), nodeRight), group)
    );
  const isWhole = node == load<i32>(group, cellsNode);
  const part = writeCells(frame, node, isWhole ? 0 : load<u32>(frame, frameCells));
  if (part == 0) return false;
  const count = load<u32>(part, cellsFeatureCount);
  for (let i: usize = 0; i < count << 2; i += 4) {
    const feature = load<u32>(<usize>load<u32>(part, cellsFeatures) + i);
    const place = placeIn(load<u32>(group, cellsFeatures), load<u32>(group, cellsFeatureCount), feature);
    store<u32>(<usize>load<u32>(part, cellsPlaces) + i, place << 3);
  }
  store<u32>(part, load<u32>(group, cellsPart), cellsPart);
  store<u32>(group, <u32>part, cellsPart);
  return true;
}

/** Writes the cells of a group and its parts; returns 0 if there is no room. */
function writeGroup(frame: usize, node: i32): usize {
  const group = writeCells(frame, node, load<u32>(frame, frameCells));
  if (group == 0) return 0;
  const count = load<u32>(group, cellsFeatureCount);
  for (let i: usize = 0; i < count << 2; i += 4) {
    const feature = load<u32>(<usize>load<u32>(group, cellsFeatures) + i);
    store<u32>(<usize>load<u32>(group, cellsPlaces) + i, feature * load<u32>(frame, frameStride));
  }
  return writeParts(frame, node, group) ? group : 0;
}

/** Writes the cells of `rows` rows, a multiple of 32, in which `count` tests place them: two bytes each. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function placeRows(tests: usize, count: u32, ranks: usize, rows: usize, shift: u32, codes: usize): void {
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
 * Adds what a leaf contributes by its terms to `out`. See `addLeaf` in `model/trees/tree-path.ts`: the product of all factors but a term's own
 * is that of those before it and of those after it. Two points of the integral are computed side by side.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function addLeaf(value: f64, first: usize, last: usize, rule: usize, out: usize): void {
  for (let term = first; term < last; term += termBytes) v128.store(term, f64x2.splat(0), 64);
  for (let pairs = load<u32>(rule); pairs > 0; pairs--) {
    const t = v128.load(rule, 16);
    const u = v128.load(rule, 32);
    let product = f64x2.mul(f64x2.splat(value), v128.load(rule, 48));
    for (let term = first; term < last; term += termBytes) {
      const factor = f64x2.add(f64x2.mul(u, v128.load(term)), v128.and(v128.load(term, 16), t));
      v128.store(term, factor, 32);
      v128.store(term, product, 48);
      product = f64x2.mul(product, factor);
    }
    let after = f64x2.splat(1);
    for (let term = last; term > first; ) {
      term -= termBytes;
      v128.store(term, f64x2.add(v128.load(term, 64), f64x2.mul(v128.load(term, 48), after)), 64);
      after = f64x2.mul(after, v128.load(term, 32));
    }
    rule += 48;
  }
  for (let term = first; term < last; term += termBytes) {
    const passes = select<f64>(1, 0, load<u64>(term, 16) != 0);
    const sum = load<f64>(term, 64) + load<f64>(term, 72);
    store<f64>(out, load<f64>(out) + sum * (passes - load<f64>(term)));
    out += 8;
  }
}

/** Adds what the leaves from `node` on contribute to the row whose ranks are at `ranks`; the terms are those of the path to it. */
function addBelow(
  node: i32,
  nodes: usize,
  leaves: usize,
  ranks: usize,
  shift: u32,
  slots: usize,
  first: usize,
  last: usize,
  rule: usize,
  out: usize,
): void {
  if (node < 0) {
    addLeaf(load<f64>(leaves + (<usize>~node << 4)), first, last, rule, out);
    return;
  }
  const at = nodes + <usize>node * 40;
  const term = first + <usize>load<u32>(slots + (<usize>load<u32>(at, nodeFeature) << 2)) * termBytes;
  const share = load<f64>(term);
  const passes = load<u64>(term, 16);
  const isRight =
    load<i16>(ranks + (<usize>load<u16>(at, nodeColumn) << shift)) > load<i16>(at, nodePlace);
  setTerm(term, share * load<f64>(at, nodeShares), select<u64>(0, passes, isRight));
  addBelow(load<i32>(at), nodes, leaves, ranks, shift, slots, first, last, rule, out);
  setTerm(term, share * load<f64>(at, nodeShares + 8), select<u64>(passes, 0, isRight));
  addBelow(load<i32>(at, nodeRight), nodes, leaves, ranks, shift, slots, first, last, rule, out);
  setTerm(term, share, passes);
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function setTerm(term: usize, share: f64, passes: u64): void {
  v128.store(term, f64x2.splat(share));
  v128.store(term, i64x2.splat(passes), 16);
}

/** Adds what the leaves of a part contribute to the row whose ranks are at `ranks`, for each of its features in turn. */
function addLeaves(frame: usize, part: usize, ranks: usize, out: usize): void {
  const shift = load<u32>(frame, frameShift);
  const slots = <usize>load<u32>(frame, frameSlots);
  const first = <usize>load<u32>(frame, frameTerms);
  const count = <usize>load<u32>(part, cellsFeatureCount);
  const features = <usize>load<u32>(part, cellsFeatures);
  // A feature that is not on a path has a term that is always 1, and contributes nothing.
  for (let i: usize = 0; i < count; i++) {
    store<u32>(slots + (<usize>load<u32>(features + (i << 2)) << 2), <u32>i);
    setTerm(first + i * termBytes, 1, ~(<u64>0));
  }
  const node = load<i32>(part, cellsNode);
  let child = node;
  for (let parent = parentOf(frame, node); parent >= 0; parent = parentOf(frame, parent)) {
    const at = nodeAt(frame, parent);
    const isRight =
      load<i16>(ranks + (<usize>load<u16>(at, nodeColumn) << shift)) > load<i16>(at, nodePlace);
    const toRight = child == load<i32>(at, nodeRight);
    const term = first + <usize>load<u32>(slots + (<usize>load<u32>(at, nodeFeature) << 2)) * termBytes;
    const share = load<f64>(at + (toRight ? 8 : 0), nodeShares);
    setTerm(term, load<f64>(term) * share, isRight == toRight ? load<u64>(term, 16) : 0);
    child = parent;
  }
  const rule = <usize>load<u32>(<usize>load<u32>(frame, frameRules) + (count << 2));
  const nodes = <usize>load<u32>(frame, frameNodes);
  const leaves = <usize>load<u32>(frame, frameLeaves);
  addBelow(node, nodes, leaves, ranks, shift, slots, first, first + count * termBytes, rule, out);
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
function entryOf(frame: usize, group: usize, ranks: usize): usize {
  const entry = takeEntry(frame, load<u32>(group, cellsFeatureCount));
  if (entry == 0) return 0;
  const shift = load<u32>(frame, frameShift);
  for (let part = <usize>load<u32>(group, cellsPart); part != 0; part = <usize>load<u32>(part, cellsPart)) {
    const table = <usize>load<u32>(part);
    if (table == 0) {
      addLeaves(frame, part, ranks, entry);
      continue;
    }
    const cell = cellOf(load<u32>(part, cellsTests), load<u32>(part, cellsTestCount), ranks, shift);
    const place = table + (<usize>cell << 2);
    const count = load<u32>(part, cellsFeatureCount);
    let known = <usize>load<u32>(place);
    if (known == 0) {
      known = takeEntry(frame, count);
      if (known == 0) return 0;
      addLeaves(frame, part, ranks, known);
      store<u32>(place, <u32>known);
    }
    const places = <usize>load<u32>(part, cellsPlaces);
    for (let i: usize = 0; i < count; i++) {
      const to = entry + <usize>load<u32>(places + (i << 2));
      store<f64>(to, load<f64>(to) + load<f64>(known + (i << 3)));
    }
  }
  return entry;
}

/** Writes the addresses of the entries of `rows` rows for a group to `entries`; returns false if there is no room. */
function findEntries(frame: usize, group: usize, rows: usize, entries: usize): bool {
  const ranks = <usize>load<u32>(frame, frameRanks);
  const codes = <usize>load<u32>(frame, frameCodes);
  const table = <usize>load<u32>(group);
  if (table == 0) {
    for (let row: usize = 0; row < rows; row++) {
      const entry = <u32>entryOf(frame, group, ranks + (row << 1));
      if (entry == 0) return false;
      store<u32>(entries + (row << 2), entry);
    }
    return true;
  }
  const tests = <usize>load<u32>(group, cellsTests);
  placeRows(tests, load<u32>(group, cellsTestCount), ranks, (rows + 31) & ~31, load<u32>(frame, frameShift), codes);
  let lacks: u32 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const entry = load<u32>(table + (<usize>load<u16>(codes + (row << 1)) << 2));
    store<u32>(entries + (row << 2), entry);
    lacks |= <u32>(entry == 0);
  }
  if (lacks == 0) return true;
  for (let row: usize = 0; row < rows; row++) {
    const at = entries + (row << 2);
    if (load<u32>(at) != 0) continue;
    const place = table + (<usize>load<u16>(codes + (row << 1)) << 2);
    let entry = load<u32>(place);
    if (entry == 0) {
      entry = <u32>entryOf(frame, group, ranks + (row << 1));
      if (entry == 0) return false;
      store<u32>(place, entry);
    }
    store<u32>(at, entry);
  }
  return true;
}

/** Returns the cells of a head's group, which are written if they are not there; 0 if there is no room. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function groupOf(frame: usize, head: usize): usize {
  const known = <usize>load<u32>(head, 4);
  if (known != 0) return known;
  const group = writeGroup(frame, load<i32>(head));
  store<u32>(head, <u32>group, 4);
  return group;
}

/** Adds a feature of the entries from `at` on, one for each row, to its sums; `feature` is its place in an entry. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function addFeature(at: usize, end: usize, feature: usize, sums: usize): void {
  for (; at < end; at += 16) {
    const a = v128.load64_zero(<usize>load<u32>(at) + feature);
    const b = v128.load64_zero(<usize>load<u32>(at, 8) + feature);
    const ab = v128.load_lane<f64>(<usize>load<u32>(at, 4) + feature, a, 1);
    const cd = v128.load_lane<f64>(<usize>load<u32>(at, 12) + feature, b, 1);
    v128.store(sums, f64x2.add(v128.load(sums), ab));
    v128.store(sums, f64x2.add(v128.load(sums, 16), cd), 16);
    sums += 32;
  }
}

/** The same for a feature and the next one of the entries: half as many loads. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function addFeatures(at: usize, end: usize, feature: usize, sums: usize, next: usize): void {
  for (; at < end; at += 16) {
    const a = v128.load(<usize>load<u32>(at) + feature);
    const b = v128.load(<usize>load<u32>(at, 4) + feature);
    const c = v128.load(<usize>load<u32>(at, 8) + feature);
    const d = v128.load(<usize>load<u32>(at, 12) + feature);
    v128.store(sums, f64x2.add(v128.load(sums), v128.shuffle<f64>(a, b, 0, 2)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), v128.shuffle<f64>(c, d, 0, 2)), 16);
    v128.store(next, f64x2.add(v128.load(next), v128.shuffle<f64>(a, b, 1, 3)));
    v128.store(next, f64x2.add(v128.load(next, 16), v128.shuffle<f64>(c, d, 1, 3)), 16);
    sums += 32;
    next += 32;
  }
}

/** Adds the entries of a group from `at` to `end`, one for each row, to the sums that begin at `sums`. */
function addEntries(group: usize, at: usize, end: usize, sums: usize): void {
  const places = <usize>load<u32>(group, cellsPlaces);
  const count = <usize>load<u32>(group, cellsFeatureCount) << 3;
  let feature: usize = 0;
  for (; feature + 8 < count; feature += 16) {
    const place = places + (feature >> 1);
    addFeatures(at, end, feature, sums + <usize>load<u32>(place), sums + <usize>load<u32>(place, 4));
  }
  if (feature < count) addFeature(at, end, feature, sums + <usize>load<u32>(places + (feature >> 1)));
}

/**
 * Adds what the groups from `first` to `last` contribute to the sums of `rows` rows, until there is no room for a group: then nothing of it and of
 * those after the returned one is added. Otherwise returns `last`. Set the cells of a group to 0 to drop its table.
 */
export function runReasons(frame: usize, first: u32, last: u32, rows: usize): u32 {
  const heads = <usize>load<u32>(frame, frameHeads);
  const entries = <usize>load<u32>(frame, frameEntries);
  const sums = <usize>load<u32>(frame, frameSums);
  const all = ((rows + 3) & ~3) << 2;
  const stride = <usize>load<u32>(frame, frameStride) >> 1;
  let from = first;
  while (from < last) {
    const most = min(last, from + batchGroups);
    let to = from;
    let free: u32 = 0;
    // A group without a table is the last of its batch: its entries are dropped once they are added.
    while (to < most && free == 0) {
      const group = groupOf(frame, heads + (<usize>to << 3));
      if (group == 0) return from;
      const at = entries + <usize>(to - from) * stride;
      if (load<u32>(group) == 0) free = load<u32>(frame, frameFree);
      if (!findEntries(frame, group, rows, at)) return from;
      // Rows are added four at a time.
      for (let row = rows; (row & 3) != 0; row++) store<u32>(at + (row << 2), load<u32>(at));
      to++;
    }
    for (let tile: usize = 0; tile < all; tile += tileBytes) {
      const size = min(tileBytes, all - tile);
      let at = entries + tile;
      for (let i = from; i < to; i++) {
        addEntries(<usize>load<u32>(heads + (<usize>i << 3), 4), at, at + size, sums + (tile << 1));
        at += stride;
      }
    }
    if (free != 0) store<u32>(frame, free, frameFree);
    from = to;
  }
  return last;
}

/** Turns the highest bit of `count` ranks of two bytes, a multiple of 8, because signed ones are compared faster. */
export function turnRanks(ranks: usize, count: usize): void {
  const bit = i16x8.splat(-32768);
  for (let at = ranks, end = ranks + (count << 1); at < end; at += 16) v128.store(at, v128.xor(v128.load(at), bit));
}
