import type { Addresses, TreeLoops } from '../../kernels/tree-loops.js';
import type { RankColumns } from './rank-columns.js';
import type { TreeTable } from './tree-table.js';

/** Bytes of a node, a leaf and a column, see `kernels/assembly/trees/reason-frame.ts`. */
const [nodeBytes, leafBytes, columnBytes] = [40, 16, 32];

/** Number of places that one column of bytes covers, and the highest bit of such a place. */
const bytePlaces = 255;
const highestBit = 0x80;

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
  /** Writes it, once there is memory. */
  write(loops: TreeLoops): void;
}

/** Takes addresses for the nodes, leaves and columns of a table whose children follow their parents. */
export function placeNodes(table: TreeTable, ranks: RankColumns, addresses: Addresses): PlacedNodes {
  const { feature, left, right } = table.nodes;
  const parents = {
    nodes: new Int32Array(left.length).fill(-1),
    leaves: new Int32Array(table.leaves.length).fill(-1),
  };
  const depths = new Int32Array(left.length).fill(1);
  let depth = 0;
  for (let node = 0; node < left.length; node++) {
    depth = Math.max(depth, depths[node]!);
    for (let side = 0; side < 2; side++) {
      const child = side === 0 ? left[node]! : right[node]!;
      if (child < 0) parents.leaves[~child] = node;
      else {
        parents.nodes[child] = node;
        depths[child] = depths[node]! + 1;
      }
    }
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
  return {
    nodesAt,
    leavesAt,
    columnsAt,
    seenAt,
    byteColumns,
    depth,
    write({ memory: { buffer } }) {
      const [halves, words, doubles] = [
        new Uint16Array(buffer),
        new Int32Array(buffer),
        new Float64Array(buffer),
      ];
      const { nodes: covers, leaves: leafCovers } = table.covers!;
      for (let node = 0, at = nodesAt; node < left.length; node++, at += nodeBytes) {
        const toLeft = left[node]!;
        const toRight = right[node]!;
        words[at >> 2] = toLeft;
        words[(at >> 2) + 1] = toRight;
        const column = ranks.columnOf[node]!;
        const place = ranks.placeOf[node]!;
        halves[(at >> 1) + 4] = column;
        halves[(at >> 1) + 5] = place;
        words[(at >> 2) + 3] = feature[node]!;
        words[(at >> 2) + 4] = parents.nodes[node]!;
        halves[(at >> 1) + 10] = byteColumns[column]! + Math.floor(place / bytePlaces);
        halves[(at >> 1) + 11] = (place % bytePlaces) ^ highestBit;
        doubles[(at >> 3) + 3] = (toLeft < 0 ? leafCovers[~toLeft]! : covers[toLeft]!) / covers[node]!;
        doubles[(at >> 3) + 4] = (toRight < 0 ? leafCovers[~toRight]! : covers[toRight]!) / covers[node]!;
      }
      for (let leaf = 0, at = leavesAt; leaf < table.leaves.length; leaf++, at += leafBytes) {
        doubles[at >> 3] = table.leaves[leaf]!;
        words[(at >> 2) + 2] = parents.leaves[leaf]!;
      }
      for (const [i, column] of ranks.columns.entries())
        words.set([column.feature, starts[i]!, 0, 0, byteColumns[i]!], (columnsAt >> 2) + 8 * i);
    },
  };
}
