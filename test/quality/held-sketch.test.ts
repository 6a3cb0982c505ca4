import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBinSum } from '../../src/quality/bin-sum.js';
import {
  heldSketch,
  readSketch,
  sketchBytes,
  toWrite,
  type WrittenSketch,
} from '../../src/quality/held-sketch.js';
import { fullPrecision, maxBins, type Sketch } from '../../src/quality/sketch.js';
import { mergeSketches } from '../../src/quality/sketch-sum.js';
import { numbersColumn, profileOf, seededNormal, seededRandom } from './made-columns.js';
import { addBins, sumOfBins } from './sum-of-bins.js';

const normal = seededNormal(seededRandom(5));
const sketches = [0, 1, 2].map(
  () => profileOf(numbersColumn(Array.from({ length: 900 }, normal))).numbers!.sketch,
);

/** Returns the sketch as it is read back from a file of JSON. */
function hold(sketch: Sketch): Sketch {
  return readSketch(JSON.parse(JSON.stringify(toWrite(sketch))) as WrittenSketch);
}

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
  const sum = createBinSum();
  addBins(sum, [1, 2], [3, 4]);
  const sketch = sumOfBins(sum);
  addBins(sum, [1, 2], [1, 1]);
  sum.take();
  for (let i = 0; i < 3; i++) addBins(sum, [8], [8]);
  assert.deepEqual(sketch, { precision: fullPrecision, keys: [1, 2], counts: [3, 4] });
});

test('bytes that are no bins, and more bins than a sketch has, are refused', () => {
  const written = toWrite(sketches[0]!).toJSON();
  const bytes = Buffer.from(written.bins, 'base64');
  const base64 = (some: Uint8Array) => Buffer.from(some).toString('base64');
  for (const broken of [
    { ...written, precision: 21 },
    { ...written, precision: null },
    { ...written, bins: base64(bytes.subarray(0, bytes.length - 1)) },
    { ...written, bins: base64(Buffer.concat([bytes, Buffer.from([200])])) },
    { ...written, bins: base64(new Uint8Array(2 * maxBins + 2).fill(1)) },
  ])
    assert.throws(() => readSketch(broken as WrittenSketch), SyntaxError);
  const many = Array.from({ length: maxBins + 1 }, (_, i) => i);
  assert.throws(() => sketchBytes({ precision: 3, keys: many, counts: many }), RangeError);
  assert.deepEqual(heldSketch(3, { bytes: new Uint8Array(0), start: 0, end: 0, bins: 0 }).keys, []);
});
