import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorData } from '../../src/chunk/tensor.js';
import { MappingError } from '../../src/features/mapping-error.js';
import { planOutputs, type ScoreOutput } from '../../src/features/plan-outputs.js';
import { readOutputs } from '../../src/features/read-outputs.js';

function output(
  name: string,
  type: ScoreOutput['type'],
  dims: ScoreOutput['dims'],
  more: Partial<ScoreOutput> = {},
): ScoreOutput {
  return { name, type, dims, alias: null, classLabels: null, codes: null, refused: null, ...more };
}

const label = output('output_label', 'int64', [null]);
const probabilities = output('output_probability', 'float32', [null, 2], {
  alias: 'probabilities',
  classLabels: ['0', '1'],
});

function asked(
  column: string,
  from: string,
  more: Partial<{ class: string | number; range: { low: number | null; high: number | null } }> = {},
) {
  return { column, from, class: more.class ?? null, range: more.range ?? null };
}

function refusals(
  outputs: readonly ScoreOutput[],
  mappings: ReturnType<typeof asked>[],
  taken: string[] = [],
): string[] {
  try {
    planOutputs(outputs, mappings, taken);
  } catch (error) {
    assert.ok(error instanceof MappingError);
    return error.mistakes.map(({ message }) => message);
  }
  return [];
}

test('every output becomes columns: labels as they are, probabilities by class, vectors as lists', () => {
  const plan = planOutputs(
    [
      label,
      probabilities,
      output('embedding', 'float32', [null, 8]),
      output('exact', 'float64', [null, 2]),
      output('late', 'bool', [null, 1]),
      output('half', 'float16', [null]),
      output('rank', 'uint8', [null]),
    ],
    [],
  );
  assert.deepEqual(
    plan.fields.map(({ name, type }) => [name, type]),
    [
      ['output_label', 'int64'],
      ['probability_0', 'float32'],
      ['probability_1', 'float32'],
      ['embedding', 'list<float32>'],
      ['exact_0', 'float64'],
      ['exact_1', 'float64'],
      ['late', 'boolean'],
      ['half', 'float32'],
      ['rank', 'int32'],
    ],
  );
});

test("two classifiers in one graph keep their outputs' names", () => {
  const plan = planOutputs([probabilities, { ...probabilities, name: 'second' }], []);
  assert.deepEqual(
    plan.fields.map(({ name }) => name),
    ['output_probability_0', 'output_probability_1', 'second_0', 'second_1'],
  );
});

test('a class is asked for by its label, or by its index where labels are words', () => {
  const words = { ...probabilities, classLabels: ['late', 'on time'] };
  const place = (outputs: readonly ScoreOutput[], wanted: string | number) =>
    planOutputs(outputs, [asked('score', 'probabilities', { class: wanted })]).columns[0]!.index;
  assert.equal(place([probabilities], 1), 1);
  assert.equal(place([probabilities], '0'), 0);
  assert.equal(place([words], 'on time'), 1);
  assert.equal(place([words], 0), 0);
  assert.equal(place([{ ...probabilities, classLabels: null }], 1), 1);
  assert.deepEqual(
    refusals(
      [{ ...probabilities, classLabels: ['1', '2'] }],
      [asked('score', 'probabilities', { class: 0 })],
    ),
    ['"model.outputs.score" asks the output "output_probability" for the class 0, which it does not have'],
  );
});

test('what is asked of outputs that do not exist, are refused or clash is said at once', () => {
  const maps = output('maps', 'float32', null, {
    refused: 'is a sequence of map(int64, tensor of float32), but only tensors can become columns',
  });
  const messages = refusals(
    [label, probabilities, maps, output('ids', 'int64', [null, 4])],
    [asked('a', 'output_lable'), asked('b', 'maps'), asked('carrier', 'output_label'), asked('v', 'ids')],
    ['carrier'],
  );
  assert.deepEqual(messages, [
    '"model.outputs.a" is from "output_lable", which is not an output of the model, did you mean "output_label"',
    'the output "maps" of the model is a sequence of map(int64, tensor of float32), but only tensors can become columns',
    'the output "ids" of the model has several values of int64 per row, but a list column holds only float32',
    'the column "carrier" from the output "output_label" is already in the scored file',
  ]);
  assert.deepEqual(
    refusals([label, maps], [asked('y', 'output_label')]),
    [],
    'selecting the others is the way out',
  );
});

