import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OutputBatch, OutputField } from '../../src/chunk/batch.js';
import { type Column, columnTypes } from '../../src/chunk/column.js';
import type { Slice } from '../../src/chunk/slice.js';
import { allPresent, markMissing } from '../../src/chunk/validity.js';
import type { Format, FormatName } from '../../src/formats/format.js';
import { formats } from '../../src/formats/formats.js';
import fc from '../seeded.js';
import { temporaryFolder } from '../temporary-folder.js';
import { columnValues, naturalPlan, wholeTable } from './whole-table.js';

const folder = temporaryFolder('formats');

const fields: readonly OutputField[] = columnTypes.map((type) => ({
  name: `a ${type}, "quoted"`,
  type,
  dictionary: type === 'string',
}));

/** The plan that reads the fields back, for formats that name types and for those that do not. */
const plan = Object.fromEntries(
  fields.map(({ name, type }) => [name, { type: type as Column['type'], nullValues: [''] }]),
);

const words = ['AA', 'naïve', '日本', 'two words', 'a,b;"c"', 'x'.repeat(40)];

/** Rows `[first, first + rows)` of one endless table of every type, about every ninth cell missing. */
function batchOf(first: number, rows: number): OutputBatch {
  return { rows, columns: fields.map(({ type }, i) => columnOf(type as Column['type'], first, rows, i)) };
}

function columnOf(type: Column['type'], first: number, rows: number, salt: number): Column {
  const at = (row: number) => first + row;
  const isMissing = (row: number) => (at(row) * 7 + salt) % 9 === 0;
  const validity = allPresent(rows);
  for (let row = 0; row < rows; row++) if (isMissing(row)) markMissing(validity, row);
  const fill = <T>(value: (n: number) => T, missing: T) =>
    Array.from({ length: rows }, (_, row) => (isMissing(row) ? missing : value(at(row))));
  const length = rows;
  switch (type) {
    case 'int32':
    case 'date':
      return { type, length, validity, values: Int32Array.from(fill((n) => n * 13 - 500, 0)) };
    case 'int64':
    case 'timestamp':
      return {
        type,
        length,
        validity,
        values: BigInt64Array.from(fill((n) => BigInt(n) * 86_399_999_983n - 7n, 0n)),
      };
    case 'float32':
      return { type, length, validity, values: Float32Array.from(fill((n) => n / 3, Number.NaN)) };
    case 'float64':
      return { type, length, validity, values: Float64Array.from(fill((n) => -n / 7, Number.NaN)) };
    case 'boolean':
      return { type, length, validity, values: Uint8Array.from(fill((n) => n % 2, 0)) };
    case 'string':
      return {
        type,
        layout: 'dictionary',
        length,
        validity,
        codes: Int32Array.from(fill((n) => n % words.length, -1)),
        dictionary: words,
      };
    case 'list<float32>': {
      const offsets = new Int32Array(rows + 1);
      for (let row = 0; row < rows; row++)
        offsets[row + 1] = offsets[row]! + (isMissing(row) ? 0 : 1 + (at(row) % 3));
      const items = Float32Array.from({ length: offsets[rows]! }, (_, i) => (i + first) / 4);
      return { type, length, validity, offsets, items };
    }
  }
}

/** Returns the bytes of a file of a format with the batches' rows. */
async function written(
  format: Format,
  path: string,
  batches: readonly OutputBatch[],
  of = fields,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const encoder = await format.encoder(of);
  const assembler = await format.assembler(of, { write: async (bytes) => void parts.push(bytes.slice()) });
  for (const batch of batches) await assembler.append(await encoder.encode(batch), batch.rows);
  await assembler.finish();
  const bytes = Buffer.concat(parts);
  writeFileSync(path, bytes);
  return bytes;
}

function expectedValues(batches: readonly OutputBatch[]): Record<string, unknown[]> {
  return Object.fromEntries(
    fields.map(({ name }, i) => [name, batches.flatMap(({ columns }) => columnValues(columns[i] as Column))]),
  );
}

/** Formats that name their columns in the rows alone. */
const schemaless: ReadonlySet<FormatName> = new Set(['jsonl']);

