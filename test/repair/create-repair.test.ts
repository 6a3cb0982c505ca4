import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnContract } from '../../src/repair/contract.js';
import { createRepair } from '../../src/repair/create-repair.js';
import {
  type Cell,
  cellsOf,
  chunkOf,
  contract,
  fill,
  listProblems,
  planOf,
  rowRule,
  type TestColumn,
} from './tables.js';

/** Repairs one column and returns its cells and problems. */
function repairOne(
  one: ColumnContract,
  column: Omit<TestColumn, 'type'>,
): { cells: Cell[]; problems: string[] } {
  const { chunk } = createRepair(planOf([one])).apply(chunkOf({ c: { type: one.type, ...column } }), null);
  return { cells: cellsOf(chunk.columns.get('c')!), problems: listProblems(chunk) };
}

test('both ends of a range are within it, for float32 as float32 rounds them', () => {
  const one = contract('c', 'float32', { range: { low: 0.1, high: 0.3 } });
  assert.deepEqual(repairOne(one, { cells: [0.1, 0.2, 0.3] }).problems, []);
  assert.deepEqual(repairOne(one, { cells: [0.0999, 0.31] }).problems.length, 2);
});

test('ranges of int64 are exact beyond 2^53', () => {
  const one = contract('c', 'int64', {
    range: { low: 2n ** 53n, high: 2n ** 60n },
    outside: { kind: 'clamp' },
  });
  const { cells, problems } = repairOne(one, {
    cells: [2n ** 53n - 1n, 2n ** 53n, 2n ** 60n, 2n ** 60n + 1n, -(2n ** 63n)],
  });
  assert.deepEqual(cells, [2n ** 53n, 2n ** 53n, 2n ** 60n, 2n ** 60n, 2n ** 53n]);
  assert.equal(problems.length, 3);
});

test('a missing whole number, stored as 0, is not outside a range that leaves 0 out', () => {
  for (const type of ['int32', 'int64', 'date'] as const) {
    const one = contract('c', type, { range: { low: 5, high: 9 } });
    const cell = (value: number) => (type === 'int64' ? BigInt(value) : value);
    assert.deepEqual(repairOne(one, { cells: [cell(5), null, cell(9)] }).problems, []);
    assert.equal(repairOne(one, { cells: [cell(5), null, cell(4), null, cell(9)] }).problems.length, 1);
    assert.equal(repairOne(one, { cells: [cell(0), null] }).problems.length, 1);
  }
});

test('one cell beyond either end is found in a column of any type', () => {
  for (const type of ['int32', 'int64', 'float32', 'float64', 'date', 'timestamp'] as const) {
    const isWide = type === 'int64' || type === 'timestamp';
    const cell = (value: number) => (isWide ? BigInt(value) : value);
    const one = contract('c', type, { range: { low: cell(5), high: cell(9) } });
    for (const odd of [4, 10]) {
      const { problems } = repairOne(one, { cells: [cell(5), cell(odd), cell(9)] });
      assert.deepEqual(
        problems.map((text) => text.split(' ')[0]),
        ['1'],
        `${odd} in ${type}`,
      );
    }
  }
});

test('text sentinels are compared without blanks around, in either layout', () => {
  for (const layout of ['dictionary', 'text'] as const) {
    const one = contract('c', 'string', { sentinels: ['none'] });
    const cells = [' none\t', 'none', 'nonexistent', null, '\u00a0none'];
    assert.deepEqual(repairOne(one, { layout, cells }).cells, [null, null, 'nonexistent', null, null]);
  }
});

test('dates and timestamps are shown as people write them', () => {
  const day = contract('c', 'date', { range: { low: 15706, high: null } });
  assert.deepEqual(repairOne(day, { cells: [15705] }).problems, ['0 out-of-range:c flagged 2012-12-31']);
  const at = contract('c', 'timestamp', { range: { low: null, high: 0n }, outside: { kind: 'clamp' } });
  const { cells, problems } = repairOne(at, { cells: [1_500_000n, -1n] });
  assert.deepEqual(cells, [0n, -1n]);
  assert.deepEqual(problems, ['0 out-of-range:c repaired 1970-01-01T00:00:01.5Z']);
});

test('categories are matched by what match overlooks, and only by that', () => {
  const categories = ['Café', 'US', 'ß'];
  const cells = ['Cafe\u0301', ' US', 'us', 'SS', 'café '];
  const overlooking = (match: ColumnContract['match']) =>
    repairOne(contract('c', 'string', { categories, match }), { cells, categories }).cells;
  assert.deepEqual(overlooking([]), cells);
  assert.deepEqual(overlooking(['trim']), ['Cafe\u0301', 'US', 'us', 'SS', 'café ']);
  assert.deepEqual(overlooking(['nfc']), ['Café', ' US', 'us', 'SS', 'café ']);
  assert.deepEqual(overlooking(['trim', 'case', 'nfc']), ['Café', 'US', 'US', 'ß', 'Café']);
});

