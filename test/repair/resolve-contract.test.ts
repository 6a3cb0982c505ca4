import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import {
  type ColumnDraft,
  type ColumnKnowledge,
  resolveContract,
} from '../../src/repair/resolve-contract.js';
import { contract } from './tables.js';

const nothing: ColumnKnowledge = { modelType: null, modelCategories: null, baseline: null };
const baseline = { mean: 2.5, median: 3, mode: 'AA', categories: ['AA', 'UA'] };

function draft(wants: Partial<ColumnDraft>): ColumnDraft {
  return { ...contract('c', 'string'), type: null, categories: null, ...wants };
}

test('takes the type from the job, else the model, else text', () => {
  assert.equal(resolveContract(draft({ type: 'date' }), { ...nothing, modelType: 'int64' }).type, 'date');
  assert.equal(resolveContract(draft({}), { ...nothing, modelType: 'int64' }).type, 'int64');
  assert.equal(resolveContract(draft({}), nothing).type, 'string');
});

test('takes categories from where the job says', () => {
  const known = { ...nothing, modelCategories: ['X'], baseline };
  const from = (categories: ColumnDraft['categories']) =>
    resolveContract(draft({ categories }), known).categories;
  assert.deepEqual(from({ kind: 'list', values: ['A'] }), ['A']);
  assert.deepEqual(from({ kind: 'model' }), ['X']);
  assert.deepEqual(from({ kind: 'baseline' }), ['AA', 'UA']);
  assert.equal(from(null), null);
  for (const kind of ['model', 'baseline'] as const) {
    assert.throws(() => resolveContract(draft({ categories: { kind } }), nothing), InvalidError);
  }
});

test('fills with a statistic of the baseline, in units of the column', () => {
  const fill = (statistic: 'mean' | 'median' | 'mode', type: ColumnDraft['type']) =>
    resolveContract(draft({ type, missing: { kind: 'fill-from-baseline', statistic } }), {
      ...nothing,
      baseline,
    }).missing;
  assert.deepEqual(fill('mean', 'float32'), { kind: 'fill', value: 2.5 });
  assert.deepEqual(fill('mean', 'int32'), { kind: 'fill', value: 3 });
  assert.deepEqual(fill('median', 'int64'), { kind: 'fill', value: 3n });
  assert.deepEqual(fill('mean', 'boolean'), { kind: 'fill', value: true });
  assert.deepEqual(fill('mode', 'string'), { kind: 'fill', value: 'AA' });
  const missing = { kind: 'fill-from-baseline', statistic: 'mean' } as const;
  assert.throws(() => resolveContract(draft({ missing }), nothing), /"missing" must be filled with a mean/);
});
