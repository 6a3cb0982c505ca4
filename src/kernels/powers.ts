import { LARGEST_POWER, SMALLEST_POWER } from './layout.js';

/**
 * The 128 leading bits of 5^q for q from -342 to 308, low half first: rounded down for q >= 0, up for q < 0 (D. Lemire, "Number Parsing at a
 * Gigabyte per Second", 2021, section 5). About a millisecond, 10 KB; made once.
 */
export function powersOfFive(): BigUint64Array {
  if (table !== null) return table;
  table = new BigUint64Array(2 * (LARGEST_POWER - SMALLEST_POWER + 1));
  for (let q = SMALLEST_POWER; q <= LARGEST_POWER; q++) {
    const bits = q < 0 ? reciprocal(5n ** BigInt(-q)) : leading(5n ** BigInt(q));
    const place = 2 * (q - SMALLEST_POWER);
    table[place] = BigInt.asUintN(64, bits);
    table[place + 1] = bits >> 64n;
  }
  return table;
}

let table: BigUint64Array | null = null;

function leading(power: bigint): bigint {
  const length = bitLength(power);
  return length <= 128 ? power << BigInt(128 - length) : power >> BigInt(length - 128);
}

/** 2^b / power rounded up, with b such that the quotient has 128 bits. */
function reciprocal(power: bigint): bigint {
  const quotient = (1n << BigInt(bitLength(power) + 127)) / power + 1n;
  return quotient >> 128n === 0n ? quotient : quotient >> 1n;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
