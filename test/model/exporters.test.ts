import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../src/chunk/column.js';
import type { TensorData } from '../../src/chunk/tensor.js';
import { InvalidError } from '../../src/errors.js';
import { createFeeds } from '../../src/features/create-feeds.js';
import { planFeatures } from '../../src/features/plan-features.js';
import { planOutputs } from '../../src/features/plan-outputs.js';
import { describeModel } from '../../src/model/describe-model.js';
import { openScorer } from '../../src/model/open-scorer.js';
import { planScorer } from '../../src/model/plan-scorer.js';
import { prepareModel } from '../../src/model/prepare-model.js';
import { fromFloat16 } from '../../src/text/float16.js';
import { asTable, type Case, caseOf, cases, tensor } from './cases.js';

interface Run {
  readonly fetches: Readonly<Record<string, TensorData>>;
  readonly failed: readonly { row: number; message: string }[];
  readonly rewritten: readonly string[];
  readonly refuted: readonly string[];
}

/** Processes a model completely: describes, plans, probes, opens and scores it. */
async function run(one: Case, rewrite: 'auto' | 'off' = 'auto', batchRows = 2048): Promise<Run> {
  const described = await describeModel(one.path);
  const table = asTable(one.inputs!);
  const contract = [...table.columns].map(([name, { type }]) => ({ name, type, categories: null }));
  const request = {
    mappings: table.mappings,
    constants: table.constants,
    columns: contract,
    signature: described.signature?.columns ?? null,
    file: [],
  };
  const draft = planFeatures({ ...request, inputs: described.inputs });
  const { widths, constants, fixedRows } = draft;
  const shape = { widths, constants };
  const prepared = await prepareModel(
    { description: described, shape, fixedRows, rewrite, batchRows, threads: 1 },
    'here',
  );
  const features = planFeatures({ ...request, inputs: prepared.description.inputs });
  const names = planOutputs(prepared.description.outputs, []);
  const scorer = await openScorer(planScorer(prepared, names.fetched, features, 1));
  try {
    const feeds = createFeeds(features, table.columns as Map<string, Column>, table.rows);
    const { fetches, failed } = await scorer.score(feeds, table.rows);
    const decoded = prepared.description.outputs.map(({ name, codes }) => {
      const fetched = fetches[name]!;
      if (codes === null) return [name, copy(fetched)] as const;
      const data = Array.from(fetched.data as BigInt64Array, (code) => codes[Number(code)]!);
      return [name, { type: 'string', dims: fetched.dims, data } as TensorData] as const;
    });
    return {
      fetches: Object.fromEntries(decoded),
      failed,
      rewritten: prepared.report.rewrites.flatMap((used) =>
        used.kind === 'drop-zip-map' || used.kind === 'walk-trees'
          ? []
          : used.kind === 'fold-one-hot'
            ? used.inputs
            : [...used.inputs, ...used.outputs],
      ),
      refuted: prepared.report.refuted.map(({ reason }) => reason),
    };
  } finally {
    await scorer.close();
  }
}

function copy({ type, dims, data }: TensorData): TensorData {
  return { type, dims, data: data.slice() as TensorData['data'] };
}

/** Largest difference that counts as equal: sums of float32 in another order, float64, half precision. */
function assertSame(found: TensorData, expected: TensorData, what: string, tolerance = 1e-6): void {
  assert.deepEqual(found.dims, expected.dims, `${what}: shape`);
  assert.equal(found.type, expected.type, what);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [found.data[i]!, expected.data[i]!];
    if (typeof b !== 'number') assert.equal(a, b, `${what}[${i}]`);
    else if (found.type === 'float16')
      assert.ok(near(fromFloat16(a as number), fromFloat16(b), 2e-3), `${what}[${i}]`);
    else if (found.type === 'float32' || found.type === 'float64') {
      assert.ok(near(a as number, b, tolerance), `${what}[${i}]: ${a} is not ${b}`);
    } else assert.equal(a, b, `${what}[${i}]`);
  }
}

function near(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}

for (const one of cases.filter(({ outputs }) => outputs !== undefined)) {
  test(`${one.name} answers as in Python`, async () => {
    const whole = one.name === 'mlp-int8-dynamic' ? 40 : 16;
    const { fetches, failed } = await run(one, 'auto', whole);
    assert.deepEqual(failed, []);
    for (const [name, expected] of Object.entries(one.outputs!)) {
      assertSame(fetches[name]!, tensor(expected), `${one.name} ${name}`);
    }
  });
}

for (const one of cases.filter(({ refused }) => refused !== undefined)) {
  test(`${one.name} is refused before a row is read`, async () => {
    const named = /`(\w+)`/.exec(one.refused!)![1]!;
    await assert.rejects(refuse(one), (error: unknown) => {
      assert.ok(error instanceof InvalidError);
      assert.ok(error.message.includes(`"${named}"`), error.message);
      assert.ok(error.hint !== null || error.message.includes('('), 'it says what to do');
      return true;
    });
  });
}

async function refuse(one: Case): Promise<void> {
  const described = await describeModel(one.path);
  const columns = ['numbers_0', 'numbers_1', 'numbers_2'];
  const mappings = [
    { input: 'numbers', columns: columns.map((column) => ({ column, oneHot: false })), packed: true },
  ].filter(({ input }) => described.inputs.some(({ name }) => name === input));
  const contract = [...columns, 'pixels'].map((name) => ({
    name,
    type: 'float32' as const,
    categories: null,
  }));
  const features = planFeatures({
    inputs: described.inputs,
    mappings,
    constants: [],
    columns: contract,
    signature: null,
    file: [],
  });
  const { widths, constants, fixedRows } = features;
  const prepared = await prepareModel(
    {
      description: described,
      shape: { widths, constants },
      fixedRows,
      rewrite: 'auto',
      batchRows: 8,
      threads: 1,
    },
    'here',
  );
  planOutputs(prepared.description.outputs, []);
}

const stringCases = [
  'mlp-string-embeddings',
  'sklearn-onehot-strings',
  'sklearn-onehot-strict',
  'sklearn-ordinal-strings',
  'sklearn-string-imputer',
  'sklearn-string-matrix',
];

for (const name of stringCases) {
  test(`${name} is fed numbers instead of strings, with equal answers to the bit`, async () => {
    const one = caseOf(name);
    const [coded, plain] = [await run(one), await run(one, 'off')];
    const strings = Object.entries(one.inputs!).filter(([, { type }]) => type === 'string');
    assert.deepEqual(
      strings.map(([input]) => input).sort(),
      coded.rewritten.filter((input) => input in one.inputs!).sort(),
    );
    assert.deepEqual(plain.rewritten, []);
    assert.deepEqual(coded.fetches, plain.fetches);
  });
}

test('string labels come as codes and read as the same labels', async () => {
  for (const name of ['sklearn-string-labels', 'catboost-string-labels']) {
    const { rewritten, fetches } = await run(caseOf(name));
    assert.equal(rewritten.length, 1);
    const expected = caseOf(name).outputs![rewritten[0]!]!;
    assert.deepEqual(fetches[rewritten[0]!]!.data, expected.data);
  }
});

test('strings that reach an output as they are stay strings', async () => {
  const { rewritten, fetches } = await run(caseOf('all-types'));
  assert.deepEqual(rewritten, []);
  assert.deepEqual(fetches['echo']!.data, caseOf('all-types').outputs!['echo']!.data);
});
