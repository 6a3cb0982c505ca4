import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { type RepairReport, repairFile } from '../../src/run/repair-file.js';
import {
  type CellDefect,
  cellDefects,
  cleanFile,
  header,
  lines,
  plain,
  table,
  type Writing,
  written,
} from '../formats/csv/pollute.js';
import { temporaryFolder } from '../temporary-folder.js';

const full = process.env['NIGHTSHIFT_FULL'] === '1';
const folder = temporaryFolder('repair');

interface Repaired {
  readonly rows: string[][];
  readonly report: RepairReport;
}

/** Repairs a file and reads the result with a strict reader. */
async function repaired(
  content: string,
  csv: Readonly<Record<string, unknown>> = {},
  strayQuotes?: 'keep' | 'drop',
): Promise<Repaired> {
  const input = join(folder, 'in.csv');
  const output = join(folder, 'out.csv');
  writeFileSync(input, content);
  const signal = new AbortController().signal;
  const request = { input, output, csv, types: 'text', chunkBytes: 1 << 22, signal, strayQuotes } as const;
  const report = await repairFile(request);
  return { rows: parse(readFileSync(output), { record_delimiter: '\r\n' }), report };
}

const orders = {
  header: ['DATE', 'Qty', 'ProductId', 'Price', 'Type', 'Description', 'URL', 'Comments'],
  rows: Array.from({ length: 60 }, (_, i) => [
    `0${(i % 9) + 1}/${String((i % 28) + 1).padStart(2, '0')}/2016`,
    String((i % 7) + 1),
    `P-${1000 + i * 3}`,
    (i * 3.25 + 4).toFixed(2),
    ['Toys', 'Books', 'Garden'][i % 3]!,
    `${['Red', 'Blue', 'Green'][i % 3]} ${['lamp', 'book', 'rake'][i % 4 === 3 ? 0 : i % 3]}, size ${i % 5}`,
    `http://shop.example/p/${i}`,
    ['good', '', 'no stock, ask', 'ok', ''][i % 5]!,
  ]),
};
const people = {
  header: ['name', 'city', 'street', 'occupation', 'remark'],
  rows: Array.from({ length: 40 }, (_, i) => [
    `${['Ann', 'Bob', 'Cid', 'Dora', 'Eve'][i % 5]} ${['Smith', 'Jones', 'Müller'][((i * 3) % 7) % 3]}`,
    ['Berlin', 'New York', 'São Paulo', 'Lyon'][(i * 5) % 4]!,
    `${((i * 7) % 90) + 1} ${['Oak', 'Elm', 'Mill'][i % 3]} Street`,
    ['teacher', 'baker', 'nurse'][i % 3]!,
    ['likes tea, coffee', '', 'none', 'said "hi" twice', 'tall'][i % 5]!,
  ]),
};
const tables = { shop: { header, rows: table }, orders, people };

/** Returns the text of a cell that keeps a gained quote at the position of the defect. */
function withGained(defect: CellDefect, value: string, writing: Writing): string {
  const cell = written(value, writing);
  const at = { before: 0, after: value.length }[defect.replace('quote gained ', '')];
  const left = cell.slice(cell === value ? 0 : 1, cell.length / 2);
  const offset = at ?? left.replaceAll('""', '"').length;
  return `${value.slice(0, offset)}"${value.slice(offset)}`;
}

/** Goals: the percentage of files with one spoiled cell whose repaired form equals their source. */
const goals: Record<CellDefect, number> = {
  'delimiter lost after': 90,
  'delimiter gained after': 98,
  'quote gained before': 95,
  'quote gained after': 95,
  'quote gained within': 95,
  'opening quote lost': 95,
  'closing quote lost': 98,
};

for (const [name, { header: names, rows }] of Object.entries(tables)) {
  for (const all of [false, true]) {
    test(`one cell of ${name} spoiled, ${all ? 'every cell' : 'some cells'} quoted: nearly always the source comes out, never is another row touched`, async (t) => {
      const writing: Writing = { ...plain, all };
      const clean = [names, ...rows].map((row) => [...row]);
      const text = lines(clean, writing);
      let offset = 0;
      for (const [defect, spoil] of Object.entries(cellDefects) as [
        CellDefect,
        (typeof cellDefects)[CellDefect],
      ][]) {
        let files = 0;
        let right = 0;
        let kept = 0;
        for (let row = 1; row < clean.length; row++) {
          for (let column = 0; column < names.length; column++) {
            if (defect === 'delimiter lost after' && column === names.length - 1) continue;
            if (!full && offset++ % 41 !== 0) continue;
            const spoiled = spoil(
              clean[row]!.map((cell) => written(cell, writing)),
              column,
              writing,
            );
            if (spoiled === text[row]) continue;
            files++;
            const content = [...text.slice(0, row), spoiled, ...text.slice(row + 1)].join('\n');
            const gained = defect.startsWith('quote gained');
            const { rows: found, report } = await repaired(`${content}\n`, {}, gained ? 'drop' : undefined);
            const isThere = report.rows.rejected === 0;
            const others = [...clean.slice(0, row), ...clean.slice(row + 1)];
            assert.deepEqual(
              isThere ? [...found.slice(0, row), ...found.slice(row + 1)] : found,
              others,
              `${defect} ${row} ${column}`,
            );
            assert.ok(report.problems.length > 0, `${defect} ${row} ${column} is silent`);
            if (isThere && found[row]!.every((cell, i) => cell === clean[row]![i])) right++;
            if (!gained) continue;
            const as = clean[row]!.map((cell, i) =>
              i === column ? withGained(defect, cell, writing) : cell,
            );
            const { rows: foundText } = await repaired(`${content}\n`);
            assert.deepEqual(
              [...foundText.slice(0, row), ...foundText.slice(row + 1)],
              others,
              `${defect} ${row} ${column}, kept`,
            );
            if (foundText[row]!.every((cell, i) => cell === as[i])) kept++;
          }
        }
        const percent = files === 0 ? 100 : Math.floor((100 * right) / files);
        t.diagnostic(`${defect}: ${right} of ${files}, ${percent} %`);
        assert.ok(percent >= goals[defect] - (full ? 0 : 12), `${defect}: ${percent} %`);
        if (!defect.startsWith('quote gained')) continue;
        t.diagnostic(`${defect}, kept as text: ${kept} of ${files}`);
        assert.ok(kept >= files * (full ? 0.95 : 0.85), `${defect}: ${kept} of ${files} are kept as text`);
      }
    });
  }
}

