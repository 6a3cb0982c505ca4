// The data of reasons, see `reasons.ts`: the loops find them by these places, `model/trees/memo-explainer.ts`
// writes the first ones.
//
//   node   left, right (a node or ~ a leaf, i32), column, place of its threshold with its highest bit turned
//          (u16), feature (u32), parent or -1 (i32), 4 unused bytes; the share of its training rows that go
//          left, and right (f64)
//   leaf   value (f64), parent or -1 (i32), 4 unused bytes
//   cells  of a group or a part: number of cells or 0 for no table, table or 0 (a u32 for each cell: its
//          entry or 0), tests, number of tests, features, number of features, places (of a group: of each
//          feature's sums; of a part: of each feature in the entry of its group; in bytes), first or next
//          part or 0, node or ~ a leaf of a part (u32 each)
//   test   column (u16), place of its threshold with its highest bit turned (i16), what is added to the cell
//          of a row above it (i16), 0
//   entry  what each feature of the group or part contributes (f64)

/** Places of a frame: what the calls for one model have in common, a u32 each. */
export const frameGroups: usize = 0;
export const frameRanks: usize = 4;
export const frameShift: usize = 8;
export const frameCodes: usize = 12;
export const frameEntries: usize = 16;
export const frameSums: usize = 20;
export const frameFree: usize = 24;
export const frameEnd: usize = 28;
export const frameRules: usize = 32;
export const frameTerms: usize = 36;
export const frameNodes: usize = 40;
export const frameLeaves: usize = 44;
/**
 * For each column its feature, the start of its places if all are counted, the last call, its result: u32.
 */
export const frameColumns: usize = 48;
/** For each place of each column the call that saw it. */
export const frameSeen: usize = 52;
/** For each feature, its index in the current list. */
export const frameSlots: usize = 56;
export const frameStack: usize = 60;
export const frameCall: usize = 64;
/** The most cells of a table of a group. */
export const frameCells: usize = 68;
/** Bytes of the sums of a feature. */
export const frameStride: usize = 72;
/** Room for three shapes, and its bytes for each. */
export const frameShapes: usize = 76;
export const frameShapeBytes: usize = 80;
/** Of up to `mostNew` rows that need new entries: places in the block, ranks in columns, cells, entries. */
export const frameNewRows: usize = 84;
export const frameNewRanks: usize = 88;
export const frameNewCodes: usize = 92;
export const frameNewEntries: usize = 96;

/** Rows that get new entries at a time; their ranks take 2 to the power of `newShift` bytes a column. */
export const mostNew: u32 = 256;
export const newShift: u32 = 9;

/** Places of cells. */
export const cellsTable: usize = 4;
export const cellsTests: usize = 8;
export const cellsTestCount: usize = 12;
export const cellsFeatures: usize = 16;
export const cellsFeatureCount: usize = 20;
export const cellsPlaces: usize = 24;
export const cellsPart: usize = 28;
export const cellsNode: usize = 32;
export const cellsBytes: usize = 36;

/** Places of a node. */
export const nodeRight: usize = 4;
export const nodeColumn: usize = 8;
export const nodePlace: usize = 10;
export const nodeFeature: usize = 12;
export const nodeParent: usize = 16;
export const nodeShares: usize = 24;

export const highestBit: u32 = 0x8000;

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

/** Returns the address of `bytes` bytes of 0, or 0 if there is no room. */
export function take(frame: usize, bytes: usize): usize {
  const at = (<usize>load<u32>(frame, frameFree) + 7) & ~7;
  if (at + bytes > <usize>load<u32>(frame, frameEnd)) return 0;
  store<u32>(frame, <u32>(at + bytes), frameFree);
  memory.fill(at, 0, bytes);
  return at;
}
