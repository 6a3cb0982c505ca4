import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitRunLengths, runLengths } from '../../../src/formats/parquet/run-lengths.js';
import fc from '../../seeded.js';

test('encodes bits as the numbers that they are', () => {
  const run = fc.record({ bit: fc.integer({ min: 0, max: 1 }), length: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 40 }), fc.integer({ min: 0, max: 255 }), (runs, rest) => {
      const numbers = runs.flatMap(({ bit, length }) => new Array<number>(length).fill(bit));
      // Bits after the last one may be anything.
      const bits = new Uint8Array((numbers.length + 7) >> 3).fill(rest);
      for (const [i, bit] of numbers.entries())
        bits[i >> 3] = (bits[i >> 3]! & ~(1 << (i & 7))) | (bit << (i & 7));
      assert.deepEqual(bitRunLengths(bits, numbers.length), runLengths(numbers, numbers.length, 1));
    }),
    { numRuns: 500 },
  );
});
