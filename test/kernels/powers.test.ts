import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LARGEST_POWER, SMALLEST_POWER } from '../../src/kernels/layout.js';
import { powersOfFive } from '../../src/kernels/powers.js';

test('each power of five has its 128 leading bits, rounded as the method asks', () => {
  const table = powersOfFive();
  assert.equal(table.length, 2 * (LARGEST_POWER - SMALLEST_POWER + 1));
  for (let q = SMALLEST_POWER; q <= LARGEST_POWER; q++) {
    const entry = 2 * (q - SMALLEST_POWER);
    const bits = (table[entry + 1]! << 64n) | table[entry]!;
    assert.equal(bits >> 127n, 1n, `5^${q} does not fill 128 bits`);
    const power = 5n ** BigInt(Math.abs(q));
    if (q >= 0) {
      // bits * 2^n <= 5^q < (bits + 1) * 2^n
      const length = BigInt(power.toString(2).length);
      const [low, high] = [bits << length, (bits + 1n) << length];
      assert.ok(low <= power << 128n && power << 128n < high, `5^${q}`);
    } else {
      // With 2^n between the two products, bits is 2^n / 5^-q truncated, or one more if rounded up.
      const cut = q >= -27 ? bits - 1n : bits;
      const n = BigInt((bits * power).toString(2).length - 1);
      const exact = [n, n + 1n].some((k) => cut * power <= 1n << k && 1n << k < (cut + 1n) * power);
      assert.ok(exact, `5^${q}`);
    }
  }
});
