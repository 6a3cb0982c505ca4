import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codedColumn } from '../../src/chunk/coded-texts.js';
import type { Column } from '../../src/chunk/column.js';
import { type ProblemKind, Problems } from '../../src/chunk/problem.js';
import type { ColumnContract, Derivation } from '../../src/repair/contract.js';
import { createRepair } from '../../src/repair/create-repair.js';
import { planMistakes } from '../../src/repair/plan-mistakes.js';
import fc from '../seeded.js';
import {
  type Cell,
  cellsOf,
  chunkOf,
  contract,
  fill,
  listProblems,
  planOf,
  type TestColumn,
} from './tables.js';

function derived(
  type: ColumnContract['type'],
  from: string,
  more: Partial<ColumnContract> & { readonly map?: Derivation['map'] } = {},
): ColumnContract {
  const { map = null, ...rest } = more;
  return contract('d', type, { ...rest, derivation: { from, map } });
}

function derive(
  one: ColumnContract,
  columns: Readonly<Record<string, TestColumn>>,
  others: readonly ColumnContract[] = Object.entries(columns).map(([name, { type }]) => contract(name, type)),
): { cells: Cell[]; problems: string[]; before: Cell[] } {
  let before: Cell[] = [];
  const { chunk } = createRepair(planOf([one, ...others])).apply(chunkOf(columns), null, (_, column) => {
    before = cellsOf(column);
  });
  return { cells: cellsOf(chunk.columns.get('d')!), problems: listProblems(chunk), before };
}

const ab = {
  a: { type: 'float64', cells: [1, 2, null, -4, 0] },
  b: { type: 'float64', cells: [2, 0, 3, 2, 0] },
} as const;

test('a number goes into the type of its column, and what does not fit is a problem', () => {
  assert.deepEqual(derive(derived('float64', 'a + b'), ab).cells, [3, 2, null, -2, 0]);
  assert.deepEqual(derive(derived('float32', 'a / 3'), ab).cells[0], Math.fround(1 / 3));
  assert.deepEqual(derive(derived('int64', 'a * 2'), ab).cells, [2n, 4n, null, -8n, 0n]);
  const half = derive(derived('int32', 'a / 2'), ab);
  assert.deepEqual(half.cells, [null, 1, null, -2, 0]);
  assert.deepEqual(half.problems, ['0 undefined-value:d flagged a=1']);
  const large = derive(derived('int64', 'power(2, 60) + a'), ab);
  assert.deepEqual(large.cells, [null, null, null, null, null]);
});

test('int64 is written by halves: negative numbers, and those beyond 32 bits', () => {
  const cells = [0, -1, 4294967295, 4294967296, -4294967296, -4294967297, 2 ** 53 - 1, -(2 ** 53) + 1];
  const found = derive(derived('int64', 'a'), { a: { type: 'float64', cells } });
  assert.deepEqual(found.cells, cells.map(BigInt));
});

test('a missing value makes it missing without a problem, a value that does not exist is one', () => {
  const found = derive(derived('float64', 'log(a) + a / b'), ab);
  assert.deepEqual(found.cells, [0.5, null, null, null, null]);
  assert.deepEqual(
    found.problems,
    [
      '1 infinite:d flagged Infinity',
      '3 undefined-value:d flagged a=-4, b=2',
      '4 undefined-value:d flagged a=0, b=0',
    ].sort(),
  );
});

test('its own rules apply to it, and the hook sees it before them', () => {
  const one = derived('float64', 'a + b', {
    range: { low: 0, high: 2 },
    outside: { kind: 'clamp' },
    missing: fill(9),
  });
  const found = derive(one, ab);
  assert.deepEqual(found.cells, [2, 2, 9, 0, 0]);
  assert.deepEqual(found.before, [3, 2, null, -2, 0]);
  assert.equal(found.problems.length, 3);
});

test('it reads repaired values, and other derived columns after they were repaired', () => {
  const columns = [
    derived('float64', 'e * 10'),
    contract('e', 'float64', { derivation: { from: 'a + b', map: null }, missing: fill(1) }),
    contract('a', 'float64', { missing: fill(100) }),
    contract('b', 'float64'),
  ];
  const { chunk } = createRepair(planOf(columns)).apply(
    chunkOf({ ...ab, b: { type: 'float64', cells: [2, 0, null, 2, 0] } }),
    null,
  );
  assert.deepEqual(cellsOf(chunk.columns.get('d')!), [30, 20, 10, -20, 0]);
});

