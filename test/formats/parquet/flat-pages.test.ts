import assert from 'node:assert/strict';
import { createWriteStream, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { Column } from '../../../src/chunk/column.js';
import { isPresent, markMissing } from '../../../src/chunk/validity.js';
import { loadZstd } from '../../../src/formats/decompress-zstd.js';
import { checkPages } from '../../../src/formats/parquet/check-pages.js';
import { wholeChunk } from '../../../src/formats/parquet/column-window.js';
import { flatPages } from '../../../src/formats/parquet/flat-pages.js';
import { pageBooleans } from '../../../src/formats/parquet/page-booleans.js';
import { pageTexts, textMemory } from '../../../src/formats/parquet/page-texts.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { parquetFields } from '../../../src/formats/parquet/parquet-field.js';
import { readFooter } from '../../../src/formats/parquet/read-footer.js';
import { smallFiles } from '../../../src/formats/parquet/small-file.js';
import { openPositioned } from '../../../src/formats/positioned-file.js';
import { firstPageAddress, openPageLoops } from '../../../src/kernels/page-loops.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';

const folder = temporaryFolder('flat-pages');
const path = join(folder, 'numbers.parquet');

type NumberType = 'float32' | 'float64' | 'int32' | 'int64';

interface Made {
  readonly type: NumberType;
  /** With a dictionary and Snappy, as parquet-wasm writes it; without, our own PLAIN pages, or deltas. */
  readonly dictionary: boolean;
  readonly values: readonly (number | null)[];
}

const made = fc.record({
  type: fc.constantFrom<NumberType>('float32', 'float64', 'int32', 'int64'),
  dictionary: fc.boolean(),
  values: fc.oneof(
    fc.array(fc.option(fc.integer({ min: -3, max: 300 }), { freq: 3 }), { minLength: 1, maxLength: 800 }),
    fc.array(fc.integer({ min: -1e7, max: 1e7 }), { minLength: 1, maxLength: 800 }),
    fc.array(fc.constantFrom(7, null), { minLength: 1, maxLength: 300 }),
  ),
});

function columnOf({ type, values: given }: Made): Column {
  const length = given.length;
  const numbers = given.map((value) => value ?? 0);
  const validity = given.includes(null) ? new Uint8Array((length + 7) >> 3).fill(255) : null;
  for (const [row, value] of given.entries()) if (value === null) markMissing(validity!, row);
  const missing = (floats: Float32Array | Float64Array) => {
    for (const [row, value] of given.entries()) if (value === null) floats[row] = Number.NaN;
    return floats;
  };
  if (type === 'float32')
    return { type, length, validity, values: missing(Float32Array.from(numbers)) as Float32Array };
  if (type === 'float64')
    return { type, length, validity, values: missing(Float64Array.from(numbers)) as Float64Array };
  if (type === 'int32') return { type, length, validity, values: Int32Array.from(numbers) };
  return { type, length, validity, values: BigInt64Array.from(numbers, BigInt) };
}

async function write(column: Column, dictionary: boolean): Promise<void> {
  const fields = [{ name: 'x', type: column.type, dictionary }];
  const out = createWriteStream(path);
  const encoder = await parquet.encoder(fields);
  const assembler = await parquet.assembler(fields, {
    write: async (bytes: Uint8Array) => void out.write(bytes),
  });
  const rows = column.length;
  await assembler.append(await encoder.encode({ rows, columns: [column] }), rows);
  await assembler.finish();
  out.end();
  await finished(out);
}

interface Texts {
  /** Codes of a dictionary, which we write ourselves; or texts, of which parquet-wasm makes one. */
  readonly layout: 'dictionary' | 'text';
  readonly texts: readonly (string | null)[];
}

const madeTexts = fc.record({
  layout: fc.constantFrom<Texts['layout']>('dictionary', 'text'),
  texts: fc.oneof(
    fc.array(fc.constantFrom('', 'a', 'AA', 'é', '\u0000', null), { minLength: 1, maxLength: 400 }),
    fc.array(fc.option(fc.string(), { freq: 4 }), { minLength: 1, maxLength: 600 }),
  ),
});

function textColumn({ layout, texts }: Texts): Column {
  const length = texts.length;
  const validity = texts.includes(null) ? new Uint8Array((length + 7) >> 3).fill(255) : null;
  for (const [row, text] of texts.entries()) if (text === null) markMissing(validity!, row);
  if (layout === 'dictionary') {
    const dictionary = [...new Set(texts.filter((text) => text !== null))];
    const codes = Int32Array.from(texts, (text) => (text === null ? -1 : dictionary.indexOf(text)));
    return { type: 'string', layout, length, codes, dictionary, validity };
  }
  const cells = texts.map((text) => Buffer.from(text ?? ''));
  const offsets = new Int32Array(length + 1);
  for (const [row, cell] of cells.entries()) offsets[row + 1] = offsets[row]! + cell.length;
  return { type: 'string', layout, length, offsets, bytes: Buffer.concat(cells), validity };
}

/** Rows `[from, to)` as read by `flatPages`, null where it leaves them to parquet-wasm. */
function ownRows(
  from: number,
  to: number,
  of = path,
  make: (value: number | bigint) => unknown = Number,
): unknown[] | null {
  const file = openPositioned(of);
  try {
    const footer = readFooter(file);
    const [field] = parquetFields(footer.schema);
    const group = footer.rowGroups.at(0, file);
    const chunk = group.chunks[0]!;
    const window = wholeChunk(chunk, group.rows);
    const { bytes, end } = smallFiles().load(file, window);
    const column = { elements: field!.elements, chunk, window, arrowSchema: null };
    const { pages } = checkPages(bytes, end, column);
    const array = flatPages()(bytes, pages, column, field!.type, { from, to });
    if (array === null) return null;
    assert.equal(array.length, to - from);
    if (array.store === 'codes') {
      assert.ok(array.dictionary.store === 'text');
      const { offsets, bytes: cells } = array.dictionary;
      return Array.from(array.codes, (code, row) =>
        isPresent(array.validity, row)
          ? Buffer.from(cells.subarray(offsets[code], offsets[code + 1])).toString()
          : null,
      );
    }
    if (array.store === 'text') {
      const { offsets, bytes: cells } = array;
      return Array.from({ length: array.length }, (_, row) =>
        isPresent(array.validity, row)
          ? Buffer.from(cells.subarray(offsets[row], offsets[row + 1])).toString()
          : null,
      );
    }
    if (array.store === 'bits') {
      const { bits, bitStart, validity } = array;
      return Array.from({ length: array.length }, (_, row) =>
        isPresent(validity, row) ? isPresent(bits, bitStart + row) : null,
      );
    }
    assert.ok(array.store === 'numbers');
    const values = Array.from(array.values as Iterable<number | bigint>, make);
    return values.map((value, row) => (isPresent(array.validity, row) ? value : null));
  } finally {
    file.close();
  }
}

describe('pages of numbers', () => {
  it('are read as they were written: PLAIN and by a dictionary, with and without Snappy, any rows', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(made, fc.nat(), fc.nat(), async (one, a, b) => {
        await write(columnOf(one), one.dictionary);
        const from = a % one.values.length;
        const to = from + 1 + (b % (one.values.length - from));
        const rows = ownRows(from, to);
        if (rows === null) assert.ok(one.dictionary, 'PLAIN floats and deltas are read here');
        else {
          read++;
          assert.deepEqual(rows, one.values.slice(from, to));
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(read > 180, `${read} of 300 were read here`);
  });
});

describe('pages of texts', () => {
  it('are read PLAIN and by a dictionary, any rows of them', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(madeTexts, fc.nat(), fc.nat(), async (one, a, b) => {
        await write(textColumn(one), true);
        const from = a % one.texts.length;
        const to = from + 1 + (b % (one.texts.length - from));
        const rows = ownRows(from, to);
        if (rows === null) assert.ok(one.texts.every((text) => text === null) || one.layout === 'text');
        else {
          read++;
          assert.deepEqual(rows, one.texts.slice(from, to));
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(read > 200, `${read} of 300 were read here`);
  });

  for (const name of readdirSync('test/fixtures').filter((name) => name.startsWith('fallback-')))
    it(`are read from ${name}, where PLAIN pages follow those of a dictionary`, () => {
      const texts = Array.from({ length: 600 }, (_, i) => {
        if (i % 7 === 3) return null;
        if (i % 50 === 0) return '';
        return i < 200 ? `t${i % 11}` : `text ${i} é`;
      });
      const whole = join('test/fixtures', name);
      assert.deepEqual(ownRows(0, 600, whole), texts);
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 599 }), fc.integer({ min: 1, max: 600 }), (from, count) => {
          const to = Math.min(600, from + count);
          assert.deepEqual(ownRows(from, to, whole), texts.slice(from, to));
        }),
      );
    });

  it('that end early are left to parquet-wasm, which names them', () => {
    const loops = openPageLoops();
    const { buffer } = loops.memory;
    const room = 4096;
    const created = () => {
      const body = new Uint8Array(buffer, firstPageAddress, 11);
      body.set([1, 0, 0, 0, 97, 3, 0, 0, 0, 98, 99]);
      return { body, texts: pageTexts({ kind: 'text', offsets: 32, utf8: true }, textMemory(), loops, room) };
    };
    const added = (values: number, before: number, count: number) => {
      const { body, texts } = created();
      return texts.addPlain(body, values, before, new Int32Array(buffer, 2048, count));
    };
    assert.equal(added(0, 0, 1), true);
    assert.equal(added(0, 0, 2), false);
    assert.equal(added(0, 2, 1), false);
    assert.equal(added(0, 3, 0), false);
    assert.equal(added(9, 0, 1), false);
    assert.equal(added(12, 0, 0), false);
    const { body, texts } = created();
    assert.equal(texts.addPlain(body, 0, 0, new Int32Array(buffer, 2048, 1)), true);
    assert.equal(texts.addDictionary(body, 1), false, 'it would come after texts of a PLAIN page');
    const none = created();
    assert.equal(none.texts.addDictionary(none.body, 2), false);
  });
});

describe('pages of booleans', () => {
  const truths = fc.oneof(
    fc.array(fc.option(fc.boolean(), { freq: 3 }), { minLength: 1, maxLength: 400 }),
    fc
      .array(fc.tuple(fc.option(fc.boolean()), fc.integer({ min: 1, max: 60 })), {
        minLength: 1,
        maxLength: 12,
      })
      .map((runs) => runs.flatMap(([value, times]) => Array.from({ length: times }, () => value))),
  );
  for (const encoding of ['PLAIN', 'RLE'] as const)
    it(`are read as another writer wrote them: ${encoding}, any rows`, () => {
      fc.assert(
        fc.property(truths, fc.nat(), fc.nat(), (data, a, b) => {
          const columnData = [{ name: 'x', data, type: 'BOOLEAN', encoding, nullable: true }] as const;
          writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData: [...columnData] })));
          const from = a % data.length;
          const to = from + 1 + (b % (data.length - from));
          assert.deepEqual(ownRows(from, to), data.slice(from, to));
        }),
      );
    });

  it('that end early are left to parquet-wasm, which names them', () => {
    const levels = (present: number) => ({ before: 1, present, marks: null });
    const booleans = pageBooleans(20);
    assert.equal(booleans.addPlain(Uint8Array.of(9, 255, 1), 1, levels(15), 0), true);
    assert.equal(booleans.addPlain(Uint8Array.of(9, 255, 1), 1, levels(16), 0), false);
    assert.equal(booleans.addRuns(Uint8Array.of(2, 0, 0, 0, 20, 1), 0, levels(9), 0), true);
    assert.equal(booleans.addRuns(Uint8Array.of(2, 0, 0, 0, 20, 1), 0, levels(10), 0), false);
    assert.equal(booleans.addRuns(Uint8Array.of(2, 0, 0, 0, 20, 2), 0, levels(9), 0), false, 'not a bit');
    assert.equal(booleans.addRuns(Uint8Array.of(3, 0, 0, 0, 20, 1), 0, levels(9), 0), false);
    assert.equal(booleans.addRuns(Uint8Array.of(2, 0), 0, levels(1), 0), false);
  });
});

