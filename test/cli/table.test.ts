import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldedTable } from '../../src/cli/table.js';

const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 12 });
const row = fc.tuple(words, words, words).map((cells) => cells.map((cell) => cell.join(' ')));

test('a folded table is no wider than the screen and loses no letter', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 28, max: 90 }),
      (rows, width) => {
        const lines = foldedTable(['one', 'two', 'three'], rows, width);
        for (const line of lines) assert.ok(line.length <= width, line);
        const letters = (text: string) => [...text.replace(/[ -]/g, '')].sort().join('');
        assert.equal(letters(lines.slice(2).join('')), letters(rows.flat().join('')));
      },
    ),
  );
});

test('a word longer than its column is broken, not cut off', () => {
  assert.deepEqual(foldedTable(['path'], [['/a/very/long/path']], 10), [
    'path',
    '----------',
    '/a/very/lo',
    'ng/path',
  ]);
});
