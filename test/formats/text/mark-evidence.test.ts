import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTexts } from '../../../src/formats/text/count-texts.js';
import { type MarkSign, weighMarks } from '../../../src/formats/text/mark-evidence.js';
import { plainNumber } from '../../../src/formats/text/parse-number.js';
import fc from '../../seeded.js';

test('takes a mark for proven only where the other way to read the text is no number', () => {
  const cases: [string[], MarkSign, MarkSign][] = [
    [[], null, null],
    [['12', '-3', '1e5', '', 'NA'], null, null],
    [['1.5'], '.', null],
    [['1,5', '0,25'], ',', null],
    [['1.234,5'], ',', null],
    [['1,234.5'], '.', null],
    [['1,234', '12,345', '999,999'], 'either', '.'],
    [['1.234', '12.345'], 'either', ','],
    [['1.000'], 'either', 'either'],
    [['0.125'], '.', null],
    [['0,125'], ',', null],
    [['1234.567'], '.', null],
    [['1.234.567'], ',', ','],
    [['1,234,567'], '.', '.'],
    [['$1.50', '€ 2.25', '3.5 %'], '.', null],
    [['1,234', '2,5'], ',', '.'],
    [['2013.01.04', '1.2.3', '10:30.5', 'a,b', 'Smith, J.'], null, null],
    [['5.0', '7.0'], '.', '.'],
  ];
  for (const [texts, fractions, wholes] of cases) {
    const found = weighMarks(countTexts(texts));
    assert.equal(found.fractions, fractions, `fractions of ${JSON.stringify(texts)}`);
    assert.equal(found.wholes, wholes, `wholes of ${JSON.stringify(texts)}`);
  }
});

test('goes by the majority where both marks are proven', () => {
  assert.equal(weighMarks(countTexts(['1,5', '2,5', '3.5'])).fractions, ',');
  assert.equal(weighMarks(countTexts(['1,5', '2.5', '3.5'])).fractions, '.');
  assert.equal(weighMarks(countTexts(['1,5', '2.5'])).fractions, '.');
});

interface Written {
  readonly value: number;
  readonly decimals: number;
  readonly grouped: boolean;
}

function write({ value, decimals, grouped }: Written, mark: '.' | ','): string {
  const other = mark === '.' ? ',' : '.';
  const [whole = '', fraction] = value.toFixed(decimals).split('.');
  const groups = grouped ? whole.replace(/\B(?=(\d{3})+$)/g, other) : whole;
  return fraction === undefined ? groups : `${groups}${mark}${fraction}`;
}

test('a column of numbers written with either mark is read as it was, however many of its cells could be read both ways (property)', () => {
  const written = fc.record({
    value: fc.double({ min: -5e6, max: 5e6, noNaN: true }),
    decimals: fc.nat(4),
    grouped: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(written, { maxLength: 40 }), fc.constantFrom('.', ','), (column, mark) => {
      const proving = { value: 12.5, decimals: 1, grouped: false };
      const numbers = [...column, proving];
      const texts = numbers.map((number) => write(number, mark));
      assert.equal(weighMarks(countTexts(texts)).fractions, mark);
      for (const [i, text] of texts.entries()) {
        const { value, decimals } = numbers[i]!;
        assert.equal(Number(plainNumber(text, mark)!.text), Number(value.toFixed(decimals)), text);
      }
    }),
    { numRuns: 300 },
  );
});

test('a fraction has the same evidence with a blank after it, which is read in another way', () => {
  const digits = fc.stringMatching(/^\d{1,17}$/);
  fc.assert(
    fc.property(fc.constantFrom('', '-', '+'), digits, digits, (sign, whole, fraction) => {
      const text = `${sign}${whole}.${fraction}`;
      assert.deepEqual(weighMarks(new Map([[text, 2]])), weighMarks(new Map([[`${text} `, 2]])));
    }),
  );
});
