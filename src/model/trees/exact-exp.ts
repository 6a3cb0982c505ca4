/**
 * The exponential function in the steps of the GNU C library's `exp` (version 2.28 on, on processors that
 * multiply and add in one step): within 0.511 units in the last place, and where that is not the nearest
 * number, the trainer's answer is the same. Answers below 2.2e-308 may be a step off. V8's `Math.exp` is up to
 * 1 unit off.
 */
export function exactExp(x: number): number {
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  if (!(x - x === 0)) return x;
  const k = x * (steps * Math.LOG2E) + evenRounding - evenRounding;
  const r = x + k * ln2High + k * ln2Low;
  const i = k & (steps - 1);
  const square = r * r;
  // Both sums are rounded once, as there: the first changes one answer in a million.
  const start = addProduct(powers[2 * i + 1]! + r, square, c2 + r * c3);
  const rest = start + square * square * (c4 + r * c5);
  const power = powers[2 * i]!;
  // Below -512 the library rounds the product by itself.
  const value = x > -512 ? addProduct(power, power, rest) : power + power * rest;
  const exponent = (k - i) / steps;
  // Two factors where one would leave the range of normal numbers.
  return exponent > 1000 || exponent < -1000
    ? value * 2 ** (exponent >> 1) * 2 ** (exponent - (exponent >> 1))
    : value * scales[exponent + 1000]!;
}

/**
 * Returns `start + a * b`, rounded once, where the product is smaller than `start`: the rest of the product by
 * T. J. Dekker (1971).
 */
function addProduct(start: number, a: number, b: number): number {
  const product = a * b;
  const [wideA, wideB] = [a * splitter, b * splitter];
  const [highA, highB] = [wideA - (wideA - a), wideB - (wideB - b)];
  const [lowA, lowB] = [a - highA, b - highB];
  const rest = lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
  const sum = start + product;
  return sum + (product - (sum - start) + rest);
}

const splitter = 2 ** 27 + 1;

/** The logarithm of 2 over -128 in two parts; multiples of the first are exact. */
const ln2High = -0x162e42fefa0000 / 2 ** 60;
const ln2Low = -0x1cf79abc9e3b39 / 2 ** 99;

/** The series of the exponential, whose digits are those of the library. */
const c2 = 0x1ffffffffffdbd / 2 ** 54;
const c3 = 0x1555555555543c / 2 ** 55;
const c4 = 0x155555cf172b91 / 2 ** 57;
const c5 = 0x11111167a4d017 / 2 ** 59;

/**
 * The exponential function of a float32 as a float32, in the steps of the GNU C library's `expf` (version 2.28
 * on): within 0.502 units in the last place, and where that is not the nearest float, XGBoost's is the same.
 */
export function floatExp(x: number): number {
  if (x > mostFloat) return Number.POSITIVE_INFINITY;
  if (x < leastFloat) return 0;
  if (!(x - x === 0)) return x;
  const z = x * floatSteps * Math.LOG2E;
  const k = z + evenRounding - evenRounding;
  const r = z - k;
  const i = k & (floatSteps - 1);
  const value = (f3 * r + f2) * (r * r) + (f1 * r + 1);
  return Math.fround(value * powers[(2 * steps * i) / floatSteps]! * scales[(k - i) / floatSteps + 1000]!);
}

const [mostFloat, leastFloat] = [88.72283172607422, -103.97207641601562];

/** Rounds to a whole number, halves to even, when it is added and taken away again. */
const evenRounding = 1.5 * 2 ** 52;

/** 2^(r/32) by a polynomial, whose digits are those of the library. */
const floatSteps = 32;
const f3 = 0x1c6af84b912394 / 2 ** 72;
const f2 = 0x1ebfce50fac4f3 / 2 ** 65;
const f1 = 0x162e42ff0c52d6 / 2 ** 58;

const steps = 128;

/** 2^-1000 to 2^1000: the engine takes longer to raise 2 to a power than for all else. */
const scales = Float64Array.from({ length: 2001 }, (_, i) => 2 ** (i - 1000));

/** 2^(i/128), and how far it is above that number as a share of it, from whole numbers of 192 bits. */
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
    table[2 * i + 1] = toDouble(power - (BigInt(high * 2 ** 52) << (bits - 52n)), bits) / high;
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
