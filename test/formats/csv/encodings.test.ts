import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import iconv from 'iconv-lite';
import { defaultParse } from '../../../src/chunk/read-plan.js';
import { csv } from '../../../src/formats/csv/csv.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { readTable, readText } from './read-table.js';

// One byte a character proves no encoding: windows-1252 is called a guess, a doubtful one if its words are
// odd.

const path = join(temporaryFolder('encodings'), 'a.csv');

const words = {
  polish: 'Łódź Kraków Wałęsa Śląsk Gdańsk Częstochowa Małgorzata Paweł Michał Józef',
  czech: 'Dvořák Příbram Třebíč Plzeň Jiří Tomáš Lukáš Kateřina Věra Ondřej',
  hungarian: 'Győr Szűcs Hegedűs Kovács Lőrinc Petőfi László Fülöp Kőszeg Székesfehérvár',
  romanian: 'Brăila Constanţa Ştefan Bucureşti Mureş Luminiţa Sălaj Iaşi Timişoara Râmnicu',
  croatian: 'Đorđe Jovanović Čakovec Kovačević Petrović Vukić Žarko Šibenik Perišić Rovišće',
  turkish: 'Yukarıköy Altınışık Çağrı Karşıyaka Gümüşhane Zeytindağ Beşiktaş Kadıköy Yılmaz Özgür',
  lithuanian: 'Žagarė Rokiškis Šiauliai Viekšniai Birštonas Joniškis Kazlų Rūda Ąžuolas Varėna',
  russian: 'Москва Иван Петров Казань Ольга Сергей Нижний Новгород Да Анна',
  greek: 'Αθήνα Γιώργος Μαρία Πάτρα Ελένη Νίκος Λάρισα Κρήτη Δήμητρα Βόλος',
  german: 'Müller Köln Düsseldorf Groß Straße Jäger Schröder Österreich Zürich Weiß',
  french: 'Élodie François Noël Besançon Nîmes Hélène Gaëlle Benoît cœur Forêt',
  spanish: 'España Muñoz García Peña José Málaga Núñez Iñaki Logroño León',
  portuguese: 'São João Conceição Guimarães Évora órgão lições avô Irmã Bragança',
  danish: 'Århus Jægersborg Søren Mærsk Kærlighed Østerbro Bjørn Ålborg Næstved træ',
  icelandic: 'Þórður Guðrún Sigurður Ísafjörður Ægir Hveragerði Þingvellir Jón Björk Höfn',
  euro: '5€ 12€ 7€ 9€ 11€ 13€ 17€ 19€ 23€ 29€',
  french9: 'cœur sœur œuvre bœuf nœud œil vœu Œdipe mœurs chœur',
  japanese: '東京 大阪 田中 鈴木 京都 山田 太郎 名古屋 札幌 福岡',
};

function write(list: string, encoding: string): readonly string[] {
  const names = list.split(' ');
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${names[i % names.length]},${i}.5`);
  writeFileSync(path, iconv.encode(`id,name,x\n${rows.join('\n')}\n`, encoding));
  return names;
}

const foreign: readonly (readonly [keyof typeof words, string])[] = [
  ['polish', 'windows-1250'],
  ['polish', 'iso-8859-2'],
  ['czech', 'windows-1250'],
  ['czech', 'iso-8859-2'],
  ['hungarian', 'windows-1250'],
  ['hungarian', 'iso-8859-2'],
  ['romanian', 'windows-1250'],
  ['croatian', 'windows-1250'],
  ['turkish', 'windows-1254'],
  ['lithuanian', 'windows-1257'],
  ['russian', 'windows-1251'],
  ['russian', 'koi8-r'],
  ['greek', 'iso-8859-7'],
  ['german', 'macintosh'],
  ['spanish', 'macintosh'],
  ['euro', 'iso-8859-15'],
  ['french9', 'iso-8859-15'],
  ['japanese', 'shift_jis'],
];

for (const [language, encoding] of foreign)
  it(`says that ${language} in ${encoding} does not look right, and reads it where the job says so`, async () => {
    const names = write(words[language], encoding);
    const guessed = await readTable(path);
    assert.deepEqual(guessed.findings, ['check guessed-encoding']);
    const told = await readTable(path, { encoding });
    assert.deepEqual(told.findings, []);
    assert.deepEqual(
      told.rows.map((row) => row[1]),
      told.rows.map((_, i) => names[i % names.length]),
    );
  });

for (const language of ['german', 'french', 'spanish', 'portuguese', 'danish', 'icelandic'] as const)
  it(`reads ${language} in windows-1252, as a guess that its words bear out`, async () => {
    const names = write(words[language], 'windows-1252');
    const { rows, findings } = await readTable(path);
    assert.deepEqual(findings, ['note guessed-encoding']);
    assert.deepEqual(
      rows.map((row) => row[1]),
      rows.map((_, i) => names[i % names.length]),
    );
  });

it('names the first cell that does not look right, and the key', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i < 3 ? 'Kraków' : 'Wałęsa'},${i}`);
  writeFileSync(path, iconv.encode(`id,city,x\n${rows.join('\n')}\n`, 'windows-1250'));
  const source = await csv.open(path, { csv: {} });
  const [finding] = source.description.findings;
  assert.match(finding!.sentence, /first in row 4, column "city": set "input\.csv\.encoding"/);
});

