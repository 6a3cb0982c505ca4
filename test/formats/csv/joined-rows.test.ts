import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './read-table.js';

const codes = Array.from(
  { length: 900 },
  (_, i) => `${'ABCD'[i % 4]}-${100 + (i % 800)},${['', 'Kv', 'Slid', '7'][(i * 7) % 4]},${(i * 37) % 100}`,
);
const table = (rows: readonly string[]): string => `${['code,note,count', ...rows].join('\n')}\n`;
const replaced = (changes: Readonly<Record<number, string>>): string[] =>
  codes.map((row, i) => changes[i] ?? row);

test('two stray quotes in different rows take no row between them, wherever they are and however the file is cut', async () => {
  for (const at of [10, 200, 498, 700]) {
    for (const gap of [1, 2, 40, 150]) {
      const content = table(
        replaced({ [at]: `"${codes[at]}`, [at + gap]: codes[at + gap]!.replace(/,/, '",') }),
      );
      const whole = await readText(content);
      assert.equal(whole.rows.length, 900, `${at} ${gap}`);
      assert.deepEqual(
        whole.rows.slice(at + 1, at + gap).map((row) => row[0]),
        codes.slice(at + 1, at + gap).map((row) => row.split(',')[0]),
      );
      assert.deepEqual([...new Set(whole.problems.map(({ row }) => row))], [at + 1, at + gap + 1]);
      for (const bytes of [64, 1000, 5000]) {
        const cut = await readText(content, {}, bytes);
        assert.deepEqual(cut.rows, whole.rows);
        assert.deepEqual(cut.problems, whole.problems);
      }
    }
  }
});

test('a quoted cell of several lines stays one where its lines are no rows, or where such cells are usual', async () => {
  const note = '"12 Main St, Apt 4\nSpringfield, IL\nB-100,Kv,seven"';
  const late = await readText(table(replaced({ 700: `C-300,${note},5` })));
  assert.deepEqual(
    [late.rows.length, late.rows[700], late.problems],
    [900, ['C-300', note.slice(1, -1), '5'], []],
  );
  const inside = 'see\nA-101,Kv,7\nB-102,,8';
  const usual = await readText(table(replaced({ 5: `C-300,"${inside}",5`, 700: `"A-101,Kv,7\nB-102",,8` })));
  assert.deepEqual(
    [usual.rows.length, usual.rows[5], usual.rows[700]],
    [900, ['C-300', inside, '5'], ['A-101,Kv,7\nB-102', '', '8']],
  );
});
