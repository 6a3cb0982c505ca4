import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRepair } from '../../src/repair/create-repair.js';
import { digestKeys, type KeyDigest, keysPlan } from '../../src/repair/key-digest.js';
import fc from '../seeded.js';
import { type Cell, chunkOf, contract, planOf, type TestColumn } from './tables.js';

function digest(columns: Readonly<Record<string, TestColumn>>): KeyDigest {
  const contracts = Object.entries(columns).map(([name, { type }]) => contract(name, type, { key: true }));
  const plan = keysPlan(planOf(contracts))!;
  return digestKeys(createRepair(plan).apply(chunkOf(columns), null), Object.keys(columns));
}

/** Each row's key words as text; undefined where the row has none. */
function words({ keys, rows, words: width }: KeyDigest, length: number): (string | undefined)[] {
  const out: (string | undefined)[] = new Array(length).fill(undefined);
  for (let i = 0; i < keys.length / width; i++)
    out[rows === null ? i : rows[i]!] = keys.slice(i * width, (i + 1) * width).join(' ');
  return out;
}

const long = 'x'.repeat(16);
const columns: readonly TestColumn[] = [
  { type: 'int64', cells: [1n, -1n, null, 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n)] },
  { type: 'int32', cells: [1, -1, null, 1, 0, 2147483647, -2147483648] },
  { type: 'date', cells: [15709, 0, null, 15709] },
  { type: 'timestamp', cells: [1n, 2n, null, 1n] },
  { type: 'boolean', cells: [true, false, null, true] },
  { type: 'float64', cells: [0, -0, null, 1.5, 1.5000000000000002] },
  { type: 'string', cells: ['', 'a', null, 'a', 'a\0', `${long}y`, `${long}z`, long, 'x'.repeat(15)] },
  {
    type: 'string',
    layout: 'text',
    cells: ['', 'a', null, 'a', 'a\0', `${long}y`, `${long}z`, long, 'x'.repeat(15)],
  },
];

for (const column of columns) {
  test(`two ${column.type} ${column.layout ?? ''} cells have the same words if and only if they are the same key`, () => {
    const keys = words(digest({ k: column }), column.cells.length);
    for (const [i, a] of column.cells.entries()) {
      for (const [j, b] of column.cells.entries()) {
        if (a === null || b === null) continue;
        assert.equal(keys[i] === keys[j], a === b, `${a} and ${b}`);
      }
    }
    assert.equal(keys[2], undefined);
  });
}

test('text and dictionary columns of the same keys have the same words', () => {
  const cells = ['a', null, `${long}${long}`, 'ä'];
  assert.deepEqual(
    words(digest({ k: { type: 'string', cells } }), 4),
    words(digest({ k: { type: 'string', layout: 'text', cells } }), 4),
  );
});

test('keys of several columns are the same if and only if all parts are (property)', () => {
  const text = fc.option(fc.constantFrom('', 'a', 'b', 'aa', long, `${long}1`), { nil: null });
  const row = fc.tuple(text, fc.option(fc.constantFrom(0n, 1n, 97n), { nil: null }), text);
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
      const part = (i: 0 | 1 | 2): Cell[] => rows.map((cells) => cells[i]);
      const keys = words(
        digest({
          a: { type: 'string', cells: part(0) },
          b: { type: 'int64', cells: part(1) },
          c: { type: 'string', layout: 'text', cells: part(2) },
        }),
        rows.length,
      );
      for (const [i, a] of rows.entries()) {
        if (a.includes(null)) assert.equal(keys[i], undefined);
        else
          for (const [j, b] of rows.entries()) {
            if (!b.includes(null))
              assert.equal(
                keys[i] === keys[j],
                a.every((cell, k) => cell === b[k]),
              );
          }
      }
    }),
  );
});

test('keys are sorted, with their rows, and known to be strict or not', () => {
  const cells = (keys: readonly (number | null)[]) =>
    digest({ k: { type: 'int64', cells: keys.map((key) => (key === null ? null : BigInt(key))) } });
  const ascending = cells([-5, 0, 7]);
  assert.deepEqual([ascending.rows, ascending.isStrict, ascending.chunkRows], [null, true, 3]);
  const equal = cells([1, null, 1]);
  assert.deepEqual([equal.rows, equal.isStrict, equal.chunkRows], [Uint32Array.of(0, 2), false, 3]);
  const mixed = cells([7, null, -5, 7, 0]);
  assert.deepEqual([mixed.rows, mixed.isStrict, mixed.chunkRows], [Uint32Array.of(2, 4, 0, 3), false, 5]);
  const texts = digest({ k: { type: 'string', cells: ['ID-0999', 'ID-1000', 'ID-1001'] } });
  assert.deepEqual([texts.rows, texts.isStrict], [null, true]);
});

test('keys are digested as they are after repair', () => {
  const contracts = [contract('k', 'int64', { key: true, sentinels: [-999] })];
  const repaired = createRepair(keysPlan(planOf(contracts))!).apply(
    chunkOf({ k: { type: 'int64', cells: [1n, -999n, 2n] } }),
    null,
  );
  assert.deepEqual(digestKeys(repaired, ['k']).rows, Uint32Array.of(0, 2));
});

test('the keys pass reads key columns only, and there is none without keys', () => {
  const plan = planOf([contract('a', 'int64', { key: true }), contract('b', 'string')], {
    cannotBeMissing: ['b'],
  });
  assert.deepEqual(
    keysPlan(plan)!.columns.map(({ name }) => name),
    ['a'],
  );
  assert.equal(keysPlan(planOf([contract('b', 'string')])), null);
});
