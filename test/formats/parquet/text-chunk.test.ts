import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { OutputField } from '../../../src/chunk/batch.js';
import type { TextColumn } from '../../../src/chunk/column.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { textChunk } from '../../../src/formats/parquet/text-chunk.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { outputBytes } from '../made-output.js';

const folder = temporaryFolder('texts');
const fields: readonly OutputField[] = [{ name: 't', type: 'string', dictionary: false }];

/** A column whose texts begin within its bytes, as those of a decoder may. */
function columnOf(texts: readonly (string | null)[]): TextColumn {
  const parts = [Buffer.from('before'), ...texts.map((text) => Buffer.from(text ?? ''))];
  const offsets = Int32Array.from({ length: texts.length + 1 }, () => 6);
  texts.forEach((_, i) => {
    offsets[i + 1] = offsets[i]! + parts[i + 1]!.length;
  });
  const validity = new Uint8Array((texts.length + 7) >> 3);
  texts.forEach((text, i) => {
    if (text !== null) validity[i >> 3]! |= 1 << (i & 7);
  });
  return {
    type: 'string',
    layout: 'text',
    length: texts.length,
    offsets,
    bytes: Buffer.concat([...parts, Buffer.from('after')]),
    validity: texts.includes(null) ? validity : null,
  };
}

const bufferOf = (bytes: Uint8Array) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.constantFrom('', 'aaaa', 'é€𝄞', 'the same text again and again'),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 4000 }))
    .map(([a, n]) => a.repeat(n)),
);
const tables = fc
  .array(fc.tuple(fc.option(text, { freq: 6 }), fc.integer({ min: 1, max: 30 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((runs) => runs.flatMap(([one, times]) => Array.from({ length: times }, () => one)));

test('another reader gives back every text, however they repeat (property)', async () => {
  let compressed = 0;
  await fc.assert(
    fc.asyncProperty(tables, async (texts) => {
      const bytes = await outputBytes(parquet, [{ rows: texts.length, columns: [columnOf(texts)] }], fields);
      const read = await parquetReadObjects({ file: bufferOf(bytes) });
      assert.deepEqual(
        read.map(({ t }) => t ?? null),
        texts,
      );
      const { codec } = parquetMetadata(bufferOf(bytes)).row_groups[0]!.columns[0]!.meta_data!;
      if (codec === 'SNAPPY') compressed++;
    }),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 2000 : 200 },
  );
  assert.ok(compressed > 50, `${compressed} were smaller with Snappy`);
});

test('DuckDB reads texts of several batches, with exact bounds for texts of up to 64 bytes', async () => {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const path = join(folder, 'texts.parquet');
  const batches = [
    Array.from({ length: 50_000 }, (_, i) => (i % 11 === 3 ? null : `text ${(i * 7919) % 50_000} é`)),
    Array.from({ length: 3 }, (_, i) => 'x'.repeat(60 + 3 * i)),
    [null, null],
  ];
  const bytes = await outputBytes(
    parquet,
    batches.map((texts) => ({ rows: texts.length, columns: [columnOf(texts)] })),
    fields,
  );
  writeFileSync(path, bytes);
  const rows = (await duckdb.runAndReadAll(`SELECT t FROM '${path}'`)).getRows().map(([t]) => t);
  assert.deepEqual(rows, batches.flat());
  const bounds = await duckdb.runAndReadAll(
    `SELECT stats_min_value, stats_max_value, stats_null_count::int FROM parquet_metadata('${path}') ORDER BY row_group_id`,
  );
  const [first] = batches;
  const there = first!
    .filter((one) => one !== null)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const found = bounds.getRows();
  assert.deepEqual(found[0], [there[0], there.at(-1), first!.length - there.length]);
  assert.deepEqual(found[1], [null, null, 0], 'the longest has 66 bytes');
  assert.deepEqual(found[2], [null, null, 2]);
});

test('texts that Snappy would make larger are stored as they are; more than 16 MiB are left to parquet-wasm', () => {
  const random = Array.from({ length: 60 }, (_, i) => String.fromCharCode(33 + ((i * 37) % 90)));
  const { metadata } = textChunk(columnOf([random.join('')]), 1)!;
  assert.equal(metadata(4, 't')['field_4'], 0);
  assert.equal(textChunk(columnOf(['x'.repeat(2 ** 24 + 1)]), 1), null);
  assert.notEqual(textChunk(columnOf(['x'.repeat(2 ** 24)]), 1), null);
});
