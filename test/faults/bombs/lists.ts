import { writeArrow } from './arrow-file.js';
import { type Bomb, columnOf, endless } from './bomb.js';
import { zstdFrame } from './compressed.js';
import { codec, dataPage, element, type MadeChunk, oneRun, physical } from './parquet-file.js';
import { beside, tableOf } from './parquet-tables.js';
import { ascii, fileOf, littleEndian } from './pieces.js';

const kind = 'lists';
const t = { columns: columnOf('t', 'list<float32>'), carried: ['t'] };

/** The three elements of a list of floats. */
const listOf = (name: string) => [
  element(name, { children: 1, converted: 3 }),
  element('list', { children: 1 }, 'repeated'),
  element('element', { type: physical.float }, 'optional'),
];

/** Levels of lists: the repetition levels, then the definition levels of `values` values. */
function listLevels(repetition: Uint8Array, definition: Uint8Array): Uint8Array[] {
  return [littleEndian(repetition.length, 4), repetition, littleEndian(definition.length, 4), definition];
}

/** A chunk with one list of `items` zeros in each of `rows` rows. */
function zeroLists(rows: number, items: number): MadeChunk {
  const values = rows * items;
  const oneRow = Buffer.concat([oneRun(0, 1, 1), oneRun(1, items - 1, 1)]);
  const repetition = Buffer.concat(Array.from({ length: rows }, () => oneRow));
  const parts = listLevels(repetition, oneRun(3, values, 2));
  const plainBytes = 4 * values + Buffer.concat(parts).length;
  const body = [zstdFrame([Buffer.concat(parts), { byte: 0, times: 4 * values }])];
  const pages = dataPage({ values, body, plainBytes });
  return {
    path: ['t', 'list', 'element'],
    physical: physical.float,
    codec: codec.zstd,
    values,
    pages,
    plainBytes,
  };
}

const x = { name: 'x', type: 'float' } as const;
const item = { name: 'item', type: 'float' } as const;

export const listBombs: readonly Bomb[] = [
  {
    kind,
    name: 'a list of 100 million zeros',
    write: beside(listOf('t'), 1, () => zeroLists(1, 100_000_000)),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: '10 lists of 10 million zeros',
    write: beside(listOf('t'), 10, () => zeroLists(10, 10_000_000)),
    ...t,
    exits: [6],
  },
  {
    kind,
    name: '20,000 lists of 1,000 zeros in one page',
    write: beside(listOf('t'), 20_000, () => zeroLists(20_000, 1_000)),
    ...t,
    exits: [0, 6],
  },
  {
    kind,
    name: '100 million empty lists',
    write: tableOf(() => {
      const rows = 100_000_000;
      const parts = listLevels(oneRun(0, rows, 1), oneRun(1, rows, 2));
      const pages = dataPage({ values: rows, body: parts });
      const chunk = { path: ['t', 'list', 'element'], physical: physical.float, values: rows, pages };
      return { schema: listOf('t'), rows, chunks: [chunk] };
    }),
    ...t,
    model: {
      inputs: { t: ['float32', 'N', 1] },
      outputs: { y: ['float32', 'N', 1] },
      nodes: [{ op_type: 'Identity', input: ['t'], output: ['y'] }],
    },
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: 'a list of lists of 50 million missing ones',
    write: beside(
      [
        element('t', { children: 1, converted: 3 }),
        element('list', { children: 1 }, 'repeated'),
        element('element', { children: 1, converted: 3 }),
        element('list', { children: 1 }, 'repeated'),
        element('element', { type: physical.float }),
      ],
      1,
      () => {
        const values = 50_000_000;
        const repetition = Buffer.concat([oneRun(0, 1, 2), oneRun(1, values - 1, 2)]);
        const pages = dataPage({ values, body: listLevels(repetition, oneRun(2, values, 3)) });
        const path = ['t', 'list', 'element', 'list', 'element'];
        return { path, physical: physical.float, values, pages };
      },
    ),
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: 'an Arrow list of 100 million zeros in a sparse file',
    write(dir) {
      const items = 100_000_000;
      writeArrow(
        `${dir.path}/in.arrows`,
        [x, { name: 't', type: 'list', children: [item] }],
        [
          {
            rows: 1,
            nodes: [
              [1, 0],
              [1, 0],
              [items, 0],
            ],
            buffers: [0, 4, 0, Buffer.concat([littleEndian(0, 4), littleEndian(items, 4)]), 0, 4 * items],
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
    name: 'Arrow lists of a fixed 2^28 items',
    write(dir) {
      const items = 2 ** 28;
      writeArrow(
        `${dir.path}/in.arrows`,
        [x, { name: 't', type: { fixed: items }, children: [item] }],
        [
          {
            rows: 3,
            nodes: [
              [3, 0],
              [3, 0],
              [3 * items, 0],
            ],
            buffers: [0, 12, 0, 0, 12 * items],
          },
        ],
      );
      return 'in.arrows';
    },
    ...t,
    exits: [2, 6],
  },
  {
    kind,
    name: '100,000 Arrow list views of the same 100,000 items',
    write(dir) {
      const rows = 100_000;
      const sizes = Int32Array.from({ length: rows }, () => rows);
      writeArrow(
        `${dir.path}/in.arrows`,
        [x, { name: 't', type: 'list-view', children: [item] }],
        [
          {
            rows,
            nodes: [
              [rows, 0],
              [rows, 0],
              [rows, 0],
            ],
            buffers: [0, 4 * rows, 0, 4 * rows, new Uint8Array(sizes.buffer), 0, 4 * rows],
          },
        ],
      );
      return 'in.arrows';
    },
    ...t,
    exits: [2, 6],
    always: true,
  },
  {
    kind,
    name: '100 million Arrow lists without an item',
    write(dir) {
      const rows = 100_000_000;
      writeArrow(
        `${dir.path}/in.arrows`,
        [x, { name: 't', type: 'list', children: [item] }],
        [
          {
            rows,
            nodes: [
              [rows, 0],
              [rows, 0],
              [0, 0],
            ],
            buffers: [0, 4 * rows, 0, 4 * rows + 4, 0, 0],
          },
        ],
      );
      return 'in.arrows';
    },
    ...t,
    more: endless,
    exits: [0, 6],
  },
  {
    kind,
    name: 'a JSON list of 1 GB of white space',
    write: fileOf('in.jsonl.zst', () => [
      zstdFrame([ascii('{"x":1,"t":['), { byte: ' ', times: 2 ** 30 }, ascii(']}\n')]),
    ]),
    ...t,
    exits: [0, 2, 6],
  },
  {
    kind,
    name: '40 million brackets that open in a JSON line',
    write: fileOf('in.jsonl.zst', () => [
      zstdFrame([ascii('{"x":1,"t":'), { byte: '[', times: 40_000_000 }, ascii('\n{"x":2}\n')]),
    ]),
    ...t,
    exits: [0, 2, 6],
  },
];