it('takes every name of an encoding that the platform has, and refuses others by name', async () => {
  for (const name of ['x-cp1250', 'latin2', 'csisolatin2', 'CP1250', 'win1250']) {
    const encoding = /2$/.test(name) ? 'iso-8859-2' : 'windows-1250';
    const names = write('Łódź Wałęsa', encoding);
    const { rows } = await readTable(path, { encoding: name });
    assert.deepEqual(
      rows.slice(0, 2).map((row) => row[1]),
      names,
      name,
    );
  }
  writeFileSync(
    path,
    Buffer.concat([Buffer.from('a,b\nx,\x1b$B'), Buffer.from('467c', 'hex'), Buffer.from('\x1b(B\ny,2\n')]),
  );
  assert.deepEqual((await readTable(path, { encoding: 'iso-2022-jp' })).rows[0], ['x', '日']);
  for (const name of ['latin-15', 'windows-9999', 'base64', 'hex', 'x-user-defined'])
    await assert.rejects(readTable(path, { encoding: name }), {
      reason: 'csv-option',
      message: `"csv.encoding" must be a known encoding, found "${name}"`,
    });
});

it('says in a row with bytes that are not UTF-8 what to set', async () => {
  const rows = Array.from({ length: 400 }, (_, i) => `${i},${i === 300 ? 'x\xff' : 'ü'}`).join('\n');
  const bytes = Buffer.from(`id,name\n${rows}\n`).toString('latin1').replace('x\xc3\xbf', 'x\xff');
  writeFileSync(path, Buffer.from(bytes, 'latin1'));
  const source = await csv.open(path, { csv: {} });
  const decoder = await csv.decoder(source.description, {
    columns: [
      {
        name: 'name',
        source: 1,
        type: 'string',
        layout: 'text',
        categories: [],
        nullValues: [],
        parse: defaultParse,
      },
    ],
  });
  for await (const slice of source.cut(1 << 22)) {
    const { problems } = await decoder.decode(slice);
    assert.deepEqual(
      Array.from(problems, ({ kind }) => [kind.code, kind.expected]),
      [['invalid-utf8', 'text in UTF-8 (or its encoding, with "input.csv.encoding")']],
    );
  }
  await decoder.close();
});

it('a byte order mark within the file belongs to no cell, in a slice of its own or not', async () => {
  const content = `\ufeffid,name\n1,a\n2,b\n\ufeff3,c\n4,"x\n\ufeffy"\n\ufeffid,name\n\ufeff"5",d\n6,e\n`;
  for (const chunk of [1 << 20, 4]) {
    const { rows, problems } = await readText(content, { header: true }, chunk);
    assert.deepEqual(
      rows.map((row) => row.join()),
      ['1,a', '2,b', '3,c', '4,x\n\ufeffy', ',', '5,d', '6,e'],
    );
    assert.deepEqual(
      problems.map(({ code, row, line }) => [code, row, line]),
      [['repeated-header', 5, 7]],
    );
  }
});

