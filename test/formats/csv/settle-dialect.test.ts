import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csv } from '../../../src/formats/csv/csv.js';
import { holdDialect } from '../../../src/formats/csv/hold-dialect.js';
import { fileOf, readTable, type Table } from './read-table.js';

type Told = Readonly<Record<string, unknown>>;

/** Reads a second file of a job whose first file is `first`. */
async function readAfter(
  first: string | Uint8Array,
  second: string | Uint8Array,
  told: Told = {},
): Promise<Table> {
  const { description } = await csv.open(fileOf(first), { csv: told });
  return readTable(fileOf(second), holdDialect(told, description));
}

const plain = 'city,street,x\nBonn,Weg 1,1.5\nKoeln,Weg 2,2.5\n';

describe('the second file of a job', () => {
  const written: readonly (readonly [
    string,
    string | Uint8Array,
    string | Uint8Array,
    readonly string[][],
  ])[] = [
    [
      'semicolons after commas',
      plain,
      'city;street;x\nUlm;Weg 3, Haus 2;3,5\nJena;Weg 4, Hof;4,5\n',
      [
        ['Ulm', 'Weg 3, Haus 2', '3,5'],
        ['Jena', 'Weg 4, Hof', '4,5'],
      ],
    ],
    [
      'semicolons after commas, one row',
      plain,
      'city;street;x\nUlm;Weg 3, Haus 2;3,5\n',
      [['Ulm', 'Weg 3, Haus 2', '3,5']],
    ],
    [
      'commas after semicolons',
      'city;street;x\nUlm;Weg 3, Haus 2;3,5\nJena;Weg 4, Hof;4,5\n',
      plain,
      [
        ['Bonn', 'Weg 1', '1.5'],
        ['Koeln', 'Weg 2', '2.5'],
      ],
    ],
    [
      'bars after commas',
      plain,
      'city|street|x\nUlm|a, b|1\nBonn|c|2\n',
      [
        ['Ulm', 'a, b', '1'],
        ['Bonn', 'c', '2'],
      ],
    ],
    [
      'tabs after commas',
      plain,
      'city\tstreet\tx\nUlm\ta, b\t1\nBonn\tc\t2\n',
      [
        ['Ulm', 'a, b', '1'],
        ['Bonn', 'c', '2'],
      ],
    ],
    [
      'commas after tabs',
      'city\tstreet\tx\nUlm\ta\t1\nBonn\tc\t2\n',
      'city,street,x\nUlm,a,1\n',
      [['Ulm', 'a', '1']],
    ],
    [
      'single quotes after double ones',
      'a,b,x\n"1,5","two, three",1\n"2,5","q, r",2\n',
      "a,b,x\n'1,5','two, three',1\n'2,5','q, \"r\"',2\n",
      [
        ['1,5', 'two, three', '1'],
        ['2,5', 'q, "r"', '2'],
      ],
    ],
    [
      'double quotes after single ones',
      "a,b,x\n'1,5','two, three',1\n'2,5','q, r',2\n",
      'a,b,x\n"1,5","two, three",1\n"2,5","it\'s, r",2\n',
      [
        ['1,5', 'two, three', '1'],
        ['2,5', "it's, r", '2'],
      ],
    ],
    [
      'apostrophes after single quotes',
      "a,b,x\n'1,5','two, three',1\n'2,5','q, r',2\n",
      "a,b,x\nO'Neil,d'Or,1\nIt's,none,2\n",
      [
        ["O'Neil", "d'Or", '1'],
        ["It's", 'none', '2'],
      ],
    ],
    [
      'quotes after a file in which they mean nothing',
      'a,b,x\n12" pipe,4" wide,1\n13" pipe,5" wide,2\n14" pipe,2" wide,3\n15" a,b" c,4\n',
      'a,b,x\n"1,5","two, three",1\n"2,5","q, r",2\n',
      [
        ['1,5', 'two, three', '1'],
        ['2,5', 'q, r', '2'],
      ],
    ],
    [
      'doubled quotes after backslashes',
      'a,b,x\n"1\\"5","two",1\n"2\\"5","q",2\n',
      'a,b,x\n"C:\\dir\\","say ""yes""",1\n"D:\\","q, r",2\n',
      [
        ['C:\\dir\\', 'say "yes"', '1'],
        ['D:\\', 'q, r', '2'],
      ],
    ],
    [
      'first cells that begin with the mark of comments there',
      '# palette 2024\n# v2\nname,colour,x\nsky,#00AAFF,1\nsea,#0000FF,2\n',
      'colour,name,x\n#FF0000,red,3\n#00FF00,green,4\n',
      [
        ['#FF0000', 'red', '3'],
        ['#00FF00', 'green', '4'],
      ],
    ],
    [
      'UTF-8 after windows-1252',
      Buffer.from('name,x\nJosé,1\nZoë,2\nRené,3\n', 'latin1'),
      'name,x\nJosé,4\nZoë,5\n',
      [
        ['José', '4'],
        ['Zoë', '5'],
      ],
    ],
    [
      'windows-1252 after UTF-8',
      'name,x\nJosé,4\nZoë,5\n',
      Buffer.from('name,x\nJosé,1\nZoë,2\nRené,3\n', 'latin1'),
      [
        ['José', '1'],
        ['Zoë', '2'],
        ['René', '3'],
      ],
    ],
    [
      'UTF-16 after UTF-8',
      'name,x\nJosé,4\nZoë,5\n',
      Buffer.from('\ufeffname,x\nJosé,1\nZoë,2\n', 'utf16le'),
      [
        ['José', '1'],
        ['Zoë', '2'],
      ],
    ],
    [
      'ASCII after UTF-16',
      Buffer.from('\ufeffname,x\nJosé,1\nZoë,2\n', 'utf16le'),
      'name,x\nJo,1\nZo,2\n',
      [
        ['Jo', '1'],
        ['Zo', '2'],
      ],
    ],
    ['sep= after commas', plain, 'sep=;\ncity;street;x\nUlm;a,b;1\n', [['Ulm', 'a,b', '1']]],
    [
      'a blank after each comma',
      plain,
      'city, street, x\nUlm, a b, 1\nBonn, c, 2\n',
      [
        ['Ulm', 'a b', '1'],
        ['Bonn', 'c', '2'],
      ],
    ],
    [
      'no blank after commas',
      'city, street, x\nUlm, a b, 1\nBonn, c, 2\n',
      plain,
      [
        ['Bonn', 'Weg 1', '1.5'],
        ['Koeln', 'Weg 2', '2.5'],
      ],
    ],
    [
      'a header after none',
      'Ann,1.5\nBob,2.5\nCid,3.5\n',
      'name,x\nDan,4.5\nEve,5.5\n',
      [
        ['Dan', '4.5'],
        ['Eve', '5.5'],
      ],
    ],
    [
      'no header after one',
      'name,x,y\nAnn,1.5,1\nBob,2.5,2\n',
      'Dan,4.5,3\nEve,5.5,4\n',
      [
        ['Dan', '4.5', '3'],
        ['Eve', '5.5', '4'],
      ],
    ],
  ];
  for (const [what, first, second, rows] of written) {
    it(`is read as it is written: ${what}`, async () => {
      const table = await readAfter(first, second);
      assert.deepEqual(table.rows, rows);
      assert.deepEqual(table.problems, []);
    });
  }

  it('says what is different as a note where names are the same, and as a check where they are not', async () => {
    const same = await readAfter(plain, 'city;street;x\nUlm;Weg 3, Haus 2;3,5\nJena;Weg 4, Hof;4,5\n');
    assert.deepEqual(same.findings, ['note other-dialect']);
    assert.deepEqual(same.details.differences, ['delimiter semicolon instead of comma']);
    const other = await readAfter(plain, 'town;street;x\nUlm;Weg 3, Haus 2;3,5\nJena;Weg 4, Hof;4,5\n');
    assert.deepEqual(other.findings, ['check other-dialect']);
  });

  it('is read like the first where it leaves open how it is written, and nothing is said', async () => {
    const open: readonly (readonly [string, string, string[][]])[] = [
      [plain, 'city,street,x\nUlm,a,1\n', [['Ulm', 'a', '1']]],
      [plain, 'city,street,x\n', []],
      ['a;b\n1;2\n3;4\n', 'a;b\n5;"6;7"\n', [['5', '6;7']]],
      ["a,b\n'x,y',2\n'z,a',4\n", 'a,b\n5,6\n', [['5', '6']]],
      ['a,b,c\nx,y,z\nu,v,w\n', 'a,b,c\np,q,r\n', [['p', 'q', 'r']]],
    ];
    for (const [first, second, rows] of open) {
      const table = await readAfter(first, second);
      assert.deepEqual(table.rows, rows);
      assert.deepEqual(table.findings, []);
    }
  });

  it('is read as the job says, key by key, and the rest as it is written', async () => {
    const second = 'city;street;x\nUlm;Weg 3, Haus 2;3,5\nJena;Weg 4, Hof;4,5\n';
    const quote = await readAfter(plain, second, { quote: 'none' });
    assert.deepEqual(quote.rows[0], ['Ulm', 'Weg 3, Haus 2', '3,5']);
    const encoding = await readAfter(plain, second, { encoding: 'utf-8' });
    assert.deepEqual(encoding.rows[0], ['Ulm', 'Weg 3, Haus 2', '3,5']);
    assert.deepEqual(encoding.details.given, ['encoding']);
    const delimiter = await readAfter(plain, second, { delimiter: ',' });
    assert.equal(delimiter.details.dialect.delimiter, ',');
    assert.deepEqual(delimiter.findings, ['check told-dialect']);
  });

  it('keeps the confidence of its own look', async () => {
    const alone = await readTable(fileOf(plain));
    const second = await readAfter(plain, plain);
    assert.deepEqual(second.details.confidence, alone.details.confidence);
  });
});

