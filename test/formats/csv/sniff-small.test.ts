import assert from 'node:assert/strict';
import { test } from 'node:test';
import iconv from 'iconv-lite';
import { readText } from './read-table.js';

/** Expected results for a small file; properties that are absent are not checked. */
interface Expected {
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: string;
  readonly comment?: string | null;
  readonly columns: number;
  readonly header?: number;
  readonly rows?: number;
}

async function assertSniffed(name: string, content: string | Uint8Array, expected: Expected): Promise<void> {
  const { details, names, rows } = await readText(content);
  const { delimiter, quote, encoding, comment, headerRows } = details.dialect;
  const found = {
    delimiter,
    quote,
    encoding,
    comment,
    columns: names.length,
    header: headerRows,
    rows: rows.length,
  };
  for (const [key, value] of Object.entries(expected)) {
    assert.equal(found[key as keyof typeof found], value, `${name}: ${key}`);
  }
}

test('blanks on both sides of every delimiter belong to it, and only then', async () => {
  const rows = (mark: string) =>
    [...Array(9).keys()].map((i) => [i, `a b ${i}`, '"x y"', i * 2].join(mark)).join('\n');
  for (const base of [',', ';', '|']) {
    await assertSniffed('between', `id ${base} t ${base} u ${base} n\n${rows(` ${base} `)}\n`, {
      delimiter: ` ${base} `,
      columns: 4,
      rows: 9,
    });
    await assertSniffed('after', `id${base} t${base} u${base} n\n${rows(`${base} `)}\n`, {
      delimiter: `${base} `,
      columns: 4,
      rows: 9,
    });
  }
  const texts = [...Array(9).keys()].map((i) => `${i};a , b , ${i}`).join('\n');
  await assertSniffed('in texts', `id;t\n${texts}\n`, { delimiter: ';', columns: 2, rows: 9 });
});

test('one column stays one column, whatever marks its cells hold', async () => {
  const columns: Readonly<Record<string, readonly string[]>> = {
    date: ['2013-01-04', '2013-01-05', '2013-01-06'],
    day: ['01/04/2013', '01/05/2013', '01/06/2013'],
    time: ['10:04', '10:05', '11:06'],
    stamp: ['2013-01-04 10:04:00', '2013-01-05 10:05:00', '2013-01-05 11:06:00'],
    word: ['apple', 'pear', 'plum', 'fig'],
    text: ['This is a line, with comma', 'Another line of text', 'Nothing here, really, no', 'Yes'],
    amount: ['"1,234"', '"5,678"', '"12,345"'],
    email: ['a@b.com', 'c.d@e.org', 'x@y.net'],
    url: ['http://a.b/c?d=1&e=2&f=3', 'http://a.b/x?d=3&e=9&f=4', 'http://c.b/c?d=4&e=5&f=5'],
    ip: ['10.0.0.1', '10.0.0.2', '192.168.1.1'],
    phone: ['+1 555 1234', '+1 555 1235', '+49 30 1236'],
    price: ['$1.50', '$2.75', '$10.00'],
    share: ['12%', '13%', '14%'],
  };
  for (const [name, cells] of Object.entries(columns)) {
    const content = `${[name, ...cells].join('\n')}\n`;
    await assertSniffed(name, content, { columns: 1, header: 1, rows: cells.length });
  }
  await assertSniffed('places', '"52.5,13.4"\n"48.1,11.6"\n"50.0,8.2"\n', { columns: 1, header: 0, rows: 3 });
});

test('a delimiter that hardly any file has is believed where all rows agree', async () => {
  const cells = [
    ['id', 'name', 'price', 'when'],
    ['1', 'Ann Lee', '2.5', '2013-01-04'],
    ['2', 'Bob Ray', '3.5', '2013-01-05'],
    ['3', 'Cid Moe', '13.5', '2013-02-05'],
  ];
  for (const delimiter of [
    '|',
    '~',
    '^',
    '\x01',
    '\x1f',
    '::',
    '||',
    '§',
    '¦',
    '*',
    '&',
    '!',
    '+',
    '?',
    '%',
  ]) {
    const content = `${cells.map((row) => row.join(delimiter)).join('\n')}\n`;
    await assertSniffed(JSON.stringify(delimiter), content, { delimiter, columns: 4, header: 1, rows: 3 });
  }
  const passwd =
    'root:x:0:0:root:/root:/bin/sh\nmail:x:8:8:mail:/var/mail:/bin/no\nbin:x:2:2:bin:/bin:/bin/no\n';
  await assertSniffed('accounts', passwd, { delimiter: ':', columns: 7, header: 0, rows: 3 });
});

