import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetReadObjects } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';
import type { OutputField } from '../../../src/chunk/batch.js';
import type { BooleanColumn, NumberColumn } from '../../../src/chunk/column.js';
import { numberChunk, repeatedChunk } from '../../../src/formats/parquet/number-chunk.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { packedBytes, writeLoops } from '../../../src/kernels/page-loops.js';
import fc from '../../seeded.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { outputBytes } from '../made-output.js';

const folder = temporaryFolder('numbers');

type Flat = NumberColumn | BooleanColumn;

const fields = (['int32', 'date', 'int64', 'timestamp', 'float32', 'float64', 'boolean'] as const).map(
  (type): OutputField => ({ name: type, type, dictionary: false }),
);

const zero: Record<Flat['type'], number | bigint> = {
  int32: 0,
  date: 0,
  int64: 0n,
  timestamp: 0n,
  float32: Number.NaN,
  float64: Number.NaN,
  boolean: 0,
};

const arrays = {
  int32: Int32Array,
  date: Int32Array,
  int64: BigInt64Array,
  timestamp: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
  boolean: Uint8Array,
};

/** A column as a chunk holds it; null is a missing row. */
function columnOf(type: Flat['type'], rows: readonly (number | bigint | null)[]): Flat {
  const length = rows.length;
  const validity = new Uint8Array((length + 7) >> 3);
  rows.forEach((value, i) => {
    if (value !== null) validity[i >> 3]! |= 1 << (i & 7);
  });
  const values = (arrays[type] as { from(list: unknown[]): unknown }).from(
    rows.map((value) => value ?? zero[type]),
  );
  const isWhole = rows.every((value) => value !== null);
  return { type, length, values, validity: isWhole ? null : validity } as Flat;
}

const day = 86_400_000;

/** Runs, steps, small and great jumps. */
const whole = (least: bigint, greatest: bigint) =>
  fc
    .tuple(
      fc.bigInt(least, greatest),
      fc.array(
        fc.oneof(fc.constant(1n), fc.constant(0n), fc.bigInt(-1000n, 1000n), fc.bigInt(least, greatest)),
        {
          maxLength: 300,
        },
      ),
    )
    .map(([first, steps]) => {
      const values = [first];
      for (const step of steps) {
        const next = values.at(-1)! + step;
        values.push(next > greatest || next < least ? first : next);
      }
      return values;
    });

const small = whole(-(2n ** 31n), 2n ** 31n - 1n).map((values) => values.map(Number));
const great = fc.oneof(
  whole(-(2n ** 63n), 2n ** 63n - 1n),
  whole(-(2n ** 31n), 2n ** 31n - 1n).map((values) => values.map((value) => value + 2n ** 60n)),
);
const floats = fc.array(
  fc.oneof(
    fc.float(),
    fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
  { minLength: 1, maxLength: 300 },
);

const tables = fc
  .record({
    int32: small,
    date: fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 1, maxLength: 300 }),
    int64: great,
    timestamp: fc
      .array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 300 })
      .map((list) => list.map((ms) => 1_700_000_000_000_000n + BigInt(ms) * 1000n)),
    float32: floats,
    float64: fc.array(fc.double(), { minLength: 1, maxLength: 300 }),
    boolean: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 300 }),
    holes: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 2, max: 9 })),
  })
  .map(({ holes, ...columns }) => {
    const rows = Math.max(...Object.values(columns).map(({ length }) => length));
    const filled = Object.entries(columns).map(([type, list], index) => {
      const values = Array.from({ length: rows }, (_, i): number | bigint | null =>
        holes > 0 && (i + index) % holes === 0 ? null : list[i % list.length]!,
      );
      return [type as Flat['type'], values] as const;
    });
    return { rows, columns: filled };
  });

function endsOf(values: readonly (number | bigint)[]): [number | bigint, number | bigint] {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : 1));
  return [sorted[0]!, sorted.at(-1)!];
}

/** The values as hyparquet returns them. */
function expectedOf(type: Flat['type'], value: number | bigint | null): unknown {
  if (value === null) return undefined;
  if (type === 'date') return new Date(Number(value) * day);
  if (type === 'timestamp') return new Date(Number(BigInt(value) / 1000n));
  if (type === 'boolean') return value === 1;
  return value;
}

test('another reader gives back every number, missing or not, however they step (property)', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async ({ rows, columns }) => {
      const batch = { rows, columns: columns.map(([type, values]) => columnOf(type, values)) };
      const bytes = await outputBytes(parquet, [batch], fields);
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const read = await parquetReadObjects({ file });
      assert.equal(read.length, rows);
      for (const [type, values] of columns) {
        assert.deepEqual(
          read.map((row) => row[type] ?? undefined),
          values.map((value) => expectedOf(type, value)),
          type,
        );
      }
    }),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 2000 : 100 },
  );
});

