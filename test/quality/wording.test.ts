import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeatedInputGates } from '../../src/quality/freshness-gates.js';
import { capitalised } from '../../src/quality/wording.js';

test('a sentence that begins with the name of a column keeps its spelling', () => {
  assert.equal(capitalised('flagged: 3 of 9 rows', null), 'Flagged: 3 of 9 rows');
  assert.equal(capitalised('score is the same', 'score'), 'score is the same');
  assert.equal(
    capitalised('probability_1: probability_1_band is low', null),
    'probability_1: probability_1_band is low',
  );
  assert.equal(capitalised('v2 is missing', null), 'v2 is missing');
});

test('repeated inputs beyond the listed ones are counted as elsewhere', () => {
  const same = (count: number) =>
    repeatedInputGates(
      Array.from({ length: count }, (_, i) => ({ partition: `p${i}`, other: 'input q' })),
      'warn',
    ).at(-1)!.sentence;
  assert.match(same(9_700), / \(and 9,695 more inputs\)$/);
  assert.match(same(6), / \(and 1 more input\)$/);
});
