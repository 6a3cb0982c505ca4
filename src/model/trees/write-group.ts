import type { RankColumns } from './rank-columns.js';
import { type Groups, groupCells } from './reason-groups.js';
import { emptyPath, step, type TreePath } from './tree-path.js';
import type { TreeTable } from './tree-table.js';

/** Cells of a part of a group, whose entries are computed from leaves. */
const mostPartCells = 256;

const mostRank = 65_535;
const highestBit = 0x8000;

/** A path to a node, with the ranks of each column that stay on it: from `lows` to `highs`. */
interface RankPath extends TreePath {
  readonly columns: number[];
  readonly lows: number[];
  readonly highs: number[];
}

/** Memory of the loops that is given from its start on, until it is full. */
export interface Room {
  readonly buffer: ArrayBuffer;
  /** Returns the address of `bytes` bytes, a multiple of 16. Throws `NoRoom`. */
  take(bytes: number): number;
  /** Writes the points and weights for leaves of `terms` terms. Throws `NoRoom`. */
  writeRule(terms: number): void;
}

/** There is no room for more. */
export class NoRoom extends Error {}

/** Which cell a row is in, by tests of its ranks (four u16 each), and the features that they concern. */
interface Cells {
  readonly tests: readonly number[];
  readonly cells: number;
  readonly features: readonly number[];
}

/** Returns a function that writes a group as `kernels/assembly/trees/reasons.ts` reads it, and returns its address; `stride` is the bytes of a feature's sums. */
export function groupWriter(
  table: TreeTable,
  ranks: RankColumns,
  groups: Groups,
  stride: number,
  room: Room,
  mostCells: number = groupCells,
): (node: number) => number {
  const { left, right } = table.nodes;
  const { parents, cells } = groups;
  const { buffer } = room;
  const [halves, words, doubles] = [
    new Uint16Array(buffer),
    new Uint32Array(buffer),
    new Float64Array(buffer),
  ];
  const path: RankPath = { ...emptyPath(), columns: [], lows: [], highs: [] };

  /** Writes tests, and a list after them. */
  const writeHead = (at: number, { tests }: Cells, list: readonly number[]): void => {
    halves.set(tests, at >> 1);
    words.set(list, (at + padded(2 * tests.length)) >> 2);
  };

  const takeTable = (size: number): number => {
    const at = room.take(padded(4 * size));
    words.fill(0, at >> 2, (at >> 2) + size);
    return at;
  };

  const writeLeaf = (leaf: number, features: readonly number[]): void => {
    const terms = path.features.length;
    const at = room.take(16 + 16 * terms + padded(8 * path.columns.length));
    doubles[at >> 3] = table.leaves[leaf]!;
    words[(at >> 2) + 2] = terms;
    words[(at >> 2) + 3] = path.columns.length;
    let interval = (at + 16 + 16 * terms) >> 1;
    for (let term = 0, to = at + 16; term < terms; term++, to += 16) {
      const feature = path.features[term]!;
      let intervals = 0;
      for (let i = 0; i < path.columns.length; i++) {
        const column = path.columns[i]!;
        if (ranks.columns[column]!.feature !== feature) continue;
        halves[interval] = column;
        halves[interval + 1] = path.lows[i]! ^ highestBit;
        halves[interval + 2] = path.highs[i]! - path.lows[i]!;
        interval += 4;
        intervals++;
      }
      doubles[to >> 3] = path.shares[term]!;
      words[(to >> 2) + 2] = 8 * features.indexOf(feature);
      words[(to >> 2) + 3] = intervals;
    }
  };

  /** Writes the leaves below a node; returns how many. */
  const writeLeaves = (node: number, features: readonly number[]): number => {
    if (node < 0) {
      writeLeaf(~node, features);
      return 1;
    }
    let count = 0;
    for (const child of [left[node]!, right[node]!]) {
      const undo = follow(table, ranks, path, node, child);
      count += writeLeaves(child, features);
      undo();
    }
    return count;
  };

  /** Writes the parts below a node, each before `next`; returns the address of the first. */
  const writeParts = (node: number, of: Cells, isWhole: boolean, next: number): number => {
    if (node >= 0 && cells(node, mostPartCells) > mostPartCells) {
      for (const child of [left[node]!, right[node]!]) {
        const undo = follow(table, ranks, path, node, child);
        next = writeParts(child, of, false, next);
        undo();
      }
      return next;
    }
    const own: Cells = isWhole ? { tests: [], cells: 0, features: [] } : cellsBelow(table, ranks, path, node);
    const tableAt = isWhole ? 0 : takeTable(own.cells);
    const at = room.take(32 + padded(2 * own.tests.length) + padded(4 * own.features.length));
    writeHead(
      at + 32,
      own,
      own.features.map((feature) => 8 * of.features.indexOf(feature)),
    );
    const count = writeLeaves(node, isWhole ? of.features : own.features);
    words.set([next, tableAt, own.tests.length / 4, own.features.length, count], at >> 2);
    return at;
  };

  return (node) => {
    const undone = followTo(table, ranks, path, parents, node);
    try {
      const own = cellsBelow(table, ranks, path, node);
      for (let terms = node < 0 ? own.features.length : 1; terms <= own.features.length; terms++)
        room.writeRule(terms);
      const tableAt = own.cells > mostCells ? 0 : takeTable(own.cells);
      const at = room.take(16 + padded(2 * own.tests.length) + padded(4 * own.features.length));
      writeHead(
        at + 16,
        own,
        own.features.map((feature) => feature * stride),
      );
      const first = writeParts(node, own, node < 0 || cells(node, mostPartCells) <= mostPartCells, 0);
      words.set([tableAt, own.tests.length / 4, own.features.length, first], at >> 2);
      return at;
    } finally {
      undone();
    }
  };
}

