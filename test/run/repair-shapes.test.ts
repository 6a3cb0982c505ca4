import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { repairFile } from '../../src/run/repair-file.js';
import { lines, plain, type Writing } from '../formats/csv/pollute.js';
import { temporaryFolder } from '../temporary-folder.js';

const folder = temporaryFolder('shapes');

async function repaired(content: string, csv: Readonly<Record<string, unknown>>): Promise<string[][]> {
  const input = join(folder, 'in.csv');
  const output = join(folder, 'out.csv');
  writeFileSync(input, content);
  const signal = new AbortController().signal;
  await repairFile({ input, output, csv, types: 'text', chunkBytes: 1 << 22, signal });
  return parse(readFileSync(output), { record_delimiter: '\r\n' });
}

/** Orders with texts of several words, some with commas, quotes and apostrophes; people, without numbers. */
const tables = {
  orders: [
    ['DATE', 'TIME', 'Qty', 'ProductId', 'Price', 'Type', 'Description', 'URL', 'Comments'],
    ...Array.from({ length: 70 }, (_, i) => [
      `${1 + (i % 12)}/${1 + ((i * 5) % 28)}/20${10 + (i % 9)}`,
      `${String(8 + (i % 12)).padStart(2, '0')}:${String((i * 7) % 60).padStart(2, '0')}`,
      String(1 + ((i * 11) % 23)),
      `${['AB', 'CD', 'EF'][i % 3]}-${1000 + ((i * 379) % 9000)}`,
      i % 3 === 1 ? `$${((i * 37) % 90) + 0.5}` : (((i * 113) % 900) / 4).toFixed(2),
      ['TOOL', 'Home', 'Garden'][(i * 7) % 3]!,
      [`steel nail ${3 + (i % 9)}" long`, 'Rake, long', 'brass door hinge', 'Lamp'][i % 4]!,
      `http://www.shop.example/p/${1000 + i * 37}.html`,
      ['', 'Ann said "no".', "good, isn't it", 'ask for two'][((i * 3) % 7) % 4]!,
    ]),
  ],
  people: [
    ['name', 'city', 'street', 'occupation', 'remark'],
    ...Array.from({ length: 40 }, (_, i) => [
      `${['Ann', 'Bob', 'Cid', 'Dora', 'Eve'][i % 5]} ${['Smith', 'Jones', 'Müller'][((i * 3) % 7) % 3]}`,
      ['Berlin', 'New York', 'São Paulo', 'Lyon'][(i * 5) % 4]!,
      `${((i * 7) % 90) + 1} ${['Oak', 'Elm', 'Mill'][i % 3]} Street`,
      ['teacher', 'baker', 'nurse'][i % 3]!,
      ['likes tea, coffee', '', 'none', 'said "hi" twice', 'tall'][i % 5]!,
    ]),
  ],
};

const told = { delimiter: ',', quote: '"', escape: '"', line_end: 'crlf', header: '1', skip_lines: '0' };
type Case = readonly [
  name: string,
  content: string,
  expected: readonly (readonly string[])[],
  told: Readonly<Record<string, string>>,
];