it('a line behind a byte order mark is blank, a comment or quoted as without it, wherever slices begin', async () => {
  const lines = [
    '1,a',
    '\ufeff',
    '\ufeff2,b',
    '\ufeff7,e',
    '\ufeff8,f',
    '\ufeff# note',
    '\ufeff#,note',
    '\ufeff"3',
    'x",c',
    '\ufeff',
    '4,d',
    '',
  ];
  for (const lineEnd of ['\n', '\r\n', '\r'])
    for (const chunk of [1 << 20, 64, 16, 4]) {
      const content = ['id,name', ...lines].join(lineEnd);
      const { rows, problems } = await readText(content, { header: true, comment: '#' }, chunk);
      assert.deepEqual(
        rows.map((row) => row.join()),
        ['1,a', '2,b', '7,e', '8,f', `3${lineEnd}x,c`, '4,d'],
        `${JSON.stringify(lineEnd)}, ${chunk} bytes`,
      );
      assert.deepEqual(problems, []);
    }
});

it('a problem behind a byte order mark is located alike in slices of any size, with a delimiter of two bytes', async () => {
  const content = 'a\t\tb\n1\t\t2\n3\t\t4\n\ufeff5\n6\t\t7\n\ufeff8\t\t9\t\t10\n';
  for (const chunk of [1 << 20, 16, 4]) {
    const { problems } = await readText(content, { header: true, delimiter: '\t\t' }, chunk);
    assert.deepEqual(
      problems.map(({ code, row, line, byteOffset }) => [code, row, line, byteOffset]),
      [
        ['short-row', 3, 4, Buffer.byteLength(content.slice(0, content.indexOf('5')))],
        ['long-row', 5, 6, Buffer.byteLength(content.slice(0, content.indexOf('8')))],
      ],
      `${chunk} bytes`,
    );
  }
});

it('encodings that nothing proves are never silent', async () => {
  const texts = {
    macintosh: ['Zürich', 'São Paulo', 'Malmö'],
    cp437: ['Zürich', 'Genève', 'Malmö'],
    cp850: ['Zürich', 'Århus', 'Malmö'],
    cp866: ['Москва', 'Казань', 'Омск'],
    'koi8-r': ['Москва', 'Казань', 'Омск'],
    'windows-1251': ['Москва', 'Казань', 'Омск'],
    'windows-1250': ['Łódź', 'Gdańsk', 'Częstochowa'],
    gbk: ['北京市', '上海', '广州市'],
    big5: ['臺北市', '高雄市', '臺中'],
    'euc-jp': ['東京都', '大阪市', '横浜みなと'],
    shift_jis: ['東京都', '大阪市', '横浜みなと'],
    'euc-kr': ['서울', '부산시', '대구'],
  };
  for (const [encoding, names] of Object.entries(texts)) {
    const row = (i: number): string => `${i},${names[i % 3]},${i % 7}`;
    const rows = Array.from({ length: 300 }, (_, i) => row(i)).join('\n');
    const plain = Array.from({ length: 30_000 }, (_, i) => `${i},Town ${i % 9},${i % 7}`).join('\n');
    for (const text of [
      `id,city,n\n${rows}`,
      `id,city,n\n${row(1)}\n${row(2)}\n`,
      `id,city,n\n${plain}\n${rows}\n`,
    ]) {
      const bytes = iconv.encode(text, encoding);
      const { findings, doubts, rows: read, problems } = await readText(bytes);
      const said = [...findings, ...doubts].filter((one) =>
        /^check (?:guessed-encoding|invalid-utf8)/.test(one),
      );
      assert.ok(said.length > 0, `${encoding} of ${bytes.length} bytes: ${findings}`);
      const flagged = new Set(problems.map((one) => one.row));
      const lost = read.flatMap((cells, i) =>
        cells.some((cell) => cell?.includes('\ufffd')) ? [i + 1] : [],
      );
      assert.ok(
        lost.every((at) => flagged.has(at)),
        encoding,
      );
      const right = await readText(bytes, { encoding });
      assert.deepEqual([right.rows.at(-1)![1], right.problems.length], [text.trimEnd().split(',').at(-2), 0]);
    }
  }
});

it('ISO-2022-JP is found by its escape sequences', async () => {
  // "id,city" and two rows of Tokyo and Osaka.
  const bytes = Buffer.from('id,city\n1,\x1b$BEl5~ET\x1b(B\n2,\x1b$BBg:e;T\x1b(B\n', 'latin1');
  const { rows, details, findings } = await readText(bytes);
  assert.deepEqual(rows, [
    ['1', '東京都'],
    ['2', '大阪市'],
  ]);
  assert.deepEqual([details.dialect.encoding, findings], ['iso-2022-jp', []]);
});
