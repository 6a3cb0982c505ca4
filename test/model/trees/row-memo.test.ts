import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Addresses, hasRoom, openTreeLoops } from '../../../src/kernels/tree-loops.js';
import { rowMemo } from '../../../src/model/trees/row-memo.js';

/** What the rows with these ranks "contribute" to a feature. */
const contribution = (ranks: readonly number[], feature: number): number =>
  ranks.reduce((sum, rank, column) => sum + rank * 10 ** column, 0) + feature / 4;

/** A memo of up to `most` rows, and the memory of its block of eight. */
function openMemo(most: number, columns: number, features: number) {
  const [rows, stride] = [8, 9];
  const addresses = new Addresses();
  const ranksAt = addresses.take(2 * rows * columns);
  const totalsAt = addresses.take(8 * rows);
  const sumsAt = addresses.take(8 * stride * features);
  const open = rowMemo(most, { rows, ranksAt, columns, totalsAt, sumsAt, features, stride }, addresses);
  const loops = openTreeLoops()!;
  assert.ok(hasRoom(loops, addresses.used));
  const { buffer } = loops.memory;
  return {
    memo: open(loops),
    rows,
    stride,
    ranks: new Uint16Array(buffer, ranksAt, rows * columns),
    totals: new Float64Array(buffer, totalsAt, rows),
    sums: new Float64Array(buffer, sumsAt, stride * features),
  };
}

/** Explains blocks of rows with a memo; returns how many rows of each were new to it. */
function explained(
  blocks: readonly (readonly (readonly number[])[])[],
  room: number,
  columns: number,
): number[] {
  const features = 3;
  const { memo, rows: most, stride, ranks, totals, sums } = openMemo(room, columns, features);
  return blocks.map((rows) => {
    for (const [row, own] of rows.entries())
      for (const [column, rank] of own.entries()) ranks[column * most + row] = rank;
    const unknown = memo.find(rows.length);
    for (const [i, row] of unknown.entries()) {
      for (let feature = 0; feature < features; feature++)
        sums[feature * stride + i] = contribution(rows[row]!, feature);
      totals[i] = contribution(rows[row]!, -1);
    }
    memo.learn();
    const out = new Float64Array(features * (1 + rows.length));
    const all = new Float64Array(1 + rows.length);
    memo.write(all, out, 1);
    const expected = rows.flatMap((row) => [0, 1, 2].map((feature) => contribution(row, feature)));
    assert.deepEqual([...out], [0, 0, 0, ...expected]);
    assert.deepEqual([...all], [0, ...rows.map((row) => contribution(row, -1))]);
    return unknown.length;
  });
}

test('gives every row its own contributions, whatever it has seen and forgotten', () => {
  const row = fc.array(fc.nat(2), { minLength: 3, maxLength: 3 });
  const blocks = fc.array(fc.array(row, { minLength: 1, maxLength: 8 }), { maxLength: 30 });
  fc.assert(
    fc.property(blocks, fc.integer({ min: 8, max: 24 }), (rows, room) => void explained(rows, room, 3)),
  );
});

test('asks for a row once, within a block and in later ones, until it has no room', () => {
  const [a, b, c] = [
    [1, 2],
    [2, 1],
    [65_535, 0],
  ];
  assert.deepEqual(
    explained(
      [
        [a, a, b],
        [b, a],
        [c, a, c],
      ],
      8,
      2,
    ),
    [2, 0, 1],
  );
  assert.deepEqual(explained([[a, b, c], [a, b, c, a, b, c], [a]], 8, 2), [3, 3, 0]);
});

test('knows rows without a column as one', () => {
  assert.deepEqual(explained([[[], []], [[]]], 8, 0), [1, 0]);
});

test('forgets rows that were found and never learned', () => {
  const { memo, ranks, totals, sums } = openMemo(8, 1, 1);
  ranks[0] = 7;
  assert.equal(memo.find(1).length, 1);
  assert.equal(memo.find(1).length, 1);
  totals[0] = 2;
  sums[0] = 0.5;
  memo.learn();
  assert.equal(memo.find(1).length, 0);
  const [all, out] = [new Float64Array(1), new Float64Array(1)];
  memo.write(all, out, 0);
  assert.deepEqual([...all, ...out], [2, 0.5]);
});
