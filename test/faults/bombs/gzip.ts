import { gzipSync } from 'node:zlib';
import { type Bomb, columnOf, endless } from './bomb.js';
import { gzipMembers, gzipZeros } from './compressed.js';
import { zeroFloats } from './dictionaries.js';
import { codec, dataPage, float, physical, text, writeParquet } from './parquet-file.js';
import { type Piece, repeated, writePieces } from './pieces.js';

const kind = 'gzip';

export function compressedFile(name: string, pieces: () => readonly Piece[]): Bomb['write'] {
  return (dir) => {
    writePieces(`${dir.path}/${name}`, pieces());
    return name;
  };
}

const block = 8 * 2 ** 20;

export const gzipBombs: readonly Bomb[] = [
  {
    kind,
    name: '32 MiB of blank lines',
    write: compressedFile('in.csv.gz', () => [
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
    write: compressedFile('in.csv.gz', () => [
      gzipSync('x,z\n1,'),
      gzipMembers(repeated('a', block), 120),
      gzipSync('\n'),
    ]),
    exits: [3],
  },
  {
    kind,
    name: 'a first CSV line of 1 GB',
    write: compressedFile('in.csv.gz', () => [gzipMembers(repeated('x', block), 120), gzipSync('\n1\n')]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a JSON line of 1 GB',
    write: compressedFile('in.jsonl.gz', () => [
      gzipSync('{"x":1,"t":"'),
      gzipMembers(repeated('a', block), 120),
      gzipSync('"}\n'),
    ]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON line of 1 GB of white space',
    write: compressedFile('in.jsonl.gz', () => [
      gzipSync('{"x":1,'),
      gzipMembers(repeated(' ', block), 120),
      gzipSync('"t":""}\n'),
    ]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '300 million CSV rows',
    write: compressedFile('in.csv.gz', () => [gzipSync('x\n'), gzipMembers(repeated('1\n', block), 75)]),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: '100,000 members without a byte',
    write: compressedFile('in.csv.gz', () => [
      gzipSync('x\n'),
      gzipMembers(new Uint8Array(0), 100_000),
      gzipSync('1\n'),
    ]),
    exits: [0],
  },
  {
    kind,
    name: 'a name of 600 MB in the header of a member',
    write: compressedFile('in.csv.gz', () => [
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
    write(dir) {
      const body = [gzipZeros(1 << 30)];
      const pages = dataPage({ values: 10, body, plainBytes: 1 << 30 });
      const chunk = {
        path: ['t'],
        physical: physical.bytes,
        codec: codec.gzip,
        values: 10,
        pages,
        plainBytes: 1 << 30,
      };
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [{ rows: 10, chunks: [zeroFloats(10), chunk] }],
      );
      return 'in.parquet';
    },
    columns: columnOf('t', 'string'),
    carried: ['t'],
    exits: [6],
  },
  {
    kind,
    name: 'a page of Parquet of 1 GB that claims 1 kB',
    write(dir) {
      const body = [gzipZeros(1 << 30)];
      const pages = dataPage({ values: 10, body, plainBytes: 1_000 });
      const chunk = {
        path: ['t'],
        physical: physical.bytes,
        codec: codec.gzip,
        values: 10,
        pages,
        plainBytes: 1_000,
      };
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [{ rows: 10, chunks: [zeroFloats(10), chunk] }],
      );
      return 'in.parquet';
    },
    columns: columnOf('t', 'string'),
    carried: ['t'],
    exits: [2, 6],
  },
  {
    kind,
    name: 'a CSV line of 1 GB, inspected',
    write: compressedFile('in.csv.gz', () => [
      gzipSync('x,z\n1,'),
      gzipMembers(repeated('a', block), 120),
      gzipSync('\n'),
    ]),
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON line of 1 GB, repaired',
    write: compressedFile('in.jsonl.gz', () => [
      gzipSync('{"x":1,"t":"'),
      gzipMembers(repeated('a', block), 120),
      gzipSync('"}\n'),
    ]),
    command: ['repair', 'FILE', '-o', 'out.csv'],
    exits: [0, 2, 3, 6],
  },
];