test('values that differ only in what is overlooked are told apart by exact texts alone', () => {
  const one = contract('c', 'string', { categories: ['a', 'A', 'b'], match: ['case'] });
  const { cells, problems } = repairOne(one, { cells: ['a', 'A', 'B'], categories: ['a', 'A', 'b'] });
  assert.deepEqual(cells, ['a', 'A', 'b']);
  assert.deepEqual(problems, ['2 category-alias:c repaired B']);
  const alias = contract('c', 'string', {
    categories: ['x', 'y'],
    match: ['case'],
    aliases: [
      { value: 'x', from: ['One'] },
      { value: 'y', from: ['ONE'] },
    ],
  });
  assert.deepEqual(repairOne(alias, { cells: ['One', 'ONE', 'one'] }).cells, ['x', 'y', 'one']);
});

test('a value that a policy puts in the column is known when it is read', () => {
  const one = contract('c', 'string', { categories: ['a'], unknown: fill('OTHER'), missing: fill('NONE') });
  const { cells, problems } = repairOne(one, { cells: ['OTHER', 'NONE', 'z', null], categories: ['a'] });
  assert.deepEqual(cells, ['OTHER', 'NONE', 'OTHER', 'NONE']);
  assert.deepEqual(problems, ['2 unknown-category:c repaired z', '3 missing:c repaired null']);
});

test('categories hold for text columns and for numbers', () => {
  const text = contract('c', 'string', { categories: ['a', 'b'], unknown: { kind: 'reject' } });
  assert.deepEqual(repairOne(text, { layout: 'text', cells: ['a', null, 'z '] }).problems, [
    '2 unknown-category:c rejected z ',
  ]);
  const near = contract('c', 'int64', { categories: ['1', '3'], unknown: fill(1n) });
  assert.deepEqual(repairOne(near, { cells: [1n, 2n, null, 3n, -5n, 2n ** 40n] }).cells, [
    1n,
    1n,
    null,
    3n,
    1n,
    1n,
  ]);
  const far = contract('c', 'int32', { categories: ['1', '2000000000'] });
  assert.deepEqual(repairOne(far, { cells: [1, 2000000000, 5, null] }).problems, [
    '2 unknown-category:c flagged 5',
  ]);
  const half = contract('c', 'float32', { categories: ['0.5', '1'] });
  assert.deepEqual(repairOne(half, { cells: [0.5, 1, null, 0.25] }).problems, [
    '3 unknown-category:c flagged 0.25',
  ]);
  const truth = contract('c', 'boolean', { categories: ['true'] });
  assert.deepEqual(repairOne(truth, { cells: [true, false, null] }).problems, [
    '1 unknown-category:c flagged false',
  ]);
});

test('unknown values are counted by value', () => {
  const one = contract('c', 'string', { categories: ['a'] });
  const repair = createRepair(planOf([one]));
  const repaired = repair.apply(
    chunkOf({ c: { type: 'string', cells: ['x', 'a', 'y', 'x'], categories: ['a'] } }),
    null,
  );
  assert.deepEqual(repaired.unknown, [
    {
      column: 'c',
      total: 3,
      values: [
        { value: 'x', count: 2 },
        { value: 'y', count: 1 },
      ],
      unlisted: 0,
    },
  ]);
});

test('a dictionary that grows from chunk to chunk is judged anew', () => {
  const repair = createRepair(planOf([contract('c', 'string', { categories: ['a'] })]));
  const dictionary = ['a'];
  const column = {
    type: 'string',
    layout: 'dictionary',
    length: 1,
    codes: Int32Array.of(0),
    dictionary,
    validity: null,
  } as const;
  const chunk = () => ({ ...chunkOf({}, 1), columns: new Map([['c', column]]) });
  assert.deepEqual(listProblems(repair.apply(chunk(), null).chunk), []);
  dictionary.push('z');
  column.codes[0] = 1;
  assert.deepEqual(listProblems(repair.apply(chunk(), null).chunk), ['0 unknown-category:c flagged z']);
});

