import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './read-table.js';

const rows = Array.from({ length: 30_000 }, (_, i) => `${i},name ${i % 13},${i % 90}.25`);
const header = 'id,name,price';

test('a header that recurs beyond the sample is a check that names its lines', async () => {
  const table = await readText(
    [header, ...rows.slice(0, 12_000), header, ...rows.slice(12_000), '"id","name","price"', '7,x,1.25'].join(
      '\n',
    ),
    {},
    1 << 16,
  );
  assert.equal(table.rows.length, rows.length + 3);
  assert.deepEqual(table.findings, []);
  assert.deepEqual(
    table.problems.map(({ code, line }) => [code, line]),
    [
      ['repeated-header', 12_002],
      ['repeated-header', 30_003],
    ],
  );
  assert.equal(table.doubts.length, 1);
  assert.match(table.doubts[0]!, /^check repeated-header: the header is repeated in lines 12002, 30003: /);
});

test('a header that recurs often names the first lines and counts the others', async () => {
  const days = [...rows.slice(0, 16).keys()].map((i) => `${header}\n${i},day ${i},1.25\n${i + 50},eve,2.25`);
  const { doubts } = await readText(days.join('\n'));
  assert.match(doubts[0]!, /in lines 4, 7, 10, 13, 16 and 10 more: /);
});

test('the lines of a header of two rows are found again', async () => {
  const top = 'size,size,date,date\nwidth,height,from,to';
  const some = rows.slice(0, 20).map((_, i) => `${i},${i + 9},2024-01-${i + 10},2024-02-${i + 10}`);
  const table = await readText([top, ...some, top, ...[...some].reverse()].join('\n'));
  assert.equal(table.details.dialect.headerRows, 2);
  assert.deepEqual(
    table.problems.map(({ code, line }) => [code, line]),
    [
      ['repeated-header', 23],
      ['repeated-header', 24],
    ],
  );
  assert.equal(table.rows.length, 42);
});

test('that the job knows how its files are laid makes it a note', async () => {
  const content = [header, ...rows.slice(0, 600), header, ...rows.slice(600, 900)].join('\n');
  for (const [tables, level] of [
    ['one', 'note'],
    ['first', 'note'],
    ['refuse', 'check'],
    ['auto', 'check'],
  ] as const)
    assert.match((await readText(content, { tables })).doubts[0]!, new RegExp(`^${level} repeated-header`));
});

test('bytes that are not of the encoding are a check with row, column and the key to set; a note where it is told', async () => {
  const content = Buffer.from(
    [header, ...rows, '7,Jos\xe9,1.25', '8,\xc5ngstr\xf6m,2.25', '9,\xd6l,2.25'].join('\n'),
    'latin1',
  );
  const table = await readText(content, {}, 1 << 16);
  assert.deepEqual(table.rows.at(-3), ['7', 'Jos\ufffd', '1.25']);
  assert.deepEqual(
    table.problems.map(({ code, row, column, outcome }) => [code, row, column, outcome]),
    [
      ['invalid-utf8', 30_001, 'name', 'flagged'],
      ['invalid-utf8', 30_002, 'name', 'flagged'],
      ['invalid-utf8', 30_003, 'name', 'flagged'],
    ],
  );
  assert.deepEqual(table.doubts, [
    'check invalid-utf8: 3 cells have bytes that are not utf-8, first in row 30001, column "name" (line 30002): set "input.csv.encoding" if the file has another encoding, to utf-8 if it is damaged',
  ]);
  const [one] = (
    await readText(Buffer.concat([content.subarray(0, content.lastIndexOf('8,')), Buffer.from('9,x,1.25')]))
  ).doubts;
  assert.match(one!, /^note invalid-utf8: 1 cell has bytes/);
  const told = await readText(content, { encoding: 'utf-8' });
  assert.match(told.doubts[0]!, /^note invalid-utf8/);
  const right = await readText(content, { encoding: 'windows-1252' });
  assert.deepEqual(right.rows.at(-2), ['8', 'Ångström', '2.25']);
  assert.deepEqual([right.problems, right.doubts], [[], []]);
});

test('the header at the end of a line, where a file without a last line end was joined, is found', async () => {
  const content =
    [header, ...rows.slice(0, 900)].join('\n') + [header, ...rows.slice(900, 1300)].join('\r\n');
  for (const chunk of [1 << 20, 256]) {
    const { problems, doubts, rows: read } = await readText(content, {}, chunk);
    assert.deepEqual(
      problems.map(({ code, line, outcome, raw }) => [code, line, outcome, raw]),
      [['repeated-header', 901, 'rejected', `${rows[899]}${header}`]],
    );
    assert.match(doubts[0]!, /^check repeated-header: the header is repeated in line 901: /);
    assert.equal(read.length, 1300);
  }
  const two = await readText('a,b\n1,x\n2,ya,b\n3,z\n4,w\n');
  assert.deepEqual(
    two.rows.map((row) => row.join()),
    ['1,x', ',', '3,z', '4,w'],
  );
});
