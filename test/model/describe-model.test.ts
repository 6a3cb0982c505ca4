import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InvalidError } from '../../src/errors.js';
import { describeModel } from '../../src/model/describe-model.js';
import fc from '../seeded.js';
import { temporaryFolder } from '../temporary-folder.js';
import { caseOf } from './cases.js';
import { makeModelFile, mlNode } from './make-model.js';

const folder = temporaryFolder('describe');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function refusal(reason: string, message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof InvalidError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.ok(error.hint !== null);
    return true;
  };
}

test('describes inputs with the strings their encoders know, outputs with their classes, and the file itself', async () => {
  const model = await describeModel('data-samples/models/flight-delay.onnx');
  assert.equal(model.inputs.length, 12);
  const origin = model.inputs.find(({ name }) => name === 'origin')!;
  assert.equal(origin.type, 'string');
  assert.deepEqual(origin.categories, ['EWR', 'JFK', 'LGA']);
  assert.equal(origin.unknown, 'zeros');
  assert.deepEqual(origin.dims, [null, 1]);
  const [label, probability] = model.outputs;
  assert.equal(label!.name, 'output_label');
  assert.deepEqual(probability!.classLabels, ['0', '1']);
  assert.equal(probability!.alias, 'probabilities');
  assert.match(model.sha256, /^[0-9a-f]{64}$/);
  assert.match(model.producer, /^skl2onnx /);
  assert.ok(model.opsets['ai.onnx.ml']! >= 1);
});

test('says which columns of a string matrix know which strings, and that empty strings are known where an imputer takes them', async () => {
  const matrix = (await describeModel(caseOf('sklearn-string-matrix').path)).inputs[0]!;
  assert.deepEqual(
    matrix.uses!.map(({ categories }) => categories.length > 0),
    [true, true, true],
  );
  assert.equal(matrix.hasEmptyCategory, false);
  const imputed = (await describeModel(caseOf('sklearn-string-imputer').path)).inputs[0]!;
  assert.equal(imputed.hasEmptyCategory, true);
  assert.deepEqual(
    imputed.uses!.map(({ unknown }) => unknown),
    ['zeros', 'zeros'],
  );
  const strict = (await describeModel(caseOf('sklearn-onehot-strict').path)).inputs[0]!;
  assert.deepEqual(
    strict.uses!.map(({ unknown }) => unknown),
    ['error', 'error', 'error'],
  );
});

test('finds class labels behind what exporters put after a classifier', async () => {
  const labels = async (name: string) => {
    const { outputs } = await describeModel(caseOf(name).path);
    return outputs.map(({ classLabels }) => classLabels).find((found) => found !== null);
  };
  assert.deepEqual(await labels('xgboost-classifier'), ['0', '1']);
  assert.deepEqual(await labels('sklearn-sparse-labels'), ['-7', '40', '9000000000']);
  assert.deepEqual(await labels('catboost-string-labels'), ['setosa', 'versicolor', 'virginica']);
  const trees = await describeModel('data-samples/models/flight-delay-trees.onnx');
  assert.deepEqual(trees.outputs[1]!.classLabels, ['0', '1']);
});

test("names of a matrix's columns come from the metadata, when they are as many", async () => {
  const describe = async (width: number, names: string) => {
    const path = await makeModelFile({
      inputs: { X: ['float32', 'N', width] },
      outputs: { y: ['float32', 'N', width] },
      nodes: [{ op_type: 'Identity', input: ['X'], output: ['y'] }],
      metadata: { feature_names: names },
    });
    return (await describeModel(path)).inputs[0]!.featureNames;
  };
  assert.deepEqual(await describe(3, '["a", "b", "c"]'), ['a', 'b', 'c']);
  assert.deepEqual(await describe(2, 'a, b'), ['a', 'b']);
  assert.equal(await describe(3, 'a, b'), null);
  assert.equal(await describe(2, '[1, 2]'), null);
});

test('an MLflow directory gives its model and its signature', async () => {
  const columns = await describeModel(caseOf('mlflow-columns').path);
  assert.match(columns.path, /model\.onnx$/);
  assert.deepEqual(
    columns.signature!.columns.map(({ name, type }) => [name, type]),
    [
      ['dep_delay', 'float32'],
      ['distance', 'float32'],
      ['carrier', 'string'],
      ['dest', 'string'],
    ],
  );
  const matrix = await describeModel(caseOf('mlflow-columns-to-matrix').path);
  assert.equal(matrix.inputs[0]!.featureNames!.length, 4);
  assert.equal((await describeModel(caseOf('mlflow-tensor').path)).signature!.tensors.length, 1);
});

