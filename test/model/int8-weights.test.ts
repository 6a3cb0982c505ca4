import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Int8Version, withInt8Weights } from '../../src/model/int8-weights.js';
import type { AttributeProto, NodeProto, TensorProto } from '../../src/model/onnx-messages.js';
import { openRuntime } from '../../src/model/runtime-session.js';
import { makeModel, type Sketch } from './make-model.js';

const [depth, width, rows] = [64, 80, 100];

/** A float tensor whose values look random, the same every time. */
function weights(name: string, dims: readonly number[], raw = false): TensorProto {
  const size = dims.reduce((all, dim) => all * dim, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i * i + 1));
  const held = raw ? { raw_data: new Uint8Array(values.buffer) } : { float_data: [...values] };
  return { name, data_type: 1, dims: [...dims], ...held };
}

const int = (name: string, i: number): AttributeProto => ({ name, type: 2, i });
const float = (name: string, f: number): AttributeProto => ({ name, type: 1, f });

/** A model of one weighted node over `x`, rows of `depth` floats. */
function sketch(node: NodeProto, initializers: readonly TensorProto[], opset = 18): Sketch {
  return {
    inputs: { x: ['float32', 'N', depth] },
    outputs: { y: ['float32', 'N', width] },
    nodes: [{ output: ['y'], ...node }],
    initializers,
    opsets: { '': opset },
  };
}

const table: Sketch = {
  inputs: { id: ['int64', 'N', 1] },
  outputs: { y: ['float32', 'N', 1, width] },
  nodes: [{ op_type: 'Gather', input: ['w', 'id'], output: ['y'] }],
  initializers: [weights('w', [depth, width])],
};

const models: Readonly<Record<string, Sketch>> = {
  MatMul: sketch({ op_type: 'MatMul', input: ['x', 'w'] }, [weights('w', [depth, width], true)]),
  'MatMul of opset 13': sketch(
    { op_type: 'MatMul', input: ['x', 'w'] },
    [weights('w', [depth, width], true)],
    13,
  ),
  'Gemm without bias': sketch({ op_type: 'Gemm', input: ['x', 'w'] }, [weights('w', [depth, width])]),
  'transposed Gemm with bias and alpha': sketch(
    { op_type: 'Gemm', input: ['x', 'w', 'b'], attribute: [int('transB', 1), float('alpha', -0.5)] },
    [weights('w', [width, depth]), weights('b', [width])],
  ),
  'table of embeddings': table,
};

async function versionOf(model: Sketch): Promise<{ readonly bytes: Uint8Array; readonly int8: Int8Version }> {
  const bytes = await makeModel(model);
  return { bytes, int8: await withInt8Weights(bytes, 'm.onnx') };
}

/** Answers a model for rows `from` to `to` of made data. */
async function answers(bytes: Uint8Array, model: Sketch, from = 0, to = rows): Promise<Float32Array> {
  const session = await openRuntime(bytes, 'm.onnx', 1);
  const count = to - from;
  const feed = model.inputs['x']
    ? session.tensor(
        'float32',
        Float32Array.from({ length: count * depth }, (_, i) => valueAt(from * depth + i)),
        [count, depth],
      )
    : session.tensor(
        'int64',
        BigInt64Array.from({ length: count }, (_, i) => BigInt((from + i) % depth)),
        [count, 1],
      );
  const { y } = await session.run({ [session.inputNames[0]!]: feed }, { y: null });
  await session.release();
  return y!.data as Float32Array;
}

/** Rows of different magnitudes; one of zeros, one with a missing value. */
function valueAt(i: number): number {
  const row = Math.floor(i / depth);
  if (row === 3) return 0;
  if (i === 5 * depth) return Number.NaN;
  return Math.cos(i * i) * 10 ** ((row % 5) - 2);
}

describe('the int8 version of an ONNX model', () => {
  for (const [name, model] of Object.entries(models))
    it(`answers nearly as the ${name} does, each row for itself, in less space`, async () => {
      const { bytes, int8 } = await versionOf(model);
      assert.ok(int8.kind === 'made');
      assert.ok(int8.bytes.length < bytes.length / 2.5, `${int8.bytes.length} of ${bytes.length}`);
      const [whole, found] = [await answers(bytes, model), await answers(int8.bytes, model)];
      assert.equal(found.length, rows * width);
      for (let row = 0; row < rows; row++) {
        const [own, other] = [whole, found].map((all) => all.subarray(row * width, (row + 1) * width));
        const largest = own!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        for (const [i, value] of own!.entries())
          if (Number.isNaN(value)) assert.ok(Number.isNaN(other![i]!), `row ${row}`);
          else
            assert.ok(Math.abs(value - other![i]!) <= 0.03 * largest, `row ${row}: ${value}, ${other![i]}`);
      }
      const [first, last] = [
        await answers(int8.bytes, model, 0, 7),
        await answers(int8.bytes, model, 7, rows),
      ];
      assert.deepEqual(Float32Array.from([...first, ...last]), found);
    });

  it('keeps weights that something else uses as they are', async () => {
    const { bytes, int8 } = await versionOf({
      ...table,
      outputs: { ...table.outputs, w: ['float32', depth, width] },
    });
    assert.ok(int8.kind === 'made' && int8.bytes.length > bytes.length);
    const session = await openRuntime(int8.bytes, 'm.onnx', 1);
    assert.deepEqual(session.outputNames, ['y', 'w']);
    await session.release();
  });

  it('does not exist where there is nothing to convert, or where only other tools can', async () => {
    const kindOf = async (path: string) => (await withInt8Weights(readFileSync(path), path)).kind;
    const exported = (name: string) => kindOf(`data-samples/models/exporters/${name}/model.onnx`);
    assert.equal(await kindOf('data-samples/models/flight-delay.onnx'), 'none');
    assert.equal(await kindOf('data-samples/models/flight-delay-trees.onnx'), 'none');
    assert.deepEqual(
      await Promise.all(['mlp', 'mlp-embeddings', 'mlp-int8', 'mlp-int8-dynamic'].map(exported)),
      ['none', 'none', 'already', 'already'],
    );
    const large = weights('w', [depth, width]);
    const other = async (model: Sketch) => (await versionOf(model)).int8.kind;
    const matrix = sketch({ op_type: 'MatMul', input: ['x', 'w'] }, [large]);
    assert.equal(await other({ ...matrix, opsets: { '': 9 } }), 'elsewhere');
    const away = {
      ...large,
      float_data: [],
      data_location: 1,
      external_data: [{ key: 'location', value: 'w' }],
    };
    assert.equal(await other({ ...matrix, initializers: [away] }), 'elsewhere');
    assert.equal(
      await other({ ...matrix, inputs: { ...matrix.inputs, w: ['float32', depth, width] } }),
      'elsewhere',
    );
    const halved = { op_type: 'Gemm', input: ['x', 'w', 'b'], attribute: [float('beta', 0.5)] };
    assert.equal(await other(sketch(halved, [large, weights('b', [width])])), 'elsewhere');
    const across = { ...table, nodes: [{ ...(table.nodes[0] as NodeProto), attribute: [int('axis', 1)] }] };
    assert.equal(await other(across), 'elsewhere');
  });
});
