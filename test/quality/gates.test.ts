import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBaseline } from '../../src/quality/baseline.js';
import { absentColumn } from '../../src/quality/column-profile.js';
import { measureDrift } from '../../src/quality/drift.js';
import { checkGates, type GateContext, type Gates, worstGate } from '../../src/quality/gates.js';
import { emptyQuality, type SliceQuality } from '../../src/quality/slice-quality.js';
import {
  numbersColumn,
  profileOf,
  qualityOf,
  seededNormal,
  seededRandom,
  textsColumn,
} from './made-columns.js';

const open = { warn: null, fail: null };
const none: Gates = {
  maxRejected: open,
  maxRepaired: open,
  maxFlagged: open,
  maxProblems: open,
  maxRepeated: open,
  minRows: open,
  maxRows: open,
  maxRowChange: open,
  maxDegraded: null,
  emptyFeatures: { severity: 'ignore', mayBeMissing: [] },
  features: null,
  columns: [],
  scores: [],
};
const context: GateContext = { scope: 'partition', features: [], drift: [], rowsBefore: null };

function withRows(read: number, more: Partial<SliceQuality['rows']> = {}): SliceQuality {
  const rejected = more.rejected ?? 0;
  return {
    ...emptyQuality(),
    rows: { read, scored: read - rejected, ok: 0, repaired: 0, flagged: 0, rejected, ...more },
  };
}

function check(gates: Partial<Gates>, quality: SliceQuality, more: Partial<GateContext> = {}) {
  return checkGates(quality, { ...none, ...gates }, { ...context, ...more });
}

test('a gate that is not set has no result', () => {
  assert.deepEqual(check({}, withRows(10, { rejected: 10 })), []);
});

test('a share of rows closes its gate only beyond the limit', () => {
  const gate = { maxRejected: { warn: null, fail: { fraction: 0.01 } } };
  const [at] = check(gate, withRows(1000, { rejected: 10 }));
  const [beyond] = check(gate, withRows(1000, { rejected: 11 }));
  assert.equal(at!.passed, true);
  assert.deepEqual(beyond, {
    gate: 'max_rejected',
    code: null,
    column: null,
    scope: 'partition',
    figure: 0.011,
    limit: 0.01,
    severity: 'fail',
    passed: false,
    sentence: 'rejected: 11 of 1,000 rows (1.1 %), more than 1 %',
  });
});

test('a count of rows closes its gate beyond the count', () => {
  const gate = { maxFlagged: { warn: { count: 3 }, fail: { count: 5 } } };
  const severities = [3, 4, 5, 6].map((flagged) => {
    const [result] = check(gate, withRows(100, { flagged }));
    return result!.passed ? 'open' : result!.severity;
  });
  assert.deepEqual(severities, ['open', 'warn', 'warn', 'fail']);
});

test('no rows pass every share, and fail a least number of rows', () => {
  const results = check(
    { maxRejected: { warn: null, fail: { fraction: 0 } }, minRows: { warn: 5, fail: 1 } },
    withRows(0),
  );
  assert.deepEqual(
    results.map(({ gate, passed }) => [gate, passed]),
    [
      ['max_rejected', true],
      ['min_rows', false],
    ],
  );
  assert.equal(worstGate(results), 'fail');
});

test('the change of rows is against the last run, both up and down', () => {
  const gate = { maxRowChange: { warn: null, fail: { fraction: 0.5 } } };
  const passed = (rows: number) => check(gate, withRows(rows), { rowsBefore: 1000 })[0]!.passed;
  assert.deepEqual([499, 500, 1500, 1501].map(passed), [false, true, true, false]);
  assert.deepEqual(check(gate, withRows(1)), []);
  assert.equal(
    check(gate, withRows(100), { rowsBefore: 1000 })[0]!.sentence,
    '100 rows read, 1,000 rows in the previous run: a change of more than 50 %',
  );
});