function padded(bytes: number): number {
  return (bytes + 15) & ~15;
}

/** Follows the edge from `node` to `child` with a path; the returned function takes it back. */
function follow(
  table: TreeTable,
  { columnOf, placeOf }: RankColumns,
  path: RankPath,
  node: number,
  child: number,
): () => void {
  const undo = step(table, path, node, child, true);
  const { columns, lows, highs } = path;
  const place = placeOf[node]!;
  const isRight = child === table.nodes.right[node]!;
  let at = columns.indexOf(columnOf[node]!);
  const isNew = at < 0;
  if (isNew) {
    at = columns.push(columnOf[node]!) - 1;
    lows.push(0);
    highs.push(mostRank);
  }
  const [low, high] = [lows[at]!, highs[at]!];
  if (isRight) lows[at] = Math.max(low, place + 1);
  else highs[at] = Math.min(high, place);
  return () => {
    undo();
    [lows[at], highs[at]] = [low, high];
    if (!isNew) return;
    columns.pop();
    lows.pop();
    highs.pop();
  };
}

/** Follows a path from its root to `node`; the returned function takes it back. */
function followTo(
  table: TreeTable,
  ranks: RankColumns,
  path: RankPath,
  parents: Groups['parents'],
  node: number,
): () => void {
  const parent = node < 0 ? parents.leaves[~node]! : parents.nodes[node]!;
  if (parent < 0) return () => {};
  const before = followTo(table, ranks, path, parents, parent);
  const undo = follow(table, ranks, path, parent, node);
  return () => {
    undo();
    before();
  };
}

/** Returns the cells of the leaves below a node, to which `path` leads. */
function cellsBelow(
  { nodes: { feature, left, right } }: TreeTable,
  { columnOf, placeOf }: RankColumns,
  path: RankPath,
  node: number,
): Cells {
  const features = [...path.features];
  const columns = [...path.columns];
  const places: number[][] = columns.map(() => []);
  const open = [node];
  while (open.length > 0) {
    const at = open.pop()!;
    if (at < 0) continue;
    open.push(right[at]!, left[at]!);
    if (!features.includes(feature[at]!)) features.push(feature[at]!);
    let column = columns.indexOf(columnOf[at]!);
    if (column < 0) {
      column = columns.push(columnOf[at]!) - 1;
      places.push([]);
    }
    if (!places[column]!.includes(placeOf[at]!)) places[column]!.push(placeOf[at]!);
  }
  const tests: number[] = [];
  let cells = 1;
  for (let i = 0; i < columns.length; i++) {
    const low = path.lows[i] ?? 0;
    const high = path.highs[i] ?? mostRank;
    // A row that is above each of these places has one of the intervals between them.
    const cuts = places[i]!.filter((place) => place >= low && place < high);
    if (low > 0) cuts.push(low - 1);
    if (high < mostRank) cuts.push(high);
    cuts.sort((a, b) => a - b);
    let count = 1;
    let before = 0;
    let excluded = low > 0 ? 0 : -1;
    for (const cut of cuts) {
      const isExcluded = cut >= high;
      if (isExcluded && excluded < 0) excluded = count;
      const own = isExcluded && excluded >= 0 ? excluded : count;
      if (own === count) count++;
      tests.push(columns[i]!, cut ^ highestBit, ((own - before) * cells) & mostRank, 0);
      before = own;
    }
    cells *= count;
  }
  return { tests, cells, features };
}
