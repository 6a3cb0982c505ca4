import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldSketch, hold, sketchBytes } from '../../src/quality/held-sketch.js';
import { fullPrecision, maxBins, type Sketch } from '../../src/quality/sketch.js';
import { createSketchSum, mergeSketches } from '../../src/quality/sketch-sum.js';
import { numbersColumn, profileOf, seededNormal, seededRandom } from './made-columns.js';

const normal = seededNormal(seededRandom(5));
const sketches = [0, 1, 2].map(
  () => profileOf(numbersColumn(Array.from({ length: 900 }, normal))).numbers!.sketch,
);

test('a sketch that is held as bytes is the same, also in JSON, and when several are looked at in turn', () => {
  const held = sketches.map(hold);
  assert.deepEqual(held, sketches);
  assert.equal(JSON.stringify(held), JSON.stringify(sketches));
  for (let i = 0; i < 9; i++)
    for (const [at, { keys, counts }] of sketches.entries()) {
      assert.equal(held[at]!.keys[i], keys[i]);
      assert.equal(held[at]!.counts[i], counts[i]);
    }
  assert.deepEqual({ ...held[0] }, sketches[0]);
});

test('sketches are merged to the same, however they are held', () => {
  const merged = mergeSketches(sketches[0]!, sketches[1]!);
  assert.deepEqual(mergeSketches(hold(sketches[0]!), hold(sketches[1]!)), merged);
  assert.deepEqual(mergeSketches(hold(sketches[0]!), sketches[1]!), merged);
});

test('a sketch stays the same when more is added to its sum, or the sum is emptied', () => {
  const sum = createSketchSum();
  sum.add(fullPrecision, [1, 2], [3, 4]);
  const sketch = sum.sketch();
  sum.add(fullPrecision, [1, 2], [1, 1]);
  sum.empty();
  sum.add(fullPrecision, [8], [8]);
  assert.deepEqual(sketch, { precision: fullPrecision, keys: [1, 2], counts: [3, 4] });
});

test('what is no sketch of ours is left as it is', () => {
  for (const broken of [
    { precision: 3, keys: [1, 0], counts: [1, 1] },
    { precision: 3, keys: [1], counts: [1, 1] },
    { precision: 3, keys: [0.5], counts: [1] },
    { precision: 3, keys: [1], counts: [-1] },
    { precision: 3, keys: 'x', counts: [1] },
    { precision: 3, keys: Array.from({ length: maxBins + 1 }, (_, i) => i), counts: [] },
  ])
    assert.equal(hold(broken as unknown as Sketch), broken);
  const many = Array.from({ length: maxBins + 1 }, (_, i) => i);
  assert.throws(() => sketchBytes({ precision: 3, keys: many, counts: many }), RangeError);
  assert.deepEqual(heldSketch(3, { bytes: new Uint8Array(0), start: 0, end: 0, bins: 0 }).keys, []);
});