test('a line sep=; says the delimiter and is no row', async () => {
  await assertSniffed('sep', 'sep=;\nid;name\n1;a\n2;b\n', {
    delimiter: ';',
    columns: 2,
    header: 1,
    rows: 2,
  });
  await assertSniffed('sep quoted', '"sep=|"\r\nid|name\r\n1|a,b;c\r\n', {
    delimiter: '|',
    columns: 2,
    rows: 1,
  });
});

test('comments are lines that do not look like rows', async () => {
  const table = 'id,name\n1,a\n2,b\n';
  await assertSniffed('before', `# made by x\n# on 2013, by y\n#\n${table}`, {
    comment: '#',
    columns: 2,
    rows: 2,
  });
  await assertSniffed('slashes', `// made by x\n${table}// end of it, all\n// no more\n`, {
    comment: '//',
    columns: 2,
    rows: 2,
  });
  await assertSniffed('a name', '#id,name,n\n1,a,5\n2,b,6\n', {
    comment: null,
    columns: 3,
    header: 1,
    rows: 2,
  });
});

test('years over figures are names, and so are units below them', async () => {
  await assertSniffed('years', 'country,2010,2011,2012\nFR,1,2,3\nDE,4,5,6\nIT,7,8,9\n', {
    columns: 4,
    header: 1,
    rows: 3,
  });
  await assertSniffed('days', 'item,2010-01-01,2010-02-01\nx,1,2\ny,4,5\nz,6,7\n', {
    columns: 3,
    header: 1,
    rows: 3,
  });
  await assertSniffed('a row of years', 'FR,2010,2011\nDE,2011,2014\nIT,2009,2010\n', {
    columns: 3,
    header: 0,
    rows: 3,
  });
  await assertSniffed('units', 'time,speed,temp\ns,m/s,degC\n1,2.5,10\n2,2.6,11\n3,2.7,12\n', {
    columns: 3,
    header: 2,
    rows: 3,
  });
});

test('small files of texts: a first row that stands again is a row', async () => {
  const rows = 'Ann,Berlin,teacher\nBob,Paris,baker\nCid,Rome,nurse\nAnn,Rome,baker\n';
  await assertSniffed('no header', rows, { columns: 3, header: 0, rows: 4 });
  await assertSniffed('header', `name,city,job\n${rows}`, { columns: 3, header: 1, rows: 4 });
  await assertSniffed('only a header', 'name,city,job\n', { columns: 3, header: 1, rows: 0 });
  await assertSniffed('only a row', 'Ann,34,Berlin\n', { columns: 3, header: 0, rows: 1 });
});

test('quotes of one kind are told from apostrophes and from the other kind', async () => {
  await assertSniffed('some in single ones', "'a'|'b'|'c'\r\n'd'|e|f\r\n", { quote: "'", columns: 3 });
  await assertSniffed('apostrophes', "id,name,remark\n1,O'Neil,it's\n2,D'Arcy,don't\n3,Bob,ok\n", {
    quote: '"',
    columns: 3,
  });
  await assertSniffed('both', `id,name\n1,"Ann, B"\n2,'Bob'\n3,Cid\n`, { quote: '"', columns: 2, rows: 3 });
});

test('encodings of small files', async () => {
  const text = 'id;name;city\n1;Jürgen;Köln\n2;Ann;Bonn\n3;Zoë;Orléans\n';
  for (const encoding of ['windows-1252', 'utf-16le', 'utf-16be', 'utf-8']) {
    const content = iconv.encode(text, encoding, { addBOM: false });
    await assertSniffed(encoding, content, { encoding, delimiter: ';', columns: 3, header: 1, rows: 3 });
  }
});

test('row numbers without a name do not shift the names', async () => {
  const numbered = await readText('"name","price"\n"1","Ann",2.5\n"2","Bob",3.5\n"3","Cid",4.5\n');
  assert.deepEqual(numbered.names, ['column_1', 'name', 'price']);
  const keys = await readText('id,nameprice\n1,Ann,2.5\n2,Bob,3.5\n3,Cid,4.5\n');
  assert.deepEqual(keys.names, ['id', 'nameprice', 'column_3']);
});

