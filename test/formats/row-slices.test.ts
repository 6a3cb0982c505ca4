import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowSlice } from '../../src/chunk/slice.js';
import { rowSlices, slicesByGroup } from '../../src/formats/row-slices.js';
import fc from '../seeded.js';

type Group = { readonly rows: number; readonly rowBytes: number; readonly beginsAnew?: boolean };

async function slicesOf(groups: readonly Group[], chunkBytes: number) {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  async function* all() {
    yield* groups;
  }
  const slices: RowSlice[] = [];
  for await (const slice of rowSlices(all(), { bytes: 10 * rows, rows }, chunkBytes)) slices.push(slice);
  return slices;
}

const small = (rows: number): Group => ({ rows, rowBytes: 10 });

test('small groups share a slice, as many as fit', async () => {
  const slices = await slicesOf([20, 25, 25, 25, 10, 0, 5].map(small), 1000);
  assert.deepEqual(
    slices.map(({ group, start, end, firstRow, groupRows }) => [group, start, end, firstRow, groupRows]),
    [
      [0, 0, 95, 1, [20, 25, 25, 25]],
      [4, 0, 15, 96, [10, 0, 5]],
    ],
  );
});

test('a group that takes more than a fourth of a slice stays alone, a large one is cut', async () => {
  const slices = await slicesOf([10, 10, 26, 250, 10].map(small), 1000);
  assert.deepEqual(
    slices.map(({ group, start, end, groupRows }) => [group, start, end, groupRows]),
    [
      [0, 0, 20, [10, 10]],
      [2, 0, 26, undefined],
      [3, 0, 83, undefined],
      [3, 83, 166, undefined],
      [3, 166, 250, undefined],
      [4, 0, 10, undefined],
    ],
  );
});

test('a group that begins anew does not share the slice of those before it', async () => {
  const slices = await slicesOf([small(5), small(5), { ...small(5), beginsAnew: true }, small(5)], 1000);
  assert.deepEqual(
    slices.map(({ group, groupRows }) => [group, groupRows]),
    [
      [0, [5, 5]],
      [2, [5, 5]],
    ],
  );
});

test('slices by group have every row once, in order', async () => {
  const group = fc.record({
    rows: fc.integer({ min: 0, max: 300 }),
    rowBytes: fc.integer({ min: 0, max: 40 }),
    beginsAnew: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(group), fc.integer({ min: 1, max: 5000 }), async (groups, chunkBytes) => {
      const slices = await slicesOf(groups, chunkBytes);
      const parts = slices.flatMap((slice) => slicesByGroup(slice));
      let next = 1;
      const rowsOf = groups.map(() => 0);
      for (const { group, start, end, firstRow } of parts) {
        assert.equal(firstRow, next);
        assert.equal(start, rowsOf[group]);
        next += end - start;
        rowsOf[group] = end;
      }
      assert.deepEqual(
        rowsOf,
        groups.map(({ rows }) => rows),
      );
      assert.deepEqual(
        slices.map(({ index }) => index),
        slices.map((_, i) => i),
      );
      const bytes = slices.reduce((sum, { inputBytes }) => sum + inputBytes, 0);
      assert.ok(Math.abs(bytes - 10 * (next - 1)) < 1e-6);
    }),
  );
});
