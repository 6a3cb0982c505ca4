import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeProto, TensorProto } from '../../../src/model/onnx-messages.js';
import type { Sketch } from '../../model/make-model.js';
import type { Workdir } from '../../workdir.js';
import type { Bomb } from './bomb.js';
import { ascii, type Piece, repeated, writePieces } from './pieces.js';
import { identity } from './run-bomb.js';

const kind = 'models';

function oneRow(dir: Workdir): string {
  dir.write('in.csv', 'x\n1\n2\n');
  return 'in.csv';
}

/** A model file of its own, beside an input of two rows. */
function modelOf(name: string, pieces: () => readonly Piece[]): Pick<Bomb, 'write' | 'model'> {
  return {
    model: name,
    write(dir) {
      writePieces(`${dir.path}/${name}`, pieces());
      return oneRow(dir);
    },
  };
}

/** The start of a UBJSON document, up to a list of one type whose count is given in hexadecimal. */
function ubjsonList(type: string, countType: string, count: string): Piece[] {
  return [
    ascii('{L'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]),
    ascii(`learner{i\x01x[$${type}#${countType}`),
    Buffer.from(count, 'hex'),
  ];
}

/** A model of XGBoost with a list of `times` times 100,000 items and a last one. */
function longList(item: string, times: number, last: string): Pick<Bomb, 'write' | 'model'> {
  return modelOf('m2.json', () => [
    ascii('{"learner":{"x":['),
    { bytes: ascii(item.repeat(100_000)), times },
    ascii(`${last}]},"version":[3,2,0]}`),
  ]);
}

function numbersOf(name: string, ...values: readonly number[]): TensorProto {
  const raw = BigInt64Array.from(values.map(BigInt));
  return { name, data_type: 7, dims: [values.length], raw_data: Buffer.from(raw.buffer) };
}

/** A model that makes a tensor of `floats` floats per batch, or before the first if it is folded. */
export function filling(floats: number): Sketch {
  const one = { data_type: 1, dims: [1], raw_data: Buffer.from(Float32Array.of(1).buffer) };
  return chain(
    [
      {
        op_type: 'ConstantOfShape',
        input: ['shape'],
        output: ['big'],
        attribute: [{ name: 'value', type: 4, t: one }],
      },
      sum('big'),
    ],
    [numbersOf('shape', floats)],
  );
}

function sum(input: string): NodeProto {
  return {
    op_type: 'ReduceSum',
    input: [input],
    output: ['sum'],
    attribute: [{ name: 'keepdims', type: 2, i: 0 }],
  };
}

/** A model whose answer is `x` times `sum`. */
function chain(nodes: readonly NodeProto[], initializers: readonly TensorProto[]): Sketch {
  return {
    inputs: { x: ['float32', 'N', 1] },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [...nodes, { op_type: 'Mul', input: ['x', 'sum'], output: ['y'] }],
    initializers,
  };
}

const stump = (i: number) =>
  `Tree=${i}\nnum_leaves=1\nnum_cat=0\nleaf_value=0.001\nis_linear=0\nshrinkage=1\n\n\n`;

const lightgbmHead = `tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\nobjective=regression\nfeature_names=x\nfeature_infos=[0:1]\n\n`;

function treeFile(dir: Workdir, write: () => readonly Piece[], name: string): string {
  writePieces(`${dir.path}/${name}`, write());
  return oneRow(dir);
}

/** A tree that splits once by a set of `words` times 32 categories. */
function wideSet(words: number): string {
  return `Tree=0\nnum_leaves=2\nnum_cat=1\nsplit_feature=0\nsplit_gain=1\nthreshold=0\ndecision_type=1\nleft_child=-1\nright_child=-2\nleaf_value=1 2\nleaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\ninternal_weight=0\ninternal_count=2\ncat_boundaries=0 ${words}\ncat_threshold=${'1 '.repeat(words).trim()}\nis_linear=0\nshrinkage=1\n\n\n`;
}

const lightgbmEnd = 'end of trees\n\nparameters:\nend of parameters\n\npandas_categorical:null\n';

