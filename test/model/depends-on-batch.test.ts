import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BatchDependence } from '../../src/model/depends-on-batch.js';
import { describeModel } from '../../src/model/describe-model.js';
import type { AttributeProto, NodeProto, TensorProto } from '../../src/model/onnx-messages.js';
import { elementTypes } from '../../src/model/onnx-schema.js';
import { prepareModel } from '../../src/model/prepare-model.js';
import { makeModelFile, type Sketch } from './make-model.js';

// Each graph answers one row per row fed, for a batch axis that is free and for one that is a number.

type Attributes = Readonly<Record<string, number | string>>;

function node(op: string, input: string[], output: string[], attributes: Attributes = {}): NodeProto {
  return {
    op_type: op,
    input,
    output,
    attribute: Object.entries(attributes).map(
      ([name, value]): AttributeProto =>
        typeof value === 'number' ? { name, type: 2, i: value } : { name, type: 3, s: Buffer.from(value) },
    ),
  };
}

function floats(name: string, dims: readonly number[], value: (i: number) => number): TensorProto {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: size }, (_, i) => value(i));
  return {
    name,
    dims: [...dims],
    data_type: elementTypes.indexOf('float32'),
    raw_data: Buffer.from(data.buffer),
  };
}

function longs(name: string, dims: readonly number[], ...values: readonly number[]): TensorProto {
  const data = BigInt64Array.from(values, BigInt);
  return {
    name,
    dims: [...dims],
    data_type: elementTypes.indexOf('int64'),
    raw_data: Buffer.from(data.buffer),
  };
}

type Graph = Pick<Sketch, 'nodes' | 'initializers'>;

const lstm: Graph = {
  nodes: [
    node('Unsqueeze', ['x', 'one'], ['sequence']),
    node('LSTM', ['sequence', 'w', 'r'], ['states'], { hidden_size: 2 }),
    node('Squeeze', ['states', 'axes'], ['y']),
  ],
  initializers: [
    longs('one', [1], 1),
    longs('axes', [2], 1, 2),
    floats('w', [1, 8, 2], (i) => Math.sin(i)),
    floats('r', [1, 8, 2], (i) => Math.cos(i)),
  ],
};

const graphs: Readonly<Record<string, readonly [BatchDependence, Graph]>> = {
  'a linear layer': [
    'none',
    {
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      initializers: [floats('w', [2, 2], (i) => Math.sin(i + 1))],
    },
  ],
  'Softmax over the features': ['none', { nodes: [node('Softmax', ['x'], ['y'], { axis: 1 })] }],
  'Softmax over the rows': ['rows', { nodes: [node('Softmax', ['x'], ['y'], { axis: 0 })] }],
  'rows without their mean': [
    'rows',
    {
      nodes: [
        node('ReduceSum', ['x', 'zero'], ['sum']),
        node('Tanh', ['sum'], ['flat']),
        node('Sub', ['x', 'flat'], ['y']),
      ],
      initializers: [longs('zero', [1], 0)],
    },
  ],
  'rows divided by the largest': [
    'rows',
    {
      nodes: [
        node('Abs', ['x'], ['positive']),
        node('ReduceMax', ['positive'], ['most']),
        node('Div', ['x', 'most'], ['y']),
      ],
    },
  ],
  'a running sum': [
    'rows',
    { nodes: [node('CumSum', ['x', 'zero'], ['y'])], initializers: [longs('zero', [], 0)] },
  ],
  'rows in order of size': [
    'rows',
    {
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Slice', ['shape', 'from', 'to'], ['count']),
        node('TopK', ['x', 'count'], ['y', 'places'], { axis: 0 }),
      ],
      initializers: [longs('from', [1], 0), longs('to', [1], 1)],
    },
  ],
  'rows in reverse': [
    'rows',
    {
      nodes: [node('Slice', ['x', 'from', 'to', 'axes', 'steps'], ['y'])],
      initializers: [
        longs('from', [1], -1),
        longs('to', [1], -100_000),
        longs('axes', [1], 0),
        longs('steps', [1], -1),
      ],
    },
  ],
  'a sequence of rows': ['rows', lstm],
  noise: [
    'random',
    { nodes: [node('RandomNormalLike', ['x'], ['noise']), node('Add', ['x', 'noise'], ['y'])] },
  ],
};

async function dependence(dims: readonly (number | string)[], graph: Graph): Promise<BatchDependence> {
  const type = ['float32', ...dims] as const;
  const path = await makeModelFile({ inputs: { x: type }, outputs: { y: type }, ...graph });
  const fixedRows = typeof dims[0] === 'number' ? dims[0] : null;
  const { report } = await prepareModel(
    {
      description: await describeModel(path),
      shape: { widths: { x: 2 }, constants: {} },
      fixedRows,
      rewrite: 'auto',
      batchRows: 64,
      threads: 1,
    },
    'here',
  );
  assert.equal(report.failure, null);
  return report.dependsOnBatch;
}

describe('finds out whether a row is scored by itself', () => {
  for (const [name, [expected, graph]] of Object.entries(graphs)) {
    it(`${name}: ${expected}`, async () => {
      for (const rows of ['N', 2, 7, 32, 100])
        assert.equal(await dependence([rows, 2], graph), expected, String(rows));
      // Alone in its batch a row has no neighbours.
      const alone = expected === 'rows' ? 'none' : expected;
      assert.equal(await dependence([1, 2], graph), alone);
    });
  }

  it('a table of weights by position', async () => {
    for (const rows of [2, 7, 32]) {
      const initializers = [floats('w', [rows, 2], (i) => i)];
      const graph = { nodes: [node('Add', ['x', 'w'], ['y'])], initializers };
      assert.equal(await dependence([rows, 2], graph), 'rows', String(rows));
    }
  });

  it('a square of answers that lies on its side', async () => {
    assert.equal(await dependence([2, 2], { nodes: [node('Transpose', ['x'], ['y'])] }), 'rows');
  });
});
