import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../../src/chunk/column.js';
import { createFeeds } from '../../../src/features/create-feeds.js';
import { planFeatures } from '../../../src/features/plan-features.js';
import { planOutputs } from '../../../src/features/plan-outputs.js';
import { describeModel } from '../../../src/model/describe-model.js';
import { openScorer } from '../../../src/model/open-scorer.js';
import { planScorer } from '../../../src/model/plan-scorer.js';
import { prepareModel } from '../../../src/model/prepare-model.js';
import { asTable, cases } from '../cases.js';

interface Split {
  readonly bases: number[];
  /** Row by row, one for each element of each input. */
  readonly contributions: number[];
  readonly sums: number[];
  readonly outputs: readonly (readonly number[])[];
}

/** Splits the sum `sum` of a case; each column is a feature, also where its strings are fed as weights. */
async function split(name: string, sum: number, rewrite: 'auto' | 'off'): Promise<Split> {
  const one = cases.find((candidate) => candidate.name === name)!;
  const described = await describeModel(one.path);
  const table = asTable(one.inputs!);
  const request = {
    mappings: table.mappings,
    constants: table.constants,
    columns: [...table.columns].map(([column, { type }]) => ({ name: column, type, categories: null })),
    signature: described.signature?.columns ?? null,
    file: [],
  };
  const draft = planFeatures({ ...request, inputs: described.inputs });
  const { widths, constants, fixedRows } = draft;
  const asked = {
    description: described,
    shape: { widths, constants },
    fixedRows,
    rewrite,
    batchRows: 7,
    threads: 1,
  };
  const prepared = await prepareModel(asked, 'here');
  const features = planFeatures({ ...request, inputs: prepared.description.inputs });
  const names = [...table.columns.keys()];
  const places = Object.fromEntries(
    features.tensors.map(({ input, parts }) => [
      input,
      parts.flatMap((part) =>
        Array.from({ length: 'width' in part ? part.width : 1 }, () =>
          'column' in part ? names.indexOf(part.column) : -1,
        ),
      ),
    ]),
  );
  const { fetched } = planOutputs(prepared.description.outputs, []);
  const reasons = { sum, features: names.length, places };
  const scorer = await openScorer(planScorer(prepared, fetched, features, 1, false, 'auto', reasons));
  const found: Split = { bases: [], contributions: [], sums: [], outputs: [] };
  try {
    const feeds = createFeeds(features, table.columns as Map<string, Column>, table.rows);
    const { fetches } = await scorer.score(feeds, table.rows);
    const outputs = Object.values(fetches).map(({ data }) => Array.from(data as Float32Array, Number));
    await scorer.explain!(feeds, table.rows, (from, to, { base, contributions, sums }) => {
      found.bases.push(base);
      found.contributions.push(...contributions.slice(0, (to - from) * names.length));
      found.sums.push(...sums.slice(0, to - from));
    });
    return { ...found, outputs };
  } finally {
    await scorer.close();
  }
}

const width = ({ contributions, sums }: Split) => contributions.length / sums.length;

for (const [name, sums] of [
  ['sklearn-default', 3],
  ['sklearn-float64', 1],
  ['sklearn-onehot-integers', 2],
  ['sklearn-onehot-strings', 2],
  ['sklearn-string-matrix', 2],
  ['sklearn-two-targets', 2],
  ['two-matrices', 1],
] as const) {
  test(`splits the sums of a linear model into terms that add up: ${name}`, async () => {
    for (let sum = 0; sum < sums; sum++) {
      const plain = await split(name, sum, 'off');
      assert.ok(plain.sums.length > 1);
      for (const [row, expected] of plain.sums.entries()) {
        const terms = plain.contributions.slice(row * width(plain), (row + 1) * width(plain));
        const total = terms.reduce((a, b) => a + b, plain.bases[0]!);
        const size = Math.max(1, ...terms.map(Math.abs));
        assert.ok(
          Math.abs(total - expected) <= 1e-6 * size || Number.isNaN(expected),
          `row ${row}: ${total}, ${expected}`,
        );
      }
      const rewritten = await split(name, sum, 'auto');
      assert.deepEqual(
        rewritten.contributions,
        plain.contributions,
        'strings fed as weights have the same terms',
      );
      assert.deepEqual(rewritten.bases, plain.bases);
      // A regression answers its sums.
      if (name === 'sklearn-two-targets')
        assert.deepEqual(
          plain.sums,
          plain.outputs[0]!.filter((_, i) => i % 2 === sum),
        );
      if (name === 'sklearn-float64') assert.deepEqual(plain.sums, plain.outputs[0]);
    }
  });
}

test('says why a graph has no linear form', async () => {
  const reasons = Object.fromEntries(
    await Promise.all(
      ['mlp', 'mlp-int8-dynamic', 'sklearn-isolation-forest', 'vectors', 'lightgbm-classifier'].map(
        async (name) => {
          const { path } = cases.find((one) => one.name === name)!;
          return [name, (await describeModel(path)).linear] as const;
        },
      ),
    ),
  );
  assert.deepEqual(reasons, {
    mlp: 'it computes with weights in 2 steps',
    'mlp-int8-dynamic': 'it computes with weights in 2 steps',
    'sklearn-isolation-forest': 'it computes with weights in 25 steps',
    vectors: 'its answers do not come from its linear model alone: there is a ReduceL2',
    'lightgbm-classifier': 'it computes with TreeEnsembleClassifier',
  });
});
