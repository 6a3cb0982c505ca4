import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ColumnType, columnTypes } from '../../src/chunk/column.js';
import type { Value } from '../../src/job/job.js';
import { showType, valueOfType } from '../../src/job/value.js';

const values: readonly (readonly [written: Value, type: ColumnType, value: Value | null])[] = [
  [7, 'int32', 7],
  [2 ** 31, 'int32', null],
  [-(2 ** 31), 'int32', -(2 ** 31)],
  [1.5, 'int32', null],
  ['7', 'int32', null],
  [7, 'int64', 7n],
  [2n ** 63n - 1n, 'int64', 2n ** 63n - 1n],
  [2n ** 63n, 'int64', null],
  [1.5, 'int64', null],
  [1.5, 'float32', 1.5],
  [2n ** 60n, 'float64', 2 ** 60],
  [true, 'float64', null],
  [true, 'boolean', true],
  [1, 'boolean', null],
  ['yes', 'boolean', null],
  ['OTHER', 'string', 'OTHER'],
  ['', 'string', ''],
  [0, 'string', null],
  ['1970-01-02', 'date', 1],
  ['1969-12-31', 'date', -1],
  ['2013-02-28', 'date', 15764],
  ['2013-02-29', 'date', null],
  ['2013-2-8', 'date', null],
  ['04.01.2013', 'date', null],
  ['1970-01-01T00:00:01Z', 'timestamp', 1_000_000n],
  ['1970-01-01 00:00:00.000001', 'timestamp', 1n],
  ['1970-01-01T01:00+01:00', 'timestamp', 0n],
  ['1969-12-31T23:59:59.5Z', 'timestamp', -500_000n],
  ['1970-01-02', 'timestamp', 86_400_000_000n],
  ['1970-01-01T25:00', 'timestamp', null],
  ['1970-02-30T00:00', 'timestamp', null],
  [[0, 0.5], 'list<float32>', [0, 0.5]],
  [0, 'list<float32>', null],
];
for (const [written, type, value] of values) {
  test(`${String(written)} as ${type} is ${String(value)}`, () => {
    assert.deepEqual(valueOfType(written, type), value);
  });
}

test('every type can be described', () => {
  for (const type of columnTypes) assert.match(showType(type), /^(a |text|true)/);
});
