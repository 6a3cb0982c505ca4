import { LARGEST_POWER, POWERS, SMALLEST_POWER } from '../layout';

/** 10^0 to 10^22: the powers of ten that are exact as doubles. */
const exactPowers = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
  1e22,
]);

// @ts-ignore: decorator
@inline
function exactPower(power: i32): f64 {
  return load<f64>(exactPowers + (<usize>power << 3));
}

/**
 * Returns the double nearest to `digits * 10^exponent`, NaN if unproven: exact operands need one rounding (W.
 * Clinger, "How to Read Floating Point Numbers Accurately", 1990), else 128 bits of the power of five nearly
 * always decide (D. Lemire, "Number Parsing at a Gigabyte per Second", 2021). Does not handle subnormal and
 * infinite values.
 */
export function toDouble(digits: u64, exponent: i32): f64 {
  if (digits <= 1 << 53 && exponent >= -22 && exponent <= 22) {
    const value = <f64>digits;
    return exponent < 0 ? value / exactPower(-exponent) : value * exactPower(exponent);
  }
  if (digits == 0) return 0;
  if (exponent < SMALLEST_POWER || exponent > LARGEST_POWER) return NaN;
  const zeros = clz(digits);
  const scaled = digits << zeros;
  const power = <usize>(POWERS + ((exponent - SMALLEST_POWER) << 4));
  const powerHigh = load<u64>(power, 8);
  let high = highProduct(scaled, powerHigh);
  let low = scaled * powerHigh;
  if ((high & 0x1ff) == 0x1ff) {
    const carried = highProduct(scaled, load<u64>(power));
    low += carried;
    if (low < carried) high++;
  }
  if (low == ~(<u64>0) && (exponent < -27 || exponent > 55)) return NaN;
  const upper = high >> 63;
  const shift = upper + 9;
  let mantissa = high >> shift;
  let binary = (((152170 + 65536) * exponent) >> 16) + 63 + <i32>upper - <i32>zeros + 1023;
  if (binary <= 0) return NaN;
  // Exactly halfway between two doubles: only here does the tie go to the even one.
  if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) mantissa &= ~1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >= (<u64>2) << 52) {
    mantissa = (<u64>1) << 52;
    binary++;
  }
  if (binary >= 0x7ff) return NaN;
  return reinterpret<f64>((mantissa & ~((<u64>1) << 52)) | (<u64>binary << 52));
}

/** Returns the upper 64 bits of a product of 64-bit numbers. */
// @ts-ignore: decorator
@inline
function highProduct(one: u64, other: u64): u64 {
  const oneLow = one & 0xffffffff;
  const oneHigh = one >> 32;
  const otherLow = other & 0xffffffff;
  const otherHigh = other >> 32;
  const cross = oneHigh * otherLow + ((oneLow * otherLow) >> 32);
  const middle = oneLow * otherHigh + (cross & 0xffffffff);
  return oneHigh * otherHigh + (cross >> 32) + (middle >> 32);
}
