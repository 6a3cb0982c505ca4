import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditFields, auditRows } from '../../src/repair/audit-rows.js';
import { createRepair } from '../../src/repair/create-repair.js';
import { cellsOf, chunkOf, contract, fill, planOf } from './tables.js';

const contracts = [
  contract('a', 'float32', {
    sentinels: [-999],
    missing: fill(1),
    range: { low: 0, high: 10 },
    outside: { kind: 'clamp' },
  }),
  contract('b', 'string', { categories: ['x'], unknown: fill('x'), missing: { kind: 'reject' } }),
  contract('c', 'date', { range: { low: 0, high: null } }),
];

function audited(redact: readonly string[] = []) {
  const chunk = chunkOf({
    a: { type: 'float32', cells: [-999, 11, null, 4] },
    b: { type: 'string', cells: ['y', 'x', null, 'x'], categories: ['x'] },
    c: { type: 'date', cells: [1, 1, 1, -1] },
  });
  chunk.problems.add({ code: 'number-format', column: 'a', expected: '', outcome: 'repaired' }, 3, ' 4 ');
  chunk.problems.add({ code: 'short-row', column: null, expected: '', outcome: 'repaired' }, 3, '2 cells');
  const repaired = createRepair(planOf(contracts, { audit: true, redact })).apply(
    { ...chunk, origin: { ...chunk.origin, firstRow: 101 } },
    null,
  );
  const batch = auditRows(
    repaired.chunk.problems,
    repaired.became!,
    repaired,
    'in.csv',
    repaired.chunk.origin,
  );
  const columns = batch.columns.map((column) => {
    assert.notEqual(column.type, 'list<string>');
    return cellsOf(column as Exclude<typeof column, { type: 'list<string>' }>);
  });
  return Array.from({ length: batch.rows }, (_, i) => columns.map((cells) => cells[i]));
}

test('has a row for every changed cell of a scored row, and none for what was only flagged or is rejected', () => {
  assert.deepEqual(
    auditFields.map(({ name }) => name),
    ['file', 'row', 'column', 'code', 'found', 'became'],
  );
  assert.deepEqual(audited(), [
    ['in.csv', 101n, 'a', 'sentinel', '-999', null],
    ['in.csv', 101n, 'b', 'unknown-category', 'y', 'x'],
    ['in.csv', 101n, 'a', 'missing', null, '1'],
    ['in.csv', 102n, 'a', 'out-of-range', '11', '10'],
    ['in.csv', 104n, 'a', 'number-format', ' 4 ', '4'],
  ]);
});

test('keeps the values of redacted columns out, and no others', () => {
  const rows = audited(['a']);
  assert.deepEqual(rows[0], ['in.csv', 101n, 'a', 'sentinel', '[redacted]', null]);
  assert.deepEqual(rows[1], ['in.csv', 101n, 'b', 'unknown-category', 'y', 'x']);
  assert.deepEqual(rows[3], ['in.csv', 102n, 'a', 'out-of-range', '[redacted]', '[redacted]']);
});
