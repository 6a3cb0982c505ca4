import { writeArrow } from './arrow-file.js';
import { type Bomb, columnOf, endless } from './bomb.js';
import { zstdFrame } from './compressed.js';
import {
  codec,
  dataPage,
  dictionaryPage,
  element,
  encoding,
  float,
  levels,
  oneRun,
  physical,
  text,
} from './parquet-file.js';
import { alone, beside, onePage } from './parquet-tables.js';
import { lengthOf, littleEndian, repeated, varint, zigzag } from './pieces.js';

const kind = 'run lengths';

/** DELTA_BINARY_PACKED with one value repeated or a constant step: blocks whose miniblocks have no bits. */
function steps(values: number, first: number, step: number, blockSize = 2 ** 16): Uint8Array {
  const miniblocks = 4;
  const header = [varint(blockSize), varint(miniblocks), varint(values), zigzag(first)];
  const block = Buffer.concat([zigzag(step), new Uint8Array(miniblocks)]);
  const blocks = Math.ceil((values - 1) / blockSize);
  return Buffer.concat([...header, ...Array.from({ length: blocks }, () => block)]);
}

const hundredMillion = 100_000_000;

export const runLengthBombs: readonly Bomb[] = [
  {
    kind,
    name: '100 million missing values in 100 bytes',
    write: alone(float('x'), hundredMillion, () =>
      onePage('x', physical.float, hundredMillion, encoding.plain, [levels(0, hundredMillion)]),
    ),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: '3 million missing values in 100 bytes',
    write: alone(float('x'), 3_000_000, () =>
      onePage('x', physical.float, 3_000_000, encoding.plain, [levels(0, 3_000_000)]),
    ),
    exits: [3],
  },
  {
    kind,
    name: '100 million equal codes in one run',
    write: alone(float('x'), hundredMillion, () => {
      const dictionary = dictionaryPage(1, [new Uint8Array(4)]);
      const data = dataPage({
        values: hundredMillion,
        encoding: encoding.dictionary,
        body: [levels(1, hundredMillion), Uint8Array.of(1), oneRun(0, hundredMillion, 1)],
      });
      return {
        path: ['x'],
        physical: physical.float,
        encodings: [encoding.plain, encoding.rle, encoding.dictionary],
        values: hundredMillion,
        pages: [...dictionary, ...data],
        dictionaryBytes: lengthOf(dictionary),
      };
    }),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: '100 million booleans in one run',
    write: alone(element('x', { type: physical.boolean }), hundredMillion, () => {
      const run = oneRun(1, hundredMillion, 1);
      return onePage('x', physical.boolean, hundredMillion, encoding.rle, [
        levels(1, hundredMillion),
        littleEndian(run.length, 4),
        run,
      ]);
    }),
    more: endless,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '100 million equal steps in DELTA_BINARY_PACKED',
    write: alone(element('x', { type: physical.int32 }), hundredMillion, () =>
      onePage('x', physical.int32, hundredMillion, encoding.delta, [
        levels(1, hundredMillion),
        steps(hundredMillion, 0, 0),
      ]),
    ),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: 'a block of DELTA_BINARY_PACKED of 2^31 values',
    write: alone(element('x', { type: physical.int64 }), hundredMillion, () =>
      onePage('x', physical.int64, hundredMillion, encoding.delta, [
        levels(1, hundredMillion),
        steps(hundredMillion, 0, 0, 2 ** 31),
      ]),
    ),
    more: endless,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'DELTA_BYTE_ARRAY in which each text is the one before and a byte more',
    write: beside(text('t'), 100_000, () => {
      const rows = 100_000;
      // The first prefix is 0, every later one is the length of the text before; each suffix has one byte.
      return onePage('t', physical.bytes, rows, encoding.deltaBytes, [
        levels(1, rows),
        steps(rows, 0, 1),
        steps(rows, 1, 0),
        repeated('a', rows),
      ]);
    }),
    columns: columnOf('t', 'string'),
    carried: ['t'],
    exits: [6],
    always: true,
  },
  {
    kind,
    name: 'DELTA_BYTE_ARRAY of a text of 2 kB that 300,000 rows have',
    write: beside(text('t'), 300_000, () => {
      const rows = 300_000;
      // Prefixes 0, 2000, 2000, ...: a block for the first step, then blocks without a step.
      const head = Buffer.concat([varint(128), varint(4), varint(rows), zigzag(0)]);
      const firstBlock = Buffer.concat([zigzag(0), Uint8Array.of(11, 0, 0, 0), bits(2_000, 11, 32)]);
      const rest = Buffer.concat([zigzag(0), new Uint8Array(4)]);
      const blocks = Array.from({ length: Math.ceil((rows - 1) / 128) - 1 }, () => rest);
      const sizeBlock = Buffer.concat([zigzag(-2_000), Uint8Array.of(11, 11, 11, 11), lastBits(2_000)]);
      return onePage('t', physical.bytes, rows, encoding.deltaBytes, [
        levels(1, rows),
        Buffer.concat([head, firstBlock, ...blocks]),
        Buffer.concat([varint(128), varint(4), varint(rows), zigzag(2_000), sizeBlock, ...blocks]),
        repeated('a', 2_000),
      ]);
    }),
    columns: columnOf('t', 'string'),
    carried: ['t'],
    exits: [0, 6],
  },
  {
    kind,
    name: '100 million empty texts in DELTA_LENGTH_BYTE_ARRAY',
    write: alone(text('x'), hundredMillion, () =>
      onePage('x', physical.bytes, hundredMillion, encoding.deltaLength, [
        levels(1, hundredMillion),
        steps(hundredMillion, 0, 0),
      ]),
    ),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: '100 million numbers in BYTE_STREAM_SPLIT',
    write: alone(float('x'), hundredMillion, () => {
      const plainBytes = 4 * hundredMillion + levels(1, hundredMillion).length;
      const body = [zstdFrame([levels(1, hundredMillion), { byte: 0, times: 4 * hundredMillion }])];
      return onePage('x', physical.float, hundredMillion, encoding.split, body, {
        codec: codec.zstd,
        plainBytes,
      });
    }),
    more: endless,
    exits: [6],
  },
  {
    kind,
    name: 'levels that claim 2^29 packed values without bytes',
    write: alone(float('x'), 2 ** 29, () =>
      onePage('x', physical.float, 2 ** 29, encoding.plain, [littleEndian(5, 4), varint(2 * 2 ** 26 + 1)]),
    ),
    more: endless,
    exits: [2, 6],
  },
  {
    kind,
    name: 'an Arrow run of 10 million rows of a text of 2 kB',
    write(dir) {
      const rows = 10_000_000;
      writeArrow(
        `${dir.path}/in.arrows`,
        [
          { name: 'x', type: 'float' },
          {
            name: 't',
            type: 'runs',
            children: [
              { name: 'run_ends', type: 'int' },
              { name: 'values', type: 'text' },
            ],
          },
        ],
        [
          {
            rows,
            nodes: [
              [rows, 0],
              [rows, 0],
              [1, 0],
              [1, 0],
            ],
            buffers: [
              0,
              4 * rows,
              0,
              littleEndian(rows, 4),
              0,
              Buffer.concat([littleEndian(0, 4), littleEndian(2_000, 4)]),
              2_000,
            ],
          },
        ],
      );
      return 'in.arrows';
    },
    columns: columnOf('t', 'string'),
    carried: ['t'],
    more: endless,
    exits: [0, 6],
  },
];

/** Packs one value and zeros in so many bits each. */
function bits(value: number, width: number, count: number): Uint8Array {
  const bytes = new Uint8Array((width * count) / 8);
  bytes.set(littleEndian(value, Math.ceil(width / 8)));
  return bytes;
}

/** The first block of suffix lengths 2000, 0, 0, ...: steps -2000, 0, 0, ... above a least step of -2000. */
function lastBits(step: number): Uint8Array {
  const width = 11;
  const out = new Uint8Array((width * 128) / 8);
  for (let i = 1; i < 128; i++)
    for (let bit = 0; bit < width; bit++)
      if (((step >> bit) & 1) === 1) out[(i * width + bit) >> 3]! |= 1 << ((i * width + bit) & 7);
  return out;
}
