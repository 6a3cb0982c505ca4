import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSlip } from '../../src/repair/column-names.js';
import { type FileColumn, matchColumns } from '../../src/repair/match-columns.js';
import fc from '../seeded.js';
import { contract, fill } from './tables.js';

function file(...names: string[]): FileColumn[] {
  return names.map((name) => ({ name, type: null, native: 'text', readable: true }));
}

const wants = [contract('a', 'int32'), contract('b', 'string'), contract('c', 'float32')];

test('finds columns wherever they stand', () => {
  const match = matchColumns(wants, file('c', 'x', 'a', 'b'), null);
  assert.deepEqual(match.columns, [
    { name: 'a', source: 2 },
    { name: 'b', source: 3 },
    { name: 'c', source: 0 },
  ]);
  assert.deepEqual(match.added, ['x']);
  assert.deepEqual([match.notes, match.errors, match.absent], [[], [], []]);
});

test('finds renamed columns: case, blanks around, Unicode form, and says so', () => {
  const umlaut = [...wants, contract('Größe', 'int32')];
  const match = matchColumns(umlaut, file(' A', 'b', 'C ', 'GRO\u0308SSE'), null);
  assert.deepEqual(
    match.columns.map(({ source }) => source),
    [0, 1, 2, 3],
  );
  assert.deepEqual(
    match.notes.map(({ code, column }) => `${code} ${column}`),
    ['renamed-column a', 'renamed-column c', 'renamed-column Größe'],
  );
  assert.deepEqual(match.errors, []);
});

test('finds columns whose names hold characters that cannot be seen, and shows these', () => {
  const match = matchColumns(wants, file('a\u00a0', '\u200bb', 'c\ufeff\u00ad'), null);
  assert.deepEqual(
    match.columns.map(({ source }) => source),
    [0, 1, 2],
  );
  assert.match(
    match.notes.map(({ message }) => message).join(),
    /"a<U\+00A0>".*"<U\+200B>b".*"c<U\+FEFF><U\+00AD>"/,
  );
  const two = matchColumns([contract('order id', 'int32')], file('order\u202fid'), null);
  assert.equal(two.columns[0]!.source, 0);
  const [error] = matchColumns([contract('x', 'int32')], file('\u200by', 'z'), null).errors;
  assert.match(error!.message, /found <U\+200B>y, z/);
});

test('an exact name wins over one that is only alike, and belongs to one column alone', () => {
  const match = matchColumns([contract('a', 'int32'), contract('A', 'int32')], file('A', 'a'), null);
  assert.deepEqual(
    match.columns.map(({ source }) => source),
    [1, 0],
  );
  const alone = matchColumns([contract('a', 'int32'), contract('A', 'int32')], file('A'), null);
  assert.deepEqual(
    alone.errors.map(({ code, column }) => `${code} ${column}`),
    ['absent-column a'],
  );
});

test('finds columns whose words are joined otherwise, or as exporters rename them, and says so', () => {
  const pairs = [
    ['Phase_of_flight', 'Phase of flight'],
    ['sepal_length__cm_', 'Sepal length (cm)'],
    ['sepal_length_cm', 'sepal length (cm)'],
    ['dep_delay', 'dep-delay'],
    ['dep delay', 'DEP_DELAY'],
    ['price__', 'price %'],
  ] as const;
  for (const [name, found] of pairs) {
    const match = matchColumns([contract(name, 'float32')], file('x', found), null);
    assert.deepEqual(
      [match.columns[0]!.source, match.notes[0]?.code, match.errors],
      [1, 'renamed-column', []],
    );
  }
  const written = contract('a', 'float32', { source: 'dep_delay' });
  assert.equal(matchColumns([written], file('dep delay'), null).errors[0]!.code, 'absent-column');
  for (const [name, other] of [
    ['price', 'price %'],
    ['price %', 'price $'],
    ['x_1', 'x_11'],
    ['x1', 'x_1'],
  ] as const)
    assert.equal(
      matchColumns([contract(name, 'float32')], file(other), null).errors[0]!.code,
      'absent-column',
      `${name} is not ${other}`,
    );
});

test('refuses one column under two spellings, and two columns for one spelling', () => {
  const two = [contract('dep_delay', 'float32'), contract('Dep (delay)', 'float32')];
  assert.deepEqual(
    matchColumns(two, file('dep delay'), null).errors.map(({ code, column }) => `${code} ${column}`),
    ['ambiguous-column Dep (delay)'],
  );
  assert.deepEqual(
    matchColumns(two, file('dep_delay'), null).errors.map(({ code, column }) => `${code} ${column}`),
    ['absent-column Dep (delay)'],
    'the exact name has its column',
  );
  const [error] = matchColumns([two[0]!], file('dep delay', 'dep-delay'), null).errors;
  assert.match(
    error!.message,
    /"dep_delay" must be in the file once, found "dep delay" \(column 1\) and "dep-delay"/,
  );
});

test('a column that is only copied may be read from one that a feature reads', () => {
  const both = [contract('dep_delay', 'float32'), contract('Dep delay', 'string')];
  const match = matchColumns(both, file('Dep delay'), null, new Set(['Dep delay']));
  assert.deepEqual(
    match.columns.map(({ source }) => source),
    [0, 0],
  );
  assert.deepEqual(match.errors, []);
});

test('refuses to choose between two columns', () => {
  for (const names of [
    ['a', 'a', 'b', 'c'],
    ['A', ' a', 'b', 'c'],
  ]) {
    const match = matchColumns(wants, file(...names), null);
    assert.deepEqual(
      match.errors.map(({ code }) => code),
      ['ambiguous-column'],
    );
    assert.match(match.errors[0]!.message, /column 1\) and .*column 2\)/);
    assert.equal(match.columns[0]!.source, null);
  }
});

