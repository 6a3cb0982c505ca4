import type { Addresses, TreeLoops } from '../../kernels/tree-loops.js';
import type { RankColumns } from './rank-columns.js';
import type { TreeTable } from './tree-table.js';

/** Bytes of a node, a leaf and a column, see `kernels/assembly/trees/reason-frame.ts`. */
const [nodeBytes, leafBytes, columnBytes] = [40, 16, 32];

/** Number of places that one column of bytes covers. */
const bytePlaces = 255;

/** Addresses of the data about the nodes of all trees. */
interface PlacedNodes {
  readonly nodesAt: number;
  readonly leavesAt: number;
  readonly columnsAt: number;
  /** A u32 for each interval of each column. */
  readonly seenAt: number;
  /** The first column of bytes of each column of ranks, then their number. */
  readonly byteColumns: readonly number[];
  /** Nodes from a root to a leaf, at most. */
  readonly depth: number;
  /** Bytes that `write` needs. */
  readonly scratchBytes: number;
  /** Writes it, once there is memory, for a frame that names the addresses. */
  write(loops: TreeLoops, frameAt: number, scratchAt: number): void;
}

/** Takes addresses for the nodes, leaves and columns of a table whose children follow their parents. */
export function placeNodes(table: TreeTable, ranks: RankColumns, addresses: Addresses): PlacedNodes {
  const { left, right } = table.nodes;
  const depths = new Int32Array(left.length).fill(1);
  let depth = 0;
  for (let node = 0; node < left.length; node++) {
    const own = depths[node]!;
    if (own > depth) depth = own;
    const toLeft = left[node]!;
    const toRight = right[node]!;
    if (toLeft >= 0) depths[toLeft] = own + 1;
    if (toRight >= 0) depths[toRight] = own + 1;
  }
  let places = 0;
  const byteColumns = [0];
  const starts = ranks.columns.map((column, i) => {
    const start = places;
    const count = column.kind === 'rank' ? column.thresholds.length : 1;
    places += count;
    byteColumns.push(byteColumns[i]! + Math.ceil(count / bytePlaces));
    return start;
  });
  const [nodesAt, leavesAt, columnsAt, seenAt] = [
    nodeBytes * left.length,
    leafBytes * table.leaves.length,
    columnBytes * ranks.columns.length,
    4 * places,
  ].map((bytes) => addresses.take(bytes)) as [number, number, number, number];
  const { feature } = table.nodes;
  const { nodes: covers, leaves: leafCovers } = table.covers!;
  const arrays = [covers, leafCovers, table.leaves, left, right, feature, ranks.columnOf, ranks.placeOf];
  return {
    scratchBytes: arrays.reduce((sum, { byteLength }) => sum + byteLength, 0),
    nodesAt,
    leavesAt,
    columnsAt,
    seenAt,
    byteColumns,
    depth,
    write(loops, frameAt, scratchAt) {
      const { buffer } = loops.memory;
      const words = new Uint32Array(buffer, columnsAt, 8 * starts.length);
      for (const [i, column] of ranks.columns.entries())
        words.set([column.feature, starts[i]!, 0, 0, byteColumns[i]!], 8 * i);
      let at = scratchAt;
      for (const array of arrays) {
        const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        new Uint8Array(buffer, at, bytes.length).set(bytes);
        at += bytes.length;
      }
      loops.writeNodes(frameAt, left.length, table.leaves.length, scratchAt);
    },
  };
}
