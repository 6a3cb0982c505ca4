import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainMapping } from '../../src/features/explain-mapping.js';
import type { FeatureInput } from '../../src/features/feature-input.js';
import { planFeatures } from '../../src/features/plan-features.js';
import { planOutputs, type ScoreOutput } from '../../src/features/plan-outputs.js';

const open = { uses: null, hasEmptyCategory: false, codes: null, featureNames: null };

const inputs: FeatureInput[] = [
  { name: 'delay', type: 'float32', dims: ['N', 1], ...open },
  { name: 'hour', type: 'int64', dims: ['N', 1], ...open },
  {
    name: 'carrier',
    type: 'string',
    dims: ['N', 1],
    uses: [{ categories: ['AA', 'B6'], unknown: 'zeros' }],
    hasEmptyCategory: false,
    codes: { dictionary: ['AA', 'B6'], unknown: -1, weights: { width: 1, values: [0.5, -0.5] } },
    featureNames: null,
  },
  { name: 'X', type: 'float32', dims: ['N', 4], ...open },
  { name: 'threshold', type: 'float32', dims: [], ...open },
];

const outputs: ScoreOutput[] = [
  { name: 'label', type: 'int64', dims: [null], alias: null, classLabels: null, codes: null, refused: null },
  {
    name: 'probabilities',
    type: 'float32',
    dims: [null, 2],
    alias: null,
    classLabels: ['no', 'yes'],
    codes: null,
    refused: null,
  },
];

test('says for every input and output which column it is, how it is cast, and what becomes of missing and unknown', () => {
  const features = planFeatures({
    inputs,
    mappings: [
      {
        input: 'X',
        columns: [
          { column: 'delay', oneHot: false },
          { column: 'origin', oneHot: false },
          { column: 'dest', oneHot: true },
        ],
        packed: true,
      },
    ],
    constants: [{ input: 'threshold', value: 0.5 }],
    columns: [
      { name: 'delay', type: 'float64', categories: null },
      { name: 'hour', type: 'int32', categories: null },
      { name: 'carrier', type: 'string', categories: null },
      { name: 'origin', type: 'string', categories: ['EWR', 'JFK'] },
      { name: 'dest', type: 'string', categories: ['SFO', 'LAX'] },
    ],
    signature: null,
    file: [],
  });
  const scores = planOutputs(outputs, [
    { column: 'label', from: 'label', class: null, range: null },
    { column: 'score', from: 'probabilities', class: 'yes', range: { low: 0, high: null } },
  ]);
  const mapping = explainMapping(inputs, features, outputs, scores);
  assert.deepEqual(
    mapping.inputs.map(({ input, declared, place, column, type, cast, missing, unknown }) =>
      [input, declared, place, column, type, cast, missing, unknown].join(' | '),
    ),
    [
      'delay | float32 [N, 1] |  | delay | float64 | to float32 | NaN | ',
      'hour | int64 [N, 1] |  | hour | int32 | to int64 | row rejected | ',
      'carrier | string [N, 1] |  | carrier | string | weight of 2 known strings | row rejected | all 0',
      'X | float32 [N, 4] | 0 | delay | float64 | to float32 | NaN | ',
      'X | float32 [N, 4] | 1 | origin | string | index in 2 categories | NaN | NaN',
      'X | float32 [N, 4] | 2 | dest | string | one-hot over 2 categories | all 0 | all 0',
      'threshold | float32 [] |  |  | constant | 0.5 |  | ',
    ],
  );
  assert.deepEqual(
    mapping.outputs.map(({ output, declared, column, type, taken, policy }) =>
      [output, declared, column, type, taken, policy].join(' | '),
    ),
    [
      'label | int64 [?] | label | int64 | whole | ',
      'probabilities | float32 [?, 2] | score | float32 | class "yes" | flagged outside 0 to infinity',
    ],
  );
});
