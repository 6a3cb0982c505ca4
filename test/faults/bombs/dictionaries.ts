import { type MadeBatch, writeArrow } from './arrow-file.js';
import { type Bomb, columnOf } from './bomb.js';
import { zstdFrame } from './compressed.js';
import {
  codec,
  dataPage,
  dictionaryPage,
  encoding,
  float,
  levels,
  type MadeChunk,
  oneRun,
  physical,
  text,
} from './parquet-file.js';
import { beside, tableOf, zeroFloats } from './parquet-tables.js';
import { lengthOf, littleEndian, type Piece } from './pieces.js';

const kind = 'dictionaries';
const t = columnOf('t', 'string');

/** A chunk of texts whose rows all have the first entry of the dictionary. */
export function firstOf(
  entries: number,
  dictionary: readonly Piece[],
  rows: number,
  name = 't',
  compressed: { readonly codec: number; readonly plainBytes: number } | null = null,
): MadeChunk {
  const first = dictionaryPage(entries, dictionary, compressed?.plainBytes);
  const codes = [Uint8Array.of(1), oneRun(0, rows, 1)];
  const plain = [levels(1, rows), ...codes];
  const body = compressed === null ? plain : [zstdFrame([Buffer.concat(plain)])];
  const data = dataPage({
    values: rows,
    encoding: encoding.dictionary,
    body,
    plainBytes: lengthOf(plain),
  });
  return {
    path: [name],
    physical: physical.bytes,
    encodings: [encoding.plain, encoding.rle, encoding.dictionary],
    values: rows,
    codec: compressed?.codec ?? codec.none,
    pages: [...first, ...data],
    dictionaryBytes: lengthOf(first),
    plainBytes: lengthOf(data) + (compressed?.plainBytes ?? lengthOf(dictionary)),
  };
}

/** A text of zeros in PLAIN. */
export function longText(bytes: number): Piece[] {
  return [littleEndian(bytes, 4), bytes];
}

function texts(name: string, more: Pick<Bomb, 'exits' | 'write'> & Partial<Bomb>): Bomb {
  return { kind, name, columns: t, carried: ['t'], ...more };
}

/** Batches of rows that all have the first entry of dictionary 0. */
function firstCodes(rows: number): MadeBatch {
  return {
    rows,
    nodes: [
      [rows, 0],
      [rows, 0],
    ],
    buffers: [0, 4 * rows, 0, 4 * rows],
  };
}

/** A dictionary of one text, or a delta of it. */
function oneText(bytes: number, isDelta = false): MadeBatch {
  return {
    rows: 1,
    nodes: [[1, 0]],
    buffers: [0, Buffer.concat([littleEndian(0, 4), littleEndian(bytes, 4)]), bytes],
    dictionary: { id: 0, isDelta },
  };
}

function arrowOf(batches: () => readonly MadeBatch[]): Bomb['write'] {
  return (dir) => {
    const fields = [
      { name: 'x', type: 'float' },
      { name: 't', type: 'text', dictionary: 0 },
    ] as const;
    writeArrow(`${dir.path}/in.arrows`, fields, batches());
    return 'in.arrows';
  };
}

export const dictionaryBombs: readonly Bomb[] = [
  texts('a text of 2 kB that 300,000 rows have', {
    write: beside(text('t'), 300_000, () => firstOf(1, longText(2_000), 300_000)),
    exits: [0],
    always: true,
    says: /"scored":300000/,
    mostMiB: 400,
  }),
  texts('a text of 50 MB that 1,000 rows have', {
    write: beside(text('t'), 1_000, () => firstOf(1, longText(50_000_000), 1_000)),
    exits: [6],
    says: /in\.parquet: rows \d+ to \d+ take \d+ MiB or more when decoded/,
  }),
  texts('a text of 400 MB in 12 KB of Zstandard', {
    write: beside(text('t'), 10, () => {
      const plainBytes = 400_000_004;
      const page = zstdFrame([littleEndian(400_000_000, 4), { byte: 'z', times: 400_000_000 }]);
      return firstOf(1, [page], 10, 't', { codec: codec.zstd, plainBytes });
    }),
    exits: [6],
  }),
  texts('100 million empty texts in one dictionary', {
    write: beside(text('t'), 10, () => {
      const plainBytes = 400_000_000;
      return firstOf(100_000_000, [zstdFrame([{ byte: 0, times: plainBytes }])], 10, 't', {
        codec: codec.zstd,
        plainBytes,
      });
    }),
    exits: [6],
  }),
  texts('20 million empty texts in one dictionary', {
    write: beside(text('t'), 10, () => {
      const plainBytes = 80_000_000;
      return firstOf(20_000_000, [zstdFrame([{ byte: 0, times: plainBytes }])], 10, 't', {
        codec: codec.zstd,
        plainBytes,
      });
    }),
    exits: [0, 6],
  }),
  texts('a dictionary that claims 2^31 - 1 entries', {
    write: beside(text('t'), 1_000, () => firstOf(2 ** 31 - 1, longText(20), 1_000)),
    exits: [0, 2, 6],
  }),
  texts('a dictionary page that claims fewer bytes than it has', {
    write: beside(text('t'), 10, () => {
      const page = zstdFrame([littleEndian(400_000_000, 4), { byte: 'z', times: 400_000_000 }]);
      return firstOf(1, [page], 10, 't', { codec: codec.zstd, plainBytes: 1_000 });
    }),
    exits: [2, 6],
  }),
  texts('a text of 1 MB in a dictionary of each of 300 columns', {
    write: tableOf(() => {
      const names = Array.from({ length: 300 }, (_, i) => `t${i}`);
      const chunks = names.map((name) => firstOf(1, longText(1_000_000), 1_000, name));
      return {
        schema: [float('x'), ...names.map(text)],
        rows: 1_000,
        chunks: [zeroFloats(1_000), ...chunks],
      };
    }),
    columns: Array.from({ length: 300 }, (_, i) => columnOf(`t${i}`, 'string')).join(''),
    carried: Array.from({ length: 300 }, (_, i) => `t${i}`),
    exits: [0, 6],
  }),
  texts('a text of 2 kB that 300,000 rows of an Arrow batch have', {
    write: arrowOf(() => [oneText(2_000), firstCodes(300_000)]),
    exits: [0],
  }),
  texts('a text of 400 MB in an Arrow dictionary', {
    write: arrowOf(() => [oneText(400_000_000), firstCodes(10)]),
    exits: [6],
  }),
  texts('20,000 deltas of an Arrow dictionary', {
    write: arrowOf(() => [
      oneText(100),
      ...Array.from({ length: 20_000 }, () => [oneText(1_000, true), firstCodes(1)]).flat(),
    ]),
    exits: [0, 6],
  }),
  texts('100 Arrow batches, each with a new dictionary of 20 MB', {
    write: arrowOf(() => Array.from({ length: 100 }, () => [oneText(20_000_000), firstCodes(2)]).flat()),
    exits: [0, 6],
  }),
  texts('an Arrow dictionary of 200,000 new texts in each of 100 deltas', {
    write: arrowOf(() => {
      const rows = 200_000;
      const delta: MadeBatch = {
        rows,
        nodes: [[rows, 0]],
        buffers: [0, new Uint8Array(Int32Array.from({ length: rows + 1 }, (_, i) => 8 * i).buffer), 8 * rows],
        dictionary: { id: 0, isDelta: true },
      };
      return [oneText(8), ...Array.from({ length: 100 }, () => [delta, firstCodes(2)]).flat()];
    }),
    exits: [0, 6],
  }),
];