test('a directory without a usable MLmodel is refused with what it lacks', async () => {
  const cases: [string, string | null, string, RegExp][] = [
    ['bare', null, 'model-missing', /a folder without an MLmodel file/],
    [
      'no-onnx',
      'flavors: { sklearn: {}, python_function: {} }',
      'mlmodel-invalid',
      /no ONNX flavor, only sklearn/,
    ],
    [
      'gone',
      'flavors: { onnx: { data: model.onnx } }',
      'model-missing',
      /names "model.onnx", which does not exist/,
    ],
    ['broken', 'flavors: { onnx: [', 'mlmodel-invalid', /is not YAML/],
    [
      'binary',
      `flavors: { onnx: { data: model.onnx } }\nsignature: { inputs: '[{"name": "x", "type": "binary"}]' }`,
      'mlmodel-invalid',
      /declares the input "x" as "binary"/,
    ],
  ];
  for (const [name, text, reason, message] of cases) {
    const path = join(folder, name);
    mkdirSync(path);
    if (text !== null) writeFileSync(join(path, 'MLmodel'), text);
    await assert.rejects(describeModel(path), refusal(reason, message), name);
  }
});

test('a model that is not there, is none, or misses its data file is refused by name', async () => {
  await assert.rejects(
    describeModel(join(folder, 'nope.onnx')),
    refusal('model-missing', /nope\.onnx" cannot be read/),
  );
  const text = join(folder, 'text.onnx');
  const others: [string, RegExp][] = [
    ['', /is empty/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\n', /is a Git LFS pointer/],
    ['\x80\x04\x95\x10', /is a Python pickle/],
    ['PK\x03\x04\x14', /is a zip archive/],
    ['\x89HDF\r\n', /is an HDF5 file/],
    ['this is no model', /text\.onnx" is not an ONNX file but text/],
    ['{"error": "not found"}', /is not an ONNX file but text/],
    ['ccopy_reg\n_reconstructor\np0\n', /is a Python pickle/],
    ['x\x9c\xed\xbd', /is compressed/],
    ['\x1f\x8b\x08\x00', /is compressed/],
    ['BZh91AY', /is compressed/],
    ['PK\x03\x04\x00archive/data.pkl\x80\x02', /is a PyTorch model/],
    ['PK\x03\x04\x14model/saved_model.pb', /zip archive of a TensorFlow SavedModel/],
    ['PK\x03\x04\x14model/model.onnx', /zip archive that contains an ONNX file/],
    ['\x08\x01\x12\xff\x20\x0a\x0bPlaceholder', /is a TensorFlow graph/],
    ['\x0a\x1e\x0a\x01x\x12\x0bPlaceholder*\x05', /is a TensorFlow graph/],
    ['\x1c\x00\x00\x00TFL3\x14', /is a TensorFlow Lite model/],
    ['\x20\x00\x00\x00ORTM\x00', /is a model in ORT format/],
    ['\x58\x00\x00\x00\x00\x00\x00\x00{"weight":{', /is a safetensors file/],
    [
      'tree\nversion=v4\nnum_class=1\n',
      /is a LightGBM model that cannot be scored: the file ends .* in tree 0/,
    ],
    ['{"learner":{"attributes":{}', /is an XGBoost model that cannot be scored: the file ends .* at byte 27/],
    [
      '{L\x00\x00\x00\x00\x00\x00\x00\x07learner{',
      /is an XGBoost model that cannot be scored: the file ends/,
    ],
    ['[{"nodeid":0,"depth":0}]', /is a dump of an XGBoost model/],
    ['binf\x00\x00\x00?', /is an XGBoost model in XGBoost's old binary format/],
    ['CBM1\x10\x00\x00', /is a CatBoost model/],
    ['{"features_info":{', /is a CatBoost model/],
    ['<?xml version="1.0"?>\n<PMML version="4.4">', /is a PMML model/],
    ['\n<!DOCTYPE html>\n<title>Sign in</title>', /is an HTML page/],
    ['\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.', /is a PyTorch model/],
    ['PK\x03\x04\x14m/models/model.json m/archive_format', /is a PyTorch model/],
    ['PK\x03\x04\x14metadata.json config.json model.weights.h5', /is a Keras model/],
    ['\x89HDF\r\n\x1a\n', /is an HDF5 file, as Keras saves models/],
    ['PK\x03\x04\x14model.ini domains/d000.txt', /is an H2O model/],
    ['PK\x03\x04\x14schema.json', /is a skops file/],
    ['PK\x03\x04\x14w.npy', /is an archive of NumPy arrays/],
    ['\x93NUMPY\x01\0', /is a NumPy array, not a model/],
    ['\x48\0\0\0\0\0\0\0 {"w":{"dtype"', /is a safetensors file/],
    ['GGUF\x03\0\0\0', /is a GGUF file, a language model/],
    ['ftrt\0\0', /is a TensorRT engine/],
    ['<?xml version="1.0"?>\n<net name="m" version="11">', /is an OpenVINO model/],
    ['{"irVersion":"8","graph":{}}', /is an ONNX model written as JSON/],
    ['{"cells": [], "metadata": {}}', /is a notebook/],
    ['\xac\xed\0\x05sr\0\x1dweka', /is a Java object/],
    [`${'m.onnx'.padEnd(257, '\0')}ustar\0`, /is a tar archive/],
    [gzipSync('X\n\0\0\0\x03').toString('latin1'), /is an R data file/],
    [gzipSync('RDX3\nX\n').toString('latin1'), /is an R data file/],
    ['PAR1\x15\x04', /is a data file, not a model/],
    ['\x00\x01\x02\xff\xfe', /is not an ONNX file, or is truncated/],
  ];
  const whole = readFileSync(caseOf('sklearn-onehot-strings').path);
  for (const share of [0.1, 0.5, 0.99])
    others.push([whole.toString('latin1', 0, whole.length * share), /is a damaged or truncated ONNX file/]);
  for (const [content, what] of others) {
    writeFileSync(text, content, 'latin1');
    await assert.rejects(describeModel(text), refusal('model-unreadable', what));
  }
  const external = join(folder, 'external.onnx');
  cpSync(caseOf('mlp-external-data').path, external);
  await assert.rejects(describeModel(external), refusal('model-data-missing', /stores weights in "[^"]+"/));
});

test('a folder that is no model is named for what it holds, with the way to the model', async () => {
  const cases: readonly (readonly [files: readonly string[], what: RegExp, hint: RegExp])[] = [
    [['saved_model.pb', 'variables/variables.index'], /is a TensorFlow SavedModel/, /tf2onnx/],
    [['1/saved_model.pb'], /is a TensorFlow SavedModel/, /tf2onnx/],
    [['checkpoint', 'x.index', 'x.data-00000-of-00001'], /is a TensorFlow checkpoint/, /tf2onnx/],
    [['Data/com.apple.CoreML/model.mlmodel'], /is a Core ML package/, /export the model to ONNX/],
    [['model.json', 'group1-shard1of1.bin'], /is a TensorFlow.js model/, /tf2onnx/],
    [['metadata/part-00000', 'stages/0_x/metadata/part-00000'], /is a Spark ML model/, /convert_sparkml/],
    [['config.json', 'model.safetensors'], /of the transformers library/, /optimum-cli/],
    [
      ['config.json', 'onnx/model.onnx'],
      /contains an ONNX file, not the file itself/,
      /give the path of onnx\/model\.onnx/,
    ],
    [['notes.txt'], /without an MLmodel file/, /give the path of the \.onnx file/],
  ];
  for (const [n, [files, what, hint]] of cases.entries()) {
    const path = join(folder, `model-${n}`);
    for (const file of files) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), '');
    }
    await assert.rejects(describeModel(path), (error: InvalidError) => {
      assert.equal(error.reason, 'model-missing');
      assert.match(error.message, what);
      assert.match(error.hint!, hint);
      return true;
    });
  }
});

test('inputs that no column can feed are refused by name, outputs only once they are wanted', async () => {
  const path = await makeModelFile({
    inputs: { x: ['bfloat16', 'N', 1] },
    outputs: { y: ['bfloat16', 'N', 1] },
    nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
  });
  await assert.rejects(
    describeModel(path),
    refusal('model-input-refused', /input "x" of the model is a tensor of bfloat16/),
  );
  const sequence = await describeModel(caseOf('refused-sequence').path);
  assert.match(sequence.outputs[0]!.refused!, /is a sequence of tensor of float32/);
});

test('a file that is cut off or spoiled anywhere is described or refused, never worse', async () => {
  const whole = readFileSync(caseOf('sklearn-onehot-strings').path);
  const path = join(folder, 'spoiled.onnx');
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
      const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
      if (!cut) bytes[at] = byte;
      writeFileSync(path, bytes);
      try {
        await describeModel(path);
      } catch (error) {
        assert.ok(error instanceof InvalidError, String((error as Error).stack));
      }
    }),
    // The example makes the name of an attribute a text that is not UTF-8.
    { numRuns: 300, examples: [[1637, 10, false]] },
  );
});

