import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv } from '../../../src/formats/csv/csv.js';
import { fileOf, readText } from './read-table.js';

const file = (...lines: readonly (string | readonly string[])[]): string => `${lines.flat().join('\n')}\n`;

async function namesOf(
  content: string,
  names: readonly string[] = [],
  options: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const source = await csv.open(fileOf(content), { csv: options, names });
  return source.description.columns.map(({ name }) => name);
}

async function rowsBelow(content: string, names: readonly string[]): Promise<number> {
  const source = await csv.open(fileOf(content), { csv: {}, names });
  let last = 0;
  for await (const slice of source.cut(1)) last = slice.firstRow;
  return last;
}

test('a row of the names that the job expects is the header, whatever stands below it', async () => {
  const cases: Readonly<Record<string, [string, string[], number]>> = {
    numbers: [file('0,1,2', '0.12,-1.5,3.3', '0.5,2.25,1.1', '0.7,0.1,9.9'), ['0', '1', '2'], 3],
    'numbers in another order': [file('2;0;1', '1,5;2;3', '1,7;3;4'), ['0', '1', '2'], 2],
    years: [file('2010\t2011', '1\t2', '3\t4', '5\t6'), ['2010', '2011'], 3],
    dates: [file('2024-01-01,2024-02-01', '1,2', '3,4'), ['2024-01-01', '2024-02-01'], 2],
    'texts that stand again': [
      file('status,grade,x', 'status,A,', 'open,B,', 'closed,C,'),
      ['status', 'grade', 'x'],
      3,
    ],
    'empty cells': [file('a,b,c', ',,', ',x,', ',,'), ['a', 'b', 'c'], 3],
    'more columns than the job has': [file('7,8,9,10', '1,2,3,4', '2,3,4,5'), ['7', '9'], 2],
    'a column that the job has and the file has not': [file('a,b', 'a,b', 'a,c', 'a,d'), ['a', 'b', 'z'], 3],
    'in capitals': [file('A,B', 'A,x', 'A,y', 'A,z'), ['a', 'b'], 3],
    'below a title': [file('Report', '', '1,2,3', '4,5,6', '7,8,9'), ['1', '2', '3'], 2],
  };
  for (const [name, [content, names, rows]] of Object.entries(cases)) {
    const found = (await namesOf(content, names)).map((each) => each.toLowerCase());
    const isThere = names.filter((each) => found.includes(each));
    assert.ok(isThere.length >= names.length - 1 && !found.includes('column_1'), `${name}: ${found}`);
    assert.equal(await rowsBelow(content, names), rows, name);
  }
});

test('names that the job expects are no reason to pass over rows', async () => {
  const content = file('1,2,3', '4,5,6', 'a,b,c', '7,8,9');
  assert.deepEqual(await namesOf(content, ['a', 'b', 'c']), ['column_1', 'column_2', 'column_3']);
  assert.equal(await rowsBelow(content, ['a', 'b', 'c']), 4);
  const again = file('id,x', '1,2', 'id,x', '3,4');
  assert.deepEqual(await namesOf(again, ['id', 'x']), ['id', 'x']);
  assert.deepEqual(await namesOf(file('a,b', '1,2'), ['a', 'b'], { header: false }), [
    'column_1',
    'column_2',
  ]);
});

test('of several header rows the one that the job expects gives the names', async () => {
  const units = file('Name,Date,T_NOCT,A_c', 'Units,,C,m2', 'A,2008-12-17,65,0.67', 'B,2008-04-28,64,0.68');
  assert.deepEqual(await namesOf(units, ['Name', 'T_NOCT', 'A_c']), ['Name', 'Date', 'T_NOCT', 'A_c']);
  assert.equal(await rowsBelow(units, ['Name', 'T_NOCT', 'A_c']), 2);
  assert.deepEqual(await namesOf(units), ['Name Units', 'Date', 'T_NOCT C', 'A_c m2']);
  const words = file('name,score', '', 'Name of pupil,Points', 'Ann,1', 'Bob,2', 'Cid,3');
  assert.deepEqual(await namesOf(words, ['name', 'score']), ['name', 'score']);
  assert.deepEqual(await namesOf(words, ['Name of pupil', 'Points']), ['Name of pupil', 'Points']);
  const groups = file(',A,,B,', 'id,x,y,z,w', '1,2,3,4,5', '2,3,4,5,6', '3,4,5,6,7');
  assert.deepEqual(await namesOf(groups, ['id', 'x', 'y', 'z', 'w']), ['id', 'x', 'y', 'z', 'w']);
});

