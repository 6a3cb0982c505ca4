import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellShape } from '../../../src/formats/csv/cell-shape.js';

test('a word, a number or a time without an expression has the shape that the expressions give it', () => {
  // A blank beside a cell leads to the expressions, and changes no shape.
  const parts = [
    '',
    '-',
    '+',
    '.',
    ',',
    '_',
    '1',
    '12',
    '2013',
    '-01',
    ':30',
    'T',
    ' ',
    'a',
    'NA',
    'null',
    'e',
    '5',
    '\n',
    'é',
  ];
  for (const a of parts)
    for (const b of parts)
      for (const c of parts) {
        const cell = `${a}${b}${c}`.trim();
        assert.equal(cellShape(cell), cellShape(` ${cell} `), JSON.stringify(cell));
      }
  for (const cell of [
    '2013-01-04',
    '2013-01-04 05:00:00',
    '2013-01-04T05:00:00',
    '2013-01-04T05:00:00Z',
    '2013-01-04Z',
    '2013-01-04 05:00:0Z',
    '2013-01-04 05.00.00',
    '20130-1-04',
    '2013/01/04',
    '12.',
    '12.50',
    'N/A',
  ])
    assert.equal(cellShape(cell), cellShape(` ${cell} `), cell);
});