test('missing and unknown values close the gates of their column', () => {
  const quality = qualityOf([
    profileOf(textsColumn(['AA', null, 'ZZ', 'ZZ'], ['AA']), { name: 'carrier', categories: 1 }),
    profileOf(numbersColumn([1, Number.NaN, null, 4]), { name: 'delay' }),
  ]);
  const gates = ['carrier', 'delay', 'elsewhere'].map((name) => ({
    name,
    maxProblems: null,
    maxNull: { warn: null, fail: { fraction: 0.3 } },
    maxUnknown: { warn: { count: 1 }, fail: null },
    maxDrift: open,
  }));
  assert.deepEqual(
    check({ columns: gates }, quality).map(({ gate, column, figure, passed }) => [
      gate,
      column,
      figure,
      passed,
    ]),
    [
      ['max_null', 'carrier', 0.25, true],
      ['max_unknown', 'carrier', 2, false],
      ['max_null', 'delay', 0.5, false],
      ['max_unknown', 'delay', 0, true],
    ],
  );
});

test('scores that are not numbers, out of range, or all the same close their gates', () => {
  const scores = profileOf(
    numbersColumn([...Array<number>(120).fill(0.5), Number.NaN, Number.POSITIVE_INFINITY]),
    {
      name: 'score',
    },
  );
  const flat = profileOf(numbersColumn(Array<number>(120).fill(0.5)), { name: 'flat' });
  const quality: SliceQuality = {
    ...qualityOf([], [scores, flat]),
    problems: [
      {
        code: 'model-out-of-range',
        column: 'score',
        outcome: 'flagged',
        expected: '0 to 1',
        count: 3,
        samples: [],
      },
    ],
  };
  const zero = { warn: null, fail: { count: 0 } };
  const gates = (column: string) => ({
    column,
    maxNan: zero,
    maxInfinite: zero,
    maxOutside: zero,
    minMean: { warn: 0.6, fail: null },
    maxMean: { warn: null, fail: 0.4 },
    constant: 'warn' as const,
    maxDrift: open,
  });
  const closed = (column: string) =>
    check({ scores: [gates(column)] }, quality)
      .filter(({ passed }) => !passed)
      .map(({ gate }) => gate);
  assert.deepEqual(closed('score'), ['max_nan', 'max_infinite', 'max_outside', 'min_mean', 'max_mean']);
  assert.deepEqual(closed('flat'), ['min_mean', 'max_mean', 'constant']);
});

test('degraded features are counted: absent, empty, or constant', () => {
  const constant = profileOf(numbersColumn(Array<number>(200).fill(3)), { name: 'constant' });
  const quality = qualityOf([
    absentColumn('absent', 'float64', 200),
    profileOf(numbersColumn(Array<null>(200).fill(null)), { name: 'empty' }),
    constant,
    profileOf(numbersColumn(Array.from({ length: 200 }, (_, i) => i)), { name: 'fine' }),
  ]);
  const features = ['absent', 'empty', 'constant', 'fine'];
  const [at] = check({ maxDegraded: 3 }, quality, { features });
  const [beyond] = check({ maxDegraded: 2 }, quality, { features });
  assert.equal(at!.passed, true);
  assert.equal(beyond!.passed, false);
  assert.match(beyond!.sentence, /absent is absent, empty is empty, constant is constant/);
});

test('drift closes its gate by PSI, and never by the noise of a small sample', () => {
  const normal = seededNormal(seededRandom(5));
  const sample = (count: number, shift: number) =>
    qualityOf([
      profileOf(numbersColumn(Array.from({ length: count }, () => normal() + shift)), { name: 'x' }),
    ]);
  const baseline = buildBaseline(sample(5000, 0), {
    job: 'j',
    createdAt: '',
    inputs: [],
    modelSha256: null,
    redact: [],
    keys: [],
  });
  const gates = {
    columns: [
      { name: 'x', maxProblems: null, maxNull: open, maxUnknown: open, maxDrift: { warn: 0.05, fail: 0.25 } },
    ],
  };
  const result = (quality: SliceQuality) =>
    check(gates, quality, { drift: measureDrift(quality, baseline) })[0]!;
  assert.equal(result(sample(2000, 0)).passed, true);
  assert.equal(result(sample(40, 0)).passed, true);
  const shifted = result(sample(2000, 1));
  assert.deepEqual([shifted.passed, shifted.severity, shifted.limit], [false, 'fail', 0.25]);
  assert.match(shifted.sentence, /^the median of x rose from .* \(PSI .*, limit 0.25\)$/);
});
