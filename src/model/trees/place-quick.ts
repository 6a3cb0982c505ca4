import { type Addresses, quickScratchBytes, sortScratchBytes } from '../../kernels/tree-loops.js';
import type { RankColumns } from './rank-columns.js';
import { type Place, type Placed, quickProgram } from './tree-programs.js';
import type { TreeTable } from './tree-table.js';

/** Rows sorted together, rows sorted by the second column together, rows that share cut-down trees. */
export const quickRows = 8192;
const segmentRows = 2048;
const blockRows = 1024;

/** Takes addresses for a QuickScorer's program; rows are sorted by the two columns that cut trees most. */
export function placeQuick(
  table: TreeTable,
  ranks: RankColumns,
  { rankAt, rows: room, sumsAt, groupBytes }: Place,
  addresses: Addresses,
): Placed {
  const isDouble = table.numbers === 'float64';
  const width = isDouble ? 8 : 4;
  const trees = table.roots.length;
  const block = Math.min(blockRows, room);
  const { heads, bytes, inverted, weights } = quickProgram(table, ranks, groupBytes, block);
  const columns = ranks.columns.length;
  const [first = 0, second = first] = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]!);
  const orderAt = addresses.take(2 * room);
  const sortedAt = addresses.take(table.groups * groupBytes);
  const scratch = addresses.take(Math.max(quickScratchBytes(table.leafWidth), sortScratchBytes(room)));
  const blockAt = addresses.take((columns + inverted.length) * block);
  const headsAt = addresses.take(heads.byteLength);
  const program = addresses.take(bytes.length);
  // 16 bytes are written at a time.
  const ranges = addresses.take(2 * (columns + inverted.length) + 16);
  return (loops) => {
    const { buffer } = loops.memory;
    new Uint32Array(buffer, headsAt, heads.length).set(heads);
    new Uint8Array(buffer, program, bytes.length).set(bytes);
    const score = isDouble ? loops.scoreQuick64 : loops.scoreQuick32;
    const sorted = new Uint8Array(buffer, sortedAt, table.groups * groupBytes);
    const sums = new Uint8Array(buffer, sumsAt, sorted.length);
    const scoreBlock = (from: number, rows: number): void => {
      const all = (rows + 63) & ~63;
      loops.pickRows(rankAt, columns, room, orderAt + 2 * from, rows, blockAt, block);
      for (const [i, column] of inverted.entries())
        loops.invertColumn(blockAt + column * block, all, blockAt + (columns + i) * block);
      loops.columnRanges(blockAt, all, columns + inverted.length, block, ranges);
      const to = sortedAt + from * width;
      score(headsAt, program, trees, ranges, table.leafWidth, blockAt, all, scratch, to, groupBytes);
    };
    return (rows) => {
      loops.orderRows(orderAt, rows, rankAt + first * room, rankAt + second * room, segmentRows, scratch);
      // All rows begin with the same sums.
      sorted.set(sums);
      for (let from = 0; from < rows; from += block) scoreBlock(from, Math.min(block, rows - from));
      for (let at = 0; at < sorted.length; at += groupBytes)
        loops.unsortSums(sortedAt + at, orderAt, rows, width, sumsAt + at);
    };
  };
}
