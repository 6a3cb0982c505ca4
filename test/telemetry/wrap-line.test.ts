import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapLine } from '../../src/telemetry/wrap-line.js';
import fc from '../seeded.js';

test('a line that fits stays as it is', () => {
  assert.deepEqual(wrapLine('rows        916 read', 20, 12), ['rows        916 read']);
});

test('a longer line is wrapped at words, under what its label says', () => {
  assert.deepEqual(wrapLine('rows        916 read = 913 scored', 24, 12), [
    'rows        916 read =',
    '            913 scored',
  ]);
  assert.deepEqual(wrapLine('flagged 407 rows (39 %)', 21, 2), ['flagged 407 rows', '  (39 %)']);
});

test('a word that is longer than a line is broken, and nothing is lost', () => {
  assert.deepEqual(wrapLine('page  /home/you/scored/_summary.html', 20, 6), [
    'page',
    '      /home/you/scor',
    '      ed/_summary.ht',
    '      ml',
  ]);
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z ]{0,90}$/), fc.integer({ min: 5, max: 40 }), (line, width) => {
      const lines = wrapLine(line, width, 4);
      const bare = (text: string) => text.replaceAll(' ', '');
      assert.equal(bare(lines.join('')), bare(line));
      for (const one of lines) assert.ok(one.trimEnd().length <= width, `${one} | ${width}`);
    }),
  );
});

test('colours take no room', () => {
  assert.deepEqual(wrapLine('\u001b[31mBAD\u001b[0m  none', 9, 2), ['\u001b[31mBAD\u001b[0m  none']);
});