test('lengths count code points, and the pattern is about the whole text', () => {
  for (const layout of ['dictionary', 'text'] as const) {
    const length = contract('c', 'string', { minLength: 2, maxLength: 3 });
    assert.deepEqual(repairOne(length, { layout, cells: ['𝄞𝄞𝄞', '𝄞', 'abcd', 'ab', null, ''] }).problems, [
      '1 disallowed:c flagged 𝄞',
      '2 disallowed:c flagged abcd',
      '5 disallowed:c flagged ',
    ]);
    const least = (minLength: number) =>
      repairOne(contract('c', 'string', { minLength }), { layout, cells: ['', '𝄞', '𝄞𝄞'] });
    assert.deepEqual(least(1).problems, ['0 disallowed:c flagged ']);
    assert.deepEqual(least(2).problems, ['0 disallowed:c flagged ', '1 disallowed:c flagged 𝄞']);
    const pattern = contract('c', 'string', { pattern: 'a|b', disallowed: 'reject' });
    assert.deepEqual(repairOne(pattern, { layout, cells: ['a', 'ab', 'b\n', null] }).problems, [
      '1 disallowed:c rejected ab',
      '2 disallowed:c rejected b\n',
    ]);
  }
});

test('texts of one chunk and the next are judged alike, more of them than verdicts are kept', () => {
  const repair = createRepair(planOf([contract('c', 'string', { pattern: '[a-z]+[02468]' })]));
  const cellsOf = (first: number) => Array.from({ length: 9000 }, (_, i) => `x${first + i}`);
  for (const first of [0, 0, 9000, 0, 9000]) {
    const cells = cellsOf(first);
    const { chunk } = repair.apply(chunkOf({ c: { type: 'string', layout: 'dictionary', cells } }), null);
    const found = Array.from(chunk.problems, (problem) => problem.found);
    assert.deepEqual(
      found,
      cells.filter((cell) => !/^[a-z]+[02468]$/.test(cell)),
    );
  }
});

test('what is unreadable is settled by policy under the decoder’s own code and words', () => {
  const chunk = (code: string) => {
    const built = chunkOf({ c: { type: 'int32', cells: [1, null] } });
    built.problems.add(
      { code, column: 'c', expected: 'a whole number (int32)', outcome: 'flagged' },
      1,
      '9e99',
    );
    return built;
  };
  for (const code of ['unreadable', 'overflow', 'date-ambiguous']) {
    const rejecting = createRepair(
      planOf([contract('c', 'int32', { unreadable: { kind: 'reject' } })]),
    ).apply(chunk(code), null);
    assert.deepEqual(listProblems(rejecting.chunk), [`1 ${code}:c rejected 9e99`]);
    assert.equal(rejecting.chunk.problems.kind(0).expected, 'a whole number (int32)');
    assert.deepEqual(rejecting.kept, Int32Array.of(0));
  }
  const other = createRepair(planOf([contract('c', 'int32', { unreadable: { kind: 'reject' } })])).apply(
    chunk('number-format'),
    null,
  );
  assert.deepEqual(listProblems(other.chunk), ['1 number-format:c flagged 9e99']);
});

test('an unreadable cell that becomes missing is filled like any missing cell, and both are said', () => {
  const chunk = chunkOf({ c: { type: 'float32', cells: [1, null] } });
  chunk.problems.add({ code: 'unreadable', column: 'c', expected: 'a number', outcome: 'flagged' }, 1, 'abc');
  const repaired = createRepair(planOf([contract('c', 'float32', { missing: fill(0) })])).apply(chunk, null);
  assert.deepEqual(listProblems(repaired.chunk), ['1 unreadable:c flagged abc', '1 missing:c repaired null']);
  assert.deepEqual(repaired.status, Uint8Array.of(0, 2));
});

test('a model that cannot hold a missing value rejects what nothing filled, once', () => {
  const columns = {
    a: { type: 'string', cells: ['x', null] },
    b: { type: 'string', cells: [null, 'y'] },
  } as const;
  const contracts = [contract('a', 'string', { missing: fill('?') }), contract('b', 'string')];
  const repaired = createRepair(planOf(contracts, { cannotBeMissing: ['a', 'b'] })).apply(
    chunkOf(columns),
    null,
  );
  assert.deepEqual(listProblems(repaired.chunk), ['0 missing:b rejected null', '1 missing:a repaired null']);
  const strict = planOf([contract('a', 'string', { missing: { kind: 'reject' } }), contracts[1]!], {
    cannotBeMissing: ['a', 'b'],
  });
  assert.equal(createRepair(strict).apply(chunkOf(columns), null).chunk.problems.length, 2);
});