test('truths are 1 and 0 in numbers, and numbers and truths are texts', () => {
  assert.deepEqual(derive(derived('float32', 'a > 1'), ab).cells, [0, 1, null, 0, 0]);
  assert.deepEqual(derive(derived('boolean', 'a > 1'), ab).cells, [false, true, null, false, false]);
  assert.deepEqual(derive(derived('string', 'a'), ab).cells, ['1', '2', null, '-4', '0']);
  assert.deepEqual(derive(derived('string', 'a > 1'), ab).cells, ['false', 'true', null, 'false', 'false']);
});

test('texts are a dictionary that starts with the categories and has each text once', () => {
  const t = { type: 'string', cells: ['x', 'X', null, 'Y', 'y'] } as const;
  const one = derived('string', 'lower(t)', { categories: ['y', 'z'] });
  const plan = planOf([one, contract('t', 'string')]);
  const column = createRepair(plan).apply(chunkOf({ t }), null).chunk.columns.get('d')!;
  assert.ok(column.type === 'string' && column.layout === 'dictionary');
  assert.deepEqual(column.dictionary, ['y', 'z', 'x']);
  assert.deepEqual([...column.codes], [2, 2, -1, 0, 0]);
});

const region = [
  { from: 'JFK', to: 1 },
  { from: 'LGA', to: 2 },
];
const t = { t: { type: 'string', cells: ['JFK', 'LGA', null, 'EWR', 'JFK'] } } as const;

test('a map gives its values; unknown says what becomes of others', () => {
  const flagged = derive(derived('float32', 't', { map: region }), t);
  assert.deepEqual(flagged.cells, [1, 2, null, null, 1]);
  assert.deepEqual(flagged.problems, ['3 unmapped-value:d flagged EWR']);
  const filled = derive(derived('int32', 't', { map: region, unknown: fill(0) }), t);
  assert.deepEqual(filled.cells, [1, 2, null, 0, 1]);
  assert.deepEqual(filled.problems, ['3 unmapped-value:d repaired EWR']);
  const rejected = derive(
    derived('int64', 't', {
      map: region.map(({ from, to }) => ({ from, to: BigInt(to) })),
      unknown: { kind: 'reject' },
    }),
    t,
  );
  assert.deepEqual(rejected.cells, [1n, 2n, null, null, 1n]);
  assert.deepEqual(rejected.problems, ['3 unmapped-value:d rejected EWR']);
});

test('a map of numbers and truths, to texts and truths', () => {
  const bins = [
    { from: '0', to: 'low' },
    { from: '1', to: 'high' },
  ];
  assert.deepEqual(derive(derived('string', 'bin(a, 1)', { map: bins }), ab).cells, [
    'high',
    'high',
    null,
    'low',
    'low',
  ]);
  const odd = [
    { from: 'true', to: false },
    { from: 'false', to: true },
  ];
  assert.deepEqual(derive(derived('boolean', 'a > 1', { map: odd }), ab).cells, [
    true,
    false,
    null,
    true,
    true,
  ]);
});

test('a derived column that depends on itself is refused', () => {
  const columns = [
    derived('float64', 'e + 1'),
    contract('e', 'float64', { derivation: { from: 'd + 1', map: null } }),
  ];
  assert.deepEqual(
    planMistakes(planOf(columns)).map(({ message }) => message),
    ['"columns.d.from" depends on itself: d needs e needs d'],
  );
});

test('a problem shows no value of a redacted column', () => {
  const plan = {
    ...planOf([derived('float64', 'a / b'), contract('a', 'float64'), contract('b', 'float64')]),
    redact: ['a'],
  };
  const { chunk } = createRepair(plan).apply(chunkOf(ab), null);
  assert.deepEqual(
    listProblems(chunk).filter((problem) => problem.includes('undefined')),
    ['4 undefined-value:d flagged b=0'],
  );
});

test('a row that the decoder rejected has no problem of a derived column', () => {
  const chunk = chunkOf(ab);
  const kind: ProblemKind = { code: 'long-row', column: null, expected: '3 cells', outcome: 'rejected' };
  for (const row of [3, 4]) chunk.problems.add(kind, row, '4 cells');
  const plan = planOf([
    derived('float64', 'log(a) + a / b'),
    contract('a', 'float64'),
    contract('b', 'float64'),
  ]);
  const { problems } = createRepair(plan).apply(chunk, null).chunk;
  assert.deepEqual(
    Array.from(problems, ({ kind }) => kind.code),
    ['long-row', 'long-row', 'infinite'],
  );
});