/** Files spoiled as a whole, with the rows that a loader should read, dialect detected or given. */
function cases(clean: readonly (readonly string[])[]): Case[] {
  const [names, ...rows] = clean as [readonly string[], ...(readonly string[])[]];
  const writing: Writing = { ...plain, lineEnd: '\r\n' };
  const file = (all: readonly (readonly string[])[], other: Partial<Writing> = {}): string => {
    const own = { ...writing, ...other };
    return lines(all, own)
      .map((line) => line + own.lineEnd)
      .join('');
  };
  const gaps = names.map(() => '');
  const joined = (times: number) => names.map((name) => Array(times).fill(name).join(' '));
  const text = lines(clean, writing);
  const bare = (row: readonly string[], delimiter: string): string =>
    row.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter);
  const swapped = (i: number, line: string): string =>
    `${[...text.slice(0, i), line, ...text.slice(i + 1)].join('\r\n')}\r\n`;
  const unescaped = clean.map((row) => row.map((cell) => (/[",]/.test(cell) ? `"${cell}"` : cell)).join(','));
  return [
    ['clean', file(clean), clean, told],
    ['no header', file(rows), rows, { ...told, header: '0' }],
    ['the header twice', file([names, ...clean]), [joined(2), ...rows], { ...told, header: '2' }],
    [
      'the header three times',
      file([names, names, ...clean]),
      [joined(3), ...rows],
      { ...told, header: '3' },
    ],
    [
      'a padded title',
      file([['Title', ...gaps.slice(1)], gaps, ...clean]),
      clean,
      { ...told, skip_lines: '2' },
    ],
    ['the table twice', file([...clean, ...clean]), clean, told],
    ['the table, then without its last rows', file([...clean, ...clean.slice(0, -3)]), clean, told],
    ['the table, then less a column', file([...clean, ...clean.map((row) => row.slice(0, -1))]), clean, told],
    [
      'the table, then with one more column',
      file([...clean, ...clean.map((row, i) => [...row, i === 0 ? 'more' : 'text'])]),
      clean,
      told,
    ],
    ['header only', file([names]), [names], told],
    ['one row', file(clean.slice(0, 2)), clean.slice(0, 2), told],
    ['semicolons', file(clean, { delimiter: ';' }), clean, { ...told, delimiter: ';' }],
    ['tabs', file(clean, { delimiter: '\t' }), clean, { ...told, delimiter: 'tab' }],
    ['commas and blanks', file(clean, { delimiter: ', ' }), clean, { ...told, delimiter: ', ' }],
    ['single quotes', file(clean, { quote: "'", escape: "'" }), clean, { ...told, quote: "'", escape: "'" }],
    ['backslashes', file(clean, { escape: '\\' }), clean, { ...told, escape: '\\' }],
    ['quotes not escaped', `${unescaped.join('\r\n')}\r\n`, clean, { ...told, escape: '' }],
    ['CR', file(clean, { lineEnd: '\r' }), clean, { ...told, line_end: 'cr' }],
    ['a row in blanks', swapped(9, bare(clean[9]!, ' ')), clean, told],
    ['the last row in blanks', swapped(clean.length - 1, bare(clean.at(-1)!, ' ')), clean, told],
    ['a row in semicolons', swapped(7, bare(clean[7]!, ';')), clean, told],
  ];
}

for (const [table, clean] of Object.entries(tables)) {
  test(`a file of ${table} spoiled as a whole comes out as its first table, found out and told`, async () => {
    for (const [name, content, expected, dialect] of cases(clean)) {
      assert.deepEqual(await repaired(content, {}), expected, `${name}, found out`);
      assert.deepEqual(await repaired(content, dialect), expected, `${name}, told`);
    }
  });
}

test('a header in another delimiter than its rows is still the header', async () => {
  const clean = tables.orders;
  const text = lines(clean, plain);
  for (const delimiter of [' ', ';', '\t', '|']) {
    const content = `${[clean[0]!.join(delimiter), ...text.slice(1)].join('\n')}\n`;
    assert.deepEqual(await repaired(content, {}), clean, delimiter);
  }
  const people = tables.people;
  const content = `${[people[0]!.join(' '), ...lines(people.slice(1), plain)].join('\n')}\n`;
  assert.deepEqual(await repaired(content, { header: '1' }), people);
});

test('a file in blanks whose texts hold blanks is read, found out and told', async () => {
  const clean = tables.orders.map((row) => row.map((cell) => cell.replaceAll('"', '')));
  const bare = clean.map((row) => row.map((cell) => (cell.includes(',') ? `"${cell}"` : cell)).join(' '));
  const content = `${bare.join('\n')}\n`;
  assert.deepEqual(await repaired(content, {}), clean);
  assert.deepEqual(await repaired(content, { delimiter: ' ', header: '1' }), clean);
});

test('a quote that belongs to no pair is text', async () => {
  const clean = tables.orders;
  const text = lines(clean, plain);
  const content = `${[...text.slice(0, 5), text[5]!.replace(',', ',"'), ...text.slice(6)].join('\n')}\n`;
  const kept = clean.map((row, i) => (i === 5 ? row.map((cell, j) => (j === 1 ? `"${cell}` : cell)) : row));
  assert.deepEqual(await repaired(content, {}), kept);
});

test('two numbers that ran together are parted where both are such numbers as their columns have', async () => {
  const names = ['station', 'month', 'tmax', 'tmin', 'rain'];
  const clean = [
    names,
    ...Array.from({ length: 60 }, (_, i) => [
      ['KJFK', 'EGLL', 'LFPG'][i % 3]!,
      String((i % 12) + 1),
      (((i * 37) % 400) / 10 - 5).toFixed(1),
      (((i * 53) % 200) / 10 - 10).toFixed(1),
      (((i * 71) % 900) / 10 + 10).toFixed(2),
    ]),
  ];
  let right = 0;
  for (let row = 1; row < clean.length; row++) {
    const cells = clean[row]!;
    const ranTogether = [...cells.slice(0, 3), cells[3]! + cells[4]!].join(',');
    const text = lines(clean, plain);
    const content = `${[...text.slice(0, row), ranTogether, ...text.slice(row + 1)].join('\n')}\n`;
    const found = await repaired(content, {});
    assert.deepEqual(
      found.filter((_, i) => i !== row),
      clean.filter((_, i) => i !== row),
    );
    if (found[row]!.every((cell, i) => cell === cells[i])) right++;
  }
  assert.ok(right >= 58, `${right} of 60`);
});

test('rows of many lines each are rows', async () => {
  const text = (i: number): string =>
    Array.from(
      { length: 12 },
      (_, k) => `Line ${k} of ${i}, of words, words, and words${' more'.repeat(60)}`,
    ).join('\n');
  const clean = [['text', 'state'], ...Array.from({ length: 20 }, (_, i) => [text(i), 'new'])];
  assert.deepEqual(await repaired(`${lines(clean, plain).join('\n')}\n`, {}), clean);
});