test('a title of as many words as there are columns is no header', async () => {
  await assertSniffed('title', 'Daily sales report\n1,2,3\n4,5,6\n7,8,9\n', {
    columns: 3,
    header: 0,
    rows: 3,
  });
});

const many = (count: number, cell: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${cell(i)}\n`).join('');

test('a column of prose is one column, whatever marks its sentences hold', async () => {
  const some = (marked: string) => (i: number) =>
    `${['Bad food', 'Ok', 'Nice place here', 'So so', marked][i % 5]} ${i}`;
  const columns: Readonly<Record<string, string>> = {
    commas: many(60, some('It was late, and nobody came')),
    'several commas': many(60, some('We went home, ate, and slept')),
    'tight commas': many(60, some('Great,thanks')),
    semicolons: many(60, some('Great; thanks')),
    bars: many(60, some('Great | thanks')),
    colons: many(60, some('Note: thanks')),
    'mostly commas': many(
      60,
      (i) =>
        `${['Great, thanks', 'Bad, slow, and dear, never again', 'Ok', 'So so, but cheap'][i % 4]!} ${i}`,
    ),
    'a long file': many(300, (i) => (i % 9 === 0 ? `remark ${i}, with more` : `remark number ${i}`)),
    log: many(40, (i) => `10:00:${10 + i} [main] ${i % 5 > 0 ? 'job started' : 'failed, retry, wait'} ${i}`),
    urls: many(40, (i) => `https://a.b/x?i=${i}${i % 4 > 0 ? '' : '&ids=1,2,3'}`),
    addresses: many(40, (i) => `${i} Main Street, Springfield, IL 6270${i % 10}`),
    dates: many(30, (i) => `Jan ${i + 1}, 2024`),
    lists: many(30, (i) => ['red, green', 'blue', 'red, blue, green, yellow', 'green', 'red'][i % 5]!),
    quoted: '"one, two"\n"three"\n"four, five, six"\n',
    few: 'one, two\nthree\nfour, five, six\n',
  };
  for (const [name, text] of Object.entries(columns)) {
    const rows = text.trimEnd().split('\n').length;
    await assertSniffed(name, `text\n${text}`, { columns: 1, header: 1, rows });
  }
});

test('wrong delimiters do not win by their number of cells', async () => {
  const addresses = many(20, (i) =>
    [
      `Ann${i}`,
      'Lee',
      `${i} Main St, Apt 2`,
      'Springfield, IL',
      '62704',
      `555-010${i % 10}`,
      `a${i}@x.org`,
    ].join('#'),
  );
  await assertSniffed('hashes', `first#last#street#city#zip#phone#mail\n${addresses}`, {
    delimiter: '#',
    columns: 7,
  });
  await assertSniffed('hashes alone', addresses, { delimiter: '#', columns: 7 });
  await assertSniffed('semicolon at the end', '1, I;\n2, II;\n3, III;\n', { delimiter: ', ', columns: 2 });
  await assertSniffed('one such line', '1, I;\n', { delimiter: ', ', columns: 2 });
  await assertSniffed('lists below two names', 'col1,col2\n1;2;3,4;5;6\n', { delimiter: ',', columns: 2 });
  await assertSniffed('more of them', 'col1,col2\n1;2;3,4;5;6\n7;8;9,1;2;3\n', {
    delimiter: ',',
    columns: 2,
  });
  await assertSniffed('times', '15:02:37.1,15:02:37.14\n', { delimiter: ',', columns: 2 });
  await assertSniffed('two rows of times', '15:02:37.1,15:02:37.14\n15:03:37.1,15:03:37.14\n', {
    delimiter: ',',
    columns: 2,
  });
});

test('a delimiter or quotes that are a guess are said to be one', async () => {
  const aligned = 'name\t\tcode\nArgentina\tar\nBrazil\t\tbr\nChile\t\tcl\n';
  assert.deepEqual((await readText(aligned)).findings, ['check dialect-in-doubt']);
  const padded = await readText("'Argentina',      'ar'\n'Australia',      'au'\n'Austria',        'at'\n");
  assert.deepEqual([padded.findings, padded.rows[1]], [[], ['Austria', 'at']]);
  for (const sure of [
    'a,b\n1,2\n',
    'i,j\n1,1\n2,2\n',
    'i,j\n0,5\n0,7\n',
    'a;b\n1,5;2\n',
    'name\nAnn\nBob\n',
    'name,city\nAnn,Bonn\n',
    "a,b\nit's,2\n",
  ])
    assert.deepEqual((await readText(sure)).findings, [], sure);
});

