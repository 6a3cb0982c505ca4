import { exactExp, floatExp } from './exact-exp.js';
import type { Answer, Link } from './tree-model.js';
import type { Reals } from './walk-trees.js';

/**
 * Turns the sums of rows, one for each group, into answers in place, each step rounded as the trainer rounds
 * it: in float64 for LightGBM, in float32 for XGBoost. `divisor` is the number of trees of an average.
 */
export function answerRows(answer: Answer, divisor: number, groups: number, sums: Reals): void {
  const isFloat = sums instanceof Float32Array;
  if (divisor !== 1) for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! / divisor;
  if (answer.kind === 'sign') {
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! > 0 ? 1 : 0;
    return;
  }
  const { link } = answer;
  if (link.kind === 'softmax') {
    for (let at = 0; at < sums.length; at += groups) softmax(sums, at, groups, isFloat);
    return;
  }
  if (link.kind === 'identity') return;
  const apply = isFloat ? floatLink(link) : doubleLink(link);
  for (let i = 0; i < sums.length; i++) sums[i] = apply(sums[i]!);
}

function doubleLink(link: Link): (x: number) => number {
  switch (link.kind) {
    case 'sigmoid':
      return (x) => 1 / (1 + exactExp(-link.slope * x));
    case 'exp':
      return exactExp;
    case 'log1p-exp':
      return (x) => Math.log1p(exactExp(x));
    case 'signed-square':
      return (x) => Math.sign(x) * x * x;
    case 'identity':
      return (x) => x;
  }
}

const { fround } = Math;

/** XGBoost holds the exponent below the one that overflows. */
const highestExponent = fround(88.7);

function floatLink(link: Link): (x: number) => number {
  if (link.kind === 'exp') return floatExp;
  if (link.kind !== 'sigmoid') return doubleLink(link);
  return (x) => 1 / fround(floatExp(Math.min(-x, highestExponent)) + 1);
}

function softmax(sums: Reals, at: number, groups: number, isFloat: boolean): void {
  let most = sums[at]!;
  for (let i = 1; i < groups; i++) most = Math.max(most, sums[at + i]!);
  let total = 0;
  for (let i = at; i < at + groups; i++) {
    sums[i] = isFloat ? floatExp(fround(sums[i]! - most)) : exactExp(sums[i]! - most);
    total += sums[i]!;
  }
  const divisor = isFloat ? fround(total) : total;
  for (let i = at; i < at + groups; i++) sums[i] = sums[i]! / divisor;
}
