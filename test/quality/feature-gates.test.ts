import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnProfile } from '../../src/quality/column-profile.js';
import { type FeatureGates, featureGates } from '../../src/quality/feature-gates.js';
import { numbersColumn, profileOf, qualityOf, textsColumn } from './made-columns.js';

const gates: FeatureGates = {
  maxNull: { limit: { warn: { fraction: 0.3 }, fail: null }, except: [] },
  constant: { severity: 'warn', except: [], moreThanFlags: [], ofRun: [], redact: [] },
};

function closed(profile: ColumnProfile, constant: Partial<FeatureGates['constant']> = {}): string[] {
  const context = { scope: 'run', features: [profile.name], drift: [], rowsBefore: null } as const;
  const all = { ...gates, constant: { ...gates.constant, ...constant } };
  return featureGates(qualityOf([profile]), all, context).map(({ gate }) => gate);
}

const numbers = (rows: number, value: (row: number) => number | null) =>
  profileOf(numbersColumn(Array.from({ length: rows }, (_, row) => value(row))));

test('a feature of one value in a thousand rows is named with it', () => {
  const context = { scope: 'run', features: ['x'], drift: [], rowsBefore: null } as const;
  const [result] = featureGates(qualityOf([numbers(1000, () => 17.5)]), gates, context);
  assert.deepEqual(
    [result!.gate, result!.column, result!.severity, result!.passed, result!.sentence],
    ['constant_features', 'x', 'warn', false, 'feature x has the same value, 17.5, in all 1,000 rows'],
  );
  assert.deepEqual(closed(profileOf(textsColumn(Array(1000).fill('AA')))), ['constant_features']);
  assert.deepEqual(closed(numbers(2000, (row) => (row % 5 === 0 ? null : 3))), ['constant_features']);
  const hidden = { ...gates, constant: { ...gates.constant, redact: ['x'] } };
  const [withheld] = featureGates(qualityOf([numbers(1000, () => 17.5)]), hidden, context);
  assert.equal(withheld!.sentence, 'feature x has the same value in all 1,000 rows');
});

test('one other value, or fewer rows, say nothing', () => {
  assert.deepEqual(closed(numbers(1000, (row) => (row === 500 ? 18 : 17))), []);
  assert.deepEqual(closed(numbers(999, () => 17)), []);
  assert.deepEqual(closed(numbers(1250, (row) => (row % 4 === 0 ? null : 17))), []);
});

test('a flag that is never set is no surprise, unless the column may hold more', () => {
  for (const value of [0, 1]) {
    assert.deepEqual(closed(numbers(1000, () => value)), []);
    assert.deepEqual(
      closed(
        numbers(1000, () => value),
        { moreThanFlags: ['x'] },
      ),
      ['constant_features'],
    );
  }
});

test('neither is what the date or a variable says, a time, or a column that is excepted', () => {
  const ofRun = ['2013-01-04', '2013', '01', '04', 'EU', ''];
  for (const value of [1, 4, 2013])
    assert.deepEqual(
      closed(
        numbers(1000, () => value),
        { ofRun, moreThanFlags: ['x'] },
      ),
      [],
    );
  assert.deepEqual(
    closed(
      numbers(1000, () => 5),
      { ofRun },
    ),
    ['constant_features'],
  );
  assert.deepEqual(
    closed(
      numbers(1000, () => 0),
      { ofRun, moreThanFlags: ['x'] },
    ),
    ['constant_features'],
  );
  assert.deepEqual(closed(profileOf(textsColumn(Array(1000).fill('EU'))), { ofRun }), []);
  assert.deepEqual(closed({ ...numbers(1000, () => 15_000), type: 'date' }), []);
  assert.deepEqual(
    closed(
      numbers(1000, () => 17),
      { except: ['x'] },
    ),
    [],
  );
  assert.deepEqual(
    closed(
      numbers(1000, () => 17),
      { severity: 'ignore' },
    ),
    [],
  );
});

test('more than the limit missing closes the gate, from a hundred rows on', () => {
  const missing = (rows: number, every: number) => numbers(rows, (row) => (row % every === 0 ? null : row));
  assert.deepEqual(closed(missing(100, 2)), ['max_null']);
  assert.deepEqual(closed(missing(100, 4)), []);
  assert.deepEqual(closed(missing(98, 2)), []);
  assert.deepEqual(closed(numbers(200, () => null)), [], 'no value at all is the affair of empty_features');
  assert.deepEqual(closed(numbers(200, (row) => (row % 2 === 0 ? Number.NaN : row))), ['max_null']);
});