test('a log parted by blanks is a guess that is said', async () => {
  const levels = ['INFO', 'WARNING', 'ERROR'];
  const log = many(28, (i) => `Jan  4 05:06:${10 + i} host app[${i}]: ${levels[i % 3]} job ${i} is done`);
  assert.deepEqual((await readText(log)).findings, ['check dialect-in-doubt']);
});

test('few bytes of windows-1252 are found, and damaged names are said', async () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  const banks = many(1500, (i) => (i === 700 ? 'x,\xa35' : `Bank ${i},${i}`));
  const pound = await readText(bytes(`name,price\n${banks}`));
  assert.equal(pound.rows[700]![1], '£5');
  assert.deepEqual(pound.findings, ['note guessed-encoding']);
  await assertSniffed('a name', bytes(`Bank Name\xa0,City\n${many(500, (i) => `Bank ${i},Town`)}`), {
    encoding: 'windows-1252',
    columns: 2,
  });
  await assertSniffed('a damaged byte', bytes(`a,b\n${many(300, (i) => (i === 9 ? 'x\xff,1' : `x,${i}`))}`), {
    encoding: 'utf-8',
    columns: 2,
  });
  await assertSniffed(
    'a flipped digit',
    bytes(`a,b\n${many(300, (i) => (i === 9 ? 'x,1\xb34' : `x,${i}`))}`),
    { encoding: 'utf-8', columns: 2 },
  );
  assert.deepEqual((await readText(bytes('na\xffme,b\nx,1\ny,2\n'))).findings, ['check damaged-name']);
  assert.deepEqual((await readText('na\ufffdme,b\nx,1\ny,2\n')).findings, ['check damaged-name']);
  const late = await readText(bytes(`name,x\n${many(30_000, (i) => `Bank ${i},${i}`)}Caf\xe9,1\n`));
  assert.deepEqual(
    late.problems.map(({ code, row }) => `${code} ${row}`),
    ['invalid-utf8 30001'],
  );
});

test('bytes that do not look like a western text are said to be a guess', async () => {
  const cyrillic = Buffer.from('cceef1eae2e0', 'hex');
  const findings = async (word: Buffer): Promise<readonly string[]> => {
    const rows = Array.from({ length: 40 }, (_, i) => Buffer.concat([word, Buffer.from(`,${i}\n`)]));
    return (await readText(Buffer.concat([Buffer.from('name,x\n'), ...rows]))).findings;
  };
  assert.deepEqual(await findings(cyrillic), ['check guessed-encoding'], 'windows-1251');
  assert.deepEqual(
    await findings(Buffer.from('8ea1939c8e73', 'hex')),
    ['check guessed-encoding'],
    'Shift-JIS',
  );
  assert.deepEqual(
    await findings(Buffer.from('Gr\xf6\xdfe', 'latin1')),
    ['note guessed-encoding'],
    'two letters in a row',
  );
});

test('quotes of another kind are found although each quoted cell contains the delimiter', async () => {
  for (const quote of ["'", '`'])
    for (const delimiter of [',', ';', '\t', '|'])
      for (const rows of [3, 30, 400]) {
        const lines = many(rows, (i) => `${quote}r${delimiter}${i}${quote}${delimiter}${i}`);
        const table = await readText(`name${delimiter}x\n${lines}`);
        const name = `${quote} ${delimiter} ${rows}`;
        assert.equal(table.details.dialect.quote, quote, name);
        assert.deepEqual(table.rows[2], [`r${delimiter}2`, '2'], name);
        assert.deepEqual(table.findings, [], name);
      }
});

test('apostrophes are no quotes', async () => {
  const lines = many(30, (i) => `"'tis the season, they say",${i},'90s\n"rock 'n' roll, he said",${i},'80s`);
  await assertSniffed('in quoted texts', `text,x,when\n${lines}`, { quote: '"', columns: 3, rows: 60 });
  const bare = many(30, (i) => `it's ${i},'tis,that's`);
  await assertSniffed('in bare texts', `a,b,c\n${bare}`, { quote: '"', columns: 3, rows: 30 });
  const feet = many(30, (i) => `5' ${i},6',7'`);
  await assertSniffed('feet', `a,b,c\n${feet}`, { quote: '"', columns: 3, rows: 30 });
});
