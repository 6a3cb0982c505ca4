import { mkdirSync } from 'node:fs';
import { writeArrow } from './arrow-file.js';
import { type Bomb, columnOf } from './bomb.js';
import { longText } from './dictionaries.js';
import { encoding, levels, physical, text } from './parquet-file.js';
import { beside, onePage } from './parquet-tables.js';
import { ascii, fileOf, littleEndian, repeated, writePieces } from './pieces.js';

const kind = 'huge cells';
const t = { columns: columnOf('t', 'string'), carried: ['t'] };

const megabytes = (count: number, byte = 'a') => ({ bytes: repeated(byte, 2 ** 20), times: count });

const quotedCell = fileOf('in.csv', () => [ascii('x,t\n1,"'), megabytes(600), ascii('"\n2,b\n')]);
const jsonText = fileOf('in.jsonl', () => [
  ascii('{"x":1,"t":"'),
  megabytes(600),
  ascii('"}\n{"x":2,"t":"b"}\n'),
]);

export const cellBombs: readonly Bomb[] = [
  { kind, name: 'a quoted cell of 600 MB', write: quotedCell, ...t, exits: [3] },
  {
    kind,
    name: 'a quoted cell of 40 MB',
    write: fileOf('in.csv', () => [ascii('x,t\n1,"'), megabytes(40), ascii('"\n2,b\n')]),
    ...t,
    exits: [3],
    always: true,
  },
  {
    kind,
    name: 'a quoted cell of 600 MB of lines',
    write: fileOf('in.csv', () => [
      ascii('x,t\n1,"'),
      { bytes: ascii('2,b\n'.repeat(2 ** 18)), times: 600 },
      ascii('"\n2,b\n'),
    ]),
    ...t,
    exits: [0, 2, 3, 6],
  },
  {
    kind,
    name: 'a quote that is never closed before 200 MB of rows',
    write: fileOf('in.csv', () => [
      ascii('x,t\n1,"a\n'),
      { bytes: ascii('2,b\n'.repeat(2 ** 18)), times: 200 },
    ]),
    ...t,
    more: 'run: { workers: 2, max_duration: 30s }\n',
    exits: [0, 2, 3, 6],
  },
  { kind, name: 'a JSON text of 600 MB', write: jsonText, ...t, exits: [3] },
  {
    kind,
    name: 'a JSON text of 150 MB of escapes',
    write: fileOf('in.jsonl', () => [
      ascii('{"x":1,"t":"'),
      { bytes: ascii('\\u00e9'.repeat(2 ** 17)), times: 200 },
      ascii('"}\n'),
    ]),
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON number of 100 MB',
    write: fileOf('in.jsonl', () => [
      ascii('{"t":"a","x":1'),
      megabytes(100, '0'),
      ascii('}\n{"x":2,"t":"b"}\n'),
    ]),
    ...t,
    exits: [3],
  },
  {
    kind,
    name: 'a Parquet text of 500 MB in a sparse file',
    write: beside(text('t'), 1, () =>
      onePage('t', physical.bytes, 1, encoding.plain, [levels(1, 1), ...longText(500_000_000)]),
    ),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: 'an Arrow text of 500 MB in a sparse file',
    write(dir) {
      writeArrow(
        `${dir.path}/in.arrows`,
        [
          { name: 'x', type: 'float' },
          { name: 't', type: 'text' },
        ],
        [
          {
            rows: 1,
            nodes: [
              [1, 0],
              [1, 0],
            ],
            buffers: [0, 4, 0, Buffer.concat([littleEndian(0, 4), littleEndian(5e8, 4)]), 5e8],
          },
        ],
      );
      return 'in.arrows';
    },
    ...t,
    exits: [6],
  },
  {
    kind,
    name: '200,000 Arrow views of the same text of 5 kB',
    write(dir) {
      const rows = 200_000;
      const view = Buffer.concat([
        littleEndian(5_000, 4),
        littleEndian(0, 4),
        littleEndian(0, 4),
        littleEndian(0, 4),
      ]);
      const views = Buffer.concat(Array.from({ length: rows }, () => view));
      writeArrow(
        `${dir.path}/in.arrows`,
        [
          { name: 'x', type: 'float' },
          { name: 't', type: 'views' },
        ],
        [
          {
            rows,
            nodes: [
              [rows, 0],
              [rows, 0],
            ],
            buffers: [0, 4 * rows, 0, views, 5_000],
            variadic: [1],
          },
        ],
      );
      return 'in.arrows';
    },
    ...t,
    exits: [0, 6],
  },
  {
    kind,
    name: 'a CSV header of 300 MB without a comma',
    write: fileOf('in.csv', () => [megabytes(300, 'x'), ascii('\n1\n')]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a CSV header of 300 MB of commas',
    write: fileOf('in.csv', () => [ascii('x'), megabytes(300, ','), ascii('\n1\n')]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a file of 2 GB of zeros',
    write: fileOf('in.csv', () => [2 ** 31]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a quoted cell of 600 MB, inspected',
    write: quotedCell,
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a quoted cell of 600 MB, repaired',
    write: quotedCell,
    command: ['repair', 'FILE', '-o', 'out.csv'],
    exits: [0, 2, 3, 6],
  },
  {
    kind,
    name: 'a quoted cell of 600 MB, drafted',
    write: quotedCell,
    command: ['init', '--model', 'm.onnx', '--input', 'FILE', '-o', 'new.yaml', '--yes'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON text of 600 MB, inspected',
    write: jsonText,
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a job file of 300 MB',
    write: fileOf('in.yaml', () => [ascii('name: a\n#'), megabytes(300)]),
    command: ['check', 'FILE'],
    exits: [2, 6],
  },
  {
    kind,
    name: 'a baseline of 600 MB',
    write(dir) {
      writePieces(`${dir.path}/b.json`, [ascii('{"a":"'), megabytes(600), ascii('"}')]);
      dir.write('in.csv', 'x\n1\n');
      return 'in.csv';
    },
    more: 'quality: { baseline: b.json }\n',
    exits: [2, 6],
  },
  {
    kind,
    name: 'a summary of 600 MB, reported',
    write(dir) {
      mkdirSync(`${dir.path}/out`);
      writePieces(`${dir.path}/out/_summary.json`, [ascii('{"a":"'), megabytes(600), ascii('"}')]);
      return 'out';
    },
    command: ['report', 'FILE'],
    exits: [2, 6],
  },
  {
    kind,
    name: 'a record of the last run of 600 MB',
    write(dir) {
      mkdirSync(`${dir.path}/out/_nightshift`, { recursive: true });
      writePieces(`${dir.path}/out/_nightshift/last-run.json`, [
        ascii('{"a":"'),
        megabytes(600),
        ascii('"}'),
      ]);
      dir.write('in.csv', 'x\n1\n');
      return 'in.csv';
    },
    command: ['status', 'job.yaml'],
    exits: [0, 2, 6],
  },
];
