import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../src/chunk/column.js';
import type { Decisions } from '../../src/chunk/decisions.js';
import { decide, rounded, settleScore } from '../../src/features/decide.js';
import type { ScoreProblem } from '../../src/features/output-plan.js';
import fc from '../seeded.js';

const nothing: Decisions = { calibration: null, round: null, threshold: null, bands: null };

function float64(...values: number[]): Extract<Column, { type: 'float64' }> {
  return { type: 'float64', length: values.length, values: Float64Array.from(values), validity: null };
}

function float32(...values: number[]): Extract<Column, { type: 'float32' }> {
  return { type: 'float32', length: values.length, values: Float32Array.from(values), validity: null };
}

/** What the decisions of a column are, as values, and the rows with a problem. */
function decided(decisions: Decisions, column: ReturnType<typeof float64> | ReturnType<typeof float32>) {
  const problems: ScoreProblem[] = [];
  const columns = decide({ name: 'score' }, decisions, column, problems);
  const values = [...columns].map(([name, found]) => {
    const isMissing = (row: number) =>
      found.validity !== null && (found.validity[row >> 3]! & (1 << (row & 7))) === 0;
    const value = (row: number) => {
      if (isMissing(row)) return null;
      if (found.type === 'boolean') return found.values[row] === 1;
      if (found.type === 'string' && found.layout === 'dictionary')
        return found.dictionary[found.codes[row]!];
      return undefined;
    };
    return [name, Array.from({ length: found.length }, (_, row) => value(row))] as const;
  });
  return { values: Object.fromEntries(values), problems: problems.map(({ kind, row }) => [kind.code, row]) };
}

test('rounds to the nearest decimal, as the digits of a number say', () => {
  const property = fc.property(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.integer({ min: 0, max: 15 }),
    (value, digits) => {
      // Own way in strings: independent of products that round.
      const size = Number(Math.abs(value).toFixed(digits));
      const expected = Math.abs(value) * 10 ** digits < 2 ** 52 ? size : Math.abs(value);
      assert.equal(Math.abs(rounded(value, digits)), expected, `${value} to ${digits}`);
      assert.equal(Object.is(rounded(value, digits), -0), false);
    },
  );
  fc.assert(property, { numRuns: 5000 });
  for (const [value, digits, expected] of [
    [1.005, 2, 1],
    [0.125, 2, 0.13],
    [-0.125, 2, -0.13],
    [2.5, 0, 3],
    [0.5, 0, 1],
    [-0.4, 0, 0],
    [1.15, 1, 1.1],
    [1e300, 3, 1e300],
    [Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY],
  ] as const)
    assert.equal(rounded(value, digits), expected, `${value} to ${digits}`);
  assert.ok(Number.isNaN(rounded(Number.NaN, 2)));
});

test('calibrates by the two numbers of Platt', () => {
  const calibration = { kind: 'platt', slope: -1.7, offset: 0.4 } as const;
  const { type, values } = settleScore({ ...nothing, calibration }, float32(0, 1, -3, Number.NaN));
  assert.equal(type, 'float64');
  for (const [i, score] of [0, 1, -3].entries())
    assert.ok(Math.abs(values[i]! - 1 / (1 + Math.exp(-1.7 * score + 0.4))) < 1e-15);
  assert.ok(Number.isNaN(values[3]!));
});

test('calibrates by a table with straight lines between its points, and its ends beyond them', () => {
  const calibration = { kind: 'table', from: [-1, 0, 2, 4], to: [0.1, 0.1, 0.5, 0.9] } as const;
  const scores = [
    -9,
    -1,
    -0.5,
    0,
    1,
    2,
    3,
    4,
    5,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ];
  const { values } = settleScore({ ...nothing, calibration }, float64(...scores));
  const expected = [0.1, 0.1, 0.1, 0.1, 0.3, 0.5, 0.7, 0.9, 0.9, 0.9, 0.1, Number.NaN];
  for (const [i, value] of expected.entries())
    assert.ok(
      Number.isNaN(value) ? Number.isNaN(values[i]!) : Math.abs(values[i]! - value) < 1e-15,
      `${scores[i]}`,
    );
});

test('decides by what is written: rounded first', () => {
  const decisions = { ...nothing, round: 1, threshold: { at: 0.5, labels: null } };
  const settled = settleScore(decisions, float64(0.44, 0.45, 0.46, 0.5));
  assert.deepEqual([...settled.values], [0.4, 0.5, 0.5, 0.5]);
  assert.deepEqual(decided(decisions, settled as ReturnType<typeof float64>).values, {
    score_decision: [false, true, true, true],
  });
});

test('is at the threshold where a float32 is written as it', () => {
  const threshold = { at: 0.7, labels: ['pay', 'stop'] } as const;
  const { values } = decided({ ...nothing, threshold }, float32(0.7, 0.69999, Number.NaN, 0.70001));
  assert.deepEqual(values, { score_decision: ['stop', 'pay', null, 'stop'] });
});

test('names the lowest band whose end a score does not exceed, and notes scores beyond all', () => {
  const bands = [
    { name: 'low', upTo: 0.2 },
    { name: 'middle', upTo: 0.5 },
    { name: 'high', upTo: 1 },
  ];
  const { values, problems } = decided(
    { ...nothing, bands },
    float64(-5, 0.2, 0.200001, 0.5, 1, 1.5, Number.NaN),
  );
  assert.deepEqual(values, { score_band: ['low', 'low', 'middle', 'middle', 'high', null, null] });
  assert.deepEqual(problems, [['score-beyond-bands', 5]]);
  const open = [...bands, { name: 'beyond', upTo: null }];
  const found = decided({ ...nothing, bands: open }, float64(1.5, Number.POSITIVE_INFINITY));
  assert.deepEqual(found, { values: { score_band: ['beyond', 'beyond'] }, problems: [] });
});
