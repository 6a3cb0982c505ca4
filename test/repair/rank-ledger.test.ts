import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRankLedger } from '../../src/repair/rank-ledger.js';
import { temporaryFolder } from '../temporary-folder.js';

/** Ranks of all scores by counting those that are higher. */
function plainRanks(scores: readonly number[]): number[] {
  const sorted = scores.filter((score) => !Number.isNaN(score)).sort((a, b) => b - a);
  const first = new Map<number, number>();
  for (const [i, score] of sorted.entries()) if (!first.has(score)) first.set(score, i + 1);
  return scores.map((score) => (Number.isNaN(score) ? 0 : first.get(score)!));
}

test('ranks scores exactly, however little memory there is', { timeout: 60_000 }, async () => {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const odd = [
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    5e-324,
    -5e-324,
    1.7e308,
  ];
  const makers: readonly (() => number)[] = [
    () => random(),
    () => Math.round(random() * 20) / 20 - 0.5,
    () => 0.5,
    () => 0.5 + Math.floor(random() * 50) * 2 ** -52,
    () =>
      random() < 0.2 ? odd[Math.floor(random() * odd.length)]! : (random() - 0.5) * 10 ** (random() * 40),
  ];
  for (const memoryRows of [1, 40, 100_000]) {
    const slices = Array.from({ length: 4 }, (_, i) =>
      makers.map((make) => Float64Array.from({ length: i === 2 ? 0 : 90 }, make)),
    );
    const ledger = openRankLedger(makers.length, { memoryRows, folder: temporaryFolder() });
    for (const [i, slice] of slices.entries()) await ledger.add(i, slice);
    await ledger.finish();
    const found = await Promise.all(slices.map((_, i) => ledger.ofSlice(i)));
    for (const output of makers.keys()) {
      const all = slices.flatMap((slice) => [...slice[output]!]);
      const ranks = found.flatMap((slice) => [...slice![output]!.ranks]);
      assert.deepEqual(ranks, plainRanks(all), `output ${output} with room for ${memoryRows}`);
      assert.equal(found[0]![output]!.counted, all.filter((score) => !Number.isNaN(score)).length);
    }
    assert.equal(await ledger.ofSlice(9), null);
    await ledger.close();
  }
});