test('titles above the header are left out, padded, with values, or narrower than the table', async () => {
  const rows = ['Ann,12,4.5,2013-01-04,ok', 'Bob,13,5.5,2013-01-05,ok', 'Cid,14,6.5,2013-01-06,late'];
  const head = 'name,age,size,day,note';
  for (const titles of [
    [',Report of the year,,,', ',Reporting Period : ,13,,'],
    ['Report of the year,,,,'],
    [',,Report,,'],
    [',,,,', 'Report of the year,,,,', ',,,,'],
    ['Report,2013'],
    ['Report,2013,final'],
    ['Report,of,sales,2013'],
    ['Report of sales', 'Region,North', ''],
    ['Printed,2013-01-05,,,'],
  ]) {
    const content = file(titles, head, rows);
    assert.deepEqual(await namesOf(content), head.split(','), titles.join(' / '));
    assert.equal((await readText(content)).rows.length, 3, titles.join(' / '));
  }
  const texts = file(
    ',Report of pupils,',
    'name,city,job',
    'Ann,Rome,nurse',
    'Bob,Bonn,baker',
    'Cid,Rome,cook',
  );
  assert.deepEqual(await namesOf(texts), ['name', 'city', 'job']);
});

test('names of groups are filled to the right over the names below them', async () => {
  const data = ['1,2,3,4,5', '2,3,4,5,6', '3,4,5,6,7'];
  const names = ['id', 'A x', 'A y', 'B x', 'B y'];
  assert.deepEqual(await namesOf(file(',A,,B,', 'id,x,y,x,y', data)), names);
  assert.deepEqual(await namesOf(file('id,A,,B,', ',x,y,x,y', data)), names);
  assert.deepEqual(await namesOf(file('Report of the year,,,,', ',A,,B,', 'id,x,y,x,y', data)), names);
  const years = ['id', '2012 x', '2012 y', '2013 x', '2013 y'];
  assert.deepEqual(await namesOf(file(',2012,,2013,', 'id,x,y,x,y', data)), years);
  const semicolons = file(
    ';A;;B;',
    'id;x;y;x;y',
    data.map((line) => line.replaceAll(',', ';')),
  );
  assert.deepEqual(await namesOf(semicolons), names);
});

test('a last comment that names the columns is the header', async () => {
  const rows = ['1,2.5,3', '2,3.5,4', '3,4.5,5'];
  const cases: [string, string[]][] = [
    [file('# made 2013', '# by Ann, Bob', '#time,x,y', rows), ['time', 'x', 'y']],
    [file('# made by Ann', '# of 2013', '# time,x,y', rows), ['time', 'x', 'y']],
    [file('# made by Ann', '#', '#time,x,y', '', rows), ['time', 'x', 'y']],
    [
      file('##fileformat=V4', '##source=x', '#CHROM\tPOS\tID', 'c1\t5\ta', 'c1\t7\tb', 'c2\t9\tc'),
      ['CHROM', 'POS', 'ID'],
    ],
    [file('% made by Ann', '% 2013', '% time;x;y', '1;2,5;3', '2;3,5;4'), ['time', 'x', 'y']],
    [file('# made by Ann', '# see: a, b', 'time,x,y', rows), ['time', 'x', 'y']],
  ];
  for (const [content, names] of cases) {
    assert.deepEqual(await namesOf(content), names, content);
    const { rows: found, details } = await readText(content);
    assert.equal(found.length, content.startsWith('%') ? 2 : 3, content);
    assert.equal(details.dialect.headerRows, 1);
  }
  const told = file('# made by Ann', '#time,x,y', rows);
  assert.deepEqual(await namesOf(told, ['time', 'y'], { comment: '#' }), ['time', 'x', 'y']);
  assert.deepEqual(await namesOf(told, [], { comment: '#' }), ['column_1', 'column_2', 'column_3']);
});
