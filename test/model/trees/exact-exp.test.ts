import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactExp, floatExp } from '../../../src/model/trees/exact-exp.js';
import fc from '../../seeded.js';

const timeout = 10_000;

/** The exponential of a fraction of 2^-60, times 2^200, by its series in whole numbers. */
function series(x: number): bigint {
  const bits = 260n;
  const scaled = (BigInt(Math.round(x * 2 ** 52)) << bits) >> 52n;
  let term = 1n << bits;
  let sum = term;
  for (let n = 1n; n < 90n; n++) {
    term = (term * scaled) >> bits;
    term /= n;
    sum += term;
  }
  return sum;
}

test('rounds the exponential correctly in all but a few of a thousand cases', { timeout }, () => {
  let wrong = 0;
  for (let i = 0; i < 3000; i++) {
    // Multiples of 2^-40, so that the argument is exact in whole numbers.
    const x = Math.round(((i * 7919) % 40_000) * 1234.567) / 2 ** 24 - 1;
    const found = exactExp(x);
    const exact = series(x);
    const half = BigInt(Math.round(ulp(found) * 2 ** 80)) << 179n;
    const error = exact - (BigInt(Math.round(found * 2 ** 50)) << 210n) - lowBits(found);
    if ((error < 0n ? -error : error) > half) wrong++;
  }
  assert.ok(wrong <= 9, `${wrong} of 3000`);
});

/** What `found * 2^50` leaves out when it is cut to a whole number, times 2^260. */
function lowBits(found: number): bigint {
  const scaled = found * 2 ** 50;
  return BigInt(Math.round((scaled - Math.round(scaled)) * 2 ** 60)) << 150n;
}

function ulp(value: number): number {
  return 2 ** (Math.floor(Math.log2(value)) - 52);
}

test('is the exponential at the ends of its range', { timeout }, () => {
  assert.equal(exactExp(0), 1);
  assert.equal(exactExp(-0), 1);
  assert.equal(exactExp(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  assert.equal(exactExp(Number.NEGATIVE_INFINITY), 0);
  assert.equal(exactExp(710), Number.POSITIVE_INFINITY);
  assert.equal(exactExp(-746), 0);
  assert.ok(Number.isNaN(exactExp(Number.NaN)));
  assert.equal(exactExp(709.782712893384), 1.7976931348622732e308);
  assert.equal(exactExp(-745.1332191019411), 5e-324);
});

test('is within a step of the engine everywhere', { timeout }, () => {
  const property = fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
    const [a, b] = [exactExp(x), Math.exp(x)];
    assert.ok(Math.abs(a - b) <= 1.0000001 * ulp(b), `${x}: ${a} and ${b}`);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('rounds the exponential of a float32 correctly in all but two of a thousand cases', { timeout }, () => {
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    const x = Math.fround(((i * 7919) % 20_000) / 110 - 92);
    const [found, exact] = [floatExp(x), Math.fround(exactExp(x))];
    if (found !== exact) wrong++;
    const step = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(exact)) - 23));
    assert.ok(found === exact || Math.abs(found - exact) <= step, `${x}: ${found} and ${exact}`);
  }
  assert.ok(wrong <= 40, `${wrong} of 20000`);
  assert.equal(floatExp(0), 1);
  assert.equal(floatExp(-0), 1);
  assert.equal(floatExp(Math.fround(88.73)), Number.POSITIVE_INFINITY);
  assert.equal(floatExp(-104), 0);
  assert.equal(floatExp(Number.NEGATIVE_INFINITY), 0);
  assert.equal(floatExp(Math.fround(88.722)), Math.fround(Math.exp(Math.fround(88.722))));
  assert.ok(Number.isNaN(floatExp(Number.NaN)));
});

test('takes the steps of the GNU C library, which adds products without rounding them down to -512', () => {
  // As libm's exp answers on x64 with FMA; the first two are what a sum of rounded products misses.
  for (const [x, expected] of [
    [1.2110578102676517, 3.3570338799205257],
    [2.0276894125926517, 7.59651365617171],
    [-541.693359112106, 5.566256995862201e-236],
  ] as const)
    assert.equal(exactExp(x), expected, `${x}`);
});