test('numbers that follow on each other by the same step come back, however long and far (property)', async () => {
  const field: OutputField = { name: 'int64', type: 'int64', dictionary: false };
  const rising = fc.record({
    first: fc.bigInt(-(2n ** 62n), 2n ** 62n),
    step: fc.oneof(fc.constantFrom(1, 0, -1), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    rows: fc.integer({ min: 2, max: 600 }),
  });
  await fc.assert(
    fc.asyncProperty(rising, async ({ first, step, rows }) => {
      const values = Array.from({ length: rows }, (_, i) => first + BigInt(step) * BigInt(i));
      const batch = { rows, columns: [columnOf('int64', values)] };
      const bytes = await outputBytes(parquet, [batch], [field]);
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const read = await parquetReadObjects({ file });
      assert.deepEqual(
        read.map((row) => row['int64']),
        values,
      );
      const { metadata, bytes: size } = numberChunk(columnOf('int64', values), rows);
      assert.ok(size < 100 + Math.ceil(rows / 128) * 9, 'no bit is spent on a row');
      const bounds = metadata(4, 'c0')['field_12'] as Record<string, Uint8Array>;
      const bound = (of: string) => new BigInt64Array(bounds[of]!.slice().buffer)[0]!;
      assert.deepEqual([bound('field_6'), bound('field_5')], endsOf([values[0]!, values.at(-1)!]));
    }),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 2000 : 100 },
  );
});

test("64-bit numbers that span 32 bits are packed to the bytes of hyparquet's own writer (property)", () => {
  const labels = fc.array(fc.constantFrom(0, 1), { maxLength: 400 });
  fc.assert(
    fc.property(fc.oneof(small, labels), (list) => {
      const theirs = new ByteWriter();
      deltaBinaryPack(theirs, Int32Array.from(list), 'INT64');
      const values = BigInt64Array.from(list, BigInt);
      const { loops, memory, at } = writeLoops({
        numbers: values.byteLength,
        packed: packedBytes(list.length),
      });
      memory.set(new Uint8Array(values.buffer), at.numbers);
      const end = loops.packDeltas(at.numbers, list.length, at.packed);
      assert.deepEqual(memory.slice(at.packed, end), theirs.getBytes());
    }),
  );
});

test('DuckDB reads several batches, and finds exact statistics for each', async () => {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const ask = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowsJson() as unknown[][];
  const count = 70_000;
  const valuesOf = (type: Flat['type'], i: number): number | bigint | null => {
    if (i % 10 === 3) return null;
    const number = ((i * 7919) % 1_000_003) - 500_000;
    if (type === 'int64') return BigInt(number) + 9_000_000_000_000_000_000n;
    if (type === 'timestamp') return BigInt(number) * 1_000_000n;
    if (type === 'boolean') return i & 1;
    if (type === 'date') return number % 20_000;
    return type === 'float32' && i % 10 === 4 ? Number.NaN : number;
  };
  const batchOf = (from: number, to: number) => ({
    rows: to - from,
    columns: fields.map(({ type }) =>
      columnOf(
        type as Flat['type'],
        Array.from({ length: to - from }, (_, i) => valuesOf(type as Flat['type'], from + i)),
      ),
    ),
  });
  const path = join(folder, 'numbers.parquet');
  writeFileSync(path, await outputBytes(parquet, [batchOf(0, 50_000), batchOf(50_000, count)], fields));
  const all = Array.from({ length: count }, (_, i) => valuesOf('int64', i)).filter((value) => value !== null);
  const sum = all.reduce<bigint>((total, value) => total + BigInt(value), 0n);
  assert.deepEqual(
    await ask(
      `select count(*)::int, count(int64)::int, sum(int64)::varchar, count(boolean)::int, sum(boolean::int)::int, epoch_us(max("timestamp"))::varchar, max("date")::varchar from '${path}'`,
    ),
    [
      [
        count,
        all.length,
        String(sum),
        all.length,
        Array.from({ length: count }, (_, i) => valuesOf('boolean', i)).filter((value) => value === 1).length,
        String(endsOf(Array.from({ length: count }, (_, i) => valuesOf('timestamp', i) ?? 0n))[1]),
        new Date(Math.max(...Array.from({ length: count }, (_, i) => Number(valuesOf('date', i) ?? 0))) * day)
          .toISOString()
          .slice(0, 10),
      ],
    ],
  );
  for (const [group, from, to] of [
    [0, 0, 50_000],
    [1, 50_000, count],
  ] as const) {
    for (const type of ['int32', 'int64', 'float32', 'float64'] as const) {
      const values = Array.from({ length: to - from }, (_, i) => valuesOf(type, from + i));
      const there = values.filter((value) => value !== null && !Number.isNaN(value)).map((value) => value!);
      const [least, greatest] = endsOf(there);
      const [found] = await ask(
        `select stats_min_value::double, stats_max_value::double, stats_null_count::int from parquet_metadata('${path}') where path_in_schema = '${type}' and row_group_id = ${group}`,
      );
      const missing = values.filter((value) => value === null).length;
      assert.deepEqual(found, [Number(least), Number(greatest), missing], `${type}, ${group}`);
    }
  }
});

