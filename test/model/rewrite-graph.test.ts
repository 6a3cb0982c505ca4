import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeModel } from '../../src/model/describe-model.js';
import { field } from '../../src/model/onnx-schema.js';
import { prepareModel } from '../../src/model/prepare-model.js';
import { compare } from '../../src/model/prove-rewrite.js';
import { attributeOf, readModel } from '../../src/model/read-model.js';
import { type EncodedStrings, findRewrites, rewriteGraph } from '../../src/model/rewrite-graph.js';
import { lengthDelimited } from '../../src/model/wire.js';
import { caseOf } from './cases.js';
import { makeModel, makeModelFile, mlNode, type Sketch } from './make-model.js';

const oneHot: Sketch = {
  inputs: { carrier: ['string', 'N', 1] },
  outputs: { y: ['float32', 'N', 1, 2] },
  nodes: [mlNode('OneHotEncoder', ['carrier'], ['y'], { cats_strings: ['AA', 'B6'], zeros: 1 })],
};

async function rewritesOf(sketch: Sketch) {
  return findRewrites(await readModel(await makeModel(sketch), 'sketch'));
}

async function prepare(path: string, change: (rewrites: EncodedStrings) => EncodedStrings = (same) => same) {
  const description = await describeModel(path);
  const rewrites = description.rewrites.map((rewrite) =>
    rewrite.kind === 'encode-strings' ? change(rewrite) : rewrite,
  );
  const widths = Object.fromEntries(description.inputs.map(({ name }) => [name, 1]));
  const request = {
    shape: { widths, constants: {} },
    fixedRows: null,
    rewrite: 'auto',
    batchRows: 64,
    threads: 1,
  };
  return prepareModel({ ...request, description: { ...description, rewrites } } as never, 'here');
}

test("a ZipMap gives way to its matrix under the output's own name, and nothing else of the file changes", async () => {
  const path = caseOf('sklearn-default').path;
  const bytes = readFileSync(path);
  const model = await readModel(bytes, path);
  const { rewrites } = findRewrites(model);
  assert.deepEqual(
    rewrites.map(({ kind }) => kind),
    ['drop-zip-map'],
  );
  const after = await readModel(rewriteGraph(model, rewrites), path);
  assert.equal(after.nodes.length, model.nodes.length);
  for (const [i, node] of model.nodes.entries()) {
    if (node.op === 'ZipMap') assert.equal(after.nodes[i]!.op, 'Identity');
    else assert.deepEqual(after.nodes[i]!.bytes, node.bytes);
  }
  assert.deepEqual(after.metadata, model.metadata);
  assert.deepEqual(after.opsets, model.opsets);
  assert.deepEqual(
    after.outputs.map(({ name }) => name),
    model.outputs.map(({ name }) => name),
  );
  assert.equal(after.outputs[1]!.type.kind, 'tensor');
});

test('a model without anything to rewrite keeps its bytes', async () => {
  const path = caseOf('mlp').path;
  const model = await readModel(readFileSync(path), path);
  assert.equal(rewriteGraph(model, []), model.bytes);
});

test('strings of a one-hot encoder become their indices, and any other string -1', async () => {
  const model = await readModel(await makeModel(oneHot), 'sketch');
  const { rewrites } = findRewrites(model);
  assert.deepEqual(rewrites, [
    { kind: 'encode-strings', inputs: ['carrier'], outputs: [], dictionary: ['AA', 'B6'], unknown: -1 },
  ]);
  const after = await readModel(rewriteGraph(model, rewrites), 'sketch');
  assert.equal(after.inputs[0]!.type.element, 'int64');
  const ints = attributeOf(after, after.nodes[0]!, 'cats_int64s')!.ints!.map(Number);
  assert.deepEqual(ints, [0, 1]);
  assert.equal(after.nodes[0]!.attributes.has('cats_strings'), false);
});

test('two inputs whose strings are compared with each other stay strings', async () => {
  const { rewrites, kept } = await rewritesOf({
    inputs: { from: ['string', 'N', 1], to: ['string', 'N', 1] },
    outputs: { same: ['bool', 'N', 1] },
    nodes: [{ op_type: 'Equal', input: ['from', 'to'], output: ['same'] }],
    opsets: { '': 19 },
  });
  assert.deepEqual(rewrites, []);
  assert.match(kept[0]!.reason, /compares two inputs/);
});

test('strings that a node takes apart stay strings', async () => {
  const { rewrites, kept } = await rewritesOf({
    ...oneHot,
    nodes: [{ op_type: 'StringNormalizer', input: ['carrier'], output: ['plain'] }, ...oneHot.nodes],
  });
  assert.deepEqual(rewrites, []);
  assert.match(kept[0]!.reason, /StringNormalizer does more with strings/);
});