test('a column that is not there fails, or is borne where the contract says how', () => {
  const bearing = [
    contract('a', 'int32', { absent: fill(0) }),
    contract('b', 'string', { absent: { kind: 'missing' } }),
    wants[2]!,
  ];
  const match = matchColumns(bearing, file('x'), null);
  assert.deepEqual(match.absent, ['a', 'b']);
  assert.deepEqual(
    match.errors.map(({ code, column }) => `${code} ${column}`),
    ['absent-column c'],
  );
  assert.match(match.errors[0]!.message, /column "c" must be in the file, found x/);
});

test('reads a column by its name in the file where it is another', () => {
  const match = matchColumns(
    [contract('a', 'int32', { source: 'First Column' })],
    file('first column'),
    null,
  );
  assert.deepEqual(match.columns, [{ name: 'a', source: 0 }]);
});

test('says which types are cast and refuses those that cannot be read', () => {
  const typed: FileColumn[] = [
    { name: 'a', type: 'int64', native: 'INT64', readable: true },
    { name: 'b', type: null, native: 'struct<x: int32>', readable: false },
    { name: 'c', type: 'list<float32>', native: 'list<float>', readable: true },
  ];
  const match = matchColumns(wants, typed, null);
  assert.deepEqual(
    match.notes.map(({ code, column }) => `${code} ${column}`),
    ['cast-column a'],
  );
  assert.deepEqual(
    match.errors.map(({ code, column }) => `${code} ${column}`),
    ['unreadable-column b', 'mismatched-type c'],
  );
});

test('says what changed from the first file of the run', () => {
  const first: FileColumn[] = [
    { name: 'a', type: 'int32', native: 'INT32', readable: true },
    { name: 'b', type: 'string', native: 'BYTE_ARRAY', readable: true },
    { name: 'c', type: 'float32', native: 'FLOAT', readable: true },
  ];
  const second = [
    first[1]!,
    { ...first[0]!, type: 'int64', native: 'INT64' } as const,
    first[2]!,
    { ...first[0]!, name: 'z' },
  ];
  const codes = matchColumns(wants, second, first).notes.map(({ code, column }) => `${code} ${column}`);
  assert.deepEqual(codes, ['cast-column a', 'changed-type a', 'added-column z', 'reordered-columns null']);
  assert.deepEqual(matchColumns(wants, first, first).notes, []);
});

test('any order, case and blanks of the names are undone (property)', () => {
  const disguise = fc.tuple(fc.boolean(), fc.constantFrom('', ' ', '\t'), fc.constantFrom('', ' '));
  fc.assert(
    fc.property(
      fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
      fc.array(disguise, { minLength: 3, maxLength: 3 }),
      (order, disguises) => {
        const names = order.map((i, at) => {
          const [upper, before, after] = disguises[at]!;
          const name = wants[i]!.name;
          return `${before}${upper ? name.toUpperCase() : name}${after}`;
        });
        const match = matchColumns(wants, file(...names), null);
        assert.deepEqual(
          match.columns.map(({ source }) => source),
          [0, 1, 2].map((i) => order.indexOf(i)),
        );
        assert.deepEqual(match.errors, []);
      },
    ),
  );
});

test('a name that stands twice in a CSV header is refused, unless the contract names its columns apart', () => {
  const twice = file('a', 'b', 'b_2', 'c').map((column) => ({
    ...column,
    title: column.name.replace('_2', ''),
  }));
  const { errors } = matchColumns(wants, twice, null);
  assert.deepEqual(
    errors.map(({ code, message }) => `${code}: ${message}`),
    ['ambiguous-column: column "b" must be in the file once, found "b" (column 2) and "b_2" (column 3)'],
  );
  const apart = [...wants, { ...wants[1]!, name: 'second', source: 'b_2' }];
  const match = matchColumns(apart, twice, null);
  assert.deepEqual(match.errors, []);
  assert.deepEqual(
    match.columns.map(({ source }) => source),
    [0, 1, 3, 2],
  );
});

test('proposes for a column that is missing the only free one whose name is a slip of it', () => {
  const hint = (source: string, ...names: string[]): string =>
    matchColumns([contract(source, 'int32'), contract('weight', 'int32')], file('weight', ...names), null)
      .errors[0]!.hint;
  const otherwise = 'correct its name or "source", or say under "absent" what to do without it';
  assert.equal(
    hint('height', 'heigth'),
    'if "heigth" is meant, write: columns: { height: { source: heigth } }',
  );
  assert.equal(
    hint('depdelay', 'dep_delay'),
    'if "dep_delay" is meant, write: columns: { depdelay: { source: dep_delay } }',
  );
  assert.equal(hint('height', 'heights', 'heigth'), otherwise, 'two of them');
  assert.equal(hint('eight', 'x'), otherwise, 'weight is taken');
});

const names: readonly (readonly [one: string, other: string, slip: boolean])[] = [
  ['height', 'heigth', true],
  ['height', 'hieght', true],
  ['age', 'aeg', true],
  ['distance', 'distnce', true],
  ['distance', 'distannce', true],
  ['arr_delay', 'arr delay', true],
  ['height', 'weight', false],
  ['date', 'rate', false],
  ['x1', 'x2', false],
  ['x1', 'x10', false],
  ['temp_2013', 'temp_2031', false],
  ['id', 'di', false],
  ['a', 'ab', false],
  ['min_x', 'max_x', false],
  ['month', 'mouth', false],
  ['', '_', false],
];
for (const [one, other, slip] of names)
  test(`${slip ? 'takes' : 'does not take'} "${other}" for a slip of "${one}"`, () => {
    assert.equal(isSlip(one, other), slip);
    assert.equal(isSlip(other, one), slip);
  });