test('inputs with a default in the graph need no column', async () => {
  const path = await makeModelFile({
    inputs: { x: ['float32', 'N', 1], scale: ['float32', 1] },
    outputs: { y: ['float32', 'N', 1] },
    initializers: [{ name: 'scale', dims: [1], data_type: 1, float_data: [2] }],
    nodes: [{ op_type: 'Mul', input: ['x', 'scale'], output: ['y'] }],
  });
  assert.deepEqual(
    (await describeModel(path)).inputs.map(({ name }) => name),
    ['x'],
  );
});

test('a lookup that several columns share keeps their strings apart', async () => {
  const path = await makeModelFile({
    inputs: { carrier: ['string', 'N', 1], origin: ['string', 'N', 1] },
    outputs: { a: ['float32', 'N', 1, 2], b: ['int64', 'N', 1] },
    nodes: [
      {
        op_type: 'Concat',
        input: ['carrier', 'origin'],
        output: ['both'],
        attribute: [{ name: 'axis', type: 2, i: 1 }],
      },
      {
        op_type: 'Gather',
        input: ['both', 'zero'],
        output: ['first'],
        attribute: [{ name: 'axis', type: 2, i: 1 }],
      },
      {
        op_type: 'Gather',
        input: ['both', 'one'],
        output: ['second'],
        attribute: [{ name: 'axis', type: 2, i: 1 }],
      },
      mlNode('OneHotEncoder', ['first'], ['a'], { cats_strings: ['AA', 'B6'], zeros: 1 }),
      mlNode('LabelEncoder', ['second'], ['b'], {
        keys_strings: ['EWR', 'JFK'],
        values_int64s: [0, 1],
        default_int64: -1,
      }),
    ],
    initializers: [
      { name: 'zero', dims: [1], data_type: 7, int64_data: [0] },
      { name: 'one', dims: [1], data_type: 7, int64_data: [1] },
    ],
  });
  const { inputs, rewrites } = await describeModel(path);
  assert.deepEqual(
    inputs.map(({ categories, unknown }) => [categories, unknown]),
    [
      [['AA', 'B6'], 'zeros'],
      [['EWR', 'JFK'], 'default'],
    ],
  );
  assert.ok(rewrites[0]?.kind === 'encode-strings');
  assert.deepEqual(rewrites[0].dictionary, ['AA', 'B6', 'EWR', 'JFK']);
});

