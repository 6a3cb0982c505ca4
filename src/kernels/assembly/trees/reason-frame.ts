// The data of reasons, see `reasons.ts`: the loops find them by these places, `model/trees/memo-explainer.ts`
// writes the first ones.
//
//   ranks  for each 64 rows, columns of 64 bytes: a column of ranks has one for each 255 of its places, which
//          says how many of these a row's rank is above, with its highest bit turned
//   node   left, right (a node or ~ a leaf, i32), column, place of its threshold (u16), feature (u32), parent
//          or -1 (i32), column of bytes (u16), place in it with its highest bit turned (i8), an unused byte;
//          the share of its training rows that go left, and right (f64)
//   leaf   value (f64), parent or -1 (i32), 4 unused bytes
//   column feature, the start of its places if all are counted, the last call, its result, its first column
//          of bytes (u32 each), 12 unused bytes
//   cells  of a group or a part: number of cells or 0 for no table, table or 0 (a u32 for each cell: its
//          entry or 0), tests of the low byte of a cell, end of these, end of those of the high byte, what a
//          high byte of 1 adds, features, number of features, places (of a group: of each feature's sums; of a
//          part: of each feature in the entry of its group; in bytes), first or next part or 0, node or ~ a
//          leaf of a part (u32 each)
//   test   column of bytes (u16), place in it with its highest bit turned (i8), what is added to the byte of
//          a row above it (i8)
//   entry  what each feature of the group or part contributes (f64)

/** Places of a frame: what the calls for one model have in common, a u32 each. */
export const frameGroups: usize = 0;
export const frameRanks: usize = 4;
/** Bytes of the ranks of 64 rows. */
export const frameRankBytes: usize = 8;
export const frameCodes: usize = 12;
export const frameEntries: usize = 16;
export const frameSums: usize = 20;
export const frameFree: usize = 24;
export const frameEnd: usize = 28;
export const frameRules: usize = 32;
export const frameTerms: usize = 36;
export const frameNodes: usize = 40;
export const frameLeaves: usize = 44;
export const frameColumns: usize = 48;
/** For each place of each column the call that saw it. */
export const frameSeen: usize = 52;
/** For each feature, its index in the current list. */
export const frameSlots: usize = 56;
export const frameStack: usize = 60;
export const frameCall: usize = 64;
/** The most cells of a table of a group. */
export const frameCells: usize = 68;
/** Bytes from the sums of a feature to those of the next, and from the entries of a group. */
export const frameStride: usize = 72;
export const frameEntriesStride: usize = 76;
/** Room for three shapes, and its bytes for each. */
export const frameShapes: usize = 80;
export const frameShapeBytes: usize = 84;
/** Of up to `mostNew` rows that need new entries: places in the block, ranks, cells, entries. */
export const frameNewRows: usize = 88;
export const frameNewRanks: usize = 92;
export const frameNewCodes: usize = 96;
export const frameNewEntries: usize = 100;

/** Rows that get new entries at a time. */
export const mostNew: u32 = 256;

/** Places of cells. */
export const cellsTable: usize = 4;
export const cellsTests: usize = 8;
export const cellsLowEnd: usize = 12;
export const cellsHighEnd: usize = 16;
export const cellsHigh: usize = 20;
export const cellsFeatures: usize = 24;
export const cellsFeatureCount: usize = 28;
export const cellsPlaces: usize = 32;
export const cellsPart: usize = 36;
export const cellsNode: usize = 40;
export const cellsBytes: usize = 44;

/** Places of a node. */
export const nodeRight: usize = 4;
export const nodeColumn: usize = 8;
export const nodePlace: usize = 10;
export const nodeFeature: usize = 12;
export const nodeParent: usize = 16;
export const nodeByteColumn: usize = 20;
export const nodeBytePlace: usize = 22;
export const nodeShares: usize = 24;

/** Places of a column. */
export const columnStart: usize = 4;
export const columnCall: usize = 8;
export const columnResult: usize = 12;
export const columnBytes: usize = 16;

/** Number of places that one column of bytes covers. */
export const bytePlaces: u32 = 255;
export const highestBit: u32 = 0x80;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function nodeAt(frame: usize, node: i32): usize {
  return <usize>load<u32>(frame, frameNodes) + <usize>node * 40;
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function parentOf(frame: usize, node: i32): i32 {
  if (node >= 0) return load<i32>(nodeAt(frame, node), nodeParent);
  return load<i32>(<usize>load<u32>(frame, frameLeaves) + (<usize>~node << 4), 8);
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function columnAt(frame: usize, column: u32): usize {
  return <usize>load<u32>(frame, frameColumns) + (<usize>column << 5);
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function goesRight(node: usize, ranks: usize): bool {
  return load<i8>(ranks + (<usize>load<u16>(node, nodeByteColumn) << 6)) > load<i8>(node, nodeBytePlace);
}

/** Returns the address of the first rank of a row: those of other columns follow after each 64 bytes. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function ranksOf(frame: usize, ranks: usize, row: usize): usize {
  return ranks + (row >> 6) * <usize>load<u32>(frame, frameRankBytes) + (row & 63);
}

/** Returns the address of `bytes` bytes of 0, or 0 if there is no room. */
export function take(frame: usize, bytes: usize): usize {
  const at = (<usize>load<u32>(frame, frameFree) + 7) & ~7;
  if (at + bytes > <usize>load<u32>(frame, frameEnd)) return 0;
  store<u32>(frame, <u32>(at + bytes), frameFree);
  memory.fill(at, 0, bytes);
  return at;
}
