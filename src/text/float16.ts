const floatView = new Float32Array(1);
const bitView = new Uint32Array(floatView.buffer);

/** Returns the bits of the nearest float16, ties to even (IEEE 754 binary16); too large becomes infinite. */
export function toFloat16(value: number): number {
  floatView[0] = value;
  const bits = bitView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const half = exponent - 112;
  if (half >= 31) return sign | 0x7c00;
  if (half <= 0) {
    if (half < -10) return sign;
    // Subnormal: the hidden bit is explicit, and the shift grows with the distance to normal numbers.
    return sign | roundShift(fraction | 0x800000, 14 - half);
  }
  // A carry out of the fraction correctly raises the exponent, up to infinity.
  return sign | roundShift((half << 23) | fraction, 13);
}

/** Returns the number of half-precision `bits`. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return rest > middle || (rest === middle && (kept & 1) === 1) ? kept + 1 : kept;
}