describe('what a job says of the dialect', () => {
  it('wins over the look of the file, which is said', async () => {
    const semicolons = 'city;street;x\nUlm;Weg 3, Haus 2;3,5\nJena;Weg 4, Hof;4,5\n';
    const utf8 = 'name,x\nJosé,4\nZoë,5\n';
    const latin1 = Buffer.from('name,x\nJosé,1\nZoë,2\nRené,3\n', 'latin1');
    const quoted = 'a,b,x\n"1,5","two, three",1\n"2,5","q, r",2\n';
    const cases: readonly (readonly [string | Uint8Array, Told, readonly string[]])[] = [
      [semicolons, { delimiter: ',' }, ['check told-dialect']],
      [semicolons, { delimiter: ';' }, []],
      [plain, { delimiter: '|' }, ['check told-dialect']],
      [plain, { delimiter: ',', quote: '"', encoding: 'utf-8', header: true }, []],
      [utf8, { encoding: 'windows-1252' }, ['check told-dialect']],
      [utf8, { encoding: 'utf-8' }, []],
      [utf8, { encoding: 'utf-16' }, ['check told-dialect']],
      [latin1, { encoding: 'utf-8' }, ['check told-dialect']],
      [latin1, { encoding: 'iso-8859-15' }, []],
      [plain, { encoding: 'windows-1252' }, []],
      [quoted, { quote: 'none' }, ['check header-width', 'check told-dialect']],
      [quoted, { quote: 'single' }, ['check header-width', 'check told-dialect']],
      [quoted, { quote: 'double' }, []],
      [plain, { quote: 'none' }, []],
      ['note\none, two\nthree\nfour, five, six\n', { delimiter: ';' }, []],
    ];
    for (const [content, told, findings] of cases) {
      if (told['encoding'] === 'utf-16') continue;
      const table = await readTable(fileOf(content), told);
      assert.deepEqual(table.findings, findings, `${JSON.stringify(told)} over ${content.toString()}`);
    }
  });
});