test('strings that the body of a branch uses stay strings', async () => {
  const ofAnother = await rewritesOf({ ...oneHot, nodes: [...oneHot.nodes, branch('flag')] });
  assert.equal(ofAnother.rewrites.length, 1);
  const { rewrites, kept } = await rewritesOf({ ...oneHot, nodes: [...oneHot.nodes, branch('carrier')] });
  assert.deepEqual(rewrites, []);
  assert.match(kept[0]!.reason, /the body of If uses "carrier"/);
});

/** An encoded If whose branch is a graph with one node that reads `name`. */
function branch(name: string): Uint8Array {
  const text = (number: number, value: string) => lengthDelimited(number, [Buffer.from(value)]);
  const node = lengthDelimited(field.graph.node, text(field.node.input, name));
  const attribute = [
    ...text(field.attribute.name, 'then_branch'),
    ...lengthDelimited(field.attribute.graph, node),
  ];
  return Buffer.concat([
    ...text(field.node.output, 'z'),
    ...text(field.node.opType, 'If'),
    ...lengthDelimited(field.node.attribute, attribute),
  ]);
}

test('a rewrite that answers otherwise than the original is refuted, and the original is used', async () => {
  const path = caseOf('mlp-string-embeddings').path;
  const description = await describeModel(path);
  const widths = { numbers: 3, carrier: 1 };
  const rewrites = description.rewrites.map((rewrite) =>
    rewrite.kind === 'encode-strings'
      ? { ...rewrite, dictionary: [...rewrite.dictionary].reverse() }
      : rewrite,
  );
  const prepared = await prepareModel(
    {
      description: { ...description, rewrites },
      shape: { widths, constants: {} },
      fixedRows: null,
      rewrite: 'auto',
      batchRows: 64,
      threads: 1,
    },
    'here',
  );
  assert.deepEqual(prepared.report.rewrites, []);
  assert.match(prepared.report.refuted[0]!.reason, /differs from the original's in row \d+ of the probe/);
  assert.equal(prepared.description.inputs.find(({ name }) => name === 'carrier')!.codes, null);
});

test('of several rewrites the right ones are kept when one is refuted', async () => {
  const path = await makeModelFile({
    inputs: { carrier: ['string', 'N', 1], origin: ['string', 'N', 1] },
    outputs: { a: ['float32', 'N', 1, 2], b: ['float32', 'N', 1, 2] },
    nodes: [...mlNodes('carrier', 'a', ['AA', 'B6']), ...mlNodes('origin', 'b', ['EWR', 'JFK'])],
  });
  const prepared = await prepare(path, (rewrite) =>
    rewrite.inputs[0] === 'origin' ? { ...rewrite, dictionary: ['JFK', 'EWR'] } : rewrite,
  );
  assert.deepEqual(
    prepared.report.rewrites.map((rewrite) => rewrite.kind === 'encode-strings' && rewrite.inputs),
    [['carrier']],
  );
  assert.equal(prepared.report.refuted.length, 1);
});

function mlNodes(input: string, output: string, cats: readonly string[]) {
  return [mlNode('OneHotEncoder', [input], [output], { cats_strings: cats, zeros: 1 })];
}

test('a graph that the runtime refuses once it is rewritten is used as it was', async () => {
  // Strings to doubles exist in ai.onnx.ml 4; whole numbers to doubles do not in the runtime.
  const path = await makeModelFile({
    inputs: { carrier: ['string', 'N', 1] },
    outputs: { y: ['int16', 'N', 1] },
    nodes: [
      {
        op_type: 'LabelEncoder',
        domain: 'ai.onnx.ml',
        input: ['carrier'],
        output: ['y'],
        attribute: [
          {
            name: 'keys_tensor',
            type: 4,
            t: { dims: [2], data_type: 8, string_data: [Buffer.from('AA'), Buffer.from('B6')] },
          },
          { name: 'values_tensor', type: 4, t: { dims: [2], data_type: 5, int32_data: [4, 5] } },
          { name: 'default_tensor', type: 4, t: { dims: [1], data_type: 5, int32_data: [9] } },
        ],
      },
    ],
    opsets: { '': 17, 'ai.onnx.ml': 4 },
  });
  const prepared = await prepare(path);
  assert.deepEqual(prepared.report.rewrites, []);
  assert.match(prepared.report.refuted[0]!.reason, /the runtime cannot open/);
  assert.deepEqual(prepared.report.outputs, [{ name: 'y', rows: true, tail: [1] }]);
});

/** Two numbers and two strings into a linear model, laid out as scikit-learn's exporter does. */
function linear(op: 'LinearClassifier' | 'LinearRegressor', classes: number, zeros = 1): Sketch {
  const cats = [
    ['AA', 'B6', 'DL', 'UA', 'WN'],
    ['EWR', 'JFK', 'LGA', 'HPN'],
  ];
  const features = 2 + 9;
  const coefficients = Float32Array.from({ length: classes * features }, (_, i) => Math.sin(i * 7 + 1));
  if (classes === 2) for (let i = 0; i < features; i++) coefficients[i] = -coefficients[features + i]!;
  const intercepts = Float32Array.from({ length: classes }, (_, i) => 0.1 + i);
  const isClassifier = op === 'LinearClassifier';
  return {
    inputs: { x: ['float32', 'N', 2], carrier: ['string', 'N', 1], origin: ['string', 'N', 1] },
    outputs: isClassifier
      ? { label: ['int64', 'N'], scores: ['float32', 'N', classes] }
      : { scores: ['float32', 'N', classes] },
    initializers: [{ name: 'shape', dims: [2], data_type: 7, int64_data: [-1, 9] }],
    nodes: [
      mlNode('OneHotEncoder', ['carrier'], ['hot1'], { cats_strings: cats[0]!, zeros }),
      mlNode('OneHotEncoder', ['origin'], ['hot2'], { cats_strings: cats[1]!, zeros }),
      {
        op_type: 'Concat',
        input: ['hot1', 'hot2'],
        output: ['hots'],
        attribute: [{ name: 'axis', type: 2, i: -1 }],
      },
      { op_type: 'Reshape', input: ['hots', 'shape'], output: ['flat'] },
      {
        op_type: 'Concat',
        input: ['x', 'flat'],
        output: ['all'],
        attribute: [{ name: 'axis', type: 2, i: 1 }],
      },
      isClassifier
        ? mlNode(op, ['all'], ['label', 'scores'], {
            coefficients,
            intercepts,
            classlabels_ints: Array.from({ length: classes }, (_, i) => i),
          })
        : mlNode(op, ['all'], ['scores'], { coefficients, intercepts, targets: classes }),
    ],
  };
}

for (const [op, classes, width] of [
  ['LinearClassifier', 2, 1],
  ['LinearClassifier', 3, 3],
  ['LinearRegressor', 1, 1],
  ['LinearRegressor', 2, 1],
] as const) {
  test(`one-hot strings before a ${op} of ${classes} become ${width} weights per string, to the bit`, async () => {
    const path = await makeModelFile(linear(op, classes));
    const description = await describeModel(path);
    const [fold] = description.rewrites.filter(({ kind }) => kind === 'fold-one-hot');
    assert.ok(fold?.kind === 'fold-one-hot');
    assert.deepEqual(
      fold.folded.map(({ input, width: places }) => [input, places]),
      [
        ['carrier', width],
        ['origin', width],
      ],
    );
    const shape = { widths: { x: 2, carrier: 1, origin: 1 }, constants: {} };
    const request = { shape, fixedRows: null, rewrite: 'auto', batchRows: 64, threads: 1 } as const;
    const prepared = await prepareModel({ ...request, description }, 'here');
    assert.deepEqual(prepared.report.refuted, []);
    assert.deepEqual(
      prepared.report.rewrites.map(({ kind }) => kind),
      ['fold-one-hot'],
    );
    const wrong = {
      ...fold,
      folded: fold.folded.map((one) => ({ ...one, values: one.values.map((v) => v * 1.0001) })),
    };
    const others = description.rewrites.filter(({ kind }) => kind !== 'fold-one-hot');
    const spoiled = { ...description, rewrites: [...others, wrong] };
    const refuted = await prepareModel({ ...request, description: spoiled, batchRows: 65 }, 'here');
    assert.match(refuted.report.refuted[0]!.reason, /differs from the original/);
    assert.deepEqual(
      refuted.report.rewrites.map(({ kind }) => kind),
      ['encode-strings', 'encode-strings'],
      'codes are the next best',
    );
  });
}

test('one-hot strings that must be known stay with their encoder, and so do those that something else reads', async () => {
  const kinds = async (sketch: Sketch) => (await rewritesOf(sketch)).rewrites.map(({ kind }) => kind);
  const strict = await kinds(linear('LinearRegressor', 1, 0));
  assert.deepEqual(strict, ['encode-strings', 'encode-strings']);
  const plain = linear('LinearRegressor', 1);
  const shared = await kinds({ ...plain, outputs: { ...plain.outputs, hots: ['float32', 'N', 1, 9] } });
  assert.deepEqual(shared, ['encode-strings', 'encode-strings']);
});

test('answers are compared to the bit: NaN equals NaN, 0 differs from -0', () => {
  const scores = (values: number[]) => ({
    fetches: { y: { type: 'float32' as const, dims: [values.length], data: Float32Array.from(values) } },
    failed: [],
  });
  assert.equal(compare(scores([Number.NaN, 1]), scores([Number.NaN, 1]), []), null);
  assert.match(compare(scores([1, 0]), scores([1, -0]), [])!, /row 1/);
  assert.match(
    compare(scores([1]), { ...scores([1]), failed: [{ row: 0, message: '' }] }, [])!,
    /different rows/,
  );
});