for (const name of Object.keys(formats) as FormatName[]) {
  test(`${name}: gives back the rows that were written, however they were cut into batches`, async () => {
    const format = await formats[name]();
    const sizes = [1, 7, 0, 250, 8, 64];
    let first = 0;
    const batches = sizes.map((rows) => {
      first += rows;
      return batchOf(first - rows, rows);
    });
    const path = join(folder, `rows.${name}`);
    await written(format, path, batches);
    const table = await wholeTable(format, path, { plan });
    assert.equal(table.rows, 330);
    assert.deepEqual(table.problems, []);
    assert.deepEqual(table.columns, expectedValues(batches));
  });

  test(`${name}: writes the same bytes for the same rows`, async () => {
    const format = await formats[name]();
    const again = [join(folder, `once.${name}`), join(folder, `twice.${name}`)];
    const [once, twice] = await Promise.all(
      again.map((path) => written(format, path, [batchOf(0, 100), batchOf(100, 31)])),
    );
    assert.ok(once!.equals(twice!));
  });

  test(`${name}: an output without rows is a valid file with its schema, or empty without one`, async () => {
    const format = await formats[name]();
    for (const batches of [[], [batchOf(0, 0)]]) {
      const path = join(folder, `empty.${name}`);
      const bytes = await written(format, path, batches);
      if (schemaless.has(name)) {
        assert.equal(bytes.length, 0);
        continue;
      }
      const table = await wholeTable(format, path, { plan });
      assert.equal(table.rows, 0);
      assert.deepEqual(
        table.description.columns.map((column) => column.name),
        fields.map((field) => field.name),
      );
    }
  });

  test(`${name}: decodes slices in any order, by any decoder, to the same rows`, async () => {
    const format = await formats[name]();
    const path = join(folder, `slices.${name}`);
    const batches = [batchOf(0, 500), batchOf(500, 300)];
    await written(format, path, batches);
    const expected = expectedValues(batches);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 64, max: 60_000 }),
        fc.integer({ min: 1, max: 3 }),
        async (chunkBytes, workers) => {
          const source = await format.open(path, { csv: {} });
          const slices: Slice[] = [];
          for await (const slice of source.cut(chunkBytes)) slices.push(slice);
          assert.deepEqual(
            slices.map(({ index }) => index),
            slices.map((_, i) => i),
          );
          const columns = naturalPlan(source.description, { plan });
          const decoders = await Promise.all(
            Array.from({ length: workers }, () =>
              format.decoder(structuredClone(source.description), { columns }),
            ),
          );
          const found = new Map<number, Record<string, unknown[]>>();
          for (const [i, slice] of slices.toReversed().entries()) {
            const chunk = await decoders[i % workers]!.decode(structuredClone(slice));
            assert.equal(chunk.origin.firstRow, slice.firstRow);
            const values = [...chunk.columns].map(([column, made]) => [column, columnValues(made)] as const);
            found.set(slice.firstRow, Object.fromEntries(values));
            for (const column of chunk.columns.values()) assert.equal(column.length, chunk.rows);
          }
          await Promise.all(decoders.map((decoder) => decoder.close()));
          const inOrder = [...found].sort(([a], [b]) => a - b).map(([, values]) => values);
          for (const { name: column } of fields) {
            assert.deepEqual(
              inOrder.flatMap((values) => values[column]!),
              expected[column],
              column,
            );
          }
        },
      ),
      { numRuns: process.env['NIGHTSHIFT_FULL'] ? 60 : 8 },
    );
  });

  test(`${name}: cuts the same file into the same slices, smaller ones for smaller chunks`, async () => {
    const format = await formats[name]();
    const path = join(folder, `cuts.${name}`);
    await written(format, path, [batchOf(0, 2000)]);
    const cut = async (chunkBytes: number) => {
      const source = await format.open(path, { csv: {} });
      const slices: Slice[] = [];
      for await (const slice of source.cut(chunkBytes)) slices.push(slice);
      return slices;
    };
    const small = await cut(2000);
    assert.deepEqual(await cut(2000), small);
    assert.ok(small.length >= 20, `${small.length} slices`);
    assert.equal((await cut(4 * 1024 * 1024)).length, 1);
  });

  test(`${name}: gives the raw form of a row, no longer than asked`, async () => {
    const format = await formats[name]();
    const path = join(folder, `raw.${name}`);
    await written(format, path, [batchOf(10, 20)]);
    const source = await format.open(path, { csv: {} });
    const columns = naturalPlan(source.description, { plan }).slice(0, 1);
    const decoder = await format.decoder(source.description, { columns });
    for await (const slice of source.cut(4 * 1024 * 1024)) {
      const { origin } = await decoder.decode(slice);
      const raw = origin.raw(1, 10_000);
      assert.ok(raw.includes('x'.repeat(40)), raw);
      assert.ok(!raw.includes('naïve'), raw);
      assert.equal(origin.raw(1, 12), raw.slice(0, 12));
    }
    await decoder.close();
  });
}

test('the same table gives the same columns and problems under the same plan, in every format', async () => {
  const texts = [
    '12',
    '1,234',
    '99999999999',
    'x',
    'NA',
    '',
    '１２',
    '2013-01-04',
    '03/04/2013',
    'yes',
    '1.5',
  ];
  const columns: Column[] = [
    {
      type: 'string',
      layout: 'dictionary',
      length: texts.length,
      codes: Int32Array.from(texts.keys()),
      dictionary: texts,
      validity: null,
    },
  ];
  const field: OutputField = { name: 'cell', type: 'string', dictionary: false };
  for (const type of columnTypes) {
    for (const layout of ['dictionary', 'text'] as const) {
      const seen: unknown[] = [];
      for (const name of Object.keys(formats) as FormatName[]) {
        const format = await formats[name]();
        const path = join(folder, `cells.${name}`);
        const more = { columns: [...columns, columns[0]!], rows: texts.length };
        await written(format, path, [more], [field, { ...field, name: 'kept' }]);
        const {
          rows,
          columns: values,
          problems,
        } = await wholeTable(format, path, {
          plan: { cell: { type, layout, nullValues: ['', 'NA'] }, kept: { nullValues: [''] } },
        });
        seen.push({ rows, values, problems: [...problems].sort() });
      }
      for (const [i, name] of Object.keys(formats).entries())
        assert.deepEqual(seen[i], seen[0], `${type} from ${name}`);
    }
  }
});

test('every format of the list is one that the contract knows', async () => {
  for (const [name, load] of Object.entries(formats)) {
    const format = await load();
    assert.equal(format.name, name);
    const members = ['assembler', 'decoder', 'encoder', 'name', 'open', 'writes'];
    if (format.writes === 'texts') members.push('inspect');
    assert.deepEqual(Object.keys(format).sort(), members.sort());
  }
  const list = readFileSync('src/formats/formats.ts', 'utf8');
  assert.ok(!/^import (?!type)/m.test(list), 'formats.ts must load every format lazily');
});
