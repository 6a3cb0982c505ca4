import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { OutputBatch, OutputField } from '../../../src/chunk/batch.js';
import { codedChunk, codedTextsChunk } from '../../../src/formats/parquet/coded-chunk.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { presenceOf } from '../../../src/formats/parquet/presence.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { outputBytes } from '../made-output.js';

const folder = temporaryFolder('coded');

const fields: readonly OutputField[] = [
  { name: 'text', type: 'string', dictionary: true },
  { name: 'list', type: 'list<string>', dictionary: true },
  { name: 'id', type: 'int32', dictionary: false },
];

interface Row {
  readonly text: string | null;
  readonly list: readonly string[];
}

/** The rows as a batch whose dictionaries hold words that no row uses, too. */
function batchOf(rows: readonly Row[], words: readonly string[]): OutputBatch {
  const codeOf = new Map(words.map((word, code) => [word, code]));
  const codes = Int32Array.from(rows, ({ text }) => (text === null ? -1 : codeOf.get(text)!));
  const validity = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach(({ text }, i) => {
    if (text !== null) validity[i >> 3]! |= 1 << (i & 7);
  });
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach(({ list }, i) => {
    offsets[i + 1] = offsets[i]! + list.length;
  });
  const length = rows.length;
  return {
    rows: length,
    columns: [
      { type: 'string', layout: 'dictionary', length, codes, dictionary: words, validity },
      {
        type: 'list<string>',
        length,
        offsets,
        codes: Int32Array.from(rows.flatMap(({ list }) => list.map((word) => codeOf.get(word)!))),
        dictionary: words,
        validity: null,
      },
      { type: 'int32', length, values: Int32Array.from(rows, (_, i) => i), validity: null },
    ],
  };
}

/** Tables with runs of equal rows and with changes, of few and many words. */
const tables = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 6 }), { minLength: 1, maxLength: 40 })
  .map((words) => [...new Set(words)])
  .chain((words) => {
    const word = fc.constantFrom(...words);
    const row = fc.record({
      text: fc.option(word),
      list: fc.array(word, { maxLength: 3 }),
    });
    const stretch = fc.tuple(row, fc.oneof(fc.constant(1), fc.nat({ max: 40 })));
    const rows = fc
      .array(stretch, { maxLength: 60 })
      .map((stretches) => stretches.flatMap(([one, times]) => Array<Row>(times).fill(one)));
    return fc.record({ words: fc.constant(words), rows });
  });

test('another reader gives back every text and list, however they repeat (property)', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async ({ rows, words }) => {
      const bytes = await outputBytes(parquet, [batchOf(rows, words)], fields);
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const read = await parquetReadObjects({ file });
      assert.deepEqual(
        read.map(({ text, list, id }) => ({ text: text ?? null, list, id })),
        rows.map(({ text, list }, id) => ({ text, list, id })),
      );
    }),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 2000 : 100 },
  );
});

test('DuckDB reads 70,000 rows of 5,000 words in several batches, with exact statistics', async () => {
  const words = Array.from({ length: 5000 }, (_, i) => `w${String(i).padStart(4, '0')}`);
  const rows = Array.from({ length: 70_000 }, (_, i): Row => {
    const word = words[(i * 7919) % 5000]!;
    return {
      text: i % 10 === 3 ? null : i % 1000 < 300 ? 'w0042' : word,
      list: i % 5 === 0 ? [word, 'w0001'] : [],
    };
  });
  const path = join(folder, 'words.parquet');
  const batches = [batchOf(rows.slice(0, 50_000), words), batchOf(rows.slice(50_000), words)];
  writeFileSync(path, await outputBytes(parquet, batches, fields));
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const ask = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowsJson() as unknown[][];
  const [found] = await ask(
    `select count(*)::int, count(text)::int, sum(len(list))::int, count(distinct text)::int from '${path}'`,
  );
  const there = rows.flatMap(({ text }) => (text === null ? [] : [text]));
  assert.deepEqual(found!.slice(0, 4), [70_000, there.length, 28_000, new Set(there).size]);
  const sample = await ask(`select text, list from '${path}' where id in (0, 3, 5, 299, 19999) order by all`);
  const expected = rows.filter((_, i) =>
    [0, 3, 5, 299, 19_999, 50_000, 50_003, 50_005, 50_299, 69_999].includes(i),
  );
  assert.deepEqual(
    sample.map((row) => JSON.stringify(row)).sort(),
    expected.map(({ text, list }) => JSON.stringify([text, list])).sort(),
  );
  const statistics = await ask(
    `select stats_min_value, stats_max_value, stats_null_count::int from parquet_metadata('${path}') where path_in_schema = 'text' and row_group_id = 0`,
  );
  const before = there.slice(0, rows.slice(0, 50_000).filter(({ text }) => text !== null).length).sort();
  assert.deepEqual(statistics, [[before[0], before.at(-1), 5000]]);
});

