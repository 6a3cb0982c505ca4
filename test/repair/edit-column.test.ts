import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editColumn } from '../../src/repair/edit-column.js';
import fc from '../seeded.js';
import { type Cell, cellsOf, columnOf, type TestColumn } from './tables.js';

const kinds: readonly (readonly [Omit<TestColumn, 'cells'>, fc.Arbitrary<Exclude<Cell, null | boolean>>])[] =
  [
    [{ type: 'int32' }, fc.integer()],
    [{ type: 'int64' }, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    [{ type: 'float32' }, fc.float({ noNaN: true })],
    [{ type: 'float64' }, fc.double({ noNaN: true })],
    [{ type: 'string' }, fc.constantFrom('a', 'b', '', 'ä')],
    [{ type: 'string', layout: 'text' }, fc.string({ unit: 'grapheme', maxLength: 5 })],
    [{ type: 'list<float32>' }, fc.array(fc.float({ noNaN: true }), { maxLength: 3 })],
  ];

for (const [column, cell] of kinds) {
  test(`puts and clears cells of a ${column.type} ${column.layout ?? ''} column and leaves the others (property)`, () => {
    const change = fc.tuple(fc.nat(19), fc.option(cell, { nil: null }));
    fc.assert(
      fc.property(
        fc.array(fc.option(cell, { nil: null }), { minLength: 20, maxLength: 20 }),
        fc.array(change, { maxLength: 12 }),
        (cells, changes) => {
          const edit = editColumn(columnOf({ ...column, cells }));
          const wanted: Cell[] = [...cells];
          for (const [row, value] of changes) {
            wanted[row] = value;
            if (value === null) edit.clear(row);
            else
              edit.put(row, Array.isArray(value) ? Float32Array.from(value as number[]) : (value as number));
          }
          const edited = edit.done();
          assert.deepEqual(cellsOf(edited), wanted);
          if (changes.length > 0 && wanted.every((value) => value !== null))
            assert.equal(edited.validity, null);
          for (const [row, value] of wanted.entries()) {
            if (value === null && edited.type === 'float32') assert.ok(Number.isNaN(edited.values[row]!));
            if (value === null && edited.type === 'int64') assert.equal(edited.values[row], 0n);
          }
        },
      ),
    );
  });
}
