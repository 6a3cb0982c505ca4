// Looks up what each feature contributes to a sum (`model/trees/memo-explainer.ts`). The leaves of all trees
// are divided into groups, with a table of entries each (`reason-groups.ts`). Rows whose ranks lie in the
// same intervals of a group share a cell of its table, and so an entry. The number of a row's cell has two
// bytes, each the sum of what its ranks add. An entry is computed when a row first needs it: from the entries
// of the group's parts, which have few cells, and those from the leaves (`reason-leaves.ts`). The data is
// described in `reason-frame.ts`.
//
// A group of one leaf that depends on too many features has no table, nor has a part that is its whole group:
// they are computed for each row.

import {
  bytePlaces,
  cellsFeatureCount,
  cellsHigh,
  cellsHighEnd,
  cellsLowEnd,
  cellsPart,
  cellsPlaces,
  cellsTable,
  cellsTests,
  frameCodes,
  frameEnd,
  frameEntries,
  frameEntriesStride,
  frameFree,
  frameGroups,
  frameNewCodes,
  frameNewEntries,
  frameNewRanks,
  frameNewRows,
  frameRankBytes,
  frameRanks,
  frameSums,
  mostNew,
  ranksOf,
  take,
} from './reason-frame';
import { addLeaves } from './reason-leaves';

/** Groups whose entries are found before any is added: they should fit the second cache (`batchGroups`). */
const batchGroups: u32 = 8;
/**
 * Bytes of the addresses of entries for as many rows as are added at once: sums should fit the first cache.
 */
const tileBytes: usize = 256 << 2;

/** Writes the cells of `rows` rows, rounded up to 64: two bytes each. */
function placeRows(frame: usize, cells: usize, ranks: usize, rows: usize, codes: usize): void {
  const rankBytes = <usize>load<u32>(frame, frameRankBytes);
  const tests = <usize>load<u32>(cells, cellsTests);
  const lowEnd = <usize>load<u32>(cells, cellsLowEnd);
  const highEnd = <usize>load<u32>(cells, cellsHighEnd);
  const high = i16x8.splat(<i16>load<u32>(cells, cellsHigh));
  for (let row: usize = 0; row < rows; row += 64) {
    let a = i8x16.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let test = tests;
    for (; test < lowEnd; test += 4) {
      const column = ranks + (<usize>load<u16>(test) << 6);
      const place = v128.load8_splat(test, 2);
      const added = v128.load8_splat(test, 3);
      a = i8x16.add(a, v128.and(i8x16.gt_s(v128.load(column), place), added));
      b = i8x16.add(b, v128.and(i8x16.gt_s(v128.load(column, 16), place), added));
      c = i8x16.add(c, v128.and(i8x16.gt_s(v128.load(column, 32), place), added));
      d = i8x16.add(d, v128.and(i8x16.gt_s(v128.load(column, 48), place), added));
    }
    let e = i8x16.splat(0);
    let f = e;
    let g = e;
    let h = e;
    for (; test < highEnd; test += 4) {
      const column = ranks + (<usize>load<u16>(test) << 6);
      const place = v128.load8_splat(test, 2);
      const added = v128.load8_splat(test, 3);
      e = i8x16.add(e, v128.and(i8x16.gt_s(v128.load(column), place), added));
      f = i8x16.add(f, v128.and(i8x16.gt_s(v128.load(column, 16), place), added));
      g = i8x16.add(g, v128.and(i8x16.gt_s(v128.load(column, 32), place), added));
      h = i8x16.add(h, v128.and(i8x16.gt_s(v128.load(column, 48), place), added));
    }
    storeCodes(codes, a, e, high);
    storeCodes(codes + 32, b, f, high);
    storeCodes(codes + 64, c, g, high);
    storeCodes(codes + 96, d, h, high);
    codes += 128;
    ranks += rankBytes;
  }
}

