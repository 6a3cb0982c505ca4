import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFeeds } from '../../../src/features/create-feeds.js';
import { planFeatures } from '../../../src/features/plan-features.js';
import { planOutputs } from '../../../src/features/plan-outputs.js';
import { describeModel } from '../../../src/model/describe-model.js';
import { checkedSession } from '../../../src/model/ensembles/checked-session.js';
import { firstDifference } from '../../../src/model/ensembles/compare-answers.js';
import { openEnsembles } from '../../../src/model/ensembles/open-ensembles.js';
import { readEnsemble } from '../../../src/model/ensembles/read-ensemble.js';
import { thresholdRows } from '../../../src/model/ensembles/threshold-rows.js';
import { explainModel } from '../../../src/model/explain-model.js';
import { openScorer } from '../../../src/model/open-scorer.js';
import { planScorer } from '../../../src/model/plan-scorer.js';
import { prepareModel } from '../../../src/model/prepare-model.js';
import { readModel } from '../../../src/model/read-model.js';
import { type ModelSession, openRuntime } from '../../../src/model/runtime-session.js';
import { ModelFault } from '../../../src/model/trees/model-value.js';
import { random } from '../../faults/random.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { asTable, type Case, cases } from '../cases.js';
import { makeModel, makeModelFile, type Sketch } from '../make-model.js';
import {
  aggregates,
  branchModes,
  type EnsembleShape,
  member,
  randomEnsemble,
  transforms,
} from './random-ensemble.js';

const timeout = 120_000;
const isFull = process.env['NIGHTSHIFT_FULL'] === '1';
/** For sessions of as many random ensembles, on a machine that is busy with others. */
const randomTimeout = isFull ? 3_600_000 : 600_000;

const shapes = fc
  .record({
    op: fc.constantFrom('TreeEnsembleClassifier', 'TreeEnsembleRegressor', 'TreeEnsemble'),
    element: fc.constantFrom('float32', 'float64'),
    seed: fc.nat(),
    trees: fc.integer({ min: 1, max: 12 }),
    leaves: fc.constantFrom(1, 4, 20, 64, 90),
    features: fc.constantFrom(1, 3, 5),
    groups: fc.constantFrom(1, 2, 2, 3, 4, 6, 11),
    weights: fc.constantFrom('one', 'all', 0, 1),
    isPositive: fc.boolean(),
    modes: fc.oneof(fc.constant(branchModes), fc.constantFrom(...branchModes.map((mode) => [mode]))),
    hasMembers: fc.boolean(),
    tracks: fc.boolean(),
    base: fc.constantFrom(0, 0, 1, 'all'),
    transform: fc.constantFrom('NONE', 'LOGISTIC', ...transforms),
    aggregate: fc.constantFrom('SUM', ...aggregates),
    labels: fc.constantFrom('ints', 'strings'),
  })
  .map(
    (shape): EnsembleShape =>
      ({
        ...shape,
        weights:
          typeof shape.weights === 'number' ? Math.min(shape.weights, shape.groups - 1) : shape.weights,
        base: shape.base === 'all' ? shape.groups : (shape.base as number),
        modes: shape.op === 'TreeEnsemble' && shape.hasMembers ? [...shape.modes, member] : shape.modes,
      }) as EnsembleShape,
  );

/** Why the loops leave an ensemble to the runtime. */
const left = [
  'it has one class',
  'its PROBIT has one score for two classes',
  'its SOFTMAX_ZERO is of float64 scores',
  'its softmax has 6 classes, one of which never has a score',
  'its softmax has 11 classes, one of which never has a score',
];

