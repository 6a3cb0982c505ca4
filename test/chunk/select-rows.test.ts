import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StringListColumn } from '../../src/chunk/column.js';
import { selectRows } from '../../src/chunk/select-rows.js';
import { type Cell, cellsOf, columnOf, type TestColumn } from '../repair/tables.js';
import fc from '../seeded.js';

const cells: Readonly<
  Record<string, { readonly column: Omit<TestColumn, 'cells'>; readonly cell: fc.Arbitrary<Cell> }>
> = {
  int32: { column: { type: 'int32' }, cell: fc.integer() },
  int64: { column: { type: 'int64' }, cell: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  float32: { column: { type: 'float32' }, cell: fc.float({ noNaN: true }) },
  float64: { column: { type: 'float64' }, cell: fc.double({ noNaN: true }) },
  boolean: { column: { type: 'boolean' }, cell: fc.boolean() },
  date: { column: { type: 'date' }, cell: fc.integer() },
  timestamp: { column: { type: 'timestamp' }, cell: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  dictionary: { column: { type: 'string' }, cell: fc.constantFrom('a', 'b', 'ä€𝄞', '') },
  text: { column: { type: 'string', layout: 'text' }, cell: fc.string({ unit: 'binary' }) },
  list: { column: { type: 'list<float32>' }, cell: fc.array(fc.float({ noNaN: true }), { maxLength: 4 }) },
};

for (const [name, { column, cell }] of Object.entries(cells)) {
  test(`keeps the chosen rows of a ${name} column, in order (property)`, () => {
    const row = fc.record({ cell: fc.option(cell, { nil: null, freq: 6 }), kept: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const built = columnOf({ ...column, cells: rows.map((one) => one.cell) });
        const kept = Int32Array.from(rows.flatMap((one, i) => (one.kept ? [i] : [])));
        const selected = selectRows(built, kept);
        assert.equal(selected.length, kept.length);
        assert.deepEqual(
          cellsOf(selected),
          rows.filter((one) => one.kept).map((one) => one.cell),
        );
        if (rows.every((one) => !one.kept || one.cell !== null)) assert.equal(selected.validity, null);
        assert.equal(selectRows(built, null), built);
      }),
    );
  });
}

test('keeps the chosen lists of strings', () => {
  const column: StringListColumn = {
    type: 'list<string>',
    length: 4,
    offsets: Int32Array.of(0, 1, 1, 3, 4),
    codes: Int32Array.of(0, 1, 0, 1),
    dictionary: ['x', 'y'],
    validity: null,
  };
  const selected = selectRows(column, Int32Array.of(1, 2));
  assert.deepEqual(selected, {
    ...column,
    length: 2,
    offsets: Int32Array.of(0, 0, 2),
    codes: Int32Array.of(1, 0),
  });
});

test('reads text rows of a column whose first row does not start at 0', () => {
  const whole = columnOf({ type: 'string', layout: 'text', cells: ['skip', 'one', 'two', 'three'] });
  assert.ok(whole.type === 'string' && whole.layout === 'text');
  const view = { ...whole, length: 3, offsets: whole.offsets.subarray(1) };
  assert.deepEqual(cellsOf(selectRows(view, Int32Array.of(0, 2))), ['one', 'three']);
});
