import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  maxValues,
  mergeTopValues,
  mostFrequent,
  noTopValues,
  summariseEntries,
  type TopValues,
} from '../../src/quality/top-values.js';
import fc from '../seeded.js';
import { seededRandom } from './made-columns.js';

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function summarise(texts: readonly string[]): TopValues {
  const counts = countsOf(texts);
  return summariseEntries([...counts.keys()], Int32Array.from(counts.values()), 0, counts.size);
}

test('counts are exact while the texts are few, in any order of merging', () => {
  const texts = fc.array(fc.string({ maxLength: 2 }), { maxLength: 60 });
  fc.assert(
    fc.property(texts, texts, texts, (a, b, c) => {
      const all = summarise([...a, ...b, ...c]);
      const [x, y, z] = [summarise(a), summarise(b), summarise(c)];
      for (const merged of [
        mergeTopValues(mergeTopValues(x, y), z),
        mergeTopValues(x, mergeTopValues(y, z)),
        mergeTopValues(mergeTopValues(z, y), x),
      ]) {
        assert.deepEqual(mostFrequent(merged, 1000), mostFrequent(all, 1000));
        assert.equal(merged.error, 0);
        assert.equal(merged.total, a.length + b.length + c.length);
      }
    }),
  );
});

test('beyond the bound every count is too low by at most the stated error, which is a small share', () => {
  const random = seededRandom(3);
  const slices = Array.from({ length: 30 }, () =>
    Array.from({ length: 4000 }, () => `v${Math.floor(9 / (random() + 1e-5))}`),
  );
  const merged = slices.map(summarise).reduce(mergeTopValues, noTopValues);
  const exact = countsOf(slices.flat());
  assert.ok(exact.size > maxValues);
  assert.ok(merged.error > 0 && merged.error <= merged.total / (maxValues + 1), String(merged.error));
  assert.ok(merged.values.length <= maxValues);
  for (const [value, count] of exact) {
    const index = merged.values.indexOf(value);
    const found = index < 0 ? 0 : merged.counts[index]!;
    assert.ok(found <= count && count <= found + merged.error, `${value}: ${found} for ${count}`);
  }
  const first = [...exact].sort((a, b) => b[1] - a[1])[0]!;
  assert.equal(mostFrequent(merged, 1)[0]!.value, first[0]);
});

test('a summary of some entries leaves out those without rows, and is the one of the rest alone', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3000, size: 'max' });
  fc.assert(
    fc.property(counts, fc.nat(), (found, cut) => {
      const texts = found.map((_, i) => `v${i}`);
      const start = cut % found.length;
      const present = texts.slice(start).filter((_, i) => found[start + i]! > 0);
      const ofPresent = Int32Array.from(found.slice(start).filter((count) => count > 0));
      assert.deepEqual(
        summariseEntries(texts, Int32Array.from(found), start, found.length),
        summariseEntries(present, ofPresent, 0, present.length),
      );
    }),
  );
});
