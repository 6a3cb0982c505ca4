import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './read-table.js';

const goods = ['Hat 8 Wt.', 'Tropic Cap', 'Vest', 'Pen No. 7', 'Rake 40W', 'Steel kettle', 'Hose 12 m'];
const cap = (i: number): string => `$${(i * 3.37 + 5).toFixed(2)},${goods[i % 7]} ${i % 4},https://x/${i}`;
const vest = (i: number): string => `${goods[i % 7]},"Best, even when ${i}.",https://x/${i}`;
const dog = (i: number): string =>
  `${['Rex', 'Bo', 'Ann', 'Tim'][i % 4]},${1 + ((i * 5) % 14)},2023-0${1 + (i % 9)}-1${i % 10},${i % 2 === 0 ? 'yes' : 'no'}`;
const figures = (i: number): string => `${i * 7},${i * 3 + 1},${(i * 11) % 17}`;
const times = (i: number): string => `${i + 10},${(i * 1.25 + 3).toFixed(2)},2024-01-${10 + i}`;

/** Title, header, clean rows, the spoiled row, its outcome, and its cells; a missing text is null. */
const cases: readonly [string, string, (i: number) => string, string, string, readonly (string | null)[]][] =
  [
    ['a figure beside a text', 'price,name,url', cap, '$16.45Tropic Cap,https://x/1', 'flagged', []],
    ['a text beside an address', 'price,name,url', cap, '$16.45,Tropic Caphttps://x/1', 'flagged', []],
    [
      'a text beside a quoted one',
      'name,about,url',
      vest,
      'Vest"Best vest, even when wet.",https://x/2',
      'flagged',
      [],
    ],
    [
      'text after a quote, a cell short',
      'name,age,day,barks',
      dog,
      '"oogie boogie"bla,4,2023-01-02',
      'flagged',
      [],
    ],
    [
      'a cell lost',
      'name,age,day,barks',
      dog,
      'Rex,2023-01-02,yes',
      'flagged',
      ['Rex', null, '2023-01-02', 'yes'],
    ],
    [
      'the last cell lost',
      'name,age,day,barks',
      dog,
      'Rex,4,2023-01-02',
      'flagged',
      ['Rex', '4', '2023-01-02', null],
    ],
    ['two cells lost', 'name,age,day,barks', dog, 'Rex,yes', 'flagged', ['Rex', null, null, null]],
    [
      'blanks for delimiters, texts side by side',
      'price,name,url',
      cap,
      '$16.45 Tropic Cap https://x/1',
      'flagged',
      [],
    ],
    [
      'blanks for delimiters, figures alone',
      'a,b,day',
      times,
      '20 7.25 2024-01-09',
      'repaired',
      ['20', '7.25', '2024-01-09'],
    ],
    ['a cell in quotes too many', 'a,b,c', figures, '1,2,"pedro",5', 'rejected', []],
    ['a cell too many', 'a,b,c', figures, '1,2,3,5', 'rejected', []],
    ['a figure beside a figure', 'a,b,c', figures, '12,3', 'flagged', []],
    [
      'a figure beside a date',
      'a,b,day',
      times,
      '20,7.252024-01-09',
      'repaired',
      ['20', '7.25', '2024-01-09'],
    ],
    ['a delimiter gained', 'a,b,day', times, '20,,7.25,2024-01-09', 'repaired', ['20', '7.25', '2024-01-09']],
    ['two rows in one line', 'a,b,day', times, `${times(1)},${times(2)}`, 'rejected', []],
    ['two rows without a line end between', 'a,b,day', times, `${times(1)}${times(2)}`, 'rejected', []],
    [
      'a quote in a figure',
      'a,b,day',
      times,
      '20,7.2"5,2024-01-09',
      'repaired',
      ['20', '7.25', '2024-01-09'],
    ],
    [
      'text after a quoted figure',
      'a,b,day',
      times,
      '20,"7.25"0,2024-01-09',
      'flagged',
      ['20', null, '2024-01-09'],
    ],
    [
      'a quote in one of few values',
      'name,age,day,barks',
      dog,
      'R"ex,4,2023-01-02,yes',
      'repaired',
      ['Rex', '4', '2023-01-02', 'yes'],
    ],
    [
      'a quote in a text',
      'price,name,url',
      cap,
      '$16.45,Hat 12" x,https://x/1',
      'flagged',
      ['$16.45', 'Hat 12" x', 'https://x/1'],
    ],
  ];

