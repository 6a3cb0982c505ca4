import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitGate } from '../../src/job/job.js';
import type { ProblemCount } from '../../src/quality/problem-count.js';
import { type ProblemGates, problemGates } from '../../src/quality/problem-gates.js';
import { emptyQuality } from '../../src/quality/slice-quality.js';

const open: LimitGate = { warn: null, fail: null };
const gates: ProblemGates = {
  maxProblems: { warn: { fraction: 0.05 }, fail: null },
  maxRepeated: { warn: { fraction: 0.01 }, fail: null },
  columns: [],
};

function problem(code: string, column: string | null, count: number, found: string | null = null) {
  const samples = [{ partition: null, row: 1, line: 2, found }];
  return { code, column, outcome: 'flagged', expected: '', count, samples } satisfies ProblemCount;
}

function check(problems: readonly ProblemCount[], own: Partial<ProblemGates> = {}) {
  const quality = { ...emptyQuality(), problems };
  const rows = { ...quality.rows, read: 1000 };
  const context = { scope: 'run', features: [], drift: [], rowsBefore: null } as const;
  return problemGates({ ...quality, rows }, { ...gates, ...own }, context);
}

test('a kind of problem in a column closes its gate beyond the limit, with the values found', () => {
  const [closed] = check([problem('unknown-category', 'carrier', 51, 'QQQ')]);
  assert.equal(closed!.passed, false);
  assert.deepEqual(
    [closed!.gate, closed!.code, closed!.column],
    ['max_problems', 'unknown-category', 'carrier'],
  );
  assert.equal(
    closed!.sentence,
    'unknown values of carrier, such as "QQQ": 51 of 1,000 rows (5.1 %), more than 5 %',
  );
  assert.equal(check([problem('unknown-category', 'carrier', 50)])[0]!.passed, true);
});

test('outcomes of the same kind count together, kinds and columns do not', () => {
  const repaired = { ...problem('out-of-range', 'delay', 30), outcome: 'repaired' } as const;
  assert.equal(check([problem('out-of-range', 'delay', 30), repaired])[0]!.passed, false);
  assert.equal(
    check([problem('out-of-range', 'delay', 30), problem('unreadable', 'delay', 30)])[0]!.passed,
    true,
  );
  assert.equal(
    check([problem('out-of-range', 'delay', 30), problem('out-of-range', 'hour', 30)])[0]!.passed,
    true,
  );
});

test('every kind that closed has a result, most frequent first', () => {
  const found = check([problem('unreadable', 'hour', 60), problem('short-row', null, 400)]);
  assert.deepEqual(
    found.map(({ code, passed }) => [code, passed]),
    [
      ['short-row', false],
      ['unreadable', false],
    ],
  );
});

test('repeated keys have a limit of their own', () => {
  const [closed] = check([problem('repeated-key', 'flight_id', 20)]);
  assert.equal(
    closed!.sentence,
    'rows with a repeated key (flight_id): 20 of 1,000 rows (2 %), more than 1 %',
  );
  assert.equal(closed!.gate, 'max_repeated');
});

test('missing values, aliases and readings that are certain do not count', () => {
  const codes = ['missing', 'sentinel', 'category-alias', 'number-format', 'stray-quote', 'model-nan'];
  assert.deepEqual(check(codes.map((code) => problem(code, 'x', 900))), []);
});

test('a column has its own limit, null switches it off, and its own max_unknown stands alone', () => {
  const own = (maxProblems: LimitGate | null, maxUnknown: LimitGate = open) =>
    check([problem('unknown-category', 'x', 100)], { columns: [{ name: 'x', maxProblems, maxUnknown }] });
  assert.equal(own({ warn: null, fail: { fraction: 0.01 } })[0]!.severity, 'fail');
  assert.deepEqual(own(open), []);
  assert.deepEqual(own(null, { warn: null, fail: { fraction: 0.5 } }), []);
  assert.deepEqual(check([problem('unknown-category', 'x', 100)], { maxProblems: open }), []);
});

test('a value that is withheld is not in the sentence', () => {
  assert.doesNotMatch(check([problem('disallowed', 'ssn', 100)])[0]!.sentence, /such as/);
});
