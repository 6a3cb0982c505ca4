import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnShapes } from '../../../src/formats/csv/column-shapes.js';
import { typedColumns } from '../../../src/formats/csv/table-bounds.js';
import { countColumns } from '../../../src/formats/text/count-texts.js';
import { sampleRow } from './sample-row.js';

/** Returns the shapes of columns that are given as lists of cells. */
function shapesOfColumns(...columns: readonly (readonly string[])[]) {
  const rows = columns[0]!.map((_, row) => columns.map((cells) => cells[row]!));
  return learnShapes(rows, columns.length);
}

const twelve = Array.from({ length: 12 }, (_, i) => i);

test('texts are counted in the order of their first occurrence, in runs and apart', () => {
  const cells = ['', 'b', 'b', 'a', 'b', '', 'a', 'a'];
  const [counts, short] = countColumns(
    cells.map((cell) => [cell]),
    2,
  );
  assert.deepEqual(
    [...counts!],
    [
      ['', 2],
      ['b', 3],
      ['a', 3],
    ],
  );
  assert.deepEqual([...short!], [['', 8]]);
});

test('a column of whole numbers has one mask, a range and no decimals', () => {
  const [plain, zeros, signed] = shapesOfColumns(
    twelve.map((i) => `${i * 7}`),
    twelve.map((i) => `0${i % 10}`),
    twelve.map((i) => (i === 3 ? '-3' : `1,00${i % 10}`)),
  );
  assert.deepEqual([plain!.masks, plain!.most, plain!.decimals, plain!.digits], [['9'], 77, null, true]);
  assert.deepEqual(plain!.spread, { least: 0, most: 77, decimals: 0 });
  assert.deepEqual([zeros!.masks, zeros!.most, zeros!.length], [['9'], null, 2]);
  assert.deepEqual([signed!.masks, signed!.most, signed!.spread], [['9,9', '-9'], 1009, null]);
});

test('decimals count if all cells have as many, and blanks around a text do not make another', () => {
  const [prices, mixed, words] = shapesOfColumns(
    twelve.map((i) => `${i}.25`),
    twelve.map((i) => (i % 2 === 0 ? `${i}.5` : `${i}`)),
    twelve.map((i) => (i % 2 === 0 ? 'yes' : ' yes')),
  );
  assert.deepEqual([prices!.decimals, prices!.spread!.decimals, prices!.most], [2, 2, null]);
  assert.deepEqual([mixed!.decimals, mixed!.spread!.decimals], [null, null]);
  assert.deepEqual([words!.values?.length, words!.length, words!.digits], [1, 3, false]);
});

test('a column of texts with too many masks has none', () => {
  const [texts, few] = shapesOfColumns(
    Array.from({ length: 60 }, (_, i) => '-'.repeat(i % 14).concat('a')),
    Array.from({ length: 60 }, (_, i) => '-'.repeat(i % 12).concat('a')),
  );
  assert.equal(texts!.masks, null);
  assert.equal(few!.masks?.length, 12);
});

test('columns of values are found whatever the width of the rows', () => {
  const rows = twelve.map((i) => (i % 3 === 0 ? sampleRow(`${i}`) : sampleRow(`${i}`, 'x', '2013-01-04')));
  for (const width of [3, 5]) assert.deepEqual(typedColumns(rows, width), [0, 2]);
});