/** Stores 16 numbers of cells, of their low bytes and their high ones, which count `step` each. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function storeCodes(out: usize, low: v128, high: v128, step: v128): void {
  const first = i16x8.mul(i16x8.extend_low_i8x16_u(high), step);
  const second = i16x8.mul(i16x8.extend_high_i8x16_u(high), step);
  v128.store(out, i16x8.add(first, i16x8.extend_low_i8x16_u(low)));
  v128.store(out, i16x8.add(second, i16x8.extend_high_i8x16_u(low)), 16);
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

/** Returns the table of cells, with all entries unknown at first; 0 if there is no room. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function tableOf(frame: usize, cells: usize): usize {
  const known = <usize>load<u32>(cells, cellsTable);
  if (known != 0) return known;
  const table = take(frame, <usize>load<u32>(cells) << 2);
  store<u32>(cells, <u32>table, cellsTable);
  return table;
}

/** Returns the address of the first rank of a row with new entries: its leaves test columns that no cell needs. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function newRanksOf(frame: usize, i: usize): usize {
  const row = <usize>load<u32>(<usize>load<u32>(frame, frameNewRows) + (i << 2));
  return ranksOf(frame, load<u32>(frame, frameRanks), row);
}

/** Computes the `count` new entries of a group from its parts' entries; returns false without room. */
function fillEntries(frame: usize, group: usize, count: usize): bool {
  const codes = <usize>load<u32>(frame, frameNewCodes);
  const ranks = <usize>load<u32>(frame, frameNewRanks);
  const entries = <usize>load<u32>(frame, frameNewEntries);
  gatherRanks(frame, group, count, ranks);
  for (let part = <usize>load<u32>(group, cellsPart); part != 0; part = <usize>load<u32>(part, cellsPart)) {
    if (load<u32>(part) == 0) {
      for (let i: usize = 0; i < count; i++)
        addLeaves(frame, part, newRanksOf(frame, i), <usize>load<u32>(entries + (i << 2)));
      continue;
    }
    const table = tableOf(frame, part);
    if (table == 0) return false;
    const features = load<u32>(part, cellsFeatureCount);
    const places = <usize>load<u32>(part, cellsPlaces);
    placeRows(frame, part, ranks, count, codes);
    for (let i: usize = 0; i < count; i++) {
      const place = table + (<usize>load<u16>(codes + (i << 1)) << 2);
      let known = <usize>load<u32>(place);
      if (known == 0) {
        known = takeEntry(frame, features);
        if (known == 0) return false;
        addLeaves(frame, part, newRanksOf(frame, i), known);
        store<u32>(place, <u32>known);
      }
      const entry = <usize>load<u32>(entries + (i << 2));
      for (let j: usize = 0; j < features << 2; j += 4) {
        const to = entry + <usize>load<u32>(places + j);
        store<f64>(to, load<f64>(to) + load<f64>(known + (j << 1)));
      }
    }
  }
  return true;
}

/** Copies the ranks of the `count` rows with new entries for the tests of a group. */
function gatherRanks(frame: usize, group: usize, count: usize, out: usize): void {
  const rows = <usize>load<u32>(frame, frameNewRows);
  const ranks = <usize>load<u32>(frame, frameRanks);
  let last: u32 = 0xffff_ffff;
  let test = <usize>load<u32>(group, cellsTests);
  for (const end = <usize>load<u32>(group, cellsHighEnd); test < end; test += 4) {
    const column: u32 = load<u16>(test);
    if (column == last) continue;
    last = column;
    const place = <usize>column << 6;
    for (let i: usize = 0; i < count; i++)
      store<u8>(ranksOf(frame, out, i) + place, load<u8>(ranksOf(frame, ranks, load<u32>(rows + (i << 2))) + place));
  }
}

/** Adds entries to a group's table for rows at `entries` that have none; returns false without room. */
function makeEntries(frame: usize, group: usize, rows: usize, entries: usize): bool {
  const codes = <usize>load<u32>(frame, frameCodes);
  const table = <usize>load<u32>(group, cellsTable);
  const features = load<u32>(group, cellsFeatureCount);
  const newRows = <usize>load<u32>(frame, frameNewRows);
  const newEntries = <usize>load<u32>(frame, frameNewEntries);
  let count: usize = 0;
  for (let row: usize = 0; row < rows; row++) {
    const at = entries + (row << 2);
    if (load<u32>(at) != 0) continue;
    const place = table + (<usize>load<u16>(codes + (row << 1)) << 2);
    let entry = load<u32>(place);
    if (entry == 0) {
      if (count == mostNew) {
        if (!fillEntries(frame, group, count)) return false;
        count = 0;
      }
      entry = <u32>takeEntry(frame, features);
      if (entry == 0) return false;
      store<u32>(place, entry);
      store<u32>(newRows + (count << 2), <u32>row);
      store<u32>(newEntries + (count << 2), entry);
      count++;
    }
    store<u32>(at, entry);
  }
  return fillEntries(frame, group, count);
}