describe('pages of whole numbers as DELTA_BINARY_PACKED', () => {
  const numbers = (least: bigint, greatest: bigint) => {
    const any = fc.bigInt({ min: least, max: greatest });
    const ends = fc.constantFrom(least, greatest, 0n);
    const walk = fc
      .tuple(any, fc.array(fc.integer({ min: -3, max: 90 }), { minLength: 1, maxLength: 900 }))
      .map(([first, steps]) => {
        let value = first;
        return steps.map((step) => {
          value += BigInt(step);
          return value > greatest || value < least ? (value = first) : value;
        });
      });
    const list = (of: fc.Arbitrary<bigint>) => fc.array(of, { minLength: 1, maxLength: 600 });
    return fc
      .oneof(list(any), list(ends), walk)
      .chain((values) =>
        fc
          .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 7 })
          .map((gaps) => values.map((value, i) => (gaps[i % gaps.length] === 0 ? null : value))),
      );
  };
  const types = {
    INT32: [-(2n ** 31n), 2n ** 31n - 1n, Number],
    INT64: [-(2n ** 63n), 2n ** 63n - 1n, BigInt],
  } as const;
  for (const [type, [least, greatest, make]] of Object.entries(types))
    it(`are read as another writer wrote them: ${type}, any rows`, () => {
      fc.assert(
        fc.property(numbers(least, greatest), fc.nat(), fc.nat(), (values, a, b) => {
          const data = values.map((value) => (value === null ? null : make(value)));
          const encoding = 'DELTA_BINARY_PACKED';
          const columnData = [
            { name: 'x', data, type: type as keyof typeof types, encoding, nullable: true } as const,
          ];
          writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData })));
          const from = a % data.length;
          const to = from + 1 + (b % (data.length - from));
          assert.deepEqual(ownRows(from, to, path, make), data.slice(from, to));
        }),
      );
    });

  it('are read as DuckDB wrote them, in blocks of thousands and with differences of 33 bits', async () => {
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    const made = {
      walk: '(i * 7919) % 100003',
      extremes: 'CASE i % 3 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 END::INTEGER',
      long: '(hash(i) % 9223372036854775807)::BIGINT * (1 - 2 * (i % 2))',
      steps: 'CASE WHEN i % 5 = 0 THEN NULL ELSE i * i END',
    };
    const of = join(folder, 'deltas.parquet');
    for (const [name, sql] of Object.entries(made)) {
      const query = `SELECT ${sql} AS x FROM range(20000) t(i)`;
      await duckdb.run(`COPY (${query}) TO '${of}' (FORMAT parquet, PARQUET_VERSION v2)`);
      const rows = (await duckdb.runAndReadAll(query)).getRows();
      const expected = rows.map(([value]) => (value === null ? null : BigInt(value as number)));
      assert.deepEqual(ownRows(0, 20_000, of, BigInt), expected, name);
      assert.deepEqual(ownRows(11_111, 11_119, of, BigInt), expected.slice(11_111, 11_119), name);
    }
  });

  it('that end early, or with sizes that the encoding does not have, are refused', () => {
    const loops = openPageLoops();
    const unpack = (bytes: readonly number[], before: number, last: number): number[] | null => {
      const memory = new Uint8Array(loops.memory.buffer);
      const target = memory.length >> 1;
      memory.fill(0xee);
      memory.set(bytes, firstPageAddress);
      const end = firstPageAddress + bytes.length;
      const isRead = loops.unpackDeltas(firstPageAddress, end, before, last, false, target);
      assert.ok(memory.subarray(target + 4 * (last - before)).every((byte) => byte === 0xee));
      return isRead ? [...new Int32Array(loops.memory.buffer, target, last - before)] : null;
    };
    // Blocks of 128 in 4; 3 numbers, the first 5; the least difference -1; distances of 2 bits: 0 and 3.
    const three = [128, 1, 4, 3, 10, 1, 2, 9, 9, 9, 0b1100];
    assert.deepEqual(unpack(three, 0, 3), [5, 4, 6]);
    assert.deepEqual(unpack(three, 1, 3), [4, 6]);
    assert.deepEqual(unpack(three, 0, 1), [5]);
    assert.equal(unpack(three, 0, 4), null, 'more than there are');
    for (let length = 0; length < three.length; length++)
      assert.equal(unpack(three.slice(0, length), 0, 3), null, `${length} bytes`);
    const sized = (...head: number[]) => unpack([...head, ...three.slice(3)], 0, 3);
    assert.equal(sized(128, 1, 0), null, 'no miniblocks');
    assert.equal(sized(128, 1, 3), null, 'miniblocks of 42 and two thirds');
    assert.equal(sized(0, 4), null, 'no values in a block');
    assert.equal(sized(128, 128, 128, 128, 128, 128, 128, 128, 128, 1, 4), null, 'a block of 2^63');
    assert.equal(sized(128, 1, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1), null, '2^63 miniblocks');
    assert.equal(
      unpack([...three.slice(0, 6), 65, ...three.slice(7), ...new Array<number>(260).fill(0)], 0, 3),
      null,
    );
  });
});