export const modelBombs: readonly Bomb[] = [
  {
    kind,
    name: 'a constant of 2^29 floats from its shape',
    says: /the memory limit was reached: .* while the model was being tested/,
    model: filling(2 ** 29),
    write: oneRow,
    exits: [2, 6],
    always: true,
  },
  {
    kind,
    name: 'a constant of 2^29 floats, checked',
    says: /the memory limit was reached: .* while the model was being tested/,
    model: filling(2 ** 29),
    write: oneRow,
    command: ['check', 'job.yaml'],
    exits: [2, 6],
    always: true,
  },
  {
    kind,
    name: 'a constant of 2^40 floats from its shape',
    model: filling(2 ** 40),
    write: oneRow,
    exits: [2, 3, 6],
  },
  {
    kind,
    name: 'a number that is expanded to 2^14 by 2^15 for each batch',
    model: chain(
      [
        {
          op_type: 'ReduceSum',
          input: ['x'],
          output: ['one'],
          attribute: [{ name: 'keepdims', type: 2, i: 0 }],
        },
        { op_type: 'Expand', input: ['one', 'shape'], output: ['big'] },
        sum('big'),
      ],
      [numbersOf('shape', 2 ** 14, 2 ** 15)],
    ),
    write: oneRow,
    exits: [2, 6],
  },
  {
    kind,
    name: 'a range of 2^31 numbers for each batch',
    model: chain(
      [
        { op_type: 'Range', input: ['zero', 'limit', 'step'], output: ['range'] },
        { op_type: 'Cast', input: ['range'], output: ['big'], attribute: [{ name: 'to', type: 2, i: 1 }] },
        sum('big'),
      ],
      [
        { ...numbersOf('zero', 0), dims: [] },
        { ...numbersOf('limit', 2 ** 31), dims: [] },
        { ...numbersOf('step', 1), dims: [] },
      ],
    ),
    write: oneRow,
    exits: [2, 6],
  },
  {
    kind,
    name: 'a loop without end',
    write(dir) {
      dir.write('m2.onnx', readFileSync(join('test', 'fixtures', 'never-answers.onnx')));
      dir.write('in.csv', 'x\n1\n');
      return 'in.csv';
    },
    model: 'm2.onnx',
    x: 'int64',
    more: 'batch_timeout: 400ms\n',
    exits: [6],
  },
  {
    kind,
    name: 'a model file of 1.9 GB in a sparse file',
    ...modelOf('m2.onnx', () => [1900 * 2 ** 20]),
    exits: [6],
  },
  {
    kind,
    name: 'a model file of 250 MB of zeros in a sparse file',
    ...modelOf('m2.onnx', () => [250 * 2 ** 20]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'an initializer of 2^40 floats without bytes',
    model: {
      ...identity,
      nodes: [{ op_type: 'Add', input: ['x', 'big'], output: ['y'] }],
      initializers: [{ name: 'big', data_type: 1, dims: [2 ** 20, 2 ** 20], raw_data: new Uint8Array(0) }],
    },
    write: oneRow,
    exits: [2, 6],
  },
  {
    kind,
    name: 'external weights of 2 GB in a sparse file',
    model: chain(
      [sum('w')],
      [
        {
          name: 'w',
          data_type: 1,
          dims: [2 ** 29 - 1],
          data_location: 1,
          external_data: [
            { key: 'location', value: 'w.bin' },
            { key: 'length', value: String(4 * (2 ** 29 - 1)) },
          ],
        },
      ],
    ),
    write(dir) {
      writePieces(`${dir.path}/w.bin`, [2 ** 31]);
      return oneRow(dir);
    },
    exits: [6],
  },
  {
    kind,
    name: 'an input of 2^28 features',
    model: {
      ...identity,
      inputs: { x: ['float32', 'N', 2 ** 28] },
      outputs: { y: ['float32', 'N', 2 ** 28] },
    },
    write: oneRow,
    exits: [2, 6],
  },
  {
    kind,
    name: '200,000 nodes',
    model: {
      ...identity,
      nodes: Array.from({ length: 200_000 }, (_, i) => ({
        op_type: 'Abs',
        input: [i === 0 ? 'x' : `n${i}`],
        output: [i === 199_999 ? 'y' : `n${i + 1}`],
      })),
    },
    write: oneRow,
    more: 'run: { workers: 1, max_duration: 30s }\n',
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a million trees of one leaf in LightGBM',
    model: 'm2.txt',
    write: (dir) =>
      treeFile(
        dir,
        () => [
          ascii(lightgbmHead + Array.from({ length: 1_000_000 }, (_, i) => stump(i)).join('') + lightgbmEnd),
        ],
        'm2.txt',
      ),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a set of 300 million categories in LightGBM',
    model: 'm2.txt',
    write: (dir) => treeFile(dir, () => [ascii(lightgbmHead + wideSet(10_000_000) + lightgbmEnd)], 'm2.txt'),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a line of 500 MB in LightGBM',
    ...modelOf('m2.txt', () => [ascii(lightgbmHead), { bytes: repeated('a', 2 ** 20), times: 500 }]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a million brackets in XGBoost',
    ...modelOf('m2.json', () => [ascii('{"learner":{"x":'), repeated('[', 1_000_000)]),
    exits: [2],
  },
  {
    kind,
    name: '30 million pairs of brackets in XGBoost',
    ...longList('[],', 300, '[]'),
    exits: [2, 6],
  },
  {
    kind,
    name: '100 million numbers in XGBoost',
    ...longList('1,', 1_000, '1'),
    exits: [2, 6],
  },
  {
    kind,
    name: '10 million numbers and a text in XGBoost',
    ...longList('1,', 100, '"a"'),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a text of 300 MB in XGBoost',
    ...modelOf('m2.json', () => [
      ascii('{"learner":{"x":"'),
      { bytes: repeated('a', 2 ** 20), times: 300 },
      ascii('"},"version":[3,2,0]}'),
    ]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a count of 2^62 in UBJSON',
    ...modelOf('m2.ubj', () => ubjsonList('d', 'L', '4000000000000000')),
    exits: [2],
  },
  {
    kind,
    name: '2^31 nulls without bytes in UBJSON',
    ...modelOf('m2.ubj', () => ubjsonList('Z', 'l', '7fffffff')),
    exits: [2],
  },
  {
    kind,
    name: '200 million small numbers in UBJSON',
    ...modelOf('m2.ubj', () => [
      ...ubjsonList('i', 'l', (200_000_000).toString(16).padStart(8, '0')),
      200_000_000,
      ascii('}}'),
    ]),
    exits: [2, 6],
    always: true,
  },
  {
    kind,
    name: 'a million trees, compared',
    model: 'm2.txt',
    write: (dir) =>
      treeFile(
        dir,
        () => [
          ascii(lightgbmHead + Array.from({ length: 1_000_000 }, (_, i) => stump(i)).join('') + lightgbmEnd),
        ],
        'm2.txt',
      ),
    command: ['compare', 'job.yaml', '--models', 'm2.txt'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a constant of 2^29 floats, compared',
    model: filling(2 ** 29),
    write: oneRow,
    command: ['compare', 'job.yaml', '--models', 'm.onnx'],
    exits: [0, 2, 6],
  },
];
