import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../src/chunk/column.js';
import type { TensorType } from '../../src/chunk/tensor.js';
import type { FeatureInput } from '../../src/features/feature-input.js';
import type { FeatureRequest } from '../../src/features/feature-request.js';
import { listModelColumns } from '../../src/features/list-model-columns.js';
import { MappingError } from '../../src/features/mapping-error.js';
import { matchName } from '../../src/features/match-name.js';
import { planFeatures } from '../../src/features/plan-features.js';

function input(
  name: string,
  type: TensorType,
  dims: FeatureInput['dims'],
  more: Partial<FeatureInput> = {},
): FeatureInput {
  return { name, type, dims, uses: null, hasEmptyCategory: false, codes: null, featureNames: null, ...more };
}

function column(name: string, type: ColumnType | null = null, categories: readonly string[] | null = null) {
  return { name, type, categories };
}

function request(inputs: readonly FeatureInput[], more: Partial<FeatureRequest> = {}): FeatureRequest {
  return { inputs, mappings: [], constants: [], columns: [], signature: null, file: [], ...more };
}

function packed(name: string, ...columns: (string | { one_hot: string })[]) {
  const listed = columns.map((item) =>
    typeof item === 'string' ? { column: item, oneHot: false } : { column: item.one_hot, oneHot: true },
  );
  return { input: name, columns: listed, packed: true };
}

function refusals(asked: FeatureRequest): string[] {
  try {
    planFeatures(asked);
  } catch (error) {
    assert.ok(error instanceof MappingError);
    for (const { hint } of error.mistakes) assert.ok(hint.length > 0);
    return error.mistakes.map(({ message }) => message);
  }
  return [];
}

const carrier = input('carrier', 'string', [null, 1], {
  uses: [{ categories: ['AA', 'B6', ''], unknown: 'error' }],
  hasEmptyCategory: true,
  codes: { dictionary: ['AA', 'B6', ''], unknown: -1, weights: null },
});

test('columns are found by name: the same, then without case and blanks, then as exporters rename them', () => {
  assert.equal(matchName('dep_delay', ['Dep_Delay', 'dep_delay']), 'dep_delay');
  assert.equal(matchName('dep_delay', [' Dep_Delay ']), ' Dep_Delay ');
  assert.equal(
    matchName('sepal_length__cm_', ['sepal length (cm)', 'sepal width (cm)']),
    'sepal length (cm)',
  );
  assert.equal(matchName('a', ['A', 'A ']), null, 'two would do');
  assert.equal(matchName('délai', ['Délai']), 'Délai');
});

test('an input of one value per row takes the column of its name, with its type where none is stated', () => {
  const plan = planFeatures(
    request(
      [
        input('a', 'float32', [null, 1]),
        input('b', 'float64', [null]),
        input('c', 'int8', [null, 1]),
        carrier,
      ],
      {
        columns: ['a', 'b', 'c', 'carrier'].map((name) => column(name)),
      },
    ),
  );
  assert.deepEqual(
    plan.needs.map(({ name, type, cannotBeMissing, holds }) => [name, type, cannotBeMissing, holds]),
    [
      ['a', 'float32', false, null],
      ['b', 'float64', false, null],
      ['c', 'int32', true, { low: -128, high: 127 }],
      ['carrier', 'string', false, null],
    ],
  );
  assert.deepEqual(plan.tensors[1]!.tail, []);
  assert.deepEqual(plan.tensors[3], {
    input: 'carrier',
    type: 'int64',
    tail: [1],
    width: 1,
    parts: [
      { kind: 'code', column: 'carrier', at: 0, dictionary: ['AA', 'B6', ''], unknown: -1, missing: 2 },
    ],
  });
  assert.deepEqual(plan.needs[3]!.categories, ['AA', 'B6']);
  assert.equal(plan.needs[3]!.unknownFails, true);
});

