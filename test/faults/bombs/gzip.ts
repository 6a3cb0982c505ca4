import { gzipSync } from 'node:zlib';
import { type Bomb, columnOf, endless } from './bomb.js';
import { gzipMembers, gzipZeros } from './compressed.js';
import { codec, encoding, type MadeChunk, physical, text } from './parquet-file.js';
import { beside, onePage } from './parquet-tables.js';
import { fileOf, repeated } from './pieces.js';

const kind = 'gzip';

const block = 8 * 2 ** 20;
const t = { columns: columnOf('t', 'string'), carried: ['t'] };

/** A page of 1 GB that claims `plainBytes`. */
function gigabyte(plainBytes: number): MadeChunk {
  return onePage('t', physical.bytes, 10, encoding.plain, [gzipZeros(1 << 30)], {
    codec: codec.gzip,
    plainBytes,
  });
}

const csvLine = fileOf('in.csv.gz', () => [
  gzipSync('x,z\n1,'),
  gzipMembers(repeated('a', block), 120),
  gzipSync('\n'),
]);
const jsonLine = fileOf('in.jsonl.gz', () => [
  gzipSync('{"x":1,"t":"'),
  gzipMembers(repeated('a', block), 120),
  gzipSync('"}\n'),
]);

export const gzipBombs: readonly Bomb[] = [
  {
    kind,
    name: '32 MiB of blank lines',
    write: fileOf('in.csv.gz', () => [
      gzipSync('x,z\n1,1\n2,2\n'),
      gzipMembers(repeated('\n', block), 4),
      gzipSync('3,3\n'),
    ]),
    exits: [0],
    always: true,
    says: /"skipped":33554432/,
  },
  {
    kind,
    name: 'a CSV line of 1 GB',
    write: csvLine,
    exits: [3],
  },
  {
    kind,
    name: 'a first CSV line of 1 GB',
    write: fileOf('in.csv.gz', () => [gzipMembers(repeated('x', block), 120), gzipSync('\n1\n')]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a JSON line of 1 GB',
    write: jsonLine,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON line of 1 GB of white space',
    write: fileOf('in.jsonl.gz', () => [
      gzipSync('{"x":1,'),
      gzipMembers(repeated(' ', block), 120),
      gzipSync('"t":""}\n'),
    ]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '300 million CSV rows',
    write: fileOf('in.csv.gz', () => [gzipSync('x\n'), gzipMembers(repeated('1\n', block), 75)]),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: '100,000 members without a byte',
    write: fileOf('in.csv.gz', () => [
      gzipSync('x\n'),
      gzipMembers(new Uint8Array(0), 100_000),
      gzipSync('1\n'),
    ]),
    exits: [0],
  },
  {
    kind,
    name: 'a name of 600 MB in the header of a member',
    write: fileOf('in.csv.gz', () => [
      Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3),
      { bytes: repeated('n', 2 ** 20), times: 600 },
      Uint8Array.of(0),
      gzipSync('x\n1\n').subarray(10),
    ]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a page of Parquet of 1 GB',
    write: beside(text('t'), 10, () => gigabyte(1 << 30)),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: 'a page of Parquet of 1 GB that claims 1 kB',
    write: beside(text('t'), 10, () => gigabyte(1_000)),
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: 'a CSV line of 1 GB, inspected',
    write: csvLine,
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON line of 1 GB, repaired',
    write: jsonLine,
    command: ['repair', 'FILE', '-o', 'out.csv'],
    exits: [0, 2, 3, 6],
  },
];