test('a bound of zero covers both zeros, and NaN alone has none', () => {
  const statistics = (values: readonly number[]) =>
    numberChunk(columnOf('float64', values), values.length)!.metadata(4, 'c0')['field_12'] as Record<
      string,
      Uint8Array | undefined
    >;
  const number = (bytes: Uint8Array) => new Float64Array(bytes.slice().buffer)[0]!;
  const zeros = statistics([0, -0, Number.NaN]);
  assert.ok(Object.is(number(zeros['field_6']!), -0) && Object.is(number(zeros['field_5']!), 0));
  assert.equal(statistics([Number.NaN])['field_6'], undefined);
});

test('whole numbers that span up to 64 bits come back, their differences wrapped, with exact bounds (property)', async () => {
  const field: OutputField = { name: 'int64', type: 'int64', dictionary: false };
  const least = -(2n ** 63n);
  const greatest = 2n ** 63n - 1n;
  const value = fc.oneof(
    fc.bigInt(least, greatest),
    fc.bigInt(10n ** 12n, 10n ** 15n),
    fc.constantFrom(least, greatest, 0n),
  );
  const runs = fc.array(fc.tuple(fc.option(value, { freq: 8 }), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(runs, async (made) => {
      const values = made.flatMap(([one, times]) => Array.from({ length: times }, () => one));
      const bytes = await outputBytes(
        parquet,
        [{ rows: values.length, columns: [columnOf('int64', values)] }],
        [field],
      );
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const read = await parquetReadObjects({ file });
      assert.deepEqual(
        read.map((row) => row['int64'] ?? null),
        values,
      );
      const { metadata } = numberChunk(columnOf('int64', values), values.length);
      const bounds = metadata(4, 'c0')['field_12'] as Record<string, Uint8Array | undefined>;
      const bound = (of: string) => {
        const found = bounds[of];
        return found === undefined ? null : new BigInt64Array(found.slice().buffer)[0]!;
      };
      const there = values.filter((one) => one !== null);
      const expected = there.length === 0 ? [null, null] : endsOf(there);
      assert.deepEqual([bound('field_6'), bound('field_5')], expected);
    }),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 2000 : 200 },
  );
});

test('a number that its column repeats is stored once, and other readers give back every row', async () => {
  const field: OutputField = { name: 'float64', type: 'float64', dictionary: true };
  const bytesOf: number[] = [];
  for (const values of [
    [0.25],
    [null, -1.5, -1.5, null],
    [null, null],
    Array.from({ length: 3000 }, () => 7),
  ]) {
    const column = columnOf('float64', values);
    bytesOf.push(repeatedChunk(column, values.length)!.bytes);
    const bytes = await outputBytes(parquet, [{ rows: values.length, columns: [column] }], [field]);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const read = await parquetReadObjects({ file });
    assert.deepEqual(
      read.map((row) => row['float64'] ?? null),
      values,
    );
    const path = join(folder, `repeated-${values.length}.parquet`);
    writeFileSync(path, bytes);
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = await connection.runAndReadAll(`select float64 from '${path}'`);
    assert.deepEqual(rows.getRows().flat(), values);
  }
  assert.ok(bytesOf[3]! < 200, '3000 rows take no more than one');
  assert.equal(repeatedChunk(columnOf('float64', [1, 2]), 2), null);
  assert.equal(repeatedChunk(columnOf('float64', [0, -0]), 2), null);
});

test('writes columns that share a bitmap like columns with equal bitmaps', async () => {
  const rows = 1000;
  const validity = Uint8Array.from({ length: rows / 8 }, (_, i) => (i * 37) & 255);
  const values = Float64Array.from({ length: rows }, (_, i) => i / 7);
  const columns = (bits: () => Uint8Array): NumberColumn[] => [
    { type: 'float64', length: rows, values, validity: bits() },
    { type: 'float64', length: rows, values: values.slice().reverse(), validity: bits() },
    { type: 'float64', length: rows, values, validity: validity.map((byte) => ~byte) },
    { type: 'float64', length: rows, values, validity: bits() },
  ];
  const wanted = columns(() => validity).map((_, i) => ({
    name: `n${i}`,
    type: 'float64' as const,
    dictionary: false,
  }));
  const bytesOf = async (bits: () => Uint8Array) =>
    (await parquet.encoder(wanted)).encode({ rows, columns: columns(bits) });
  assert.deepEqual(await bytesOf(() => validity), await bytesOf(() => validity.slice()));
});
