import { CompressionType } from 'apache-arrow/fb/compression-type';
import { writeArrow } from './arrow-file.js';
import { type Bomb, columnOf, endless } from './bomb.js';
import { lz4Zeros, skippableFrame, zstdFrame } from './compressed.js';
import { codec, encoding, levels, physical, text } from './parquet-file.js';
import { beside, onePage } from './parquet-tables.js';
import { ascii, fileOf, littleEndian } from './pieces.js';

const kind = 'zstd';
const giga = 2 ** 30;

/** An Arrow stream with one column `t` of one row whose compressed bytes are given, and claim `bytes`. */
function compressedText(bytes: bigint, compression: CompressionType, body: () => Uint8Array): Bomb['write'] {
  return (dir) => {
    const stored = (plain: Uint8Array) => Buffer.concat([littleEndian(-1n, 8), plain]);
    const length = Number(bytes > 2n ** 30n ? 1_000n : bytes);
    writeArrow(
      `${dir.path}/in.arrows`,
      [
        { name: 'x', type: 'float' },
        { name: 't', type: 'text' },
      ],
      [
        {
          rows: 1,
          compression,
          nodes: [
            [1, 0],
            [1, 0],
          ],
          buffers: [
            0,
            stored(new Uint8Array(4)),
            0,
            stored(Buffer.concat([littleEndian(0, 4), littleEndian(length, 4)])),
            Buffer.concat([littleEndian(bytes, 8), body()]),
          ],
        },
      ],
    );
    return 'in.arrows';
  };
}

const t = { columns: columnOf('t', 'string'), carried: ['t'] };

export const zstdBombs: readonly Bomb[] = [
  {
    kind,
    name: '64 MiB of blank lines',
    write: fileOf('in.csv.zst', () => [
      zstdFrame([ascii('x,z\n1,1\n'), { byte: '\n', times: 2 ** 26 }, ascii('3,3\n')]),
    ]),
    exits: [0],
  },
  {
    kind,
    name: 'a CSV line of 1 GB',
    write: fileOf('in.csv.zst', () => [
      zstdFrame([ascii('x,z\n1,'), { byte: 'a', times: giga }, ascii('\n')]),
    ]),
    exits: [3],
  },
  {
    kind,
    name: 'a JSON line of 1 GB',
    write: fileOf('in.jsonl.zst', () => [
      zstdFrame([ascii('{"x":1,"t":"'), { byte: 'a', times: giga }, ascii('"}\n')]),
    ]),
    exits: [0, 2, 6],
  },
  ...[27, 30, 31, 41].map(
    (windowLog): Bomb => ({
      ...(windowLog === 30 ? { always: true } : {}),
      kind,
      name: `a window of 2^${windowLog} bytes`,
      write: fileOf('in.csv.zst', () => [
        zstdFrame([ascii('x,z\n1,1\n'), { byte: '\n', times: 2 ** 26 }, ascii('3,3\n')], { windowLog }),
      ]),
      exits: [0, 2, 6],
    }),
  ),
  {
    kind,
    name: 'a frame that claims 2^60 bytes',
    write: fileOf('in.csv.zst', () => [zstdFrame([ascii('x,z\n1,1\n')], { contentSize: 2n ** 60n })]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a frame that claims 2^30 bytes',
    write: fileOf('in.csv.zst', () => [zstdFrame([ascii('x,z\n1,1\n')], { contentSize: 2n ** 30n })]),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '200,000 skippable frames, and one that claims 4 GB',
    write: fileOf('in.csv.zst', () => [
      zstdFrame([ascii('x,z\n1,1\n')]),
      { bytes: skippableFrame(2, ascii('ab')), times: 200_000 },
      skippableFrame(0xffff_fff0, new Uint8Array(0)),
    ]),
    exits: [0, 2, 5, 6],
  },
  {
    kind,
    name: '100,000 frames of one row',
    write: fileOf('in.csv.zst', () => [
      zstdFrame([ascii('x\n1\n')]),
      { bytes: zstdFrame([ascii('2\n')]), times: 100_000 },
    ]),
    exits: [0],
  },
  {
    kind,
    name: '500 million empty JSON lines',
    write: fileOf('in.jsonl.zst', () => [
      zstdFrame([ascii('{"x":1}\n'), { byte: '\n', times: 5e8 }, ascii('{"x":2}\n')]),
    ]),
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: 'a page of Parquet of 1.5 GB',
    write: beside(text('t'), 10, () => {
      const plainBytes = 1.5 * giga;
      const zeros = plainBytes - levels(1, 10).length;
      const body = [zstdFrame([levels(1, 10), { byte: 0, times: zeros }])];
      return onePage('t', physical.bytes, 10, encoding.plain, body, { codec: codec.zstd, plainBytes });
    }),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: 'a page of Parquet of 1.5 GB that claims 1 kB, in a frame with a window of 2^31',
    write: beside(text('t'), 10, () => {
      const body = [zstdFrame([levels(1, 10), { byte: 0, times: 1.5 * giga }], { windowLog: 31 })];
      return onePage('t', physical.bytes, 10, encoding.plain, body, { codec: codec.zstd, plainBytes: 1_000 });
    }),
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: 'an Arrow buffer of 1 GB',
    write: compressedText(BigInt(giga - 1), CompressionType.ZSTD, () =>
      zstdFrame([{ byte: 'a', times: giga - 1 }]),
    ),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: 'an Arrow buffer of 1 GB that claims 1 kB',
    write: compressedText(1_000n, CompressionType.ZSTD, () => zstdFrame([{ byte: 'a', times: giga }])),
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: 'an Arrow buffer that claims 2^62 bytes',
    write: compressedText(2n ** 62n, CompressionType.ZSTD, () => zstdFrame([{ byte: 'a', times: 1_000 }])),
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: 'an Arrow buffer of 600 MB in LZ4',
    write: compressedText(600n * 2n ** 20n, CompressionType.LZ4_FRAME, () => lz4Zeros(600 * 2 ** 20)),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: 'a CSV line of 1 GB, profiled',
    write: fileOf('in.csv.zst', () => [
      zstdFrame([ascii('x,z\n1,'), { byte: 'a', times: giga }, ascii('\n')]),
    ]),
    command: ['profile', 'job.yaml', '-o', 'baseline.json'],
    exits: [0, 2, 6],
  },
];
