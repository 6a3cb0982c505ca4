import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceFinding } from '../../../src/chunk/source-finding.js';
import { InvalidError } from '../../../src/errors.js';
import { csv } from '../../../src/formats/csv/csv.js';
import { fileOf, readText } from './read-table.js';

/** Returns the number of rows, of omitted lines by code, and the codes of findings to check. */
async function look(
  content: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<{ rows: number; skipped: Record<string, number>; checks: string[]; findings: SourceFinding[] }> {
  const { rows, skipped } = await readText(content, options);
  const source = await csv.open(fileOf(content), { csv: options });
  for await (const _ of source.cut(1 << 16));
  const findings = [...source.findings];
  return {
    rows: rows.length,
    skipped: Object.fromEntries(Object.entries(skipped).map(([code, { count }]) => [code, count])),
    checks: findings.filter(({ level }) => level === 'check').map(({ code }) => code),
    findings,
  };
}

const people = (count: number, delimiter = ','): string[] =>
  Array.from({ length: count }, (_, i) =>
    [`${['Ann', 'Bob', 'Cid', 'Dora'][i % 4]} ${i}`, (i * 7) % 31, ['ok', 'late', 'left early'][i % 3]].join(
      delimiter,
    ),
  );
const file = (...lines: readonly (string | readonly string[])[]): string => `${lines.flat().join('\n')}\n`;
const short = ['Ann,absent', 'Bob,12', 'Cid,14'];

test('short rows with words in them are rows and no other table', async () => {
  const head = 'name,score,comment';
  const cases: Readonly<Record<string, [string, number]>> = {
    'in the middle': [file(head, people(20), short, people(200)), 223],
    'after a blank line': [file(head, people(20), '', short, people(200)), 223],
    'between blank lines': [file(head, people(20), '', short, '', people(200)), 223],
    'near the head': [file(head, people(2), short, people(200)), 205],
    'at the end': [file(head, people(200), short), 203],
    'at the end of few': [file(head, people(20), short), 23],
    'of the full width': [
      file(head, people(20), 'Ann,absent,ill', 'Bob,12,ok', 'Cid,14,ok', people(200)),
      223,
    ],
    'of the full width, after a blank line': [
      file(head, people(20), '', 'Ann,absent,ill', 'Bob,12,ok', 'Cid,14,ok', people(200)),
      223,
    ],
    'many short ones': [file(head, people(20), short, short, short, people(200)), 229],
    'most rows short': [
      file(head, short, short, short, 'Dora,absent,ill', 'Eve,13,ok', 'Fay,14,ok', short, short),
      18,
    ],
    'without a header': [file(people(20), short, people(200)), 223],
    'two names in few quotes': [
      file(
        Array.from({ length: 20 }, (_, i) => `"${['John', 'Jane'][i % 2]}","Smith ${i}",${i}`),
        'Emile, Bernard',
        'Pedro, Berruguete',
        '"Bettina, S",27',
      ),
      23,
    ],
    'in semicolons': [
      file('name;score;comment', people(20, ';'), 'Ann;absent', 'Bob;12', 'Cid;14', people(200, ';')),
      223,
    ],
    'in tabs': [
      file('name\tscore\tcomment', people(20, '\t'), 'Ann\tabsent', 'Bob\t12', 'Cid\t14', people(20, '\t')),
      43,
    ],
    'beyond the look': [file(head, people(600), short, people(200)), 803],
  };
  for (const [name, [content, rows]] of Object.entries(cases)) {
    for (const options of [{}, { delimiter: content.match(/[,;\t]/)![0], quote: '"', escape: 'doubled' }]) {
      const found = await look(content, options);
      assert.equal(found.rows, rows, `${name}: ${JSON.stringify(found.skipped)}`);
      assert.equal(found.skipped['other-table'], undefined, name);
      assert.deepEqual(found.checks, [], name);
    }
  }
});

test('two headers above one table, with or without a blank line between, lose no row', async () => {
  for (const content of [
    file('name,score,comment', '', 'Name,Points,Remark', people(200)),
    file('name,score,comment', 'Name,Points,Remark', people(200)),
    file('name,score,comment', '', '', 'who,how many,why', people(3)),
  ]) {
    const { rows, checks } = await look(content);
    assert.equal(rows, content.split('\n').filter((line) => /\d/.test(line)).length, content.slice(0, 60));
    assert.deepEqual(checks, []);
  }
});

test('another table is left out, counted line by line, and a person must look', async () => {
  const head = 'name,score,comment';
  const cases: Readonly<Record<string, [string, number, number]>> = {
    'narrower, after a blank line': [
      file(head, people(20), '', 'city,people', 'Bonn,330000', 'Rome,2800000'),
      20,
      3,
    ],
    'narrower and alike, after a blank line': [
      file(head, people(20), '', 'town,points', 'Bonn,3', 'Rome,5'),
      20,
      3,
    ],
    'narrower, at once': [file(head, people(20), 'city,people', 'Bonn,330000', 'Rome,2800000'), 20, 3],
    'wider and longer': [
      file(
        head,
        people(20),
        '',
        'id,day,low,high,rain',
        Array.from({ length: 60 }, (_, i) => `${i},2024-01-0${(i % 9) + 1},${i % 7},${i % 13},0.${i % 10}`),
      ),
      20,
      61,
    ],
    'as wide, of other types': [
      file(
        head,
        people(20),
        '',
        'id,low,high',
        Array.from({ length: 30 }, (_, i) => `${i},${i * 2},${i * 3}`),
      ),
      20,
      31,
    ],
    'with names of the first again': [file(head, people(20), '', 'name,total', 'Ann,50', 'Bob,70'), 20, 3],
    'two more': [
      file(head, people(20), '', 'city,people', 'Bonn,330000', '', 'id,low,high', '1,2,3', '2,3,4', '3,4,5'),
      20,
      6,
    ],
    'the same again': [file(head, people(20), head, people(20)), 20, 21],
    'with a column more': [
      file(
        head,
        people(20),
        `${head},extra`,
        people(20).map((line) => `${line},1`),
      ),
      20,
      21,
    ],
    'without a last line end': [
      file(head, people(20), '', 'city,people', 'Bonn,330000', 'Rome,2800000').trimEnd(),
      20,
      3,
    ],
  };
  for (const [name, [content, rows, left]] of Object.entries(cases)) {
    const found = await look(content);
    assert.equal(found.rows, rows, name);
    assert.equal(found.skipped['other-table'], left, name);
    assert.deepEqual(found.checks, ['other-table'], name);
    const { sentence } = found.findings.find(({ code }) => code === 'other-table')!;
    assert.match(
      sentence,
      new RegExp(`^${left} lines from line 2[23] on are left out .*"input.csv.tables"`),
      name,
    );
  }
});

test('"tables: refuse" refuses such a file by name, "tables: one" reads every line below the header as a row', async () => {
  const content = file('name,score,comment', people(20), '', 'city,people', 'Bonn,330000', 'Rome,2800000');
  await assert.rejects(look(content, { tables: 'refuse' }), (error: unknown) => {
    assert.ok(error instanceof InvalidError);
    assert.equal(error.reason, 'other-table');
    assert.match(error.message, /\.csv: another table begins at line 23/);
    assert.match(error.hint!, /"input.csv.tables"/);
    return true;
  });
  const one = await look(content, { tables: 'one' });
  assert.deepEqual([one.rows, one.skipped, one.checks], [23, { 'blank-line': 1 }, []]);
  const total = file('name,score,comment', people(20), '', 'Total of all: 20', 'Source: us');
  assert.equal((await look(total, { tables: 'one' })).rows, 22);
  assert.equal((await look(total, { tables: 'refuse' })).rows, 20);
});

test('lines above and below a table are for a person to look at; a note where the job knows of them, they are few and cannot be its rows', async () => {
  const head = 'id,name,score,when';
  const rows = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) => `${i},${['Ann', 'Bob', 'Cid'][i % 3]},${i % 7}.5,2024-01-0${(i % 9) + 1}`,
    );
  const titles = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `Line ${i} of the title`);
  const noted = rows(20).map(
    (row, i) =>
      `${['so far', 'good', 'not for long'][i % 3]} ${i % 7},${row.split(',').slice(1, 3).join(',')}`,
  );
  const cases: Readonly<Record<string, [string, number, string[], string[]]>> = {
    'a title': [file('Report of sales', '', head, rows(20)), 20, [], ['preamble-line']],
    'named values': [file('Source:,shop', 'Date:,2024-01-05', head, rows(20)), 20, [], ['preamble-line']],
    'a total': [file(head, rows(20), 'Total,,123,'), 20, [], ['footer-line']],
    'two notes': [file(head, rows(20), '', 'Source: shop', 'Made by Ann'), 20, [], ['footer-line']],
    'many titles': [file(titles(25), head, rows(200)), 200, ['preamble-line'], ['preamble-line']],
    'a table above': [
      file('name,score,comment', people(5), '', head, rows(200)),
      200,
      ['preamble-line'],
      ['preamble-line'],
    ],
    'more titles than rows': [file(titles(5), head, rows(4)), 4, ['preamble-line'], ['preamble-line']],
    'more notes than rows': [
      file(head, rows(3), '', 'Note: a', 'Note: b', 'Note: c', 'Note: d'),
      3,
      ['footer-line'],
      ['footer-line'],
    ],
    'texts that may be rows': [
      file('note,name,score', noted, 'not so good'),
      20,
      ['footer-line'],
      ['footer-line'],
    ],
    'a note that says so': [file('note,name,score', noted, 'End of report'), 20, [], ['footer-line']],
    'comments and blank lines': [file('# made by Ann', '', head, rows(20), '', ''), 20, [], []],
  };
  for (const [name, [content, count, checks, codes]] of Object.entries(cases)) {
    const found = await look(content);
    assert.equal(found.rows, count, `${name} ${JSON.stringify(found.skipped)}`);
    assert.deepEqual(found.checks, codes, name);
    const known = await look(content, { tables: 'first' });
    assert.deepEqual([known.rows, known.skipped, known.checks], [count, found.skipped, checks], name);
    assert.deepEqual(
      known.findings.map(({ code }) => code),
      codes,
      name,
    );
  }
});

