import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ColumnType } from '../../../src/chunk/column.js';
import { InvalidError } from '../../../src/errors.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { wholeTable } from '../whole-table.js';

const folder = '../shared/corpora/parquet-testing';
const skip = existsSync(folder) ? false : `${folder} is absent`;

/** Good files that are refused whole, and what the refusal says. */
const refused: Readonly<Record<string, RegExp>> = {
  'datapage_v1-corrupt-checksum.parquet': /page 0 does not match its checksum/,
  'rle-dict-uncompressed-corrupt-checksum.parquet': /page 0 does not match its checksum/,
};

/** Columns of types that no model's table has: groups, maps, nested lists, fixed bytes, geometries. */
const unreadable =
  /STRUCT|MAP|^LIST$|LIST<BYTE_ARRAY|^FIXED_LEN_BYTE_ARRAY\(\d+\)$|GEOMETRY|GEOGRAPHY|encrypted|UNKNOWN>/;

test('reads the good files of parquet-testing as DuckDB does', { skip }, async (t) => {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  await duckdb.run("SET TimeZone = 'UTC'");
  const files = readdirSync(`${folder}/data`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.parquet'),
  );
  assert.ok(files.length > 60);
  let compared = 0;
  for (const name of files.sort()) {
    const path = `${folder}/data/${name}`;
    const wanted = refused[name];
    if (wanted !== undefined) {
      await assert.rejects(wholeTable(parquet, path), (error: Error) => {
        assert.ok(error instanceof InvalidError);
        assert.match(error.message, wanted);
        return error.message.includes(name);
      });
      continue;
    }
    const table = await wholeTable(parquet, path);
    for (const { name: column, readable, native } of table.description.columns) {
      if (!readable) assert.match(native, unreadable, `${name}: ${column}`);
    }
    for (const { name: column, type, readable } of table.description.columns) {
      if (!readable || name === 'int96_from_spark.parquet') continue;
      const select = `SELECT ${inDuckDB(column, type)} FROM read_parquet('${path}')`;
      const rows = await duckdb.runAndReadAll(select).then(
        (reader) => reader.getRowsJS().map(([value, kind]) => (kind === 'BLOB' ? bytesText(value) : value)),
        (error: Error) => t.diagnostic(`${name} "${column}": DuckDB says ${error.message.split('\n')[0]}`),
      );
      if (!Array.isArray(rows)) continue;
      const shown = plain(type);
      assert.deepEqual(table.columns[column]!.map(shown), rows.map(shown), `${name}: "${column}"`);
      compared++;
    }
  }
  t.diagnostic(`${compared} columns of ${files.length} files compared`);
  assert.ok(compared > 200);
});

test('reads what DuckDB cannot: its own README, or a twin column or file, says what', { skip }, async () => {
  const spark = await wholeTable(parquet, `${folder}/data/int96_from_spark.parquet`);
  const micros = [1704141296123456n, 1704070800000000n, 253402225200000000n, 1735599600000000n, null];
  assert.deepEqual(spark.columns['a'], [...micros, 9089380393200000000n]);
  const split = await wholeTable(parquet, `${folder}/data/byte_stream_split_extended.gzip.parquet`);
  for (const type of ['float16', 'float', 'double', 'int32', 'int64', 'decimal']) {
    assert.equal(split.columns[`${type}_plain`]!.length, 200);
    assert.deepEqual(split.columns[`${type}_byte_stream_split`], split.columns[`${type}_plain`], type);
  }
  for (const size of ['', '_larger']) {
    const hadoop = await wholeTable(parquet, `${folder}/data/hadoop_lz4_compressed${size}.parquet`);
    const raw = await wholeTable(parquet, `${folder}/data/lz4_raw_compressed${size}.parquet`);
    assert.deepEqual(hadoop.columns, raw.columns);
  }
});

test('refuses every encrypted file, or only its encrypted columns', { skip }, async () => {
  const files = readdirSync(`${folder}/data`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.encrypted'),
  );
  assert.ok(files.length > 10);
  for (const name of files) {
    const path = `${folder}/data/${name}`;
    if (!name.includes('plaintext_footer')) {
      await assert.rejects(parquet.open(path), { name: 'InvalidError', reason: 'encrypted-input' });
      continue;
    }
    const table = await wholeTable(parquet, path);
    assert.equal(table.rows, 50);
    assert.ok(table.description.columns.some(({ native }) => native.startsWith('encrypted')));
  }
});

test('ends every bad file of parquet-testing with an error that names it, or with its rows', {
  skip,
}, async () => {
  const outcomes: Record<string, number | string> = {};
  for (const name of readdirSync(`${folder}/bad_data`).filter((file) => file.endsWith('.parquet'))) {
    try {
      outcomes[name] = (await wholeTable(parquet, `${folder}/bad_data/${name}`)).rows;
    } catch (error) {
      assert.ok(error instanceof InvalidError, name);
      assert.ok(error.message.includes(name) && error.hint !== null, error.message);
      outcomes[name] = error.reason;
    }
  }
  assert.deepEqual(outcomes, {
    'ARROW-GH-41317.parquet': 'corrupt-input',
    'ARROW-GH-41321.parquet': 'corrupt-input',
    'ARROW-GH-43605.parquet': 21186,
    'ARROW-GH-45185.parquet': 'corrupt-input',
    'ARROW-GH-47662.parquet': 1000,
    'ARROW-RS-GH-6229-DICTHEADER.parquet': 'corrupt-input',
    'ARROW-RS-GH-6229-LEVELS.parquet': 1,
    'PARQUET-1481.parquet': 'corrupt-input',
  });
});

/** Returns an expression for a column's values in the contract's type. */
function inDuckDB(name: string, type: ColumnType | null): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  switch (type) {
    case 'int32':
    case 'int64':
      return `CAST(${column} AS BIGINT)`;
    case 'float32':
    case 'float64':
      return `CAST(${column} AS DOUBLE)`;
    case 'boolean':
      return column;
    case 'date':
      return `datediff('day', DATE '1970-01-01', ${column})`;
    case 'timestamp':
      return `epoch_us(${column})`;
    case 'list<float32>':
      return `CAST(${column} AS FLOAT[])`;
    default:
      return `CASE WHEN typeof(${column}) = 'BLOB' THEN hex(CAST(${column} AS BLOB)) ELSE CAST(${column} AS VARCHAR) END, typeof(${column})`;
  }
}

/** DuckDB returns bytes as hexadecimal digits; here they become text. */
function bytesText(value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value, 'hex').toString() : value;
}

/** Whole numbers as their digits, so that none is rounded; NaN as missing. */
function plain(type: ColumnType | null): (value: unknown) => unknown {
  const whole = type === 'int32' || type === 'int64' || type === 'timestamp' || type === 'date';
  return (value) => {
    if (value === null || (typeof value === 'number' && Number.isNaN(value))) return null;
    return whole ? String(value) : value;
  };
}
