import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlabs, type Slab } from '../../src/quality/slabs.js';
import fc from '../seeded.js';

interface Placed {
  readonly slab: Slab;
  readonly from: number;
  readonly length: number;
  readonly mark: number;
}

/** Some slabs, and the strings that were placed there, each full of its own mark. */
function marked() {
  const slabs = createSlabs();
  const placed = new Map<number, Placed>();
  let mark = 0;
  return {
    slabs,
    placed,
    place(key: number, length: number): void {
      const slab = slabs.allocate(length);
      const from = slab.end;
      assert.equal(from % 4, 0);
      mark = (mark + 1) % 256;
      slab.bytes.fill(mark, from, from + length);
      slab.end = (from + length + 3) & ~3;
      const before = placed.get(key);
      placed.set(key, { slab, from, length, mark });
      if (before !== undefined) slabs.free(before.slab, before.length);
    },
  };
}

test('strings stay as they were written while others are replaced', () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 30_000 })), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const { slabs, placed, place } = marked();
      for (const [key, length] of list) {
        place(key, length);
        if (key === 0) slabs.release(1);
      }
      for (const { slab, from, length, mark } of placed.values())
        assert.ok(slab.bytes.subarray(from, from + length).every((byte) => byte === mark));
    }),
    { numRuns: 20 },
  );
});

test('strings that stay where they are do not keep the memory of all that were beside them', () => {
  const { slabs, placed, place } = marked();
  const held = () => new Set([...placed.values()].map(({ slab }) => slab)).size;
  for (let round = 0; round < 100; round++) {
    place(round, 4000);
    for (let i = 0; i < 60; i++) place(1000 + i, 4000);
    if (slabs.isSparse()) for (const [key, { length }] of [...placed]) place(key, length);
    assert.ok(held() <= 2 + 8 + (3 * 4000 * placed.size) / (256 * 1024), `${held()} slabs in round ${round}`);
  }
});

test('a string longer than a slab is refused', () => {
  assert.throws(() => createSlabs().allocate(256 * 1024 + 1), RangeError);
});
