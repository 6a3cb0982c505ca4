import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv } from '../../../src/formats/csv/csv.js';
import { fileOf } from './read-table.js';

/** The names over a file's cells and the levels of what is said of its header. */
async function namesOf(
  content: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<{ names: string; levels: string; sentences: readonly string[] }> {
  const source = await csv.open(fileOf(content), { csv: options });
  const { columns, findings } = source.description;
  const own = findings.filter(({ code }) => code === 'header-width');
  return {
    names: columns.map(({ name }) => name).join(' '),
    levels: own.map(({ level }) => level).join(' '),
    sentences: own.map(({ sentence }) => sentence),
  };
}

const cases: readonly [string, string, string, string][] = [
  ['row names of R in quotes', '"a","b"\n"17",10,20.5\n"3",11,21.5\n"102",12,22.5\n', 'column_1 a b', 'note'],
  [
    'the same with tabs',
    '"a"\t"b"\n"17"\t10\t20.5\n"3"\t11\t21.5\n"102"\t12\t22.5\n',
    'column_1 a b',
    'note',
  ],
  [
    'the same with blanks, as R writes by default',
    '"a" "b"\n"17" 10 20.5\n"3" 11 21.5\n"102" 12 22.5\n',
    'column_1 a b',
    'note',
  ],
  ['with blanks and whole numbers', '"a" "b"\n"17" 10 20\n"3" 11 21\n"102" 12 22\n', 'column_1 a b', 'note'],
  ['with blanks and one column', '"a"\n"17" 10\n"3" 11\n"102" 12\n', 'column_1 a', 'note'],
  [
    'with blanks and texts',
    '"mpg" "name"\n"1" 21 "Mazda RX4"\n"2" 32.4 "Fiat 128"\n"4" 21.4 "Volvo 142E"\n',
    'column_1 mpg name',
    'note',
  ],
  ['with blanks and without quotes', 'a b\nr1 10 20.5\nr3 11 21.5\nr7 12 22.5\n', 'column_1 a b', 'check'],
  ['the same with semicolons', '"a";"b"\r\n"17";10;20,5\r\n"3";11;21,5\r\n', 'column_1 a b', 'note'],
  ['dates in quotes', '"a","b"\n"2020-01-02",10,20.5\n"2020-01-05",11,21.5\n', 'column_1 a b', 'note'],
  ['row names without quotes', 'a,b\n17,10,20.5\n3,11,21.5\n102,12,22.5\n', 'column_1 a b', 'check'],
  ['row numbers', 'a,b\n1,10,20.5\n2,11,21.5\n3,12,22.5\n', 'column_1 a b', 'check'],
  [
    'texts as row names',
    '"mpg","cyl"\n"Mazda RX4",21,6\n"Fiat 128",32.4,4\n"Volvo 142E",21.4,4\n',
    'column_1 mpg cyl',
    'check',
  ],
  [
    'dates as row names',
    'open,close\n2020-01-02,10,11\n2020-01-03,11,12\n2020-01-06,12,13\n',
    'column_1 open close',
    'check',
  ],
  [
    'texts alone',
    'city,country\nAnn,Rome,Italy\nBob,Oslo,Norway\nCid,Bonn,Germany\n',
    'column_1 city country',
    'check',
  ],
  ['first cells twice', 'a,b\n1,10,20.5\n1,11,21.5\n2,12,22.5\n', 'a b column_3', 'check'],
  [
    'the last name lost',
    'date,price,comment\n2020-01-02,9.5,good,x\n2020-01-03,8.5,bad,y\n',
    'date price comment column_4',
    'check',
  ],
  ['a delimiter after every row', 'a,b\n17,10,\n3,11,\n102,12,\n', 'a b column_3', ''],
  ['two after every row', 'a,b,c\n17,10,1,,\n3,11,2,,\n102,12,3,,\n', 'a b c column_4 column_5', ''],
  ['two names short', 'x,y,z\n1,2,3,4,5\n2,3,4,5,6\n3,4,5,6,7\n', 'x y z column_4 column_5', 'check'],
  ['a name too many', 'a,b,c,d\n1,2,3\n4,5,6\n7,8,9\n', 'a b c d', 'check'],
  [
    'the first of four columns gone',
    'id,name,price,date\nhat,9.5,2020-01-02\nrake,8.5,2020-01-03\npen,2.5,2020-01-06\n',
    'name price date id',
    'check',
  ],
  [
    'the second of four columns gone, a delimiter after the header',
    'date,price,comment,url,\n2020-01-02,good,x\n2020-01-03,bad,y\n',
    'date comment url price',
    'check',
  ],
  [
    'two columns within gone',
    'date,comment,city,price\n2020-01-02,9.5\n2020-01-03,8.5\n',
    'date price comment city',
    'check',
  ],
  [
    'the last of four columns gone',
    'id,name,price,note\n1,hat,9.5\n2,rake,8.5\n3,pen,2.5\n',
    'id name price note',
    'check',
  ],
  [
    'one of two columns gone that may be either',
    'id,price,name\n1,hat\n2,rake\n3,pen\n',
    'id price name',
    'check',
  ],
  ['a blank first name too many', ',a,b\n1,2\n4,5\n7,8\n', 'a b', 'check'],
  ['a blank name too many between others', 'a,,b\n1,2\n4,5\n7,8\n', 'a b', 'check'],
  ['an index of pandas', ',a,b\n17,10,20.5\n3,11,21.5\n102,12,22.5\n', 'column_1 a b', ''],
  ['a blank name at the end', 'a,b,\n17,10,20.5\n3,11,21.5\n102,12,22.5\n', 'a b column_3', ''],
  ['a delimiter after the header alone', 'a,b,\n17,10\n3,11\n102,12\n', 'a b', ''],
  ['as many as there are', 'a,b\n17,10\n3,11\n102,12\n', 'a b', ''],
  ['rows without their empty ends', 'a,b,c,d\n1,2,3,4\n1,2,3\n1,2\n1,2,3\n', 'a b c d', ''],
];

for (const [name, content, names, levels] of cases) {
  test(`a header over other cells than its own: ${name}`, async () => {
    const found = await namesOf(content);
    assert.deepEqual([found.names, found.levels], [names, levels], found.sentences.join('\n'));
    const told = await namesOf(content, { header: true });
    assert.deepEqual([told.names, told.levels], [names, levels]);
  });
}

test('row names of R between blanks, the delimiter told', async () => {
  const content = '"a" "b"\n"17" 10 20.5\n"3" 11 21.5\n"102" 12 22.5\n';
  const { names, levels } = await namesOf(content, { delimiter: ' ' });
  assert.deepEqual([names, levels], ['column_1 a b', 'note']);
});

test('the way out of a header that is too narrow names its columns after their places', async () => {
  const content = 'a,b\n17,10,20.5\n3,11,21.5\n102,12,22.5\n';
  const { sentences } = await namesOf(content);
  assert.deepEqual(sentences, [
    'the header has 2 names over rows of 3 cells: the names belong to the last cells, the first has none; correct the header, or set "input.csv.header" to false, "input.csv.skip_lines" to 1 and each column\'s "source" to column_1, column_2 and so on',
  ]);
  assert.deepEqual(await namesOf(content, { header: false, skip_lines: 1 }), {
    names: 'column_1 column_2 column_3',
    levels: '',
    sentences: [],
  });
});

test('the names without cells are said', async () => {
  const { sentences } = await namesOf('id,name,price\nhat,9.5\nrake,8.5\npen,2.5\n');
  assert.match(
    sentences[0]!,
    /^the header has 3 names over rows of 2 cells: the other names match .*, "id" has none; correct/,
  );
  const two = await namesOf('date,comment,city,price\n2020-01-02,9.5\n2020-01-03,8.5\n');
  assert.match(two.sentences[0]!, /"comment" and "city" have none; correct/);
});