test('a batch without rows, or without a single text, is a piece like any other', async () => {
  const words = ['a'];
  const blank: Row = { text: null, list: [] };
  const batches = [batchOf([], words), batchOf(Array<Row>(20).fill(blank), words), batchOf([], words)];
  for (const chosen of [fields, fields.slice(0, 2)]) {
    const cut = batches.map(({ rows, columns }) => ({ rows, columns: columns.slice(0, chosen.length) }));
    const path = join(folder, `blank-${chosen.length}.parquet`);
    writeFileSync(path, await outputBytes(parquet, cut, chosen));
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    const read = await duckdb.runAndReadAll(
      `select count(*)::int, count(text)::int, sum(len(list))::int from '${path}'`,
    );
    assert.deepEqual(read.getRowsJson(), [[20, 0, 0]]);
  }
});

test('a text of more than 64 bytes is no bound in the footer', async () => {
  const words = ['x'.repeat(65), 'y'];
  const bytes = await outputBytes(
    parquet,
    [
      batchOf(
        words.map((text) => ({ text, list: [] })),
        words,
      ),
    ],
    fields,
  );
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const { statistics } = parquetMetadata(file).row_groups[0]!.columns[0]!.meta_data!;
  assert.equal(statistics!.null_count, 0n);
  assert.equal(statistics!.min_value, undefined);
});

test('texts that are codes into bytes become the pages of the same texts as a dictionary', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), maxLength: 20 });
  const input = fc.record({
    words: fc.uniqueArray(word, { minLength: 1, maxLength: 60 }),
    picks: fc.array(fc.tuple(fc.option(fc.nat()), fc.constantFrom(1, 2, 9, 300)), { maxLength: 40 }),
    lead: fc.string({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(input, ({ words, picks, lead }) => {
      const codes = Int32Array.from(
        picks.flatMap(([pick, times]) => Array<number>(times).fill(pick === null ? -1 : pick % words.length)),
      );
      const rows = codes.length;
      const validity = new Uint8Array((rows + 7) >> 3);
      for (const [row, code] of codes.entries()) if (code >= 0) validity[row >> 3]! |= 1 << (row & 7);
      const parts = [lead, ...words].map((text) => Buffer.from(text));
      const offsets = new Int32Array(parts.length);
      let end = 0;
      for (const [i, part] of parts.entries()) offsets[i] = end += part.length;
      const coded = { codes, entries: words.length, offsets, bytes: Buffer.concat(parts) };
      const column = {
        type: 'string',
        layout: 'dictionary',
        length: rows,
        codes,
        dictionary: words,
      } as const;
      const fromBytes = codedTextsChunk(coded, validity, rows, presenceOf(rows));
      const fromTexts = codedChunk({ ...column, validity }, rows);
      assert.deepEqual(Buffer.concat(fromBytes.pages), Buffer.concat(fromTexts.pages));
      assert.deepEqual(fromBytes.metadata(4, 'text'), fromTexts.metadata(4, 'text'));
    }),
  );
});
