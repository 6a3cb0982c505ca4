import type { Addresses, TreeLoops } from '../../kernels/tree-loops.js';

/** Remembers a row's sum, and what its features contribute to it, by the ranks of the row. */
export interface RowMemo {
  /**
   * Finds the first `rows` rows of the block by their ranks. Returns the places in the block of the rows that
   * it does not know, ascending, each once: `learn` takes what they contribute. Forgets all rows if the block
   * might have no room, or if the last ones were not learned. Valid until the next call.
   */
  find(rows: number): Uint32Array;
  /** Keeps the sums of the rows that `find` returned, and their contributions. */
  learn(): void;
  /** Writes the sums of the rows of the last `find` from row `first` on, and their contributions row by row. */
  write(sums: Float64Array, contributions: Float64Array, first: number): void;
}

/** The memory of a block, whose rows are found and learned. */
interface Block {
  readonly rows: number;
  /** Columns of `rows` ranks of two bytes, one after another. */
  readonly ranksAt: number;
  readonly columns: number;
  /** Sums of rows. */
  readonly totalsAt: number;
  /** Contributions to its rows, feature by feature; those of the next begin `stride` numbers later. */
  readonly sumsAt: number;
  readonly features: number;
  readonly stride: number;
}

/**
 * Takes addresses for a memo of up to `most` rows, at least as many as a block has (multiples of 8); the
 * returned function opens it, once there is memory.
 */
export function rowMemo(most: number, block: Block, addresses: Addresses): (loops: TreeLoops) => RowMemo {
  const { rows, ranksAt, columns, totalsAt, sumsAt, features, stride } = block;
  /** An open hash table (`kernels/assembly/trees/known-rows.ts`). */
  const size = 2 ** Math.ceil(Math.log2(2 * most));
  const tableAt = addresses.take(4 * size);
  const newAt = addresses.take(4 * rows);
  const memo = [
    ...[2 * most * columns, 8 * most * features, 8 * most].map((bytes) => addresses.take(bytes)),
    ...[tableAt, size - 1, columns, features],
    ...[addresses.take(4 * rows), addresses.take(4 * rows), newAt],
  ];
  const memoAt = addresses.take(4 * memo.length);
  return (loops) => {
    const { buffer } = loops.memory;
    new Uint32Array(buffer, memoAt, memo.length).set(memo);
    const table = new Uint32Array(buffer, tableAt, size);
    const fresh = new Uint32Array(buffer, newAt, rows);
    const totals = new Float64Array(buffer, totalsAt, rows);
    const values = new Float64Array(buffer, sumsAt, rows * features);
    let [count, learned, last] = [0, 0, 0];
    return {
      find(some) {
        if (learned < count || count + some > most) {
          count = learned = 0;
          table.fill(0);
        }
        last = some;
        count = loops.findRows(memoAt, ranksAt, 2 * rows, some, count);
        return fresh.subarray(0, count - learned);
      },
      learn() {
        loops.learnRows(memoAt, learned, count, totalsAt, sumsAt, 8 * stride);
        learned = count;
      },
      write(sums, contributions, first) {
        loops.recallRows(memoAt, last, totalsAt, sumsAt);
        sums.set(totals.subarray(0, last), first);
        contributions.set(values.subarray(0, last * features), first * features);
      },
    };
  };
}