test('an absent column that may be missing is filled as missing cells are, else missing and flagged', () => {
  const absent = { kind: 'missing' } as const;
  const apply = (one: ColumnContract, cannotBeMissing: string[] = []) =>
    createRepair(planOf([one], { absent: ['c'], cannotBeMissing })).apply(chunkOf({}, 2), null);
  const filled = apply(contract('c', 'string', { absent, categories: ['a'], missing: fill('b') }));
  assert.deepEqual(cellsOf(filled.chunk.columns.get('c')!), ['b', 'b']);
  assert.deepEqual(listProblems(filled.chunk), [
    '0 absent-column:c repaired null',
    '1 absent-column:c repaired null',
  ]);
  const left = apply(contract('c', 'list<float32>', { absent }));
  assert.deepEqual(cellsOf(left.chunk.columns.get('c')!), [null, null]);
  assert.deepEqual(left.status, Uint8Array.of(2, 2));
  assert.deepEqual(apply(contract('c', 'int64', { absent }), ['c']).kept, new Int32Array(0));
  assert.deepEqual(
    apply(contract('c', 'int64', { absent, missing: { kind: 'reject' } })).kept,
    new Int32Array(0),
  );
});

test('rules across columns see repaired values and show what they saw', () => {
  const contracts = [
    contract('a', 'float32', { range: { low: 0, high: 100 }, outside: { kind: 'clamp' } }),
    contract('b', 'float32'),
  ];
  const columns = {
    a: { type: 'float32', cells: [500, 5, 50] },
    b: { type: 'float32', cells: [200, null, 10] },
  } as const;
  const plan = planOf(contracts, { rules: [rowRule('order', 'a > b', 'reject')] });
  const repaired = createRepair(plan).apply(chunkOf(columns), null);
  assert.deepEqual(listProblems(repaired.chunk), [
    '0 out-of-range:a repaired 500',
    '2 rule:order rejected a=50, b=10',
  ]);
  assert.deepEqual(repaired.kept, Int32Array.of(0, 1));
});

test('repeated and missing keys are settled by one policy', () => {
  const columns = { k: { type: 'string', cells: ['x', null, 'x'] } } as const;
  const apply = (repeated: 'flag' | 'reject' | 'keep_last') =>
    listProblems(
      createRepair(planOf([contract('k', 'string', { key: true, repeated })])).apply(
        chunkOf(columns),
        Int32Array.of(2),
      ).chunk,
    );
  assert.deepEqual(apply('flag'), ['1 missing-key:k flagged null', '2 repeated-key:k flagged x']);
  assert.deepEqual(apply('keep_last'), ['1 missing-key:k rejected null', '2 repeated-key:k rejected x']);
  const two = planOf([contract('a', 'int64', { key: true }), contract('b', 'string', { key: true })]);
  const pair = chunkOf({ a: { type: 'int64', cells: [1n, 1n] }, b: { type: 'string', cells: ['x', 'x'] } });
  assert.deepEqual(listProblems(createRepair(two).apply(pair, Int32Array.of(1)).chunk), [
    '1 repeated-key:a+b flagged 1, x',
  ]);
});

test('columns outside the contract are carried through untouched', () => {
  const chunk = chunkOf({
    c: { type: 'float32', cells: [1, 2] },
    other: { type: 'float32', cells: [Number.NaN, Number.POSITIVE_INFINITY] },
  });
  const repaired = createRepair(planOf([contract('c', 'float32')])).apply(chunk, null);
  assert.equal(repaired.chunk.columns.get('other'), chunk.columns.get('other'));
  assert.equal(repaired.status, null);
});

test('a chunk that lacks a column of the contract, or has it as another type, is a bug and said to be one', () => {
  const repair = createRepair(planOf([contract('c', 'float32')]));
  assert.throws(() => repair.apply(chunkOf({}, 1), null), /chunk has no column "c"/);
  assert.throws(
    () => repair.apply(chunkOf({ c: { type: 'int32', cells: [1] } }), null),
    /must be read as float32, found int32/,
  );
});

test('a bitmap that two columns share is not changed under the other', () => {
  const chunk = chunkOf({
    a: { type: 'float32', cells: [1, null, -999] },
    b: { type: 'float32', cells: [1, null, 3] },
  });
  const shared = chunk.columns.get('b')!.validity;
  const columns = new Map(
    [...chunk.columns].map(([name, column]) => [name, { ...column, validity: shared }]),
  );
  const contracts = [
    contract('a', 'float32', { sentinels: [-999], missing: fill(0) }),
    contract('b', 'float32'),
  ];
  const repaired = createRepair(planOf(contracts)).apply({ ...chunk, columns }, null);
  assert.deepEqual(cellsOf(repaired.chunk.columns.get('a')!), [1, 0, 0]);
  assert.deepEqual(cellsOf(repaired.chunk.columns.get('b')!), [1, null, 3]);
});
