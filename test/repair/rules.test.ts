import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ProblemKind } from '../../src/chunk/problem.js';
import type { ColumnContract, RepairPlan } from '../../src/repair/contract.js';
import { createRepair } from '../../src/repair/create-repair.js';
import { rules } from '../../src/repair/rules.js';
import {
  type Cell,
  cellsOf,
  chunkOf,
  contract,
  fill,
  planOf,
  rowRule,
  snapshot,
  type TestColumn,
} from './tables.js';

/** A rule at work: a good column, bad cells by row with their code, and what they become. */
interface Example {
  readonly rule: string;
  readonly contract: ColumnContract;
  readonly clean: TestColumn;
  readonly bad: readonly {
    readonly row: number;
    readonly cell: Cell;
    readonly code: string | null;
    readonly became: Cell;
  }[];
  readonly plan?: Partial<RepairPlan>;
  /** Rows given as repeated. */
  readonly repeated?: readonly number[];
  /** Problems that the decoder noted, by row. */
  readonly noted?: readonly { readonly row: number; readonly kind: ProblemKind }[];
}

const numbers = { type: 'float32', cells: [1, 2, null, 4, 5, 6, 7, 8, 9, 10] } as const;
const whole = { type: 'int64', cells: [1n, 2n, null, 4n, 5n, 6n, 7n, 8n, 9n, 10n] } as const;
const carriers = {
  type: 'string',
  cells: ['AA', 'B6', null, 'DL', 'UA', 'AA', 'B6', 'DL', 'UA', 'AA'],
  categories: ['AA', 'B6', 'DL', 'UA'],
} as const;
const categories = carriers.categories;
const ids = {
  type: 'string',
  layout: 'text',
  cells: ['a1', 'b2', null, 'd4', 'e5', 'f6', 'g7', 'h8', 'i9', 'j0'],
} as const;
const vectors = {
  type: 'list<float32>',
  cells: [[1, 2], [3], null, [], [5, 6], [7], [8], [9], [10], [11]],
} as const;
const pairs = {
  type: 'list<float32>',
  cells: [[1, 2], [3, 4], null, [5, 6], [7, 8], [9, 10], [1, 1], [2, 2], [3, 3], [4, 4]],
} as const;
const unreadable: ProblemKind = { code: 'unreadable', column: 'c', expected: 'a number', outcome: 'flagged' };
const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const examples: readonly Example[] = [
  {
    rule: 'mark-nan',
    contract: contract('c', 'float32'),
    clean: numbers,
    bad: [{ row: 3, cell: Number.NaN, code: null, became: null }],
  },
  {
    rule: 'null-sentinels',
    contract: contract('c', 'float32', { sentinels: [-999, 9999] }),
    clean: numbers,
    bad: [
      { row: 1, cell: -999, code: 'sentinel', became: null },
      { row: 8, cell: 9999, code: 'sentinel', became: null },
    ],
  },
  {
    rule: 'null-sentinels',
    contract: contract('c', 'int64', { sentinels: [9007199254740993n] }),
    clean: whole,
    bad: [{ row: 1, cell: 9007199254740993n, code: 'sentinel', became: null }],
  },
  {
    rule: 'null-sentinels',
    contract: contract('c', 'string', { sentinels: ['unknown'] }),
    clean: ids,
    bad: [{ row: 0, cell: '  unknown ', code: 'sentinel', became: null }],
  },
  {
    rule: 'clamp-range',
    contract: contract('c', 'float32', { range: { low: 1, high: 10 }, outside: { kind: 'clamp' } }),
    clean: numbers,
    bad: [
      { row: 0, cell: -5, code: 'out-of-range', became: 1 },
      { row: 9, cell: 10.5, code: 'out-of-range', became: 10 },
    ],
  },
  {
    rule: 'clamp-range',
    contract: contract('c', 'int64', {
      range: { low: 1n, high: 9007199254740992n },
      outside: { kind: 'null' },
    }),
    clean: whole,
    bad: [{ row: 5, cell: 9007199254740993n, code: 'out-of-range', became: null }],
  },
  {
    rule: 'settle-infinity',
    contract: contract('c', 'float32', { range: { low: 0, high: 10 }, outside: { kind: 'clamp' } }),
    clean: numbers,
    bad: [{ row: 5, cell: Number.NEGATIVE_INFINITY, code: 'infinite', became: null }],
  },
  {
    rule: 'settle-infinity',
    contract: contract('c', 'list<float32>', { infinity: fill([0, 0]) }),
    clean: vectors,
    bad: [{ row: 1, cell: [1, Number.POSITIVE_INFINITY], code: 'infinite', became: [0, 0] }],
  },
  {
    rule: 'map-category',
    contract: contract('c', 'string', {
      categories,
      unknown: fill('OTHER'),
      match: ['trim', 'case'],
      aliases: [{ value: 'UA', from: ['United'] }],
    }),
    clean: carriers,
    bad: [
      { row: 0, cell: ' aa', code: 'category-alias', became: 'AA' },
      { row: 3, cell: 'UNITED', code: 'category-alias', became: 'UA' },
      { row: 4, cell: 'ZZ', code: 'unknown-category', became: 'OTHER' },
    ],
  },
  {
    rule: 'match-pattern',
    contract: contract('c', 'string', { pattern: '[a-z]\\d', disallowed: 'null' }),
    clean: ids,
    bad: [{ row: 3, cell: 'd44', code: 'disallowed', became: null }],
  },
  {
    rule: 'settle-unreadable',
    contract: contract('c', 'float32', { unreadable: fill(-1), range: { low: 0, high: 10 } }),
    clean: numbers,
    noted: [{ row: 4, kind: unreadable }],
    bad: [{ row: 4, cell: null, code: 'unreadable', became: -1 }],
  },
  {
    rule: 'fill-absent',
    contract: contract('d', 'int32', { absent: fill(7), range: { low: 0, high: 5 } }),
    plan: { absent: ['d'] },
    clean: numbers,
    bad: all.map((row) => ({
      row,
      cell: numbers.cells[row]!,
      code: 'absent-column',
      became: numbers.cells[row]!,
    })),
  },
  {
    rule: 'fill-missing',
    contract: contract('c', 'float32', { missing: fill(3) }),
    clean: { ...numbers, cells: all },
    bad: [
      { row: 0, cell: null, code: 'missing', became: 3 },
      { row: 9, cell: null, code: 'missing', became: 3 },
    ],
  },
  {
    rule: 'fill-missing',
    contract: contract('c', 'string', { missing: fill('none') }),
    clean: { ...ids, cells: ids.cells.map((cell) => cell ?? 'x') },
    bad: [{ row: 4, cell: null, code: 'missing', became: 'none' }],
  },
  {
    rule: 'check-keys',
    contract: contract('c', 'int64', { key: true, repeated: 'reject' }),
    clean: { ...whole, cells: all.map(BigInt) },
    repeated: [6],
    bad: [
      { row: 2, cell: null, code: 'missing-key', became: null },
      { row: 6, cell: 1n, code: 'repeated-key', became: 1n },
    ],
  },
  {
    rule: 'check-rows',
    contract: contract('c', 'float32'),
    plan: { rules: [rowRule('small', 'c * 2 > 20', 'reject')] },
    clean: numbers,
    bad: [{ row: 9, cell: 11, code: 'rule', became: 11 }],
  },
  {
    rule: 'reject-missing',
    contract: contract('c', 'int64'),
    plan: { cannotBeMissing: ['c'] },
    clean: { ...whole, cells: all.map(BigInt) },
    bad: [{ row: 7, cell: null, code: 'missing', became: null }],
  },
  {
    rule: 'reject-unfit',
    contract: contract('c', 'int64'),
    plan: { limits: [{ column: 'c', holds: { low: -128, high: 127 }, items: null, onlyKnown: null }] },
    clean: whole,
    bad: [
      { row: 1, cell: 128n, code: 'out-of-range', became: 128n },
      { row: 4, cell: -129n, code: 'out-of-range', became: -129n },
    ],
  },
  {
    rule: 'reject-unfit',
    contract: contract('c', 'string'),
    plan: { limits: [{ column: 'c', holds: null, items: null, onlyKnown: ['AA', 'B6', 'UA', 'DL'] }] },
    clean: carriers,
    bad: [{ row: 2, cell: 'ZZ', code: 'unknown-category', became: 'ZZ' }],
  },
  {
    rule: 'reject-unfit',
    contract: contract('c', 'list<float32>'),
    plan: { limits: [{ column: 'c', holds: null, items: 2, onlyKnown: null }] },
    clean: pairs,
    bad: [{ row: 5, cell: [1, 2, 3], code: 'disallowed', became: [1, 2, 3] }],
  },
];

