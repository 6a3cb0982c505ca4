import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldedTable, isColoured, isScreen, tableFor } from '../../src/cli/table.js';
import fc from '../seeded.js';

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

test('a table that is too wide even with narrow columns is a list of its rows', () => {
  const head = ['partition', 'state', 'rows', 'rejected', 'tries', 'why'];
  const rows = [
    ['2013-01-04', 'failed', '', '', '3', 'column "x" must be in the file'],
    ['2013-01-05', 'published', '842', '0', '1', ''],
  ];
  assert.deepEqual(foldedTable(head, rows, 40), [
    'partition  2013-01-04',
    'state      failed',
    'tries      3',
    'why        column "x" must be in the',
    '           file',
    '',
    'partition  2013-01-05',
    'state      published',
    'rows       842',
    'rejected   0',
    'tries      1',
  ]);
});

test('names stay whole while the words of other columns fit', () => {
  const head = ['input', 'column', 'policy'];
  const rows = [['x', 'mean fractal dimension of the cells', 'missing: NaN; outside 0 to 0.23: flagged']];
  const lines = foldedTable(head, rows, 60, 2);
  assert.deepEqual(lines.slice(2), [
    'x      mean fractal dimension of the cells  missing: NaN;',
    '                                            outside 0 to',
    '                                            0.23: flagged',
  ]);
  for (const line of foldedTable(head, rows, 30, 2)) assert.ok(line.length <= 30, line);
});

test('a word longer than its column is broken, not cut off', () => {
  assert.deepEqual(foldedTable(['path'], [['/a/very/long/path']], 10), [
    'path',
    '----------',
    '/a/very/lo',
    'ng/path',
  ]);
});

test('colours and a bar need a terminal that interprets escape sequences; NO_COLOR switches colours off', () => {
  const { TERM, NO_COLOR } = process.env;
  const seen = (term: string, noColour: string, isTTY: boolean) => {
    process.env['TERM'] = term;
    process.env['NO_COLOR'] = noColour;
    return [isScreen({ isTTY }), isColoured({ isTTY })];
  };
  try {
    assert.deepEqual(seen('xterm', '', true), [true, true]);
    assert.deepEqual(seen('xterm', '1', true), [true, false]);
    assert.deepEqual(seen('dumb', '', true), [false, false]);
    assert.deepEqual(seen('xterm', '', false), [false, false]);
  } finally {
    for (const [name, value] of Object.entries({ TERM, NO_COLOR }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});

test('a table is cut on a wide screen, marked by an ellipsis, and folded on a narrow one', () => {
  const cells = [
    ['sched_dep_time', 'int64', '17, 18, 8, 15, 6, 1700, 1810, 840, 1555, 655, 2049, 2130, 1143'],
  ];
  const wide = tableFor(['column', 'type', 'samples'], cells, 80);
  assert.ok(wide.every(({ length }) => length <= 80) && wide.at(-1)!.endsWith('…'));
  const narrow = tableFor(['column', 'type', 'samples'], cells, 40);
  assert.ok(narrow.every(({ length }) => length <= 40));
  assert.equal(narrow.join(' ').match(/\d+/g)!.length, 14);
});

test('a table of 200,000 rows is printed: arguments of a call are far fewer', () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [`p${i}`, 'published']);
  const lines = foldedTable(['partition', 'state'], rows, 80);
  assert.equal(lines.length, rows.length + 2);
  assert.equal(lines.at(-1)!.trimEnd(), 'p199999    published');
});