function tensor(type: TensorData['type'], dims: readonly number[], data: TensorData['data']): TensorData {
  return { type, dims, data };
}

test('answers are taken out of their tensors, and what is no score is flagged in its row', () => {
  const plan = planOutputs(
    [
      label,
      probabilities,
      output('words', 'string', [null], { codes: ['no', 'yes'] }),
      output('v', 'float32', [null, 2]),
    ],
    [
      asked('label', 'output_label', { range: { low: 0, high: 1 } }),
      asked('score', 'probabilities', { class: 1, range: { low: 0, high: 1 } }),
      asked('word', 'words'),
      asked('v', 'v'),
    ],
  );
  assert.deepEqual(
    plan.fetched.map(({ type }) => type),
    ['int64', 'float32', 'int64', 'float32'],
  );
  const nan = Number.NaN;
  const { columns, problems } = readOutputs(
    plan,
    {
      output_label: tensor('int64', [4], BigInt64Array.of(0n, 1n, 7n, 1n)),
      output_probability: tensor(
        'float32',
        [4, 2],
        Float32Array.of(0.5, 0.5, nan, nan, -1, 2, 0, Number.POSITIVE_INFINITY),
      ),
      words: tensor('int64', [4], BigInt64Array.of(1n, 0n, 1n, 1n)),
      v: tensor('float32', [4, 2], Float32Array.of(1, 2, 3, 4, 5, nan, 7, 8)),
    },
    4,
  );
  const word = columns.get('word')!;
  assert.ok(word.type === 'string' && word.layout === 'dictionary');
  assert.deepEqual(
    Array.from(word.codes, (code) => word.dictionary[code]),
    ['yes', 'no', 'yes', 'yes'],
  );
  const score = columns.get('score')!;
  assert.ok(score.type === 'float32');
  assert.deepEqual(Array.from(score.values), [0.5, nan, 2, Number.POSITIVE_INFINITY]);
  assert.deepEqual(
    problems.map(({ kind, row, found }) => [kind.code, kind.column, kind.outcome, row, found]),
    [
      ['model-out-of-range', 'label', 'flagged', 2, 7],
      ['model-nan', 'score', 'flagged', 1, nan],
      ['model-out-of-range', 'score', 'flagged', 2, 2],
      ['model-infinite', 'score', 'flagged', 3, Number.POSITIVE_INFINITY],
      ['model-nan', 'v', 'flagged', 2, nan],
    ],
  );
  assert.equal(problems[2]!.kind.expected, 'from 0 to 1');
});

test('answers of every element type become columns of a type that holds them', () => {
  const cases: [ScoreOutput['type'], TensorData['data'], unknown[]][] = [
    ['float16', Uint16Array.of(0x3c00, 0xc000), [1, -2]],
    ['uint32', Uint32Array.of(1, 4294967295), [1n, 4294967295n]],
    ['int8', Int8Array.of(-3, 4), [-3, 4]],
    ['uint16', Uint16Array.of(1, 65535), [1, 65535]],
    ['float64', Float64Array.of(0.1, 0.2), [0.1, 0.2]],
    ['bool', Uint8Array.of(1, 0), [1, 0]],
  ];
  for (const [type, data, values] of cases) {
    const plan = planOutputs([output('y', type, [null, 1])], []);
    const column = readOutputs(plan, { y: tensor(type, [2, 1], data) }, 2).columns.get('y')!;
    assert.deepEqual(Array.from((column as { values: ArrayLike<unknown> }).values), values, type);
  }
  const plan = planOutputs([output('y', 'string', [null])], []);
  const column = readOutputs(plan, { y: tensor('string', [3], ['b', 'a', 'b']) }, 3).columns.get('y')!;
  assert.ok(column.type === 'string' && column.layout === 'dictionary');
  assert.deepEqual(Array.from(column.codes), [0, 1, 0]);
});

test('a chunk on whose every row the model failed still has its columns', () => {
  const types = ['float32', 'float64', 'int64', 'int32', 'bool', 'string', 'float16'] as const;
  const outputs = types.map((type) => output(type, type, [null]));
  const plan = planOutputs([...outputs, output('v', 'float32', [null, 3])], []);
  const nothing = Object.fromEntries(
    plan.fetched.map(({ name, type }) => [name, tensor(type, [2], new Float32Array(0))]),
  );
  const { columns } = readOutputs(plan, nothing, 2);
  assert.equal(columns.size, types.length + 1);
  for (const [name, { length }] of columns) assert.equal(length, 2, name);
});
