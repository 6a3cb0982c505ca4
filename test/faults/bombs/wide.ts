import { writeArrow } from './arrow-file.js';
import type { Bomb } from './bomb.js';
import { float } from './parquet-file.js';
import { tableOf, zeroFloats } from './parquet-tables.js';

const kind = 'wide rows';
const names = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);

function csvOf(columns: number, rows: number): Bomb['write'] {
  return (dir) => {
    const row = `1,${names(columns).map(() => '3')}\n`;
    dir.write('in.csv', `x,${names(columns)}\n${row.repeat(rows)}`);
    return 'in.csv';
  };
}

function parquetOf(columns: number): Bomb['write'] {
  return tableOf(() => {
    const chunk = zeroFloats(10);
    const all = ['x', ...names(columns)];
    return { schema: all.map(float), rows: 10, chunks: all.map((name) => ({ ...chunk, path: [name] })) };
  });
}

function jsonOf(keys: number, rows: number): Bomb['write'] {
  return (dir) => {
    const lines = Array.from({ length: rows }, (_, row) => {
      const pairs = Array.from({ length: keys }, (_, i) => `"k${row}_${i}":1`);
      return `{"x":1,${pairs}}\n`;
    });
    dir.write('in.jsonl', lines.join(''));
    return 'in.jsonl';
  };
}

export const wideBombs: readonly Bomb[] = [
  { kind, name: '100,000 columns of CSV', write: csvOf(100_000, 20), exits: [0, 6] },
  { kind, name: '2 million columns of CSV', write: csvOf(2_000_000, 3), exits: [2, 6] },
  { kind, name: '100,000 columns of Parquet', write: parquetOf(100_000), exits: [0, 6] },
  {
    kind,
    name: '100,000 columns of Arrow',
    write(dir) {
      const all = ['x', ...names(100_000)];
      writeArrow(
        `${dir.path}/in.arrows`,
        all.map((name) => ({ name, type: 'float' })),
        [{ rows: 3, nodes: all.map(() => [3, 0]), buffers: all.flatMap(() => [0, 16]) }],
      );
      return 'in.arrows';
    },
    exits: [0, 6],
  },
  { kind, name: '100,000 keys in each JSON line', write: jsonOf(100_000, 3), exits: [0, 6] },
  {
    kind,
    name: '1 million JSON lines, each with a key of its own',
    write: jsonOf(1, 1_000_000),
    exits: [0, 6],
  },
  { kind, name: '2 million keys in a JSON line', write: jsonOf(2_000_000, 1), exits: [0, 2, 6] },
  {
    kind,
    name: 'CSV rows of which each has more cells than the one before',
    write(dir) {
      const lines = Array.from({ length: 6_000 }, (_, row) => `1${',2'.repeat(row)}\n`);
      dir.write('in.csv', `x,z\n${lines.join('')}`);
      return 'in.csv';
    },
    exits: [0, 2, 3, 6],
  },
  {
    kind,
    name: 'a CSV row of 30 million cells',
    write(dir) {
      dir.write('in.csv', `x,z\n1,2\n1${',2'.repeat(30_000_000)}\n3,4\n`);
      return 'in.csv';
    },
    exits: [0, 2, 3, 6],
    always: true,
  },
  {
    kind,
    name: '100,000 columns of CSV, checked',
    write: csvOf(100_000, 20),
    command: ['check', 'job.yaml'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '100,000 columns of CSV, inspected',
    write: csvOf(100_000, 20),
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '100,000 columns of CSV, repaired',
    write: csvOf(100_000, 20),
    command: ['repair', 'FILE', '-o', 'out.csv'],
    exits: [0, 2, 3, 6],
  },
  {
    kind,
    name: '100,000 columns of Parquet, inspected',
    write: parquetOf(100_000),
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '100,000 columns of CSV, all of them carried',
    write: csvOf(100_000, 20),
    carried: ['*'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '20,000 columns of CSV in a profile',
    write: csvOf(20_000, 20),
    command: ['profile', 'job.yaml', '-o', 'baseline.json'],
    exits: [0, 6],
  },
];