test('a model that the memory does not hold is not read: its file, or the files of its weights', async () => {
  const path = join(folder, 'large.onnx');
  writeFileSync(path, '');
  truncateSync(path, 3 * 2 ** 30);
  await assert.rejects(describeModel(path, 'auto', 300 * 2 ** 20), {
    exitCode: 6,
    reason: 'memory-budget',
    message: 'the model takes 3072 MiB, but the run has 300 MiB of memory for it',
  });
  const weights = join(folder, 'weights', 'external-weights.onnx');
  mkdirSync(dirname(weights));
  cpSync('test/fixtures/external-weights.onnx', weights);
  const { externalFiles } = await describeWithWeights(weights);
  assert.equal(externalFiles.length, 1);
  await assert.rejects(describeWithWeights(weights, 2 ** 20), { exitCode: 6, reason: 'memory-budget' });
});

/** Describes the model of the fixture, beside which it puts weights of 2 MiB. */
function describeWithWeights(path: string, mostBytes?: number) {
  const location = /[\w.-]+\.(?:bin|data)/.exec(readFileSync(path, 'latin1'))![0];
  writeFileSync(join(dirname(path), location), '');
  truncateSync(join(dirname(path), location), 2 ** 21);
  return describeModel(path, 'auto', mostBytes);
}

test('a constant of many texts is described without a list of them', async () => {
  const texts = 300_000;
  const path = await makeModelFile({
    inputs: { x: ['float32', 'N', 1] },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
    initializers: [{ name: 't', data_type: 8, dims: [texts], string_data: Array(texts).fill(Buffer.of()) }],
  });
  const before = process.memoryUsage().heapUsed;
  const { nodes } = await describeModel(path);
  assert.equal(nodes, 1);
  assert.ok(process.memoryUsage().heapUsed - before < 40 * 2 ** 20);
});