test('strings whose model knows no empty one cannot be missing', () => {
  const strict = {
    ...carrier,
    hasEmptyCategory: false,
    uses: [{ categories: ['AA'], unknown: 'zeros' as const }],
    codes: null,
  };
  const plan = planFeatures(request([strict], { columns: [column('carrier')] }));
  assert.equal(plan.needs[0]!.cannotBeMissing, true);
  assert.equal(plan.tensors[0]!.parts[0]!.kind, 'text');
});

test('a matrix is packed as the job lists it: numbers, places in categories, one place per category', () => {
  const plan = planFeatures(
    request([input('X', 'float32', ['N', 6])], {
      columns: [
        column('hour', 'int32'),
        column('carrier', 'string', ['AA', 'B6', 'DL']),
        column('origin', 'string', ['EWR', 'JFK', 'LGA']),
        column('delay', 'float32'),
      ],
      mappings: [packed('X', 'delay', 'hour', 'carrier', { one_hot: 'origin' })],
    }),
  );
  const { width, parts } = plan.tensors[0]!;
  assert.equal(width, 6);
  assert.deepEqual(
    parts.map((part) => [part.kind, part.at]),
    [
      ['value', 0],
      ['value', 1],
      ['index', 2],
      ['one-hot', 3],
    ],
  );
  assert.ok(plan.needs.every(({ cannotBeMissing }) => !cannotBeMissing));
});

test('a matrix nobody describes is refused rather than guessed', () => {
  const [message] = refusals(
    request([input('features', 'float32', ['N', 12])], { columns: [column('a'), column('b')] }),
  );
  assert.equal(
    message,
    'the input "features" of the model takes a matrix of 12 columns but does not name them',
  );
});

test('a matrix takes the names that the model keeps, or a list column of its own name', () => {
  const named = input('X', 'float32', [null, 2], { featureNames: ['petal width (cm)', 'petal_length'] });
  const columns = [column('petal_length'), column('petal_width_cm')];
  const plan = planFeatures(request([named], { columns }));
  assert.deepEqual(plan.columns, ['petal_width_cm', 'petal_length']);
  const list = planFeatures(
    request([input('embedding', 'float32', [null, 16])], { columns: [column('embedding', 'list<float32>')] }),
  );
  assert.deepEqual(list.tensors[0]!.parts, [{ kind: 'list', column: 'embedding', at: 0, width: 16 }]);
  assert.equal(list.needs[0]!.items, 16);
});

test('everything that does not fit is said at once, by input and column', () => {
  const messages = refusals(
    request(
      [
        input('dep_delay', 'float32', [null, 1]),
        input('id', 'int64', [null, 1]),
        input('flag', 'bool', [null, 1]),
        input('X', 'float32', [null, 3]),
        input('carrier', 'float32', [null, 1]),
        input('scale', 'float32', []),
      ],
      {
        columns: [
          column('dep_dely', 'float32'),
          column('id', 'float64'),
          column('flag', 'int32'),
          column('a', 'float32'),
          column('carrier', 'string'),
        ],
        mappings: [packed('X', 'a', 'b'), packed('Y', 'a')],
        constants: [{ input: 'sacle', value: 1 }],
      },
    ),
  );
  assert.deepEqual(messages, [
    '"model.inputs" names "Y", which is not an input of the model',
    '"model.constants" names "sacle", which is not an input of the model, did you mean "scale"',
    'the input "scale" of the model is a single value, so no column can feed it',
    'the input "dep_delay" of the model has no column, did you mean "dep_dely"',
    'the column "id" of float64 cannot feed the input "id" of the model, which takes int64',
    'the column "flag" of int32 cannot feed the input "flag" of the model, which takes bool',
    '"model.inputs" feeds "X" from the column "b", which is not under "columns"',
    'the string column "carrier" feeds the numeric input "carrier" of the model, but has no "categories"',
  ]);
});

test('a matrix of another width than its columns give is refused with both counts', () => {
  const [message] = refusals(
    request([input('X', 'float32', [null, 3])], {
      columns: [column('a', 'float32'), column('b', 'float32')],
      mappings: [packed('X', 'a', 'b')],
    }),
  );
  assert.equal(message, 'the input "X" of the model takes 3 values per row, and its columns give 2');
});