for (const [name, header, row, spoiled, outcome, cells] of cases) {
  test(`a row is repaired only where it is certain: ${name}`, async () => {
    for (const mark of [',', ';', '\t']) {
      const lines = Array.from({ length: 24 }, (_, i) => row(i));
      lines.splice(9, 0, spoiled);
      const as = (line: string): string => line.replace(/"[^"]*"|,/g, (part) => (part === ',' ? mark : part));
      const content = [header, ...lines].map(as).join('\n');
      const read = await readText(`${content}\n`, { delimiter: mark, quote: '"', header: true });
      const found = read.problems.filter((problem) => problem.row === 10);
      assert.ok(found.length > 0 && read.problems.length === found.length, JSON.stringify(read.problems));
      const message = `${JSON.stringify(mark)} ${JSON.stringify(read.rows[9])} ${found.map(({ code }) => code)}`;
      assert.ok(
        found.every((problem) => problem.outcome === outcome),
        `${found[0]!.outcome}: ${message}`,
      );
      if (cells.length > 0) assert.deepEqual(read.rows[9], cells, message);
    }
  });
}

/** Header, rows, the spoiled row, and its rest: the cells that every reading has in their columns. */
const doubts: readonly [string, string, (i: number) => string, string, readonly (string | null)[]][] = [
  [
    'a text that ran into its neighbour',
    'price,name,url',
    cap,
    '$16.45Tropic Cap,https://x/1',
    [null, null, 'https://x/1'],
  ],
  [
    'text after a quote',
    'name,age,day,barks',
    dog,
    '"Rex"bla,4,2023-01-02,yes',
    [null, '4', '2023-01-02', 'yes'],
  ],
  ['a last cell that may be cut', 'a,b,c', (i) => `${i * 7},x${i},${i * 11}`, '21', [null, null, null]],
  [
    'a cell lost beside one like it',
    'a,b,c,day',
    (i) => `${figures(i)},2024-01-${10 + i}`,
    '7,4,2024-01-12',
    [null, null, null, '2024-01-12'],
  ],
];

for (const [name, header, row, spoiled, cells] of doubts) {
  test(`a flagged row is empty where it is in doubt: ${name}`, async () => {
    const lines = Array.from({ length: 24 }, (_, i) => row(i));
    lines.splice(9, 0, spoiled);
    const read = await readText(`${[header, ...lines].join('\n')}\n`, {
      delimiter: ',',
      quote: '"',
      header: true,
    });
    const found = read.problems.filter((problem) => problem.row === 10);
    assert.ok(
      found.length > 0 && found.every(({ outcome }) => outcome !== 'repaired'),
      JSON.stringify(found),
    );
    assert.deepEqual(read.rows[9], cells);
  });
}

test('short rows are certain only in a file that leaves out empty cells here and there, never as a block', async () => {
  const full = (i: number): string => `Ann ${i},${(i * 7) % 31},${['ok', 'late', 'left early'][i % 3]}`;
  const short = (i: number): string => `Ann ${i},${(i * 5) % 29}`;
  const header = 'name,score,comment';
  const alternating = Array.from({ length: 40 }, (_, i) => (i % 5 < 2 ? short(i) : full(i)));
  const outcomes = async (lines: readonly string[]): Promise<string[]> => {
    const { problems } = await readText(`${[header, ...lines].join('\n')}\n`, { header: true });
    assert.ok(
      problems.every(({ code }) => code === 'short-row'),
      JSON.stringify(problems[0]),
    );
    return [...new Set(problems.map(({ outcome }) => outcome))];
  };
  assert.deepEqual(await outcomes(alternating), ['repaired']);
  for (let full_ = 1; full_ <= 24; full_++) {
    for (const block of [2, 3, 4, 5, 8, 12, 30]) {
      const rows = Array.from({ length: full_ }, (_, i) => full(i));
      const below = Array.from({ length: block }, (_, i) => short(i));
      if (block > full_ * 2) continue;
      for (const lines of [
        [...rows, ...below],
        [...rows, ...below, ...rows],
        [...below, ...rows, full(99)],
      ])
        assert.deepEqual(
          (await outcomes(lines)).filter((outcome) => outcome === 'repaired'),
          [],
          `${full_} and ${block}`,
        );
    }
  }
});
