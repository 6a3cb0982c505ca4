import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortKeys } from '../../src/repair/sort-keys.js';
import fc from '../seeded.js';

test('sorts by the whole key and keeps the order of equal ones (property)', () => {
  const word = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 0xffffffff }));
  const keyWords = fc.constantFrom(2, 4);
  fc.assert(
    fc.property(
      keyWords.chain((words) =>
        fc.tuple(
          fc.constant(words),
          fc.array(fc.array(word, { minLength: words, maxLength: words }), { maxLength: 200 }),
        ),
      ),
      ([words, keys]) => {
        const stride = words + 2;
        const entries = Uint32Array.from(keys.flatMap((key, i) => [...key, 7, i]));
        const sorted = sortKeys(
          { words: entries, length: keys.length, stride, keyWords: words },
          new Uint32Array(entries.length),
        );
        const number = (key: readonly number[]) =>
          key.reduceRight((sum, part) => sum * 2n ** 32n + BigInt(part), 0n);
        const wanted = keys
          .map((key, i) => ({ key, i, order: number(key) }))
          .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.i - b.i))
          .flatMap(({ key, i }) => [...key, 7, i]);
        assert.deepEqual([...sorted], wanted);
      },
    ),
  );
});
