import { Addresses, hasRoom, openTreeLoops, type TreeLoops } from '../../kernels/tree-loops.js';
import { placeQuick, quickRows } from './place-quick.js';
import { type RankColumns, rankColumns } from './rank-columns.js';
import { rankWriter } from './rank-writer.js';
import { type Place, type Placed, quickLeaves, walkProgram } from './tree-programs.js';
import type { TreeTable } from './tree-table.js';
import type { Reals } from './walk-trees.js';

/** How the trees of a model are scored: by bits of leaves, rows side by side, or the plain walk. */
type TreeWay = 'quick' | 'walk' | 'plain';

/** Adds up the leaves of rows, or takes the least, like `walkTrees`, in compiled loops. */
export interface TreeKernel {
  readonly way: Exclude<TreeWay, 'plain'>;
  score(values: Reals, rows: number, sums: Reals): void;
}

/** A QuickScorer's ranks are bytes. */
const quickThresholds = 255;

/** Ranks of all columns together should fit the second cache. */
const rankBytes = 2 ** 17;
const walkRows = 2048;

/**
 * Compiles a table into the memory of the loops: columns of ranks, then trees over ranks, so that float64 and
 * float32 trees are equally fast and exact. Null for linear leaves, for too many columns, and where the
 * engine lacks the loops; `wanted` selects a method for tests. Values from `-near` to `near` count as 0.
 */
export function openTreeKernel(
  table: TreeTable,
  wanted: TreeKernel['way'] | null = null,
  near = -1,
): TreeKernel | null {
  const ranks = table.linear === null ? rankColumns(table) : null;
  const fastest = fastestWay(table, ranks);
  const way = wanted ?? fastest;
  if (ranks === null || way === 'plain' || (way === 'quick' && fastest !== 'quick')) return null;
  const loops = openTreeLoops();
  return loops === null ? null : placeKernel(loops, table, ranks, way, near);
}

/** Returns the way in which a table is scored where the loops run. */
export function treeWay(table: TreeTable): TreeWay {
  return fastestWay(table, table.linear === null ? rankColumns(table) : null);
}

function fastestWay(table: TreeTable, ranks: RankColumns | null): TreeWay {
  if (ranks === null) return 'plain';
  if (table.takes === 'least') return 'walk';
  return table.mostLeaves <= quickLeaves && ranks.mostThresholds <= quickThresholds ? 'quick' : 'walk';
}

function placeKernel(
  loops: TreeLoops,
  table: TreeTable,
  ranks: RankColumns,
  way: TreeKernel['way'],
  near: number,
): TreeKernel | null {
  const isWide = way === 'walk';
  const isDouble = table.numbers === 'float64';
  const width = isWide ? 2 : 1;
  const mostRows = isWide ? walkRows : quickRows;
  const rows = Math.max(
    64,
    Math.min(mostRows, 2 ** Math.floor(Math.log2(rankBytes / width / Math.max(1, ranks.columns.length)))),
  );
  const groupBytes = rows * (isDouble ? 8 : 4);
  const addresses = new Addresses();
  const rankAt = addresses.take(ranks.columns.length * rows * width);
  const sumsAt = addresses.take(table.groups * groupBytes);
  const writer = rankWriter(ranks, table.features, { rankAt, rows, isWide }, addresses, near);
  const place = (isWide ? placeWalk : placeQuick)(
    table,
    ranks,
    { rankAt, rows, sumsAt, groupBytes },
    addresses,
  );
  if (!hasRoom(loops, addresses.used)) return null;
  const rankBlock = writer(loops);
  const { buffer } = loops.memory;
  const run = place(loops);
  const blockSums = isDouble
    ? new Float64Array(buffer, sumsAt, table.groups * rows)
    : new Float32Array(buffer, sumsAt, table.groups * rows);
  return {
    way,
    score(from, count, sums) {
      const { groups, base } = table;
      for (let first = 0; first < count; first += rows) {
        const block = Math.min(rows, count - first);
        rankBlock(from, first, block);
        for (let group = 0; group < groups; group++)
          blockSums.fill(base[group]!, group * rows, (group + 1) * rows);
        run(block);
        if (groups === 1) sums.set(blockSums.subarray(0, block), first);
        else
          for (let group = 0; group < groups; group++)
            for (let row = 0, i = first * groups + group; row < block; row++, i += groups)
              sums[i] = blockSums[group * rows + row]!;
      }
    },
  };
}

function placeWalk(
  table: TreeTable,
  ranks: RankColumns,
  { rankAt, rows: room, sumsAt, groupBytes }: Place,
  addresses: Addresses,
): Placed {
  const { heads, nodes, leaves } = walkProgram(table, ranks, groupBytes);
  const trees = table.roots.length;
  const headsAt = addresses.take(heads.byteLength);
  const nodesAt = addresses.take(nodes.byteLength);
  const leavesAt = addresses.take(leaves.byteLength);
  const scratch = addresses.take(64);
  return (loops) => {
    const { buffer } = loops.memory;
    // Indices become addresses.
    new Uint32Array(buffer, headsAt, heads.length).set(
      heads.map((word, i) => (i % 3 === 0 ? nodesAt + word * 8 : word)),
    );
    new Uint32Array(buffer, nodesAt, nodes.length).set(
      nodes.map((word, i) => (i % 2 === 1 ? nodesAt + word * 8 : word)),
    );
    new Float64Array(buffer, leavesAt, leaves.length).set(leaves);
    const score = table.numbers === 'float64' ? loops.scoreWalk64 : loops.scoreWalk32;
    return (rows) =>
      score(
        headsAt,
        trees,
        nodesAt,
        leavesAt,
        table.leafWidth,
        rankAt,
        (rows + 7) & ~7,
        Math.log2(2 * room),
        scratch,
        sumsAt,
        groupBytes,
        table.takes === 'least',
      );
  };
}