test('every dialect comes out as RFC 4180, detected or given', async () => {
  let offset = 0;
  for (const [name, { header: names, rows }] of Object.entries(tables)) {
    const clean = [names, ...rows].map((row) => [...row]);
    for (const delimiter of [',', ';', '\t', '|', ' ', ', ', '::', '\x1f']) {
      for (const quote of ['"', "'"]) {
        for (const mark of [quote, '\\']) {
          for (const [lineEnd, word] of [
            ['\n', 'lf'],
            ['\r\n', 'crlf'],
            ['\r', 'cr'],
          ] as const) {
            if (!full && offset++ % 7 !== 0) continue;
            const writing: Writing = { delimiter, quote, escape: mark, lineEnd, all: offset % 2 === 0 };
            const content = lines(clean, writing).join(lineEnd) + lineEnd;
            const given = { delimiter, quote, escape: mark, line_end: word, header: 'true' };
            for (const csv of [{}, given]) {
              const { rows: found } = await repaired(content, csv);
              assert.deepEqual(found, clean, `${name} ${JSON.stringify(writing)} ${JSON.stringify(csv)}`);
            }
          }
        }
      }
    }
  }
});

test('headers, titles, footers and second tables: the table comes out with its header and nothing else', async () => {
  const clean = [header, ...table].map((row) => [...row]);
  const text = lines(clean, plain);
  const file = (rows: readonly string[]): string => `${rows.join('\n')}\n`;
  const commas = ','.repeat(header.length - 1);
  const head = (change: (names: string[]) => string[]): string[][] => [
    change([...header]),
    ...clean.slice(1),
  ];
  const gained = `${header.slice(0, 4).join(',')},,${header.slice(4).join(',')}`;
  const cases: [string, string, string[][]][] = [
    ['clean', cleanFile(plain), clean],
    ['no header', file(text.slice(1)), clean.slice(1)],
    [
      'header of two rows',
      file([header.map((each) => `${each} of`).join(','), ...text]),
      head((names) => names.map((each) => `${each} of ${each}`)),
    ],
    ['a delimiter gained in the header', file([gained, ...text.slice(1)]), clean],
    [
      'a quote gained in the header',
      file([text[0]!.replace('qty', 'q"ty'), ...text.slice(1)]),
      head((names) => names.map((each) => (each === 'qty' ? 'q"ty' : each))),
    ],
    [
      'a name twice',
      file([text[0]!.replace('qty', 'id'), ...text.slice(1)]),
      head((names) => names.map((each) => (each === 'qty' ? 'id' : each))),
    ],
    ['a delimiter at the end of every line', `${text.join(',\n')},\n`, clean],
    ['a title', file(['Report of sales, all regions', '', ...text]), clean],
    [
      'a padded title without a header',
      file([`Report of sales${commas}`, commas, ...text.slice(1)]),
      clean.slice(1),
    ],
    ['named values', file(['Source:,shop', 'Date:,2024-01-05', ...text]), clean],
    ['a total', file([...text, `Total,,,123${','.repeat(header.length - 4)}`]), clean],
    ['a source', file([...text, '', 'Source: shop, 2024', 'Copyright X']), clean],
    ['a second table', file([...text, '', 'name,score', 'Ann,5', 'Bob,7']), clean],
    [
      'a second table as wide, at once',
      file([...text, ...lines([header.map((each) => `${each}_b`), ...table], plain)]),
      clean,
    ],
    [
      'a wider and longer table after it',
      file([
        ...text,
        '',
        ...lines([[...header, 'extra'], ...[...table, ...table].map((row) => [...row, '1'])], plain),
      ]),
      clean,
    ],
    ['two cells too many', file(text.map((line, i) => (i === 7 ? `${line},x,y` : line))), clean],
    ['only a header', file(text.slice(0, 1)), clean.slice(0, 1)],
    ['no last line end', text.join('\n'), clean],
  ];
  for (const [name, content, expected] of cases) {
    const { rows: found } = await repaired(content);
    assert.deepEqual(found, expected, name);
  }
});