describe('pages of numbers as BYTE_STREAM_SPLIT', () => {
  for (const type of ['FLOAT', 'DOUBLE', 'INT32', 'INT64'] as const)
    it(`are read as another writer wrote them: ${type}, any rows`, () => {
      const value = type === 'FLOAT' ? fc.float({ noNaN: true }) : fc.integer({ min: -9e6, max: 9e6 });
      fc.assert(
        fc.property(
          fc.array(fc.option(value, { freq: 4 }), { minLength: 1, maxLength: 400 }),
          fc.nat(),
          fc.nat(),
          (values, a, b) => {
            const data = values.map((one) => (one !== null && type === 'INT64' ? BigInt(one) : one));
            const columnData = [
              { name: 'x', data, type, encoding: 'BYTE_STREAM_SPLIT', nullable: true } as const,
            ];
            writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData })));
            const from = a % data.length;
            const to = from + 1 + (b % (data.length - from));
            assert.deepEqual(ownRows(from, to), values.slice(from, to));
          },
        ),
      );
    });
});

describe('pages compressed with Zstandard', () => {
  it('are read as DuckDB wrote them, any rows', async () => {
    await loadZstd();
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    const made = {
      words: "CASE WHEN i % 7 = 3 THEN NULL ELSE 'word ' || (i % 977) END",
      texts: "'text ' || i",
      halves: 'CASE WHEN i % 5 = 0 THEN NULL ELSE i / 2 END',
      flags: 'i % 3 = 0',
    };
    const of = join(folder, 'zstd.parquet');
    for (const [name, sql] of Object.entries(made)) {
      const query = `SELECT ${sql} AS x FROM range(20000) t(i)`;
      await duckdb.run(`COPY (${query}) TO '${of}' (FORMAT parquet, CODEC zstd)`);
      const expected = (await duckdb.runAndReadAll(query)).getRows().map(([value]) => value);
      assert.deepEqual(ownRows(0, 20_000, of), expected, name);
      assert.deepEqual(ownRows(11_111, 11_119, of), expected.slice(11_111, 11_119), name);
    }
  });
});