for (const example of examples) {
  const { rule, clean, bad } = example;
  const plan = planOf([example.contract], example.plan);
  const isAboutAll = rule === 'fill-absent';
  const title = `${rule} on ${example.contract.type}`;

  test(`${title} leaves clean columns as they are: the same objects, the same bits, no problem`, () => {
    if (isAboutAll)
      return assert.equal(
        rules.find(({ name }) => name === rule)!.compile(planOf([contract('c', 'float32')])),
        null,
      );
    const chunk = chunkOf({ c: clean });
    const before = snapshot(chunk.columns.get('c')!);
    const repaired = createRepair(plan).apply(chunk, null);
    assert.equal(repaired.chunk.columns.get('c'), chunk.columns.get('c'));
    assert.deepEqual(snapshot(repaired.chunk.columns.get('c')!), before);
    assert.equal(repaired.chunk.problems.length, 0);
    assert.equal(repaired.status, null);
    assert.equal(repaired.kept, null);
  });

  test(`${title} finds every bad cell under its code and touches nothing else`, () => {
    const cells: Cell[] = [...clean.cells];
    for (const { row, cell } of bad) cells[row] = cell;
    const chunk = chunkOf({ c: { ...clean, cells } });
    // A NaN that a file holds as a value counts as present.
    const column = chunk.columns.get('c')!;
    for (const { row, cell } of bad)
      if (Number.isNaN(cell)) assert.notEqual(column.validity![row >> 3]! & (1 << (row & 7)), 0);
    for (const { row, kind } of example.noted ?? []) chunk.problems.add(kind, row, 'abc');

    const repaired = createRepair(plan).apply(chunk, Int32Array.from(example.repeated ?? []));
    const problems = [...repaired.chunk.problems];
    const wanted = bad.filter(({ code }) => code !== null);
    assert.deepEqual(
      problems.map(({ kind, row }) => [row, kind.code]),
      wanted.map(({ row, code }) => [row, code]),
    );
    const { codes } = rules.find(({ name }) => name === rule)!;
    for (const { kind } of problems) assert.ok(codes.includes(kind.code));
    const after = cells.map((cell, row) => {
      const change = bad.find((one) => one.row === row);
      return change === undefined ? cell : change.became;
    });
    assert.deepEqual(cellsOf(repaired.chunk.columns.get('c')!), after);
  });

  test(`${title} leaves what is missing missing where nothing fills it`, () => {
    const fills = rule === 'fill-missing' || rule === 'reject-missing' || rule === 'check-keys' || isAboutAll;
    const cells = clean.cells.map(() => null);
    const repaired = createRepair(plan).apply(chunkOf({ c: { ...clean, cells } }), null);
    if (fills) assert.notEqual(repaired.status, null);
    else {
      assert.deepEqual(cellsOf(repaired.chunk.columns.get('c')!), cells);
      assert.equal(repaired.status, null);
    }
  });

  test(`${title} looks at no row that the decoder rejected`, () => {
    const chunk = chunkOf({ c: { ...clean, cells: clean.cells.map(() => null) } });
    const kind: ProblemKind = { code: 'long-row', column: null, expected: '3 cells', outcome: 'rejected' };
    for (const row of all) chunk.problems.add(kind, row, '4 cells');
    const repaired = createRepair(plan).apply(chunk, null);
    assert.deepEqual(new Set(Array.from(repaired.chunk.problems, (one) => one.kind)), new Set([kind]));
    assert.deepEqual(repaired.kept, new Int32Array(0));
  });

  test(`${title} works on a chunk without rows`, () => {
    const repaired = createRepair(plan).apply(chunkOf({ c: { ...clean, cells: [] } }), null);
    assert.equal(repaired.chunk.problems.length, 0);
  });
}

test('every rule has an example, and every file that is a rule is in the list under its own name', () => {
  // It needs other columns than its own: test/repair/derive-columns.test.ts.
  const tried = [...examples.map(({ rule }) => rule), 'derive-columns'];
  assert.deepEqual(new Set(tried), new Set(rules.map(({ name }) => name)));
  const files = readdirSync('src/repair').filter((file) =>
    /^} satisfies Rule;$/m.test(readFileSync(`src/repair/${file}`, 'utf8')),
  );
  assert.deepEqual(new Set(files), new Set(rules.map(({ name }) => `${name}.ts`)));
});

test('no code is found by two rules, but by those that reject for the model what another rule let through', () => {
  const codes = rules
    .filter(({ name }) => name !== 'reject-missing' && name !== 'reject-unfit')
    .flatMap((rule) => rule.codes as readonly string[])
    .filter((code) => code !== 'missing');
  assert.equal(new Set(codes).size, codes.length);
});
