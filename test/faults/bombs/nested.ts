import { writeArrow } from './arrow-file.js';
import { type Bomb, columnOf } from './bomb.js';
import { zstdFrame } from './compressed.js';
import { zeroFloats } from './dictionaries.js';
import {
  codec,
  dataPage,
  element,
  encoding,
  float,
  levels,
  physical,
  struct,
  text,
  writeParquet,
} from './parquet-file.js';
import { repeated } from './pieces.js';

const kind = 'nested';
const t = { columns: columnOf('t', 'string'), carried: ['t'] };

export const nestedBombs: readonly Bomb[] = [
  {
    kind,
    name: '10,000 groups within each other',
    write(dir) {
      const names = Array.from({ length: 10_000 }, (_, i) => `g${i}`);
      const groups = names.map((name) => element(name, { children: 1 }));
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), ...groups, element('leaf', { type: physical.float })],
        [{ rows: 10, chunks: [zeroFloats(10), { ...zeroFloats(10), path: [...names, 'leaf'] }] }],
        { columns: 2 },
      );
      return 'in.parquet';
    },
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a group that claims 2^31 - 1 children',
    write(dir) {
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), element('g', { children: 2 ** 31 - 1 }), float('y')],
        [{ rows: 10, chunks: [zeroFloats(10), zeroFloats(10)] }],
      );
      return 'in.parquet';
    },
    exits: [2, 6],
  },
  {
    kind,
    name: 'a page that claims 2^31 - 1 bytes',
    write(dir) {
      const pages = dataPage({ values: 10, body: [zstdFrame([levels(1, 10)])], plainBytes: 2 ** 31 - 1 });
      const chunk = {
        path: ['t'],
        physical: physical.bytes,
        codec: codec.zstd,
        values: 10,
        pages,
        plainBytes: 100,
      };
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [{ rows: 10, chunks: [zeroFloats(10), chunk] }],
      );
      return 'in.parquet';
    },
    ...t,
    exits: [6],
    always: true,
  },
  {
    kind,
    name: 'statistics of 200 MB in the header of a page',
    write(dir) {
      const statistics = { field_5: repeated('s', 200_000_000) };
      const pages = dataPage({ values: 10, body: [levels(0, 10)], statistics });
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [
          {
            rows: 10,
            chunks: [zeroFloats(10), { path: ['t'], physical: physical.bytes, values: 10, pages }],
          },
        ],
      );
      return 'in.parquet';
    },
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '200,000 row groups at the same place',
    write(dir) {
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x')],
        [{ rows: 1, chunks: [zeroFloats(1)], times: 200_000 }],
      );
      return 'in.parquet';
    },
    more: 'run: { workers: 2, max_duration: 12s }\n',
    exits: [0, 6],
  },
  {
    kind,
    name: '2 million pages of one row',
    write(dir) {
      const rows = 2_000_000;
      const page = Buffer.concat(dataPage({ values: 1, body: [levels(0, 1)] }) as Uint8Array[]);
      const chunk = {
        path: ['t'],
        physical: physical.bytes,
        encodings: [encoding.plain, encoding.rle],
        values: rows,
        pages: [{ bytes: page, times: rows }],
      };
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [{ rows, chunks: [zeroFloats(rows), chunk] }],
      );
      return 'in.parquet';
    },
    ...t,
    more: 'run: { workers: 2, max_duration: 15s }\n',
    exits: [0, 6],
  },
  {
    kind,
    name: '5 million pages without a row',
    write(dir) {
      const page = Buffer.concat(dataPage({ values: 0, body: [levels(0, 0)] }) as Uint8Array[]);
      const chunk = {
        path: ['t'],
        physical: physical.bytes,
        values: 10,
        pages: [{ bytes: page, times: 5_000_000 }, ...dataPage({ values: 10, body: [levels(0, 10)] })],
      };
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [{ rows: 10, chunks: [zeroFloats(10), chunk] }],
      );
      return 'in.parquet';
    },
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a footer with 250 MB of metadata',
    write(dir) {
      writeParquet(`${dir.path}/in.parquet`, [float('x')], [{ rows: 10, chunks: [zeroFloats(10)] }], {
        pairs: { bytes: struct({ field_1: 'key', field_2: repeated('v', 250_000_000) }), times: 1 },
      });
      return 'in.parquet';
    },
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a footer with 4 million pairs of metadata',
    write(dir) {
      const pair = struct({ field_1: 'k', field_2: 'v' });
      const path = `${dir.path}/in.parquet`;
      writeParquet(path, [float('x')], [{ rows: 10, chunks: [zeroFloats(10)] }], {
        pairs: { bytes: pair, times: 4_000_000 },
      });
      return 'in.parquet';
    },
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'an Arrow schema with 200 MB of metadata',
    write(dir) {
      writeArrow(
        `${dir.path}/in.arrows`,
        [{ name: 'x', type: 'float' }],
        [{ rows: 3, nodes: [[3, 0]], buffers: [0, 12] }],
        [['key', 'v'.repeat(200_000_000)]],
      );
      return 'in.arrows';
    },
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a JSON object of 200,000 levels',
    write(dir) {
      dir.write(
        'in.jsonl',
        `{"x":1,"t":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}\n{"x":2,"t":""}\n`,
      );
      return 'in.jsonl';
    },
    ...t,
    exits: [0, 2, 3, 6],
  },
  {
    kind,
    name: 'statistics of 200 MB in the header of a page, inspected',
    write(dir) {
      const statistics = { field_5: repeated('s', 200_000_000) };
      const pages = dataPage({ values: 10, body: [levels(0, 10)], statistics });
      writeParquet(
        `${dir.path}/in.parquet`,
        [float('x'), text('t')],
        [
          {
            rows: 10,
            chunks: [zeroFloats(10), { path: ['t'], physical: physical.bytes, values: 10, pages }],
          },
        ],
      );
      return 'in.parquet';
    },
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
];
