import assert from 'node:assert/strict';
import { test } from 'node:test';
import iconv from 'iconv-lite';
import {
  type CellDefect,
  cellDefects,
  cleanFile,
  header,
  lines,
  plain,
  spoilCell,
  table,
  type Writing,
  written,
} from './pollute.js';
import { readText, type Table } from './read-table.js';

const full = process.env['NIGHTSHIFT_FULL'] === '1';

function texts({ rows }: Table): string[][] {
  return rows.map((row) => row.map((cell) => cell ?? ''));
}

async function assertClean(
  name: string,
  content: string | Uint8Array,
  rows: readonly (readonly string[])[] = table,
  names: readonly string[] = header,
): Promise<Table> {
  const read = await readText(content);
  assert.deepEqual(texts(read), rows, name);
  assert.deepEqual(read.names, names, name);
  return read;
}

test('every delimiter, quote, escape and line end is found out, and every cell is right', async () => {
  let count = 0;
  for (const delimiter of [',', ';', '\t', '|', ' ', ', ', '; ', '::', '||', '~', ':', '^', '\x1f', '\t\t']) {
    for (const quote of ['"', "'"]) {
      for (const mark of [quote, '\\']) {
        for (const lineEnd of ['\n', '\r\n', '\r']) {
          for (const all of [false, true]) {
            if (!full && count++ % 3 !== 0) continue;
            const writing: Writing = { delimiter, quote, escape: mark, lineEnd, all };
            const read = await assertClean(JSON.stringify(writing), cleanFile(writing));
            assert.deepEqual(read.problems, [], JSON.stringify(writing));
          }
        }
      }
    }
  }
});

test('every encoding is found out', async () => {
  const text = cleanFile(plain);
  const marked = (mark: number[], bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(mark), bytes]);
  await assertClean('UTF-8 with a mark', marked([0xef, 0xbb, 0xbf], Buffer.from(text)));
  await assertClean('UTF-16 LE with a mark', marked([0xff, 0xfe], Buffer.from(text, 'utf16le')));
  await assertClean('UTF-16 BE with a mark', marked([0xfe, 0xff], iconv.encode(text, 'utf-16be')));
  await assertClean('UTF-16 LE', Buffer.from(text, 'utf16le'));
  await assertClean('UTF-16 BE', iconv.encode(text, 'utf-16be'));
  const french = table.map((row) => row.map((cell, i) => (i === 9 ? `${cell} été` : cell)));
  const frenchText = `${lines([header, ...french], plain).join('\n')}\n`;
  await assertClean('windows-1252', iconv.encode(frenchText, 'windows-1252'), french);
});

const all = lines([header, ...table], plain);
const [first, ...body] = all as [string, ...string[]];
const file = (rows: readonly string[]): string => `${rows.join('\n')}\n`;
const commas = ','.repeat(header.length - 1);

test('every shape of header, preamble and footer is found out', async () => {
  const text = file(all);
  const shapes: [string, string, (readonly (readonly string[])[])?, (readonly string[])?][] = [
    ['no final line end', text.slice(0, -1)],
    ['three final line ends', `${text}\n\n`],
    ['header only', file([first]), []],
    ['header only, no line end', first, []],
    ['one row', file(all.slice(0, 2)), table.slice(0, 1)],
    ['a blank line', file([...all.slice(0, 9), '', ...all.slice(9)])],
    ['a line of blanks', file([...all.slice(0, 9), '   ', ...all.slice(9)])],
    ['blank lines everywhere', `${all.join('\n\n')}\n`],
    ['title', file(['Report of sales', ...all])],
    ['title and date', file(['Report of sales', 'made 2024-01-05', ...all])],
    ['title, blank line', file(['Report of sales', '', ...all])],
    ['title with a comma, blank lines', file(['Sales', '', 'Region: North, East', '', ...all])],
    ['title padded with delimiters', file([`Report of sales${commas}`, commas, ...all])],
    ['named values', file(['Source:,shop', 'Date:,2024-01-05', ...all])],
    ['comments before', file(['# Report of sales', '# by Ann, Bob', ...all])],
    ['comment after', file([...all, '# end'])],
    ['footer', file([...all, 'End of report'])],
    ['footer after a blank line', file([...all, '', 'Total rows: 24', 'Source: shop, 2024'])],
    ['footer padded with delimiters', file([...all, `End of report${commas}`])],
    ['total', file([...all, 'Total,,,123,,,,,,'])],
    [
      'duplicate names',
      file([first.replace('date', 'id'), ...body]),
      table,
      ['id', 'id_2', ...header.slice(2)],
    ],
    [
      'a blank name',
      file([first.replace('date', ''), ...body]),
      table,
      ['id', 'column_2', ...header.slice(2)],
    ],
    [
      'one name too few',
      file([header.slice(0, 9).join(','), ...body]),
      table,
      [...header.slice(0, 9), 'column_10'],
    ],
    ['a delimiter after the last name', file([`${first},`, ...body])],
    ['LF and CRLF', all.map((line, i) => line + (i % 3 === 0 ? '\r\n' : '\n')).join('')],
    ['LF and CR', all.map((line, i) => line + (i % 3 === 0 ? '\r' : '\n')).join('')],
    ['one CR', all.map((line, i) => line + (i === 9 ? '\r' : '\n')).join('')],
  ];
  for (const [name, content, rows, names] of shapes) await assertClean(name, content, rows, names);
  const bare = await readText(file(body));
  assert.deepEqual(texts(bare), table);
  assert.equal(bare.details.dialect.headerRows, 0);
  const group = header.map((_, i) => (i < 5 ? 'Order' : 'Item'));
  const grouped = await readText(file([group.join(','), ...all]));
  assert.deepEqual(texts(grouped), table);
  assert.deepEqual(grouped.names.slice(4, 6), ['Order code', 'Item price']);
});

