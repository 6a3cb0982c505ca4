import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closestWord } from '../../src/job/closest.js';

const keys = ['csv', 'parquet', 'missing', 'unreadable', 'max_rejected', 'range'];
const words: readonly (readonly [word: string, meant: string | null])[] = [
  ['cvs', 'csv'],
  ['rnage', 'range'],
  ['MaxRejected', 'max_rejected'],
  ['max-rejected', 'max_rejected'],
  ['max_rejcted', 'max_rejected'],
  ['parket', 'parquet'],
  ['unreadble', 'unreadable'],
  ['x', null],
  ['colour', null],
];
for (const [word, meant] of words) {
  test(`takes "${word}" for ${meant}`, () => assert.equal(closestWord(word, keys), meant));
}