/** Runs both sessions on rows at the ensemble's thresholds; returns the first difference, or -1. */
async function compareOnce(shape: EnsembleShape): Promise<string> {
  const bytes = await makeModel(randomEnsemble(shape, random(shape.seed)));
  let runtime: ModelSession;
  try {
    runtime = await openRuntime(bytes, 'made.onnx', 1);
  } catch {
    return 'refused';
  }
  try {
    const model = await readModel(bytes, 'made.onnx');
    const node = model.nodes[0]!;
    const { table } = readEnsemble(model, node, shape.element);
    const ours = await openEnsembles(bytes, 'made.onnx', [node.outputs[0]!], 1);
    const { rows, values } = thresholdRows({ ...table, features: shape.features });
    const run = (session: ModelSession) =>
      session.run(
        { x: session.tensor(shape.element, values, [rows, shape.features]) },
        Object.fromEntries(session.outputNames.map((name) => [name, null])),
      );
    assert.equal(firstDifference(await run(runtime), await run(ours), rows), -1, JSON.stringify(shape));
    await ours.release();
    return 'equal';
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    assert.ok(left.includes(error.message), `${error.message}: ${JSON.stringify(shape)}`);
    return error.message;
  } finally {
    await runtime.release();
  }
}

test('random ensembles answer as in the runtime bit by bit, or are left to it', {
  timeout: randomTimeout,
}, async () => {
  const found = new Map<string, number>();
  const property = fc.asyncProperty(shapes, async (shape) => {
    const what = await compareOnce(shape);
    found.set(what, (found.get(what) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: isFull ? 5000 : 400 });
  assert.ok((found.get('equal') ?? 0) > 120, JSON.stringify([...found]));
});

/** Prepares and scores a model on the rows of a table, with its trees cut out or not. */
async function score(
  path: string,
  table: ReturnType<typeof asTable>,
  rewrite: 'auto' | 'off',
  more: { readonly threads?: number } = {},
) {
  const description = await describeModel(path);
  const asked = {
    mappings: table.mappings,
    constants: table.constants,
    columns: [...table.columns].map(([name, { type }]) => ({ name, type, categories: null })),
    signature: null,
    file: [],
  };
  const { widths, constants, fixedRows } = planFeatures({ ...asked, inputs: description.inputs });
  const shape = { widths, constants };
  const request = { description, shape, fixedRows, rewrite, batchRows: 100, threads: 1, ...more };
  const prepared = await prepareModel(request, 'here');
  const features = planFeatures({ ...asked, inputs: prepared.description.inputs });
  const { fetched } = planOutputs(prepared.description.outputs, []);
  const scorer = await openScorer(planScorer(prepared, fetched, features, 1));
  try {
    const { fetches, failed } = await scorer.score(
      createFeeds(features, table.columns, table.rows),
      table.rows,
    );
    assert.deepEqual(failed, []);
    const codes = new Map(prepared.description.outputs.map((output) => [output.name, output.codes]));
    const answers = Object.entries(fetches).map(([name, { data }]) => {
      const texts = codes.get(name) ?? null;
      if (texts !== null)
        return [name, Array.from(data as BigInt64Array, (code) => texts[Number(code)])] as const;
      return [name, ArrayBuffer.isView(data) ? Buffer.from(data.slice().buffer) : [...data]] as const;
    });
    return {
      answers: Object.fromEntries(answers),
      walked: prepared.report.rewrites.flatMap((one) => (one.kind === 'walk-trees' ? [one.output] : [])),
      facts: explainModel(prepared, request),
    };
  } finally {
    await scorer.close();
  }
}

const trees = /catboost|lightgbm|xgboost|hist-gradient|ordinal-strings|sklearn-regression|string-labels/;
const exported = cases.filter(({ name, inputs }) => trees.test(name) && inputs !== undefined);

for (const one of exported) {
  test(`the trees of ${one.name} are cut out, and every answer has the runtime's bits`, {
    timeout,
  }, async () => {
    const table = asTable((one as Case & { inputs: NonNullable<Case['inputs']> }).inputs);
    const ours = await score(one.path, table, 'auto');
    const runtime = await score(one.path, table, 'off');
    assert.equal(ours.walked.length, 1, JSON.stringify(ours.facts.unused));
    assert.deepEqual(runtime.walked, []);
    assert.deepEqual(ours.answers, runtime.answers);
    assert.match(
      ours.facts.rewrites.join('\n'),
      /trees? of up to \d+ leaves are scored without the runtime, .*; proven bit-identical/,
    );
  });
}

const shape: EnsembleShape = {
  op: 'TreeEnsembleClassifier',
  element: 'float32',
  seed: 3,
  trees: 9,
  leaves: 12,
  features: 4,
  groups: 3,
  weights: 'one',
  isPositive: false,
  modes: ['BRANCH_LEQ'],
  tracks: true,
  base: 0,
  transform: 'NONE',
  aggregate: 'SUM',
  labels: 'strings',
};
const plain = randomEnsemble(shape, random(shape.seed));

function columnsOf(names: readonly string[], rows: number): ReturnType<typeof asTable> {
  const next = random(11);
  const columns = names.map((name) => {
    const values = Float32Array.from({ length: rows }, () =>
      next() < 0.1 ? Number.NaN : (next() - 0.5) * 4,
    );
    return [name, { type: 'float32' as const, length: rows, values, validity: null }] as const;
  });
  return { columns: new Map(columns), mappings: [], constants: [], rows };
}

test('rows with a score of 0 have the softmax of many classes that the runtime gives them', async () => {
  const wide = { ...shape, trees: 1, leaves: 4, groups: 7, weights: 'all', transform: 'SOFTMAX' } as const;
  const sketch = randomEnsemble(wide, random(6));
  const nodes = sketch.nodes.map((node) =>
    node instanceof Uint8Array
      ? node
      : {
          ...node,
          attribute: node.attribute!.map((one) =>
            one.name !== 'class_weights'
              ? one
              : { ...one, floats: one.floats!.map((w, i) => (i < 7 ? 0 : w + 1)) },
          ),
        },
  );
  const bytes = await makeModel({ ...sketch, nodes });
  const [runtime, ours] = [
    await openRuntime(bytes, 'made.onnx', 1),
    await openEnsembles(bytes, 'made.onnx', ['label'], 1),
  ];
  const next = random(4);
  const values = Float32Array.from({ length: 4 * 600 }, () => (next() - 0.5) * 4);
  const run = (session: ModelSession) =>
    session.run({ x: session.tensor('float32', values, [600, 4]) }, { scores: null, label: null });
  const [expected, found] = [await run(runtime), await run(ours)];
  const scores = Array.from(found['scores']!.data as Float32Array);
  const even = scores.filter((score) => score === Math.fround(1 / 7)).length / 7;
  assert.ok(even > 50 && even < 550, `${even} rows of zeros`);
  assert.equal(firstDifference(expected, found, 600), -1);
  for (const session of [runtime, ours]) await session.release();
});

test('what stands before and after the trees stays in the runtime', { timeout }, async () => {
  const names = ['a', 'b', 'c', 'd'];
  const path = await makeModelFile({
    ...plain,
    inputs: Object.fromEntries(names.map((name) => [name, ['float32', 'N', 1] as const])),
    outputs: { name: ['string', 'N'], doubled: ['float32', 'N', 3], half: ['float32', 'N', 1] },
    nodes: [
      { op_type: 'Mul', input: ['a', 'two'], output: ['a2'] },
      {
        op_type: 'Concat',
        input: ['a2', 'b', 'c', 'd'],
        output: ['x'],
        attribute: [{ name: 'axis', type: 2, i: 1 }],
      },
      ...plain.nodes,
      { op_type: 'Identity', input: ['label'], output: ['name'] },
      { op_type: 'Mul', input: ['scores', 'two'], output: ['doubled'] },
      // What the trees read is read by others, too.
      { op_type: 'Div', input: ['a2', 'two'], output: ['half'] },
    ],
    initializers: [{ name: 'two', dims: [1], data_type: 1, float_data: [2] }],
  });
  const table = columnsOf(names, 500);
  const ours = await score(path, table, 'auto');
  assert.deepEqual(ours.walked, ['label'], JSON.stringify(ours.facts.unused));
  assert.deepEqual(ours.answers, (await score(path, table, 'off')).answers);
});

const unusual: readonly (readonly [string, (sketch: Sketch) => Sketch, RegExp, { threads?: number }])[] = [
  [
    'a softmax of many classes, one of which no tree adds to',
    () => randomEnsemble({ ...shape, trees: 5, groups: 6, transform: 'SOFTMAX' }, random(3)),
    /"label": its trees are scored by the runtime, because its softmax has 6 classes, one of which never has a score/,
    {},
  ],
  [
    'several threads inside an operator',
    (sketch) => sketch,
    /not used \("label": its 9 trees .*\): 2 threads inside an operator add the trees in another order/,
    { threads: 2 },
  ],
  [
    'trees that take what other trees answer',
    (sketch) => ({
      ...sketch,
      nodes: [
        ...randomEnsemble({ ...shape, op: 'TreeEnsembleRegressor', groups: 4 }, random(5)).nodes.map(
          (node) => (node instanceof Uint8Array ? node : { ...node, output: ['made'] }),
        ),
        ...sketch.nodes.map((node) => (node instanceof Uint8Array ? node : { ...node, input: ['made'] })),
      ],
    }),
    /"label": its trees are scored by the runtime, because one ensemble takes the answers of another/,
    {},
  ],
];

for (const [name, change, reason, more] of unusual) {
  test(`${name} are left to the runtime with the reason`, { timeout }, async () => {
    const path = await makeModelFile(change(plain));
    const table = columnsOf(['x0', 'x1', 'x2', 'x3'], 60);
    const mapped = {
      ...table,
      mappings: [
        {
          input: 'x',
          columns: [...table.columns.keys()].map((column) => ({ column, oneHot: false })),
          packed: true,
        },
      ],
    };
    const { walked, facts } = await score(path, mapped, 'auto', more);
    assert.deepEqual(walked, []);
    assert.match(facts.unused.join('\n'), reason);
  });
}

test('the first rows of a worker are scored in the runtime as well, and a difference ends the run', async () => {
  const bytes = await makeModel(plain);
  const ours = await openEnsembles(bytes, 'made.onnx', ['label'], 1);
  const runs: number[] = [];
  const openWhole = async (): Promise<ModelSession> => {
    const session = await openRuntime(bytes, 'made.onnx', 1);
    return {
      ...session,
      async run(feeds, fetches) {
        const answers = await session.run(feeds, fetches);
        runs.push(answers['scores']!.dims[0]!);
        // The second batch of the runtime differs in its last row.
        if (runs.length === 2) (answers['scores']!.data as Float32Array)[29] = 5;
        return answers;
      },
    };
  };
  const next = random(2);
  const batch = () => {
    const values = Float32Array.from({ length: 40 }, () => next());
    return { x: ours.tensor('float32', values, [10, 4]) };
  };
  const checked = checkedSession(ours, openWhole, 15, 'made.onnx');
  await checked.run(batch(), { scores: null });
  await assert.rejects(checked.run(batch(), { scores: null }), {
    reason: 'trees-differ',
    exitCode: 2,
    hint: /model\.rewrite: off/,
  });
  await checked.release();

  const again = await openEnsembles(bytes, 'made.onnx', ['label'], 1);
  runs.splice(0, runs.length, 0, 0);
  const calm = checkedSession(again, openWhole, 15, 'made.onnx');
  for (let i = 0; i < 5; i++) await calm.run(batch(), { scores: null });
  assert.deepEqual(runs, [0, 0, 10, 10], 'only as many batches as hold 15 rows');
  await calm.release();
});

test('a graph whose lists of nodes contradict each other is left to the runtime, which refuses it', async () => {
  const broken = plain.nodes.map((node) =>
    node instanceof Uint8Array
      ? node
      : {
          ...node,
          attribute: node.attribute!.map((one) =>
            one.name === 'nodes_truenodeids'
              ? { ...one, ints: one.ints!.map((id) => Number(id) + 1000) }
              : one,
          ),
        },
  );
  const path = join(temporaryFolder('model'), 'broken.onnx');
  writeFileSync(path, await makeModel({ ...plain, nodes: broken }));
  const { rewrites, keptTrees } = await describeModel(path);
  assert.deepEqual(
    rewrites.filter(({ kind }) => kind === 'walk-trees'),
    [],
  );
  assert.match(keptTrees[0]!.reason, /^tree 0 has no node 1\d\d\d$/);
});