describe('uncompressSnappy', () => {
  const loops = openPageLoops();
  const uncompressed = (block: Uint8Array, size: number) => {
    const memory = new Uint8Array(loops.memory.buffer);
    const target = memory.length >> 1;
    memory.fill(0xee);
    memory.set(block, firstPageAddress);
    const isRead = loops.uncompressSnappy(firstPageAddress, firstPageAddress + block.length, target, size);
    assert.ok(memory.subarray(target - 16, target).every((byte) => byte === 0xee));
    assert.ok(memory.subarray(target + size + 16).every((byte) => byte === 0xee));
    return isRead ? Buffer.from(memory.subarray(target, target + size)) : null;
  };
  const text = (bytes: readonly number[], size = bytes[0] ?? 0) =>
    uncompressed(Uint8Array.from(bytes), size)?.toString() ?? null;
  const ab = [...Buffer.from('ab')];

  it('reads literals, and copies of one, two and four bytes of distance, overlapping ones too', () => {
    assert.equal(text([2, 4, ...ab]), 'ab');
    assert.equal(
      text([8, 4, ...ab, 0b001_010_01, 2]),
      null,
      'the copy is of 6 bytes, 1 bit of distance too far',
    );
    assert.equal(text([8, 4, ...ab, 0b000_010_01, 2]), 'abababab');
    assert.equal(text([5, 4, ...ab, 0b10_10, 2, 0]), 'ababa');
    assert.equal(text([5, 4, ...ab, 0b10_11, 2, 0, 0, 0]), 'ababa');
    const long = Buffer.alloc(70, 'xyz');
    assert.equal(text([70, 60 << 2, 69, ...long]), long.toString());
  });

  it('refuses blocks that end early, are longer than they say, or copy from before their start', () => {
    for (const bytes of [
      [],
      [200],
      [3, 4, ...ab],
      [1, 4, ...ab],
      [2, 8, ...ab],
      [4, 0, 97, 0b10_10, 2, 0],
      [9, 60 << 2],
    ])
      assert.equal(text(bytes), null, String(bytes));
    assert.equal(text([2, 4, ...ab], 3), null, 'another size');
  });

  it('reads what others compress, and writes nothing but slack beside it', () => {
    const runs = fc.array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 30 })),
      { maxLength: 20 },
    );
    const property = fc.property(runs, (made) => {
      const bytes = Buffer.concat(made.flatMap(([part, times]) => Array.from({ length: times }, () => part)));
      assert.ok(uncompressed(snappyCompress(bytes), bytes.length)!.equals(bytes));
    });
    fc.assert(property, { numRuns: 300 });
  });
});
