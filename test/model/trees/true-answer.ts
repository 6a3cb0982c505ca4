import type { Answer } from '../../../src/model/trees/tree-model.js';

/** Numbers are whole multiples of 2^-bits here. */
const bits = 1200n;
const one = 1n << bits;
const view = new DataView(new ArrayBuffer(8));

/**
 * Returns how many units in the last place, of float64 or of float32, an answer is from the true value of the
 * post-transform for the sums of its row, all finite.
 */
export function unitsFromTruth(
  found: number,
  { link }: Extract<Answer, { link: unknown }>,
  sums: readonly number[],
  index: number,
  isFloat: boolean,
): number {
  const x = exactly(sums[index]!);
  let truth = x;
  if (link.kind === 'sigmoid') truth = quotient(one, one + exponential(-product(exactly(link.slope), x)));
  else if (link.kind === 'exp') truth = exponential(x);
  else if (link.kind === 'log1p-exp') truth = logarithm(one + exponential(x));
  else if (link.kind === 'signed-square') truth = product(x < 0n ? -x : x, x);
  else if (link.kind === 'softmax') {
    const total = sums.reduce((sum, other) => sum + exponential(exactly(other)), 0n);
    truth = quotient(exponential(x), total);
  }
  const exponent = found === 0 ? -Infinity : Math.floor(Math.log2(Math.abs(found)));
  const unit = 2 ** Math.max(exponent - (isFloat ? 23 : 52), isFloat ? -149 : -1074);
  const units = ((truth - exactly(found)) << 20n) / exactly(unit);
  return Math.abs(Number(units)) / 2 ** 20;
}

function exactly(value: number): bigint {
  view.setFloat64(0, value);
  const word = view.getBigInt64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const digits = (word & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const shift = bits + (exponent === 0n ? 1n : exponent) - 1075n;
  const size = shift < 0n ? digits >> -shift : digits << shift;
  return word < 0n ? -size : size;
}

function product(a: bigint, b: bigint): bigint {
  return (a * b) >> bits;
}

function quotient(a: bigint, b: bigint): bigint {
  return (a << bits) / b;
}

/** By its series for a small part of the argument, squared. */
function exponential(x: bigint): bigint {
  if (x < 0n) return quotient(one, exponential(-x));
  const squarings = 16n;
  let term = one;
  let sum = one;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * (x >> squarings)) >> bits;
    term /= n;
    sum += term;
  }
  for (let i = 0n; i < squarings; i++) sum = product(sum, sum);
  return sum;
}

/** By Halley's method, which triples the right digits. */
function logarithm(y: bigint): bigint {
  let z = exactly(Math.log(Number(y >> (bits - 60n)) / 2 ** 60));
  for (let i = 0; i < 3; i++) {
    const power = exponential(z);
    z += quotient(2n * (y - power), y + power);
  }
  return z;
}
