/**
 * The exponential function within 0.51 units in the last place, like that of C's mathematical libraries:
 * `Math.exp` of V8 is up to 1 unit off, and a model's answer must be its trainer's. After P. Tang,
 * "Table-driven implementation of the exponential function" (1989): a table of 2^(i/128) in two parts, and a
 * short series for the rest.
 */
export function exactExp(x: number): number {
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  if (!(x - x === 0)) return x;
  const k = Math.round(x * steps * Math.LOG2E);
  const r = x - (k * ln2High) / steps - (k * ln2Low) / steps;
  const series = r + r * r * (0.5 + r * (1 / 6 + r * (1 / 24 + r / 120)));
  const i = k & (steps - 1);
  const high = powers[2 * i]!;
  const value = high + (powers[2 * i + 1]! + high * series);
  const exponent = (k - i) / steps;
  // Two factors where one would leave the range of normal numbers.
  return exponent > 1000 || exponent < -1000
    ? value * 2 ** (exponent >> 1) * 2 ** (exponent - (exponent >> 1))
    : value * scales[exponent + 1000]!;
}

const steps = 128;

/** 2^-1000 to 2^1000: the engine takes longer to raise 2 to a power than for all else. */
const scales = Float64Array.from({ length: 2001 }, (_, i) => 2 ** (i - 1000));

/** The logarithm of 2 in two parts; the first has so few digits that its multiples are exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** 2^(i/128), each in two parts, from whole numbers of 192 bits. */
const powers = tableOfPowers();

function tableOfPowers(): Float64Array {
  const bits = 192n;
  const one = 1n << bits;
  // The square root of 2, seven times over.
  let step = 2n * one;
  for (let i = 0; i < 7; i++) step = squareRoot(step << bits);
  const table = new Float64Array(2 * steps);
  let power = one;
  for (let i = 0; i < steps; i++) {
    const high = toDouble(power, bits);
    table[2 * i] = high;
    table[2 * i + 1] = toDouble(power - (BigInt(high * 2 ** 52) << (bits - 52n)), bits);
    power = (power * step) >> bits;
  }
  return table;
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function toDouble(value: bigint, bits: bigint): number {
  return Number(value) / 2 ** Number(bits);
}