test('a second table is left out and reported, the same header again is rejected', async () => {
  const other = ['name,score', 'Ann,5', 'Bob,7', 'Cid,8'];
  for (const [name, content] of [
    ['after a blank line', file([...all, '', ...other])],
    ['at once', file([...all, ...other])],
    ['wider', file([...all, '', `${first},extra`, ...body.map((line) => `${line},1`)])],
    ['as wide', file([...all, '', header.map((each) => `${each}_b`).join(','), ...body])],
  ] as const) {
    const read = await assertClean(name, content);
    assert.ok(read.skipped['other-table']!.count >= 4, name);
  }
  const again = await readText(file([...all.slice(0, 12), first, ...all.slice(12)]));
  assert.deepEqual(
    again.problems.map(({ code, row, line }) => [code, row, line]),
    [['repeated-header', 12, 13]],
  );
  assert.deepEqual(
    texts(again).filter((_, i) => i !== 11),
    table,
  );
});

test('a row written with another delimiter or quote than its file is read by its own', async () => {
  for (const foreign of [
    { delimiter: ';' },
    { delimiter: '\t' },
    { delimiter: '|' },
    { delimiter: ' ' },
    { quote: "'", escape: "'" },
  ]) {
    const row = table[6]!
      .map((cell) => written(cell, { ...plain, ...foreign }))
      .join(foreign.delimiter ?? ',');
    const read = await assertClean(JSON.stringify(foreign), file([...all.slice(0, 7), row, ...all.slice(8)]));
    assert.ok(read.problems.every(({ row: at, outcome }) => at === 7 && outcome === 'repaired'));
  }
});

/** The percentage of files in which every cell is right: undecidable cases are in docs/problems.md. */
const goals: Record<CellDefect, { readonly some: number; readonly all: number }> = {
  'delimiter lost after': { some: 100, all: 96 },
  'delimiter gained after': { some: 100, all: 100 },
  'quote gained before': { some: 100, all: 100 },
  'quote gained after': { some: 100, all: 100 },
  'quote gained within': { some: 100, all: 100 },
  'opening quote lost': { some: 100, all: 100 },
  'closing quote lost': { some: 100, all: 100 },
};

for (const style of ['some', 'all'] as const) {
  test(`one cell spoiled, ${style} cells quoted: all other rows are right, nothing wrong is silent`, async (t) => {
    const writing = { ...plain, all: style === 'all' };
    for (const defect of Object.keys(cellDefects) as CellDefect[]) {
      let files = 0;
      let right = 0;
      let certain = 0;
      let place = 0;
      for (const [row, cells] of table.entries()) {
        for (const column of header.keys()) {
          if (!full && style === 'all' && place++ % 7 !== 0) continue;
          if (!full && style === 'some' && !defect.endsWith('lost') && place++ % 7 !== 0) continue;
          const content = spoilCell(defect, row, column, writing);
          if (content === null) continue;
          files++;
          const read = await readText(content);
          const name = `${defect} ${header[column]} of row ${row + 1}`;
          assert.deepEqual(
            texts(read).filter((_, i) => i !== row),
            table.filter((_, i) => i !== row),
            name,
          );
          const isRight = texts(read)[row]!.every((cell, i) => cell === cells[i]);
          if (isRight) right++;
          if (read.problems.every(({ outcome }) => outcome === 'repaired')) {
            certain++;
            assert.ok(isRight, `${name} is called repaired`);
          }
          assert.ok(
            read.problems.length > 0 && read.problems.every((problem) => problem.row === row + 1),
            name,
          );
        }
      }
      const percent = Math.floor((100 * right) / files);
      t.diagnostic(
        `${defect}: ${right} of ${files} files wholly right, ${percent} %, ${certain} of them certain`,
      );
      if (full) assert.ok(percent >= goals[defect][style], `${defect}: ${percent} %`);
      else assert.ok(percent >= goals[defect][style] - 12, `${defect}: ${percent} %`);
    }
  });
}
