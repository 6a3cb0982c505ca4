import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ComparedModel, Comparison } from '../../src/quality/comparison.js';
import {
  type Limits,
  qualityName,
  recommend,
  runSeconds,
  withFront,
} from '../../src/quality/recommend-model.js';

/** A model with this AUC, microseconds of processor time a row, and megabytes of a run. */
function model(name: string, auc: number, micros: number, megabytes: number): Omit<ComparedModel, 'front'> {
  return {
    model: name,
    labels: { kind: 'binary', auc, output: 'score' } as ComparedModel['labels'],
    outputs: [],
    run: { workers: 2, fixed_seconds: 0.4, seconds_per_million: micros / 2, memory_bytes: megabytes * 1e6 },
  } as unknown as Omit<ComparedModel, 'front'>;
}

const models = withFront([
  model('full', 0.95, 8, 600),
  model('half', 0.94, 4, 500),
  model('int8', 0.93, 5, 300),
  model('worse', 0.92, 9, 700),
]);
const comparison = { rows: 1_000_000, models } as unknown as Comparison;
const free: Limits = { maxMemoryBytes: null, minAuc: null, maxRmse: null, rows: null, withinMs: null };

test('the front has every model that no other beats in all respects', () => {
  assert.deepEqual(
    models.map(({ front }) => front),
    [true, true, true, false],
  );
  const twins = withFront([model('a', 0.9, 1, 1), model('b', 0.9, 1, 1)]);
  assert.deepEqual(
    twins.map(({ front }) => front),
    [true, true],
  );
});

test('the best model that keeps to the limits is recommended, and each other says what it breaks', () => {
  const name = (limits: Partial<Limits>) => recommend(comparison, { ...free, ...limits }).model;
  assert.equal(name({}), 'full');
  assert.equal(name({ maxMemoryBytes: 550e6 }), 'half');
  assert.equal(name({ maxMemoryBytes: 400e6 }), 'int8');
  assert.equal(name({ rows: 10_000_000, withinMs: 25_000 }), 'half');
  assert.equal(name({ minAuc: 0.945, withinMs: 2_000 }), null);
  const { refused } = recommend(comparison, { ...free, minAuc: 0.945, rows: 10_000_000, withinMs: 25_000 });
  assert.deepEqual(refused, [
    { model: 'full', why: 'takes about 41 s for 10,000,000 rows with 2 workers, above 25 s' },
    { model: 'half', why: 'has an AUC of 0.940000, below 0.945' },
    { model: 'int8', why: 'has an AUC of 0.930000, below 0.945' },
    { model: 'worse', why: 'has an AUC of 0.920000, below 0.945' },
  ]);
});

test('a limit of exactly what a model takes keeps it, whatever its figures round to', () => {
  const seconds = fc.double({ min: 0.01, max: 1e4, noNaN: true });
  const property = fc.property(
    seconds,
    seconds,
    seconds,
    fc.integer({ min: 1, max: 1e10 }),
    (fixed, a, b, rows) => {
      const taking = (name: string, auc: number, perMillion: number) => {
        const made = model(name, auc, 1, 100);
        return { ...made, run: { ...made.run, fixed_seconds: fixed, seconds_per_million: perMillion } };
      };
      const found = { ...comparison, models: withFront([taking('better', 0.9, a), taking('worse', 0.8, b)]) };
      for (const one of found.models) {
        const { refused } = recommend(found, {
          ...{ ...free, rows, withinMs: 1000 * runSeconds(one, rows, found)! },
        });
        assert.ok(!refused.some(({ model: name }) => name === one.model), one.model);
      }
    },
  );
  fc.assert(property);
});

test('a limit on time is not kept by a model whose time is not known', () => {
  const unknown = models.map(({ run, ...one }) => ({ ...one, run: { ...run, seconds_per_million: null } }));
  const found = { rows: 800, inputs: 1, models: withFront(unknown) } as unknown as Comparison;
  // Without a time, the last model is beaten by all.
  assert.deepEqual(
    found.models.map(({ front }) => front),
    [true, true, true, false],
  );
  const asked = { ...free, rows: 10_000_000, withinMs: 3_600_000 };
  const { model: none, refused } = recommend(found, asked);
  assert.equal(none, null);
  assert.equal(
    refused[0]!.why,
    'was compared over too few rows to estimate the time for 10,000,000: 50,000 are needed, from one file',
  );
  assert.equal(recommend(found, free).model, 'full');
  assert.equal(recommend(found, { ...asked, rows: 800 }).model, 'full', 'as long as it took');
  assert.equal(recommend(found, { ...asked, rows: null, withinMs: 300 }).model, null, 'the first 0.4 s');
  assert.equal(
    recommend({ ...found, inputs: 2 }, { ...asked, rows: 800 }).model,
    null,
    'of one of two files',
  );
});

test('without labels the model nearest to the reference is the best', () => {
  const agreeing = (name: string, distance: number | null, micros: number): Omit<ComparedModel, 'front'> =>
    ({
      ...model(name, 0, micros, 100),
      labels: null,
      outputs: [
        {
          name: 'score',
          agreement: distance === null ? null : { rows: 10, equal: 0, mean_difference: distance },
        },
      ],
    }) as unknown as Omit<ComparedModel, 'front'>;
  const found = withFront([agreeing('own', null, 8), agreeing('near', 0.001, 3), agreeing('far', 0.1, 2)]);
  const unlabelled = { rows: 1_000_000, workers: 1, models: found } as unknown as Comparison;
  assert.equal(recommend(unlabelled, free).model, 'own');
  assert.equal(recommend(unlabelled, { ...free, withinMs: 2_000 }).model, 'near');
  assert.equal(recommend(unlabelled, { ...free, minAuc: 0.5 }).refused[0]!.why, 'has no AUC');
});

test('without labels scores say how near a model is, not the classes before them', () => {
  const agreeing = (name: string, equal: number, distance: number): Omit<ComparedModel, 'front'> =>
    ({
      ...model(name, 0, 3, 100),
      labels: null,
      outputs: [
        { name: 'class', agreement: { rows: 10, equal, mean_difference: null } },
        { name: 'score', agreement: { rows: 10, equal: 0, mean_difference: distance } },
      ],
    }) as unknown as Omit<ComparedModel, 'front'>;
  const [near, far] = [agreeing('near', 9, 0.001), agreeing('far', 10, 0.2)];
  const found = { rows: 10, models: withFront([far, near]) } as unknown as Comparison;
  assert.equal(recommend(found, free).model, 'near');
  assert.equal(qualityName(near), "distance of score from the first model's");
});
