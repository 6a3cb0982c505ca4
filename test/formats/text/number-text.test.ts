import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortestFloat32 } from '../../../src/chunk/shortest-float.js';
import {
  fasterNumbers,
  numberBytes,
  writeDate,
  writeFloat32,
  writeFloat64,
  writeInt32,
  writeInt64,
  writeTimestamp,
} from '../../../src/formats/text/number-text.js';
import fc from '../../seeded.js';

const many = process.env['NIGHTSHIFT_FULL'] === undefined ? 1 : 200;

const out = new Uint8Array(numberBytes + 8);

/** Returns the text of a writer, after checking that it wrote only within its bounds. */
function textOf<T>(write: (out: Uint8Array, at: number, value: T) => number, value: T): string {
  out.fill(0);
  const end = write(out, 4, value);
  assert.ok(end <= 4 + numberBytes);
  assert.ok(out.subarray(0, 4).every((byte) => byte === 0));
  return Buffer.from(out.subarray(4, end)).toString('latin1');
}

const engineText = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

function isEngineFloat32(value: number): void {
  assert.equal(textOf(writeFloat32, value), engineText(shortestFloat32(value)));
}

test('float32: every exponent, its ends and many numbers between them, as the engine writes the shortest decimal', () => {
  const floats = new Float32Array(1);
  const bits = new Uint32Array(floats.buffer);
  let seed = 1;
  for (let exponent = 0; exponent < 255; exponent++) {
    const mantissas = [0, 1, 2, 3, 0x400000, 0x7ffffe, 0x7fffff];
    for (let i = 0; i < 150 * many; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      mantissas.push(seed >>> 9);
    }
    for (const mantissa of mantissas) {
      bits[0] = ((exponent << 23) | mantissa) >>> 0;
      isEngineFloat32(floats[0]!);
      isEngineFloat32(-floats[0]!);
    }
  }
});

test('float32: decimals of one to nine digits, and their neighbours', () => {
  for (let i = 0; i < 40_000 * many; i++) {
    const digits = 1 + (i % 9);
    const value = Math.fround(Math.floor(((i * 0.618034) % 1) * 10 ** digits) / 10 ** (i % 8));
    isEngineFloat32(value);
  }
});

test('float64: as the engine writes it', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(textOf(writeFloat64, value), engineText(value));
    }),
    { numRuns: 3000 * many },
  );
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: -20, max: 20 }), (digits, scale) => {
      for (const value of [digits * 10 ** scale, Math.round(digits / 2 ** 20) / 10 ** (scale & 15)])
        assert.equal(textOf(writeFloat64, value), engineText(value));
    }),
    { numRuns: 3000 * many },
  );
  for (const value of [0, -0, 1e21, 1e-6, 1e-7, 999999999999999.9, 1e15, 1e15 - 1, 0.1 + 0.2, 5e-324])
    assert.equal(textOf(writeFloat64, value), engineText(value));
});

test('numbers that are none have words of their own', () => {
  for (const write of [writeFloat32, writeFloat64]) {
    assert.equal(textOf(write, Number.NaN), '');
    assert.equal(textOf(write, Number.POSITIVE_INFINITY), 'inf');
    assert.equal(textOf(write, Number.NEGATIVE_INFINITY), '-inf');
  }
});

test('whole numbers of 32 and 64 bits', () => {
  fc.assert(
    fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (small, large) => {
      assert.equal(textOf(writeInt32, small), String(small));
      assert.equal(textOf(writeInt64, large), String(large));
      assert.equal(textOf(writeInt64, BigInt(small)), String(small));
    }),
    { numRuns: 2000 },
  );
  for (const edge of [0, -1, 9, 10, 2 ** 31 - 1, -(2 ** 31), 999_999_999, 1_000_000_000])
    assert.equal(textOf(writeInt32, edge), String(edge));
});

test('64-bit numbers as doubles, if all are below 2^53, are written as they would be themselves', () => {
  const most = 2n ** 53n - 1n;
  const long = fc.oneof(fc.bigInt({ min: -most, max: most }), fc.integer().map(BigInt));
  fc.assert(
    fc.property(fc.array(long), (list) => {
      const numbers = fasterNumbers(BigInt64Array.from(list));
      assert.ok(numbers instanceof Float64Array);
      assert.deepEqual(Array.from(numbers, BigInt), list);
      for (const [i, number] of numbers.entries()) {
        assert.equal(textOf(writeInt64, number), String(list[i]));
        assert.equal(textOf(writeTimestamp, number), textOf(writeTimestamp, list[i]!));
      }
    }),
  );
  for (const large of [2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)])
    assert.deepEqual(fasterNumbers(BigInt64Array.of(5n, large)), BigInt64Array.of(5n, large));
});

test('dates and instants of four-digit years as ISO 8601, others as the engine or as a number', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -719_162, max: 2_932_896 }),
      fc.nat({ max: 86_399_999_999 }),
      (day, micros) => {
        const iso = new Date(day * 86_400_000).toISOString();
        assert.equal(textOf(writeDate, day), iso.slice(0, 10));
        const written = textOf(writeTimestamp, BigInt(day) * 86_400_000_000n + BigInt(micros));
        assert.equal(written.slice(0, 10), iso.slice(0, 10));
        assert.equal(Date.parse(written), day * 86_400_000 + Math.floor(micros / 1000));
        assert.equal(Number(/\.(\d+)Z$/.exec(written)?.[1]?.padEnd(6, '0') ?? 0), micros % 1_000_000);
      },
    ),
    { numRuns: 3000 * many },
  );
  assert.equal(textOf(writeDate, -719_163), '0000-12-31');
  assert.equal(textOf(writeDate, 2_932_897), '+010000-01-01');
  assert.equal(textOf(writeDate, 2 ** 31 - 1), String(2 ** 31 - 1));
  assert.equal(textOf(writeTimestamp, -1n), '1969-12-31T23:59:59.999999Z');
  assert.equal(textOf(writeTimestamp, 2n ** 63n - 1n), String(2n ** 63n - 1n));
});
