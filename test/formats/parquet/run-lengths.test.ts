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
      assert.deepEqual(bitRunLengths(bits, numbers.length), runLengths(numbers, 1));
    }),
    { numRuns: 500 },
  );
});

test('encodes runs, and packs the numbers between them, of any width and length', () => {
  const run = fc.record({
    value: fc.nat(),
    length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(700)),
  });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 30 }), fc.integer({ min: 0, max: 24 }), (runs, bitWidth) => {
      const numbers = runs.flatMap(({ value, length }) =>
        new Array<number>(length).fill(value % 2 ** bitWidth),
      );
      const bytes = runLengths(numbers, bitWidth);
      assert.deepEqual(decoded(bytes, numbers.length, bitWidth), numbers);
    }),
    { numRuns: 300 },
  );
});

/** Decodes one bit at a time (Encodings.md). */
function decoded(bytes: Uint8Array, count: number, bitWidth: number): number[] {
  const numbers: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      head |= (bytes[at]! & 127) << shift;
      if (bytes[at++]! < 128) break;
    }
    const bit = (index: number) => (bytes[at + (index >> 3)]! >> (index & 7)) & 1;
    const read = (index: number) => {
      let value = 0;
      for (let i = 0; i < bitWidth; i++) value += bit(index * bitWidth + i) * 2 ** i;
      return value;
    };
    if ((head & 1) === 0) {
      assert.ok(head >> 1 >= 8, 'only runs of eight and more');
      numbers.push(...new Array<number>(head >> 1).fill(read(0)));
      at += (bitWidth + 7) >> 3;
    } else {
      for (let i = 0; i < (head >> 1) * 8; i++) numbers.push(read(i));
      at += (head >> 1) * bitWidth;
    }
  }
  assert.ok(numbers.length - count < 8);
  return numbers.slice(0, count);
}