test('an input of more axes than a table has is refused, unless a list is fed to it by hand', () => {
  const pixels = input('pixels', 'float32', ['N', 3, 8, 8]);
  const [message] = refusals(request([pixels], { columns: [column('a')] }));
  assert.match(message!, /^the input "pixels" of the model has 4 axes/);
  const plan = planFeatures(
    request([pixels], {
      columns: [column('image', 'list<float32>')],
      mappings: [{ input: 'pixels', columns: [{ column: 'image', oneHot: false }], packed: false }],
    }),
  );
  assert.deepEqual(plan.tensors[0]!.tail, [3, 8, 8]);
  assert.equal(plan.tensors[0]!.width, 192);
});

test('a batch axis that is a number holds for all columns, and constants are outside of it', () => {
  const inputs = [input('a', 'float32', [16, 1]), input('w', 'float32', [3]), input('b', 'float32', [8, 1])];
  const columns = [column('a', 'float32'), column('b', 'float32')];
  const constants = [{ input: 'w', value: [1, 2, 3] }];
  const plan = planFeatures(request(inputs.slice(0, 2), { columns, constants }));
  assert.equal(plan.fixedRows, 16);
  assert.deepEqual(Array.from(plan.constants['w']!.data as Float32Array), [1, 2, 3]);
  const [message] = refusals(request(inputs, { columns, constants }));
  assert.equal(message, 'the inputs "a" and "b" of the model take batches of 16 and 8 rows');
});

test('a constant stands in every row of an input that has an axis of rows', () => {
  const inputs = [
    input('a', 'float32', ['N', 1]),
    input('month', 'int64', ['N', 1]),
    input('k', 'string', []),
  ];
  const plan = planFeatures(
    request(inputs, {
      columns: [column('a', 'float32')],
      constants: [
        { input: 'month', value: 7 },
        { input: 'k', value: 'x' },
      ],
    }),
  );
  assert.deepEqual(plan.tensors[1]!.parts, [{ kind: 'fill', at: 0, values: [7] }]);
  assert.deepEqual(plan.constants['k'], { type: 'string', dims: [], data: ['x'] });
  const wrong = [
    { input: 'month', value: 'July' },
    { input: 'k', value: 3 },
  ];
  const messages = refusals(request(inputs, { columns: [column('a', 'float32')], constants: wrong }));
  assert.deepEqual(messages, [
    '"model.constants.month" must be int64, found "July"',
    '"model.constants.k" must be string, found "3"',
  ]);
});

test('the signature gives types that the contract leaves open, and a contradiction is an error', () => {
  const signature = [
    { name: 'a', type: 'int64' as const },
    { name: 'carrier', type: 'string' as const },
  ];
  const plan = planFeatures(
    request([input('a', 'float32', [null, 1])], { columns: [column('a')], signature }),
  );
  assert.equal(plan.needs[0]!.type, 'int64');
  const messages = refusals(request([carrier], { columns: [column('carrier', 'float32')], signature }));
  assert.equal(
    messages[0],
    'the column "carrier" is float32 in the job and string in the model\'s signature',
  );
});

test('the columns of a model without a contract are its inputs, its lists, and the names it keeps', () => {
  const inputs = [
    input('a', 'int64', [null, 1]),
    carrier,
    input('embedding', 'float32', [null, 16]),
    input('X', 'float32', [null, 2], { featureNames: ['p', 'q'] }),
    input('scale', 'float32', []),
  ];
  assert.deepEqual(
    listModelColumns(inputs, [], []).map(({ column: name, type, isVector, categories }) => [
      name,
      type,
      isVector,
      categories,
    ]),
    [
      ['a', 'int64', false, null],
      ['carrier', 'string', false, ['AA', 'B6']],
      ['embedding', 'float32', true, null],
      ['p', 'float32', false, null],
      ['q', 'float32', false, null],
    ],
  );
});

