import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column } from '../../../src/chunk/column.js';
import { Problems } from '../../../src/chunk/problem.js';
import { isPresent } from '../../../src/chunk/validity.js';
import type { Explained, Scorer } from '../../../src/model/scorer.js';
import type { Expression } from '../../../src/repair/expression.js';
import { reasonFields, reasonLister } from '../../../src/run/slice/list-reasons.js';
import fc from '../../seeded.js';

const features = ['a', 'b', 'c', 'd'];
const base = 0.5;
const when: Expression = {
  op: 'compare',
  valueType: 'boolean',
  operator: '>=',
  left: { op: 'column', valueType: 'number', name: 'score' },
  right: { op: 'literal', valueType: 'number', value: 1 },
};
const noFeatures = { tensors: [], constants: {}, columns: [], needs: [], fixedRows: null, widths: {} };

/** The contributions of a row with reasons; null for one without. */
type Row = readonly number[] | null;

/** A scorer that explains the rows of `next` which have contributions, `step` at a time. */
function explainer(step: number) {
  let next: readonly Row[] = [];
  const explain: Scorer['explain'] = async (_, count, take) => {
    const rows = next.filter((row) => row !== null);
    assert.equal(rows.length, count);
    for (let from = 0; from < count; from += step) {
      const some = rows.slice(from, from + step);
      const sums = Float64Array.from(some, (row) => row.reduce((sum, value) => sum + value, base));
      const explained: Explained = { base, contributions: Float64Array.from(some.flat()), sums };
      take(from, from + some.length, explained);
    }
  };
  return { scorer: { explain } as Scorer, give: (rows: readonly Row[]) => (next = rows) };
}

/** The cells of a row: its reasons by falling magnitude, equal ones in order, without those that are 0. */
function cellsOf(row: Row, top: number): (string | number | null)[] {
  if (row === null) return Array(2 * top + 2).fill(null);
  const largest = row
    .map((value, i) => ({ value, name: features[i]! }))
    .filter(({ value }) => value !== 0)
    .sort((x, y) => Math.abs(y.value) - Math.abs(x.value))
    .slice(0, top);
  const rest =
    row.reduce((sum, value) => sum + value, 0) - largest.reduce((sum, { value }) => sum + value, 0);
  const cells = Array.from({ length: top }, (_, k) => [largest[k]?.name ?? null, largest[k]?.value ?? null]);
  return [...cells.flat(), rest, base];
}

function cellAt(column: Column, row: number): unknown {
  if (!isPresent(column.validity, row)) return null;
  if (column.type === 'string' && column.layout === 'dictionary')
    return column.dictionary[column.codes[row]!];
  return column.type === 'float64' ? column.values[row] : undefined;
}

const contribution = fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 9 }));
const row = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.array(contribution, { minLength: 4, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant([4, -3, 2, 1]) },
);
const chunk = fc.oneof(
  fc.array(row, { maxLength: 30 }),
  // Each row with reasons has as many as there are columns.
  fc.array(fc.constantFrom(null, [4, -3, 2, 1], [1, 2, -7, 8]), { maxLength: 30 }),
  // More rows than the loops take at once.
  fc.array(row, { minLength: 2, maxLength: 20 }).map((rows) => Array(60).fill(rows).flat() as Row[]),
);

describe('reasonLister', () => {
  it('lists the reasons of each row, few or many, in the same memory chunk after chunk', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(1, 2, 3),
        fc.constantFrom(1, 300, 4096),
        async (chunks, top, step) => {
          const { scorer, give } = explainer(step);
          const plan = { top, when, columns: [], features, fields: reasonFields(top) };
          const list = reasonLister(plan, noFeatures, scorer);
          for (const rows of chunks) {
            give(rows);
            const values = Float64Array.from(rows, (each) => (each === null ? 0 : 1));
            const score: Column = { type: 'float64', length: rows.length, values, validity: null };
            const problems = new Problems();
            const one = {
              rows: rows.length,
              columns: new Map(),
              problems,
              origin: { firstRow: 1, locate: () => ({ line: null, byteOffset: null }), raw: () => '' },
            };
            const listed = await list(one, null, new Map([['score', score]]), () => {});
            assert.equal(listed.problems.length, 0);
            const cells = rows.map((_, i) => listed.columns.map((column) => cellAt(column, i)));
            assert.deepEqual(
              cells,
              rows.map((each) => cellsOf(each, top)),
            );
          }
        },
      ),
    );
  });
});