test('what is said of lines above a table works when it is done, with blank lines and comments among them', async () => {
  const head = 'id,name,score,when';
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${['Ann', 'Bob'][i % 2]},${i % 7}.5,2024-01-05`);
  const titles = ['Report', '', '# made by Ann', 'of sales', ''];
  for (const above of [titles, [...titles, ...Array.from({ length: 25 }, (_, i) => `Line ${i}`), '']]) {
    const content = file(above, head, rows);
    const [finding] = (await look(content)).findings;
    const [, key, value] = /^.* rows, "?([a-z_.]+)?"? ?to (\w+) if not$/.exec(finding!.sentence)!;
    const options = key === undefined ? { skip_lines: Number(value) } : { tables: value };
    assert.deepEqual([key, value], above === titles ? ['input.csv.tables', 'first'] : [undefined, '31']);
    const done = await look(content, options);
    assert.deepEqual([done.rows, done.checks], [30, []], finding!.sentence);
  }
});

test('hundreds of rows are never taken for a preamble', async () => {
  for (const content of [
    file(
      Array.from({ length: 300 }, (_, i) => `Ann,${i}`),
      'Bob,absent,ill',
      people(400),
    ),
    file(
      Array.from({ length: 9 }, (_, i) => `Ann,${i}`),
      'Bob,absent,ill',
      people(400),
    ),
  ]) {
    const { rows, skipped } = await look(content);
    assert.equal(rows, content.split('\n').length - 1, JSON.stringify(skipped));
  }
});

test('a last row that may be the sum of the others is a row for a person to look at, unless the job says that all are rows', async () => {
  const text = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) =>
        `${['Ann', 'Bob', 'Cid'][i % 3]} ${'abcdefg'[i % 7]},${['Rome', 'Oslo'][i % 2]},so ${'xyz'[i % 3]}`,
    );
  for (const total of ['Total,,123', 'TOTAL:,12,so', 'Grand total,Rome,5', 'Sum,a,b']) {
    const content = file('name,town,note', text(20), total);
    const { rows, checks } = await look(content);
    assert.deepEqual([rows, checks], [21, ['total-row']], total);
    assert.deepEqual((await look(content, { tables: 'one' })).checks, [], total);
  }
  for (const last of ['Total Oil,Rome,so x', 'Summer,Rome,so x', 'Ann a,Total,so x'])
    assert.deepEqual((await look(file('name,town,note', text(20), last))).checks, [], last);
  const several = file('name,town,note', text(9), 'Total,Rome,so x', text(9), 'Total,Oslo,so y');
  assert.deepEqual((await look(several)).checks, []);
});

test('subtotals with one label, and a trailer that counts the rows, are rows for a person to look at', async () => {
  const group = (from: number): string[] =>
    Array.from({ length: 20 }, (_, i) => `${['Ann', 'Bob', 'Cid'][i % 3]},${from + i},${(i * 7) % 31}.5`);
  const head = 'name,id,x';
  const groups = ['Total,,1000.5', 'Total,,900.25', 'Total,,800'].flatMap((sum, i) => [
    ...group(i * 20),
    sum,
  ]);
  const cases: readonly [string, number][] = [
    [file(head, groups), 63],
    [file(head, groups).replaceAll('Total', 'Summe'), 63],
    [file(head, group(0), 'TRL,20,20240105'), 21],
    [file(head, group(0), 'TRAILER,21,'), 21],
  ];
  for (const [content, count] of cases) {
    const { rows, checks } = await look(content);
    assert.deepEqual([rows, checks], [count, ['total-row']], content.slice(-40));
  }
  const fuels = Array.from({ length: 40 }, (_, i) => `${['Shell', 'Total', 'Esso'][i % 3]},${i},1.${i}`);
  for (const content of [
    file(head, fuels, 'Total,40,1.5'),
    file(head, fuels, 'Shell,,1.5', 'Total,,1.5'),
    file(head, fuels, 'TRL,5,1.5'),
  ])
    assert.deepEqual((await look(content)).checks, [], content.slice(-40));
});

test('last rows that may sum up the others are rows for a person to look at: in blocks, indented, in other languages and words', async () => {
  const regions = ['North', 'South', 'East', 'West'];
  const table = Array.from(
    { length: 60 },
    (_, i) => `${regions[i % 4]},${(i * 37) % 100},${((i * 53) % 900) / 100}`,
  );
  const sums = [1, 2].map((column) => table.reduce((sum, row) => sum + Number(row.split(',')[column]), 0));
  const tails: readonly (readonly string[])[] = [
    ['', 'Total,3000,305.1', 'Mean,50,5.08'],
    ['Total,3000,305.1', 'Mean,50,5.08'],
    ['', '', 'Total,3000,305.1', '', 'Mean,50,5.08', ''],
    ['', '   Total,3000,305.1', '   Average,50,5.08'],
    ['avg,50,5.08', 'min,1,1.00', 'max,99,9.99'],
    ['', 'Count,60,60'],
    ['', 'Std. dev.,28.1,2.5'],
    ['', ',3000,305.1'],
    ['', 'Summary,,', 'Total,3000,305.1'],
    ['', 'Summe,3000,305.1', 'Mittelwert,50,5.08'],
    ['Moyenne,50,5.08'],
    ['合计,3000,305.1'],
    ['North Total,100,5', 'South Total,200,6', 'Grand Total,300,11'],
    ['', 'Units sold,3000,305.1'],
    ['', 'Source: Ministry of Trade, 2023, table 4'],
    [`,${sums[0]},${sums[1]!.toFixed(2)}`],
    [`TRL,60,${sums[1]!.toFixed(2)}`],
  ];
  for (const tail of tails) {
    const content = file('region,units,price', table, ...tail);
    const { rows, checks } = await look(content);
    const said = tail.filter((line) => line !== '').length;
    assert.deepEqual([rows, checks], [60 + said, ['total-row']], tail.join('|'));
    assert.deepEqual((await look(content, { tables: 'one' })).checks, []);
  }
  for (const tail of [
    ['', 'North,50,5.08', 'South,5,1.08'],
    ['', ...table.slice(0, 20)],
    ['South,50,5.08', 'North,0,0.00'],
  ])
    assert.deepEqual((await look(file('region,units,price', table, ...tail))).checks, [], tail.join('|'));
  for (const last of [
    '(60 rows affected)',
    '60 rows selected.',
    '*** END OF FILE ***',
    'Generated on 2024-01-05',
  ]) {
    const one = file(
      'name',
      table.map((row, i) => `${row.split(',')[0]} ${i}`),
      last,
    );
    assert.deepEqual((await look(one)).checks, ['total-row'], last);
  }
  const names = Array.from({ length: 20 }, (_, i) => `${['Ann', 'Bob', 'Cid'][i % 3]}${i},${i * 3}`);
  for (const name of ['Max', 'Min', 'Share', 'Media', 'Total Oil'])
    assert.deepEqual((await look(file('name,score', names, `${name},7`))).checks, [], name);
});

test('a header that recurs in the middle of the rows is rejected however it is spelt', async () => {
  const rows = (from: number): string[] =>
    Array.from({ length: 15 }, (_, i) => `${from + i},${(i * 7) % 31},2024-01-${10 + i}`);
  const header = 'id,score,when';
  for (const again of [
    header,
    `\ufeff${header}`,
    '"id","score","when"',
    '\ufeff"id","score","when"',
    'id, score, when',
  ]) {
    const { rows: cells, problems } = await readText(file(header, rows(0), again, rows(100)));
    assert.equal(cells.length, 31, again);
    assert.deepEqual(
      problems.map(({ code, outcome, row, line }) => [code, outcome, row, line]),
      [['repeated-header', 'rejected', 16, 17]],
      again,
    );
    assert.deepEqual(cells[16], ['100', '0', '2024-01-10']);
  }
});

test('names in place of values with too little below them to be another table are a doubt', async () => {
  const rows = Array.from({ length: 12 }, (_, i) => `item ${i},${i * 3},${i}.5`);
  const texts = ['Ann,Bonn', 'Bob,Rome', 'Cid,Oslo', 'Dora,Kiel', 'Emil,Bern', 'Fay,Lyon', 'Gus,Graz'];
  const doubtful: Readonly<Record<string, string>> = {
    'one row below': ['name,count,price', ...rows, 'shop,staff,rent', 'north,4,500.5'].join('\n'),
    'two rows below': ['name,count,price', ...rows, 'shop,staff,rent', 'north,4,500.5', 'south,7,1.5'].join(
      '\n',
    ),
    'texts below a blank line': ['name,city', ...texts, '', 'product,colour', 'Hat,Red', 'Pen,Blue'].join(
      '\n',
    ),
    'texts in three columns': [
      'name,city,land',
      ...texts.map((row) => `${row},Europe`),
      'product,colour,size',
      'Hat,Red,Big',
    ].join('\n'),
  };
  for (const [name, content] of Object.entries(doubtful)) {
    const { findings, rows: read } = await readText(content);
    assert.deepEqual(findings, ['check table-in-doubt'], name);
    assert.equal(read.length, content.split('\n').filter((line) => line !== '').length - 1);
    assert.deepEqual((await readText(content, { tables: 'one' })).findings, []);
  }
  for (const content of [
    ['name,city', ...texts, '', 'Hal,Linz'].join('\n'),
    ['name,city', ...texts, 'unknown,unknown'].join('\n'),
    ['name,count,price', ...rows, 'missing,NA,NA', ...rows].join('\n'),
    ['name,count,price', ...rows, 'late,pending,3.5', ...rows].join('\n'),
    ['name,city', ...texts.map((row) => row.toLowerCase()), '', 'product,colour'].join('\n'),
  ])
    assert.deepEqual((await readText(content)).findings, [], content);
});
