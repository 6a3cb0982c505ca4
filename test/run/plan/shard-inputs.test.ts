import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignShards, inputsOfShard } from '../../../src/run/plan/shard-inputs.js';
import fc from '../../seeded.js';

const MiB = 1024 * 1024;

function inputsOf(sizes: readonly number[]) {
  return sizes.map((bytes, i) => ({
    path: `/in/${i}`,
    name: String(i),
    partition: String(i),
    bytes,
    mtimeMs: 0,
    refusal: null,
  }));
}

test('every input is in exactly one shard, in the order of the plan', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e9), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (sizes, count) => {
      const inputs = inputsOf(sizes);
      const shards = Array.from({ length: count }, (_, i) => inputsOfShard(inputs, { index: i + 1, count }));
      assert.deepEqual(
        shards.flat().sort((a, b) => Number(a.name) - Number(b.name)),
        inputs,
      );
      for (const shard of shards)
        assert.deepEqual(
          shard,
          inputs.filter((input) => shard.includes(input)),
        );
    }),
    { numRuns: 200 },
  );
});

test('no shard has much more than its share, in bytes and in partitions', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2 ** 31), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 9 }),
      (sizes, count) => {
        const loads = new Array<number>(count).fill(0);
        for (const [i, shard] of assignShards(inputsOf(sizes), count).entries())
          loads[shard]! += sizes[i]! + MiB;
        const total = sizes.reduce((sum, bytes) => sum + bytes + MiB, 0);
        const best = Math.max(total / count, Math.max(...sizes) + MiB);
        assert.ok(Math.max(...loads) <= best * (4 / 3) + best, `${loads}`);
        assert.ok(Math.max(...loads) - Math.min(...loads) <= Math.max(...sizes) + MiB, `${loads}`);
      },
    ),
    { numRuns: 200 },
  );
  assert.deepEqual(
    [...assignShards(inputsOf([8, 1, 1, 1, 1, 1, 1, 1].map((size) => size * MiB)), 2)],
    [0, 1, 1, 1, 1, 1, 0, 1],
  );
});

test('a hundred thousand inputs are assigned to a thousand shards at once', () => {
  const sizes = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 1_000_003);
  const counts = new Array<number>(1000).fill(0);
  for (const shard of assignShards(inputsOf(sizes), 1000)) counts[shard]!++;
  assert.ok(Math.min(...counts) > 80 && Math.max(...counts) < 120);
});
