import { writeArrow } from './arrow-file.js';
import { type Bomb, columnOf } from './bomb.js';
import { zstdFrame } from './compressed.js';
import { codec, dataPage, element, encoding, float, levels, physical, struct, text } from './parquet-file.js';
import { beside, onePage, tableOf, zeroFloats } from './parquet-tables.js';
import { repeated } from './pieces.js';

const kind = 'nested';
const t = { columns: columnOf('t', 'string'), carried: ['t'] };

/** A table with pairs of metadata in its footer. */
function withPairs(pair: () => Uint8Array, times: number): Bomb['write'] {
  const schema = [float('x')];
  return tableOf(() => ({ schema, rows: 10, chunks: [zeroFloats(10)], pairs: { bytes: pair(), times } }));
}

/** A page of rows without a value. */
function nullPage(values: number): Uint8Array {
  return Buffer.concat(dataPage({ values, body: [levels(0, values)] }) as Uint8Array[]);
}

const largeStatistics = beside(text('t'), 10, () => {
  const statistics = { field_5: repeated('s', 200_000_000) };
  const pages = dataPage({ values: 10, body: [levels(0, 10)], statistics });
  return { path: ['t'], physical: physical.bytes, values: 10, pages };
});

export const nestedBombs: readonly Bomb[] = [
  {
    kind,
    name: '10,000 groups within each other',
    write: tableOf(() => {
      const names = Array.from({ length: 10_000 }, (_, i) => `g${i}`);
      const groups = names.map((name) => element(name, { children: 1 }));
      return {
        schema: [float('x'), ...groups, element('leaf', { type: physical.float })],
        rows: 10,
        chunks: [zeroFloats(10), { ...zeroFloats(10), path: [...names, 'leaf'] }],
        columns: 2,
      };
    }),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a group that claims 2^31 - 1 children',
    write: beside([element('g', { children: 2 ** 31 - 1 }), float('y')], 10, () => zeroFloats(10)),
    exits: [2, 6],
  },
  {
    kind,
    name: 'a page that claims 2^31 - 1 bytes',
    write: beside(text('t'), 10, () => {
      const body = [zstdFrame([levels(1, 10)])];
      const compressed = { codec: codec.zstd, plainBytes: 2 ** 31 - 1 };
      return { ...onePage('t', physical.bytes, 10, encoding.plain, body, compressed), plainBytes: 100 };
    }),
    ...t,
    exits: [6],
    always: true,
  },
  {
    kind,
    name: 'statistics of 200 MB in the header of a page',
    write: largeStatistics,
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '200,000 row groups at the same place',
    write: tableOf(() => ({ schema: [float('x')], rows: 1, chunks: [zeroFloats(1)], times: 200_000 })),
    more: 'run: { workers: 2, max_duration: 12s }\n',
    exits: [0, 6],
  },
  {
    kind,
    name: '2 million pages of one row',
    write: beside(text('t'), 2_000_000, () => ({
      path: ['t'],
      physical: physical.bytes,
      values: 2_000_000,
      pages: [{ bytes: nullPage(1), times: 2_000_000 }],
    })),
    ...t,
    more: 'run: { workers: 2, max_duration: 15s }\n',
    exits: [0, 6],
  },
  {
    kind,
    name: '5 million pages without a row',
    write: beside(text('t'), 10, () => ({
      path: ['t'],
      physical: physical.bytes,
      values: 10,
      pages: [{ bytes: nullPage(0), times: 5_000_000 }, nullPage(10)],
    })),
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a footer with 250 MB of metadata',
    write: withPairs(() => struct({ field_1: 'key', field_2: repeated('v', 250_000_000) }), 1),
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'a footer with 4 million pairs of metadata',
    write: withPairs(() => struct({ field_1: 'k', field_2: 'v' }), 4_000_000),
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
    write: largeStatistics,
    command: ['inspect', 'FILE'],
    exits: [0, 2, 6],
  },
];