/** Writes the addresses of the entries of `rows` rows for a group to `entries`; false without room. */
function findEntries(frame: usize, group: usize, rows: usize, entries: usize): bool {
  const ranks = <usize>load<u32>(frame, frameRanks);
  const codes = <usize>load<u32>(frame, frameCodes);
  const features = load<u32>(group, cellsFeatureCount);
  if (load<u32>(group) == 0) {
    const part = <usize>load<u32>(group, cellsPart);
    for (let row: usize = 0; row < rows; row++) {
      const entry = takeEntry(frame, features);
      if (entry == 0) return false;
      addLeaves(frame, part, ranksOf(frame, ranks, row), entry);
      store<u32>(entries + (row << 2), <u32>entry);
    }
    return true;
  }
  const table = tableOf(frame, group);
  if (table == 0) return false;
  placeRows(frame, group, ranks, rows, codes);
  let lacks: u32 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const entry = load<u32>(table + (<usize>load<u16>(codes + (row << 1)) << 2));
    store<u32>(entries + (row << 2), entry);
    lacks |= <u32>(entry == 0);
  }
  return lacks == 0 || makeEntries(frame, group, rows, entries);
}

/**
 * Adds a feature of the entries from `at` on, one per row, to its sums; `feature` is its place in an entry.
 */
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

/** Adds what groups from `first` on contribute to `rows` rows; returns the first without room, or `last`. */
export function runReasons(frame: usize, first: u32, last: u32, rows: usize): u32 {
  const groups = <usize>load<u32>(frame, frameGroups);
  const entries = <usize>load<u32>(frame, frameEntries);
  const sums = <usize>load<u32>(frame, frameSums);
  const all = ((rows + 3) & ~3) << 2;
  const stride = <usize>load<u32>(frame, frameEntriesStride);
  let from = first;
  while (from < last) {
    const most = min(last, from + batchGroups);
    let to = from;
    let free: u32 = 0;
    let hasRoom = true;
    // A group without a table is the last of its batch: its entries are dropped once they are added.
    while (to < most && free == 0) {
      const group = <usize>load<u32>(groups + (<usize>to << 2));
      const at = entries + <usize>(to - from) * stride;
      if (load<u32>(group) == 0) free = load<u32>(frame, frameFree);
      hasRoom = findEntries(frame, group, rows, at);
      if (!hasRoom) break;
      // Rows are added four at a time.
      for (let row = rows; (row & 3) != 0; row++) store<u32>(at + (row << 2), load<u32>(at));
      to++;
    }
    for (let tile: usize = 0; tile < all; tile += tileBytes) {
      const size = min(tileBytes, all - tile);
      let at = entries + tile;
      for (let i = from; i < to; i++) {
        addEntries(<usize>load<u32>(groups + (<usize>i << 2)), at, at + size, sums + (tile << 1));
        at += stride;
      }
    }
    if (!hasRoom) return to;
    if (free != 0) store<u32>(frame, free, frameFree);
    from = to;
  }
  return last;
}

/** Drops the tables of `count` groups and their parts. */
export function dropTables(frame: usize, count: u32): void {
  const groups = <usize>load<u32>(frame, frameGroups);
  for (let i: usize = 0; i < count << 2; i += 4) {
    for (let cells = <usize>load<u32>(groups + i); cells != 0; cells = <usize>load<u32>(cells, cellsPart))
      store<u32>(cells, 0, cellsTable);
  }
}

/**
 * Writes ranks of two bytes, of which there are `rows`, as the `count` columns of bytes of their column, of
 * which the first is at `out`: see `reason-frame.ts`.
 */
export function writeByteRanks(frame: usize, ranks: usize, rows: usize, count: u32, out: usize): void {
  const rankBytes = <usize>load<u32>(frame, frameRankBytes);
  const most = i16x8.splat(<i16>bytePlaces);
  const bit = i8x16.splat(-128);
  for (let i: u32 = 0; i < count; i++) {
    const start = i16x8.splat(<i16>(i * bytePlaces));
    for (let row: usize = 0; row < rows; row += 16) {
      const at = ranks + (row << 1);
      const first = i16x8.min_u(i16x8.sub_sat_u(v128.load(at), start), most);
      const second = i16x8.min_u(i16x8.sub_sat_u(v128.load(at, 16), start), most);
      const to = out + (row >> 6) * rankBytes + (row & 63);
      v128.store(to, v128.xor(i8x16.narrow_i16x8_u(first, second), bit));
    }
    out += 64;
  }
}