test('only names that feed nothing yet are proposed for one that is not found', () => {
  const inputs = [input('x', 'float32', [null, 3])];
  const columns = [column('temp_max'), column('temp_min'), column('wind')];
  const asked = request(inputs, { columns, mappings: [packed('x', 'temp_max', 'temp_mix', 'wind')] });
  assert.match(refusals(asked)[0]!, /"temp_mix", which is not under "columns", did you mean "temp_min"$/);
  const used = { ...asked, mappings: [packed('x', 'temp_max', 'temp_min', 'temp_mx')] };
  assert.doesNotMatch(refusals(used)[0]!, /did you mean/);
  const renamed = { ...used, file: ['temp_max', 'temp_min', 'wind', 'temp_mx_c'] };
  assert.match(refusals(renamed)[0]!, /did you mean "temp_mx_c"$/);
  const gone = { ...asked, file: ['temp_max', 'wind'] };
  assert.doesNotMatch(refusals(gone)[0]!, /did you mean/);
  const named = input('x', 'float32', [null, 2], { featureNames: ['dep_delay', 'dep_delai'] });
  assert.doesNotMatch(refusals(request([named], { columns: [column('dep_delay')] }))[0]!, /did you mean/);
});

test('one column for two inputs is refused unless the job says it twice', () => {
  const inputs = [input('dep delay', 'float32', [null]), input('Dep_Delay', 'float32', [null])];
  const columns = [column('dep_delay')];
  assert.deepEqual(refusals(request(inputs, { columns })), [
    'the column "dep_delay" would feed both "dep delay" and "Dep_Delay" of the model',
  ]);
  const twice = inputs.map(({ name }) => packed(name, 'dep_delay'));
  assert.deepEqual(refusals(request(inputs, { columns, mappings: twice })), []);
  const matrix = input('x', 'float32', [null, 2], { featureNames: ['a', 'A'] });
  assert.equal(refusals(request([matrix], { columns: [column('a')] })).length, 1);
  const listed = request([matrix], { columns: [column('a')], mappings: [packed('x', 'a', 'a')] });
  assert.deepEqual(refusals(listed), []);
  const shared = [
    input('x', 'float32', [null, 2], { featureNames: ['a', 'b'] }),
    input('a', 'float32', [null]),
  ];
  assert.deepEqual(refusals(request(shared, { columns: [column('a'), column('b')] })), []);
});

test('a constant may be written as lists of the shape of its input', () => {
  const x = input('x', 'float32', [null]);
  const plan = (dims: FeatureInput['dims'], value: FeatureRequest['constants'][number]['value']) =>
    request([x, input('w', 'float32', dims)], { columns: [column('x')], constants: [{ input: 'w', value }] });
  const tensor = (dims: FeatureInput['dims'], value: FeatureRequest['constants'][number]['value']) =>
    planFeatures(plan(dims, value)).constants['w'];
  const square = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  for (const dims of [[2, 3], [null, 3], ['A', 'B'], null])
    assert.deepEqual(tensor(dims, square), {
      type: 'float32',
      dims: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
  assert.deepEqual(
    tensor(
      [1, 2, 2],
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    )!.dims,
    [1, 2, 2],
  );
  assert.deepEqual(tensor([2, 3], [1, 2, 3, 4, 5, 6])!.dims, [2, 3]);
  const everyRow = planFeatures(plan([null, 3], [[1, 2, 3]]));
  assert.deepEqual(everyRow.tensors.find(({ input: name }) => name === 'w')!.parts, [
    { kind: 'fill', at: 0, values: [1, 2, 3] },
  ]);
  assert.match(refusals(plan([3, 2], square))[0]!, /must have the shape \[3, 2\], found \[2, 3\]/);
  assert.match(refusals(plan([6], square))[0]!, /must have the shape \[6\], found \[2, 3\]/);
  assert.match(refusals(plan([2, 2], [[1, 2], [3]]))[0]!, /lists of equal length/);
  assert.match(refusals(plan([2, 2], [[1, 2], 3]))[0]!, /lists of equal length/);
});
