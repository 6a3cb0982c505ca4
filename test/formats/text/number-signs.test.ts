import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultParse, type ReadColumn } from '../../../src/chunk/read-plan.js';
import { countTexts } from '../../../src/formats/text/count-texts.js';
import { weighMarks } from '../../../src/formats/text/mark-evidence.js';
import { certainSigns } from '../../../src/formats/text/number-signs.js';
import { parseCell } from '../../../src/formats/text/parse-cell.js';

/** Reads texts as the rows of one column, its own sample: values, or the codes of their problems. */
function read(texts: readonly string[], type: 'float64' | 'int64' = 'float64'): unknown[] {
  const signs = certainSigns(weighMarks(countTexts(texts)).signs);
  const parse = { ...defaultParse, ...(signs === null ? {} : { signs }) };
  const column: ReadColumn = {
    name: 'c',
    source: 0,
    type,
    layout: 'text',
    categories: [],
    nullValues: [''],
    parse,
  };
  return texts.map((text) => {
    const { value, code } = parseCell(text, column);
    return code === null || code === 'number-format' ? value : code;
  });
}

test('a column in one currency, or in percent throughout, is read', () => {
  assert.deepEqual(read(['$12', '$ 3.50', '-$1', '$-2', '1 234 $', '']), [12, 3.5, -1, -2, 1234, null]);
  assert.deepEqual(read(['12 %', '3.5%', '-1％']), [12, 3.5, -1]);
  assert.deepEqual(read(['€12', '3', '1,200.50']), [12, 3, 1200.5]);
  assert.deepEqual(read(['$12', '3'], 'int64'), [12n, 3n]);
  assert.deepEqual(read(['12', '3.5']), [12, 3.5]);
});

test('of several currencies the most frequent is read, and none where none is', () => {
  assert.deepEqual(read(['$12', '€3.50', '4']), ['mixed-units', 'mixed-units', 4]);
  assert.deepEqual(read(['3 $', '50 ¢'], 'int64'), ['mixed-units', 'mixed-units']);
  assert.deepEqual(read(['$12', '€3.50', '＄5']), [12, 'mixed-units', 5]);
  assert.deepEqual(read(['$12', '€3.50', '£4', '£5']), [
    'mixed-units',
    'mixed-units',
    'mixed-units',
    'mixed-units',
  ]);
});

test('of percent and other numbers the more frequent are read, and neither where neither is', () => {
  assert.deepEqual(read(['12%', '0.4', '']), ['mixed-units', 'mixed-units', null]);
  assert.deepEqual(read(['12%', '$4']), ['mixed-units', 'mixed-units']);
  assert.deepEqual(read(['12%', '0.4', '3%']), [12, 'mixed-units', 3]);
  assert.deepEqual(read(['0.4', '12%', '0.3']), [0.4, 'mixed-units', 0.3]);
});

test('a sign that the sample has not is in doubt', () => {
  const signs = certainSigns(weighMarks(countTexts(['1', '2.5', 'n/a %'])).signs);
  assert.deepEqual(signs, { bare: true, percent: false, currency: null });
  assert.equal(certainSigns(weighMarks(countTexts(['', 'a', '%'])).signs), null);
});

test('units, suffixes, brackets and signs at the end are no numbers', () => {
  const texts = ['3 kg', '200 g', '1.2k', '3M', '(12)', '12-', '5 bps', 'US$ 3', '12 EUR', '7°'];
  assert.deepEqual(
    read(texts),
    texts.map(() => 'unreadable'),
  );
});