test('a chunk of texts has the same codes and dictionary, whatever chunks came before', () => {
  const texts = ['x', 'Y', 'y', null, 'X', 'é', 'straße', '😀', ''];
  const wholly: readonly (readonly [type: ColumnContract['type'], from: string, map?: Derivation['map']])[] =
    [
      ['string', 'lower(t)'],
      ['string', 'concat(t, "!")'],
      ['float64', 'length(t)'],
      ['boolean', 'starts_with(t, "s")'],
      ['string', 'if(length(t) > 1, t, "short")'],
      ['int32', 't', [{ from: 'y', to: 1 }]],
    ];
  for (const [type, from, map = null] of wholly) {
    const plan = planOf([
      contract('d', type, { derivation: { from, map }, categories: type === 'string' ? ['y'] : null }),
      contract('t', 'string'),
    ]);
    const one = createRepair(plan);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...texts), { maxLength: 20 }), (cells) => {
        const chunk = () => chunkOf({ t: { type: 'string', cells } });
        const again = one.apply(chunk(), null);
        const alone = createRepair(plan).apply(chunk(), null);
        assert.deepEqual(again.chunk.columns.get('d'), alone.chunk.columns.get('d'), from);
        assert.deepEqual(listProblems(again.chunk), listProblems(alone.chunk));
      }),
    );
  }
});

test('numbers are looked up by their text, be they small, large, negative or broken', () => {
  const cells = [0, 1, 4095, 4096, -1, 0.5, 1e21, -0, null];
  const map = [
    { from: '0', to: 'zero' },
    { from: '4095', to: 'last' },
    { from: '4096', to: 'next' },
    { from: '-1', to: 'minus' },
    { from: '0.5', to: 'half' },
    { from: '1e+21', to: 'large' },
  ];
  const found = derive(derived('string', 'a', { map }), { a: { type: 'float64', cells } });
  assert.deepEqual(found.cells, ['zero', null, 'last', 'next', 'minus', 'half', 'large', 'zero', null]);
});

/** The cells as codes into the texts, which may be in any order. */
function codedOf(cells: readonly (string | null)[], texts: readonly string[]): Column {
  const codes = Int32Array.from(cells, (cell) => (cell === null ? -1 : texts.indexOf(cell)));
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i]! + Buffer.byteLength(text);
  const validity = new Uint8Array((cells.length + 7) >> 3);
  for (const [row, cell] of cells.entries()) if (cell !== null) validity[row >> 3]! |= 1 << (row & 7);
  const coded = { codes, entries: texts.length, offsets, bytes: Buffer.from(texts.join('')) };
  return codedColumn(coded, validity);
}

test('texts that are codes already give the same columns and problems as written ones', () => {
  const texts = ['x', 'Y', 'y', ' y', 'X', 'é', 'straße', '😀', ''];
  const wholly: readonly (readonly [string, Partial<ColumnContract>?, Derivation['map']?])[] = [
    ['t'],
    ['lower(t)'],
    ['upper(t)', { missing: fill('NONE') }],
    ['lower(trim(t))', { categories: ['y'] }],
    ['concat(lower(t), t)'],
    ['if(length(t) > 1, t, lower(t))'],
    ['lower(t)', { unknown: fill('other') }, [{ from: 'y', to: 'yes' }]],
  ];
  const cell = fc.option(fc.constantFrom(...texts), { freq: 8 });
  const shuffled = fc.shuffledSubarray(texts, { minLength: texts.length });
  for (const [from, wants = {}, map = null] of wholly) {
    const plan = planOf([
      contract('d', 'string', { ...wants, derivation: { from, map } }),
      contract('t', 'string'),
    ]);
    const one = createRepair(plan);
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 60, size: 'max' }),
        shuffled,
        fc.boolean(),
        (cells, order, asRows) => {
          const inRows = [...new Set([...cells.filter((text) => text !== null), ...order])];
          const written = chunkOf({ t: { type: 'string', layout: 'text', cells } });
          const coded = {
            ...written,
            problems: new Problems(),
            columns: new Map([['t', codedOf(cells, asRows ? inRows : order)]]),
          };
          const after = one.apply(coded, null).chunk;
          const expected = createRepair(plan).apply(written, null).chunk;
          assert.deepEqual(after.columns.get('d'), expected.columns.get('d'), from);
          assert.deepEqual(listProblems(after), listProblems(expected));
          assert.deepEqual(cellsOf(after.columns.get('t')!), cells, 'the column it reads is as before');
        },
      ),
    );
  }
});
