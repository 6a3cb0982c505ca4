import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  degradedFeatures,
  type FeatureHealth,
  healthOf,
  mergeHealth,
} from '../../src/repair/feature-health.js';
import { type Cell, columnOf, type TestColumn } from './tables.js';

const kinds: readonly (readonly [Omit<TestColumn, 'cells'>, readonly [Cell, Cell]])[] = [
  [{ type: 'float32' }, [1, 2]],
  [{ type: 'int64' }, [1n, 2n]],
  [{ type: 'boolean' }, [true, false]],
  [{ type: 'string' }, ['a', 'b']],
  [{ type: 'string', layout: 'text' }, ['a', 'bb']],
  [{ type: 'list<float32>' }, [[1], [1, 2]]],
];

function health(column: Omit<TestColumn, 'cells'>, cells: readonly Cell[]): FeatureHealth {
  return healthOf('c', columnOf({ ...column, cells }), cells.length, 0);
}

for (const [column, [a, b]] of kinds) {
  test(`the health of parts merges to that of the whole, for ${column.type} ${column.layout ?? ''} (property)`, () => {
    const cells = fc.array(fc.constantFrom(a, a, a, b, null), { maxLength: 20 });
    fc.assert(
      fc.property(cells, cells, (first, second) => {
        const merged = mergeHealth(health(column, first), health(column, second));
        const whole = health(column, [...first, ...second]);
        assert.deepEqual({ ...merged, value: null }, { ...whole, value: null });
        const present = new Set([...first, ...second].filter((cell) => cell !== null));
        assert.equal(whole.constant, present.size <= 1);
        assert.equal(whole.missing, [...first, ...second].filter((cell) => cell === null).length);
      }),
    );
  });
}

test('tells absent, all missing and constant apart, and constant only from 100 rows', () => {
  const column = { type: 'float32' } as const;
  const ones = new Array(100).fill(1);
  const absent: FeatureHealth = { ...health(column, []), rows: 5, missing: 5, absent: true };
  const states = (one: FeatureHealth) => degradedFeatures([one]).map(({ state }) => state);
  assert.deepEqual(states(absent), ['absent']);
  assert.deepEqual(states(health(column, [null, null])), ['all-missing']);
  assert.deepEqual(states(health(column, ones)), ['constant']);
  assert.deepEqual(states(health(column, [null, ...ones])), ['constant']);
  assert.deepEqual(states(health(column, ones.slice(1))), []);
  assert.deepEqual(states(health(column, [...ones, 2])), []);
  assert.deepEqual(states(health(column, [])), []);
});

test('rows that the decoder rejected do not count', () => {
  const column = columnOf({ type: 'float32', cells: [null, 1, null] });
  assert.deepEqual(healthOf('c', column, 3, 1), {
    column: 'c',
    rows: 2,
    missing: 1,
    absent: false,
    constant: true,
    value: 1,
  });
});
