import { type MadeBatch, type MadeField, writeArrow } from './arrow-file.js';
import { type Bomb, columnOf, endless } from './bomb.js';
import { littleEndian, writePieces } from './pieces.js';

const kind = 'Arrow lengths';
const t = { columns: columnOf('t', 'string'), carried: ['t'] };
const x: MadeField = { name: 'x', type: 'float' };

function floats(batches: () => readonly MadeBatch[]): Bomb['write'] {
  return (dir) => {
    writeArrow(`${dir.path}/in.arrows`, [x], batches());
    return 'in.arrows';
  };
}

function texts(batch: () => MadeBatch): Bomb['write'] {
  return (dir) => {
    writeArrow(`${dir.path}/in.arrows`, [x, { name: 't', type: 'text' }], [batch()]);
    return 'in.arrows';
  };
}

const most = 2 ** 31 - 1;
const offsets = (...values: readonly number[]) =>
  Buffer.concat(values.map((value) => littleEndian(value, 4)));

export const arrowLengthBombs: readonly Bomb[] = [
  {
    kind,
    name: '2^31 - 1 rows without bytes',
    write: floats(() => [{ rows: most, nodes: [[most, 0]], buffers: [0, 0] }]),
    exits: [2, 6],
  },
  {
    kind,
    name: '2^31 - 1 missing rows in a sparse file',
    write: floats(() => [{ rows: most, nodes: [[most, most]], buffers: [2 ** 28, 4 * most] }]),
    more: endless,
    exits: [2, 6],
  },
  {
    kind,
    name: '2^62 rows',
    write: floats(() => [{ rows: 2n ** 62n, nodes: [[2n ** 62n, 0]], buffers: [0, 0] }]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a negative number of rows',
    write: floats(() => [{ rows: -5n, nodes: [[-5n, 0]], buffers: [0, 0] }]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'buffers far beyond the file',
    write: floats(() => [{ rows: 10, nodes: [[10, 0]], buffers: [0, { start: 2n ** 40n, length: 40n }] }]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a buffer of 2^62 bytes',
    write: floats(() => [{ rows: 10, nodes: [[10, 0]], buffers: [0, { start: 0n, length: 2n ** 62n }] }]),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a body of 2^62 bytes',
    write: floats(() => [{ rows: 10, nodes: [[10, 0]], buffers: [0, 40], bodyBytes: 2n ** 62n }]),
    exits: [2, 5, 6],
  },
  {
    kind,
    name: 'a negative body',
    write: floats(() => [{ rows: 10, nodes: [[10, 0]], buffers: [0, 40], bodyBytes: -64n }]),
    exits: [2, 5, 6],
  },
  {
    kind,
    name: 'offsets of texts that reach 2^31 - 1',
    write: texts(() => ({
      rows: 1,
      nodes: [
        [1, 0],
        [1, 0],
      ],
      buffers: [0, 4, 0, offsets(0, most), 8],
    })),
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: 'offsets of texts that fall',
    write: texts(() => ({
      rows: 2,
      nodes: [
        [2, 0],
        [2, 0],
      ],
      buffers: [0, 8, 0, offsets(0, most, 4), 8],
    })),
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: 'metadata that claims 2^31 - 1 bytes',
    write(dir) {
      writePieces(`${dir.path}/in.arrows`, [offsets(0xffffffff, most), 64]);
      return 'in.arrows';
    },
    exits: [2, 5, 6],
  },
  {
    kind,
    name: 'metadata of 1 GB in a sparse file',
    write(dir) {
      writePieces(`${dir.path}/in.arrows`, [offsets(0xffffffff, 2 ** 30), 2 ** 30 + 64]);
      return 'in.arrows';
    },
    exits: [2, 5, 6],
    always: true,
  },
  {
    kind,
    name: '500,000 batches without a row',
    write: floats(() => [
      { rows: 0, nodes: [[0, 0]], buffers: [new Uint8Array(0), new Uint8Array(0)], times: 500_000 },
      { rows: 3, nodes: [[3, 0]], buffers: [0, 12] },
    ]),
    exits: [0, 6],
  },
  {
    kind,
    name: '200,000 batches of one row',
    write: floats(() => [
      { rows: 1, nodes: [[1, 0]], buffers: [new Uint8Array(0), new Uint8Array(8)], times: 200_000 },
    ]),
    more: 'run: { workers: 2, max_duration: 12s }\n',
    exits: [0, 6],
  },
  {
    kind,
    name: '2^31 - 1 rows without bytes, inspected',
    write: floats(() => [{ rows: most, nodes: [[most, 0]], buffers: [0, 0] }]),
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '3 million batches without a row',
    write: floats(() => [
      { rows: 0, nodes: [[0, 0]], buffers: [new Uint8Array(0), new Uint8Array(0)], times: 3_000_000 },
    ]),
    more: 'run: { workers: 2, max_duration: 30s }\n',
    exits: [2, 6],
  },
];
