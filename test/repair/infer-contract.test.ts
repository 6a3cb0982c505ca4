import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRepair } from '../../src/repair/create-repair.js';
import { inferContract, type ModelColumn } from '../../src/repair/infer-contract.js';
import { planOf } from './tables.js';

function input(column: string, type: ModelColumn['type'], wants: Partial<ModelColumn> = {}): ModelColumn {
  return { column, type, isVector: false, categories: null, ...wants };
}

test('takes names, types, ranges and categories from the model', () => {
  const contracts = inferContract([
    input('delay', 'float16'),
    input('id', 'int64'),
    input('small', 'uint8'),
    input('late', 'bool'),
    input('carrier', 'string', { categories: ['AA', 'UA'] }),
    input('vector', 'float32', { isVector: true }),
  ]);
  assert.deepEqual(
    contracts.map(({ name, type, range, categories }) => ({ name, type, range, categories })),
    [
      { name: 'delay', type: 'float32', range: null, categories: null },
      { name: 'id', type: 'int64', range: null, categories: null },
      { name: 'small', type: 'int32', range: { low: 0, high: 255 }, categories: null },
      { name: 'late', type: 'boolean', range: null, categories: null },
      { name: 'carrier', type: 'string', range: null, categories: ['AA', 'UA'] },
      { name: 'vector', type: 'list<float32>', range: null, categories: null },
    ],
  );
  assert.ok(createRepair(planOf(contracts)));
});

test('a column that two inputs read is there once, of the type that holds both', () => {
  const contracts = inferContract([
    input('a', 'float32'),
    input('a', 'int64'),
    input('b', 'int32'),
    input('b', 'float64'),
  ]);
  assert.deepEqual(
    contracts.map(({ name, type }) => [name, type]),
    [
      ['a', 'float32'],
      ['b', 'float64'],
    ],
  );
});
