import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FormatName } from '../../src/formats/format.js';
import { formats } from '../../src/formats/formats.js';
import { wholeTable } from './whole-table.js';

interface Expected {
  readonly type: string | null;
  readonly values: unknown[];
}

const folder = 'test/fixtures';
const expected: Record<string, Expected | null> = JSON.parse(readFileSync(`${folder}/types.json`, 'utf8'));
const files = readdirSync(folder).filter((name) => /^types\..*\.(parquet|arrows?)$/.test(name));

for (const name of files) {
  const format: FormatName = name.endsWith('.parquet') ? 'parquet' : 'arrow';
  for (const layout of ['dictionary', 'text'] as const) {
    test(`reads every type of ${name} with strings as ${layout}`, async () => {
      const table = await wholeTable(await formats[format](), `${folder}/${name}`, { all: { layout } });
      assert.equal(table.rows, 40);
      assert.deepEqual(table.problems, []);
      assert.ok(table.description.columns.length > 25);
      for (const { name: column, type, readable, native } of table.description.columns) {
        const wanted = expected[column];
        assert.notEqual(wanted, undefined, column);
        assert.equal(readable, wanted !== null, `${column}: ${native}`);
        if (wanted === null) continue;
        if (!name.includes('duckdb') && !name.includes('polars')) assert.equal(type, wanted!.type, column);
        const values = table.columns[column]!.map(comparable);
        assert.deepEqual(values, wanted!.values.map(rounded(column)), `${column}: ${native}`);
      }
    });
  }
}

test('gives the same rows for every chunk size', async () => {
  for (const name of files) {
    const format = await formats[name.endsWith('.parquet') ? 'parquet' : 'arrow']();
    const whole = await wholeTable(format, `${folder}/${name}`);
    for (const chunkBytes of [64, 1000, 5000, 20000]) {
      const cut = await wholeTable(format, `${folder}/${name}`, { chunkBytes });
      assert.deepEqual(cut.columns, whole.columns, `${name} in chunks of ${chunkBytes} bytes`);
      assert.equal(cut.slices >= whole.slices, true);
      if (chunkBytes === 64) assert.equal(cut.slices, 40);
    }
  }
});

function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** The JSON has infinities as Python writes them, and 16-bit floats before they were rounded. */
function rounded(column: string): (value: unknown) => unknown {
  return (value) => {
    if (value === 'inf') return 'Infinity';
    if (value === '-inf') return '-Infinity';
    return column === 'float32' && typeof value === 'number' ? Math.fround(value) : value;
  };
}
