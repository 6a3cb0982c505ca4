import type { Addresses, TreeLoops } from '../../kernels/tree-loops.js';
import type { RankColumn, RankColumns } from './rank-columns.js';
import type { Reals } from './walk-trees.js';

/** The area for ranks: columns of `rows` ranks one after another, of one byte or, with `isWide`, two. */
interface RankPlace {
  readonly rankAt: number;
  readonly rows: number;
  readonly isWide: boolean;
}

/** Ranks rows `[first, first + count)` of `from`, at most as many as there is room for. */
type WriteRanks = (from: Reals, first: number, count: number) => void;

/** Values of rows that are ranked at once should fit the first cache, with a column of them. */
const valueBytes = 2 ** 15;

/**
 * Takes addresses for the tables of columns of ranks; the returned function, called once there is memory,
 * writes them. Values from `-near` to `near` count as 0.
 */
export function rankWriter(
  ranks: RankColumns,
  features: number,
  { rankAt, rows, isWide }: RankPlace,
  addresses: Addresses,
  near = -1,
): (loops: TreeLoops) => WriteRanks {
  const width = isWide ? 2 : 1;
  const most = Math.max(4, Math.min(rows, Math.floor(valueBytes / (8 * features)) & ~3));
  const rowsAt = addresses.take(most * features * 8);
  const values = addresses.take(most * 8);
  const columns = ranks.columns
    .map((column, i) => {
      const wholes = column.kind === 'rank' ? wholeRanks(column) : null;
      return {
        column,
        at: addresses.take(tableOf(column).byteLength),
        out: rankAt + i * rows * width,
        wholes,
        wholesAt: wholes === null ? 0 : addresses.take(wholes.ranks.byteLength),
      };
    })
    .sort((a, b) => a.column.feature - b.column.feature);
  return (loops) => {
    const { buffer } = loops.memory;
    for (const { column, at, wholes, wholesAt } of columns) {
      if (wholes !== null) new Uint16Array(buffer, wholesAt, wholes.ranks.length).set(wholes.ranks);
      const bytes = tableOf(column);
      new Uint8Array(buffer, at, bytes.byteLength).set(
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      );
    }
    const bytes = new Uint8Array(buffer, rowsAt, most * features * 8);
    const rankSome = (from: Reals, first: number, count: number, at: number): void => {
      const size = from.BYTES_PER_ELEMENT;
      const stride = features * size;
      bytes.set(new Uint8Array(from.buffer, from.byteOffset + first * stride, count * stride));
      let loaded = -1;
      for (const { column, at: table, out, wholes, wholesAt } of columns) {
        const { feature } = column;
        if (feature !== loaded)
          loops.readColumn(rowsAt + feature * size, count, stride, size === 8, near, values);
        loaded = feature;
        const to = out + at * width;
        if (column.kind === 'set')
          loops.setColumn(values, count, table, column.table.length - 2, column.low, to, isWide);
        else if (column.kind === 'equal')
          loops.equalColumn(
            values,
            count,
            table,
            tableSize(column.values),
            column.isCut,
            column.isMissingLeft,
            to,
            isWide,
          );
        else {
          const { thresholds, isStrict, isZeroMissing, fill } = column;
          loops.rankColumn(
            values,
            count,
            table,
            tableSize(thresholds),
            isStrict,
            isZeroMissing,
            fill,
            wholesAt,
            wholes?.least ?? 0,
            wholes?.most ?? 0,
            to,
            isWide,
          );
        }
      }
    };
    return (from, first, count) => {
      for (let at = 0; at < count; at += most) rankSome(from, first + at, Math.min(most, count - at), at);
    };
  };
}

/** Returns the lookup table of a column's loop: thresholds or values, padded, or bytes by category. */
function tableOf(column: RankColumn): Float64Array | Uint8Array {
  if (column.kind === 'set') return column.table;
  const values = column.kind === 'equal' ? column.values : column.thresholds;
  // No number equals NaN, which is not below any either.
  const rest = column.kind === 'equal' ? Number.NaN : Number.POSITIVE_INFINITY;
  const table = new Float64Array(tableSize(values)).fill(rest);
  table.set(values);
  return table;
}

/** Ranks of whole numbers, which are looked up: at most as many as fit the first cache with other tables. */
const mostWholes = 4096;

/**
 * Returns the ranks of the whole numbers around the thresholds: lower and higher ones have those of the first
 * and the last. Null if they are too many.
 */
function wholeRanks({ thresholds, isStrict, isZeroMissing, fill }: RankColumn & { kind: 'rank' }): {
  readonly least: number;
  readonly most: number;
  readonly ranks: Uint16Array;
} | null {
  const last = thresholds.length - 1;
  const least = Math.floor(Math.min(thresholds[0]!, 0)) - 1;
  const most = Math.floor(Math.max(thresholds[last]!, 0)) + 1;
  if (!(most - least < mostWholes)) return null;
  const ranks = new Uint16Array(most - least + 1);
  for (let x = least, rank = 0; x <= most; x++) {
    while (rank <= last && (isStrict ? thresholds[rank]! <= x : thresholds[rank]! < x)) rank++;
    ranks[x - least] = isZeroMissing && x === 0 ? fill : rank;
  }
  return { least, most, ranks };
}

function tableSize({ length }: Float64Array): number {
  return 2 ** Math.ceil(Math.log2(length + 1));
}
