import { LARGEST_POWER, SMALLEST_POWER } from './layout.js';

/**
 * Returns the 128 leading bits of 5^q for q from -342 to 308, low half first, truncated, but rounded up for q
 * from -27 to -1 (D. Lemire, "Number Parsing at a Gigabyte per Second", 2021, section 5, and the table of his
 * fast_float). Under a millisecond, 10 KB; computed once.
 */
export function powersOfFive(): BigUint64Array {
  if (table !== null) return table;
  table = new BigUint64Array(2 * (LARGEST_POWER - SMALLEST_POWER + 1));
  let power = 1n;
  for (let q = 0; q <= -SMALLEST_POWER; q++, power *= 5n) {
    // Bits of 5^q: 152170 / 2^16 is close enough to log2(5) up to 350.
    const length = ((152_170 * q) >> 16) + 1;
    if (q <= LARGEST_POWER)
      put(table, q, length <= 128 ? power << BigInt(128 - length) : power >> BigInt(length - 128));
    if (q > 0) put(table, -q, reciprocal(power, length, q));
  }
  return table;
}

let table: BigUint64Array | null = null;

function put(into: BigUint64Array, q: number, bits: bigint): void {
  const index = 2 * (q - SMALLEST_POWER);
  into[index] = BigInt.asUintN(64, bits);
  into[index + 1] = bits >> 64n;
}

/** Returns the 128 leading bits of 1 / 5^q. */
function reciprocal(power: bigint, length: number, q: number): bigint {
  const quotient = (1n << BigInt(length + 127)) / power;
  return q <= 27 ? quotient + 1n : quotient;
}
