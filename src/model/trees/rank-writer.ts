import type { Addresses, TreeLoops } from '../../kernels/tree-loops.js';
import type { RankColumn, RankColumns } from './rank-columns.js';
import type { Reals } from './walk-trees.js';

/** The area for ranks: one column of `rows` ranks after the other, of one byte each or, with `isWide`, two. */
interface RankPlace {
  readonly rankAt: number;
  readonly rows: number;
  readonly isWide: boolean;
}

/** Ranks rows `[first, first + count)` of `from`, at most as many as there is room for. */
type WriteRanks = (from: Reals, first: number, count: number) => void;

/** Takes addresses for the tables of columns of ranks; the returned function, called once there is memory, writes them. */
export function rankWriter(
  ranks: RankColumns,
  features: number,
  { rankAt, rows, isWide }: RankPlace,
  addresses: Addresses,
): (loops: TreeLoops) => WriteRanks {
  const width = isWide ? 2 : 1;
  const values = addresses.take(rows * 8);
  const columns = ranks.columns
    .map((column, i) => ({
      column,
      at: addresses.take(tableOf(column).byteLength),
      out: rankAt + i * rows * width,
    }))
    .sort((a, b) => a.column.feature - b.column.feature);
  return (loops) => {
    const { buffer } = loops.memory;
    for (const { column, at } of columns) {
      const bytes = tableOf(column);
      new Uint8Array(buffer, at, bytes.byteLength).set(
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      );
    }
    const feature = new Float64Array(buffer, values, rows);
    return (from, first, count) => {
      let loaded = -1;
      for (const { column, at, out } of columns) {
        if (column.feature !== loaded) {
          loaded = column.feature;
          for (let row = 0, j = first * features + loaded; row < count; row++, j += features)
            feature[row] = from[j]!;
        }
        if (column.kind === 'set')
          loops.setColumn(values, count, at, column.table.length - 2, column.low, out, isWide);
        else if (column.kind === 'equal')
          loops.equalColumn(values, count, column.value, column.isMissingLeft, out, isWide);
        else
          loops.rankColumn(
            values,
            count,
            at,
            tableSize(column.thresholds),
            column.isStrict,
            column.isZeroMissing,
            column.fill,
            out,
            isWide,
          );
      }
    };
  };
}

/** Returns the lookup table of a column's loop: thresholds padded to a power of two less one, or bytes by category. */
function tableOf(column: RankColumn): Float64Array | Uint8Array {
  if (column.kind === 'set') return column.table;
  if (column.kind === 'equal') return new Uint8Array(0);
  const table = new Float64Array(tableSize(column.thresholds) - 1).fill(Number.POSITIVE_INFINITY);
  table.set(column.thresholds);
  return table;
}

function tableSize(thresholds: Float64Array): number {
  return 2 ** Math.ceil(Math.log2(thresholds.length + 1));
}
