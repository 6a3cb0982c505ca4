import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { pageWindows } from '../../../src/formats/parquet/column-window.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { readFooter } from '../../../src/formats/parquet/read-footer.js';
import { openPositioned, type PositionedFile } from '../../../src/formats/positioned-file.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { columnValues, naturalPlan, wholeTable } from '../whole-table.js';

const path = 'test/fixtures/pages.pyarrow.parquet';
const rows = 9000;
const folder = temporaryFolder('pages');

/** The values of row n, as make_pages.py made them. */
function numberAt(n: number): bigint | null {
  return n % 11 === 5 ? null : BigInt.asIntN(64, BigInt(n) * 0x9e3779b97f4a7c15n);
}

function wordAt(n: number): string {
  const bits = BigInt.asUintN(64, BigInt((n * 7919) % 4000) * 0x9e3779b97f4a7c15n);
  return bits.toString(16).padStart(16, '0');
}

test('reads any rows of a row group with many pages', async () => {
  const { description } = await parquet.open(path);
  const decoder = await parquet.decoder(description, { columns: naturalPlan(description) });
  const slice = { kind: 'rows', index: 0, group: 0, firstRow: 1, inputBytes: 0 } as const;
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: rows - 1 }), fc.integer({ min: 1, max: 700 }), async (start, count) => {
      const end = Math.min(rows, start + count);
      const chunk = await decoder.decode({ ...slice, start, end });
      const at = Array.from({ length: end - start }, (_, i) => start + i);
      assert.equal(chunk.problems.length, 0);
      assert.deepEqual(columnValues(chunk.columns.get('number')!), at.map(numberAt));
      assert.deepEqual(columnValues(chunk.columns.get('word')!), at.map(wordAt));
    }),
    { numRuns: 60 },
  );
  await decoder.close();
});

test('reads the bytes of the pages that hold a slice, after one pass over their headers', () => {
  const file = openPositioned(path);
  let read = 0;
  const counted: PositionedFile = {
    ...file,
    read(start, end) {
      read += end - start;
      return file.read(start, end);
    },
  };
  const { rowGroups } = readFooter(file);
  for (const chunk of rowGroups.at(0, file).chunks) {
    read = 0;
    const windowOf = pageWindows(counted, chunk, rows);
    assert.ok(read <= chunk.bytes + 64 * 1024, `${read} bytes for the headers of ${chunk.bytes}`);
    read = 0;
    const dictionaryBytes = chunk.dataStart - chunk.start;
    for (let start = 0; start < rows; start += 100) {
      const window = windowOf(start, start + 100);
      const pages = window.end - window.start;
      assert.ok(window.firstRow <= start && window.firstRow + window.rows >= start + 100);
      assert.equal(window.dictionaryEnd - window.dictionaryStart, dictionaryBytes);
      assert.ok(pages < (chunk.bytes - dictionaryBytes) / 2, `${pages} of ${chunk.bytes} bytes`);
    }
    assert.equal(read, 0);
  }
  file.close();
});

test('reads a row group of half a million rows, written by DuckDB, slice by slice', async () => {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const big = join(folder, 'big.parquet');
  const count = process.env['NIGHTSHIFT_FULL'] ? 2_000_000 : 500_000;
  await duckdb.run(`COPY (SELECT i AS id, hash(i) % 1000003 AS mixed, 'w' || (i % 977) AS word,
    CASE WHEN i % 5 = 0 THEN NULL ELSE i / 8 END AS eighth FROM range(${count}) t(i))
    TO '${big}' (FORMAT parquet, ROW_GROUP_SIZE ${count})`);
  const { description } = await parquet.open(big);
  assert.equal(description.details['rowGroups'], 1);
  const table = await wholeTable(parquet, big, { chunkBytes: 1024 * 1024 });
  assert.ok(table.slices > 10, `${table.slices} slices`);
  assert.equal(table.rows, count);
  for (let row = 0; row < count; row += 997) {
    assert.equal(table.columns['id']![row], BigInt(row));
    assert.equal(table.columns['word']![row], `w${row % 977}`);
    assert.equal(table.columns['eighth']![row], row % 5 === 0 ? null : row / 8);
  }
  const sum = await duckdb.runAndReadAll(`SELECT CAST(sum(mixed) AS VARCHAR) FROM '${big}'`);
  const mixed = (table.columns['mixed'] as bigint[]).reduce((total, value) => total + value, 0n);
  assert.equal(String(mixed), sum.getRowsJS()[0]![0]);
});
