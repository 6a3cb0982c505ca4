import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  Dictionary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  Table,
  TimestampMicrosecond,
  TimestampNanosecond,
  tableFromIPC,
  tableToIPC,
  Uint16,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import type { FormatName } from '../../src/formats/format.js';
import { type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { completeFlights, contractLines, flightNames } from './spoiled-flights.js';
import { writeParquet } from './write-parquet.js';
import { writeTable } from './write-table.js';

const model = join(process.cwd(), 'data-samples', 'models', 'flight-delay.onnx');

const job = (format: FormatName) => `
name: formats
input: { path: input }
model:
  path: ${model}
  outputs: { probability: { from: output_probability, class: 1 } }
${contractLines.replace('key: true', 'missing: flag')}
output: { path: scored, format: ${format}, columns: [flight_id, carrier] }
quality: { max_rejected: null }
audit: true
run: { chunk_bytes: 16KiB, workers: 1, isolation: none }
`;

type Cells = Readonly<Record<string, (string | null)[]>>;

/** Flights with ids beyond 2^53, and in many rows one cell that violates the contract. */
function spoiledFlights(): Cells {
  const rows = completeFlights('2013-01-01').slice(0, 300);
  const cells = Object.fromEntries(
    flightNames.map((name, at) => [name, rows.map((row) => row[at] as string | null)]),
  );
  for (const row of rows.keys()) {
    cells['flight_id']![row] = String(2n ** 53n + 2n * BigInt(row) + 1n);
    const put = (column: string, text: string | null) => (cells[column]![row] = text);
    const ways = [
      () => put('dep_delay', null),
      () => put('dep_delay', '-Infinity'),
      () => put('dep_delay', '98765'),
      () => put('distance', '-999'),
      () => put('distance', '9000'),
      () => put('hour', '99'),
      () => put('sched_arr_time', '9000'),
      () => put('dep_time', '5000'),
      () => put('carrier', 'ZZ'),
      () => put('carrier', 'ua'),
      () => put('carrier', null),
      () => put('origin', 'BOS'),
      () => put('dest', null),
      () => put('tailnum', 'n1'),
      () => put('tailnum', null),
      () => put('time_hour', null),
      () => put('flight', null),
      () => put('flight_id', null),
    ];
    if (row % 2 === 0) ways[(row / 2) % ways.length]!();
  }
  return cells;
}

/** The same cells in types other than the contract's. */
const natural: Readonly<Record<string, string>> = {
  flight_id: 'BIGINT',
  flight: 'INTEGER',
  tailnum: 'VARCHAR',
  time_hour: 'TIMESTAMP',
  carrier: 'VARCHAR',
  origin: 'VARCHAR',
  dest: 'VARCHAR',
};
const odd: Readonly<Record<string, string>> = {
  flight_id: 'UBIGINT',
  flight: 'VARCHAR',
  tailnum: 'BLOB',
  time_hour: 'TIMESTAMPTZ',
  month: 'UTINYINT',
  day: 'USMALLINT',
  dep_time: 'DECIMAL(9,1)',
  sched_dep_time: 'VARCHAR',
  dep_delay: 'DOUBLE',
  sched_arr_time: 'DECIMAL(18,3)',
  distance: 'BIGINT',
  hour: 'TINYINT',
  minute: 'DECIMAL(30,6)',
  carrier: "ENUM('AA','AS','B6','DL','EV','F9','FL','HA','MQ','OO','UA','US','VX','WN','YV','9E','ZZ','ua')",
  origin: 'VARCHAR',
  dest: 'VARCHAR',
};

async function writeTyped(dir: Workdir, name: string, cells: Cells, types: Readonly<Record<string, string>>) {
  const path = dir.write(`input/${name}.parquet`, '');
  await query("set timezone = 'UTC'");
  await writeParquet(
    path,
    Object.entries(cells).map(([column, texts]) => ({
      name: column,
      sqlType: types[column] ?? 'FLOAT',
      cells: texts,
    })),
  );
}

function writeArrow(
  dir: Workdir,
  name: string,
  cells: Cells,
  vectors: Readonly<Record<string, (texts: (string | null)[]) => Vector>>,
) {
  const built = Object.entries(cells).map(
    ([column, texts]) => [column, (vectors[column] ?? float)(texts)] as const,
  );
  dir.write(`input/${name}.arrow`, tableToIPC(new Table(Object.fromEntries(built)), 'file'));
}

const numbers = (texts: (string | null)[]) => texts.map((text) => (text === null ? null : Number(text)));
const whole = (texts: (string | null)[]) => texts.map((text) => (text === null ? null : BigInt(text)));
const float = (texts: (string | null)[]) => vectorFromArray(numbers(texts), new Float32()) as Vector;
const text = (texts: (string | null)[]) => vectorFromArray(texts, new Utf8()) as Vector;
const instants = (texts: (string | null)[]) => texts.map((each) => (each === null ? null : Date.parse(each)));
const plainVectors = {
  flight_id: (texts: (string | null)[]) => vectorFromArray(whole(texts), new Int64()) as Vector,
  flight: (texts: (string | null)[]) => vectorFromArray(numbers(texts), new Int32()) as Vector,
  tailnum: text,
  time_hour: (texts: (string | null)[]) =>
    vectorFromArray(instants(texts), new TimestampMicrosecond()) as Vector,
  carrier: text,
  origin: text,
  dest: text,
};
const oddVectors = {
  ...plainVectors,
  flight: text,
  tailnum: (texts: (string | null)[]) => vectorFromArray(texts, new LargeUtf8()) as Vector,
  time_hour: (texts: (string | null)[]) =>
    vectorFromArray(instants(texts), new TimestampNanosecond()) as Vector,
  month: (texts: (string | null)[]) => vectorFromArray(numbers(texts), new Int8()) as Vector,
  day: (texts: (string | null)[]) => vectorFromArray(numbers(texts), new Uint16()) as Vector,
  dep_delay: (texts: (string | null)[]) => vectorFromArray(numbers(texts), new Float64()) as Vector,
  distance: (texts: (string | null)[]) => vectorFromArray(numbers(texts), new Int16()) as Vector,
  minute: text,
  carrier: (texts: (string | null)[]) =>
    vectorFromArray(texts, new Dictionary(new Utf8(), new Int8())) as Vector,
  dest: (texts: (string | null)[]) =>
    vectorFromArray(texts, new Dictionary(new Utf8(), new Int32())) as Vector,
};

const partitions = ['a-csv', 'b-parquet', 'c-parquet-odd', 'd-arrow', 'e-arrow-odd', 'f-parquet-text'];

async function scoreAll(format: FormatName): Promise<{ dir: Workdir; cells: Cells }> {
  const dir = workdir();
  const cells = spoiledFlights();
  const rows = cells['flight_id']!.map((_, row) => flightNames.map((name) => cells[name]![row]!));
  await writeTable(dir, 'csv', 'input/a-csv', { names: flightNames, rows });
  await writeTyped(dir, 'b-parquet', cells, natural);
  await writeTyped(dir, 'c-parquet-odd', cells, odd);
  writeArrow(dir, 'd-arrow', cells, plainVectors);
  writeArrow(dir, 'e-arrow-odd', cells, oddVectors);
  await writeTable(dir, 'parquet', 'input/f-parquet-text', { names: flightNames, rows });
  const ran = dir.call(['run', dir.write('job.yaml', job(format))]);
  assert.equal(ran.code, 0, ran.stderr);
  return { dir, cells };
}

describe('one table in every format and in types of many kinds, all in one run', () => {
  let scored: ReturnType<typeof scoreAll> | null = null;

  it('has the same scores, statuses and problems, row by row', async () => {
    const { dir } = await (scored ??= scoreAll('parquet'));
    const rowsOf = (partition: string) =>
      query(
        `select _source_row, flight_id::varchar as id, carrier, probability, _row_status, _problems from '${dir.path}/scored/part-${partition}.parquet' order by 1`,
      );
    const expected = await rowsOf('a-csv');
    const statuses = new Set(expected.map((row) => row['_row_status']));
    assert.deepEqual([...statuses].sort(), ['flagged', 'ok', 'repaired']);
    for (const partition of partitions.slice(1))
      assert.deepEqual(await rowsOf(partition), expected, partition);
  });

  it('has the same rejects and the same audit', async () => {
    const { dir } = await (scored ??= scoreAll('parquet'));
    const rejectsOf = (partition: string) =>
      dir
        .read(`scored/_rejects/part-${partition}.ndjson`)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        // A missing cell is an empty text in CSV, and null in Parquet and Arrow.
        .map(({ row, column, code, found, problems }) => ({
          row,
          column,
          code,
          found: found || null,
          problems,
        }));
    const auditOf = (partition: string) =>
      query(
        `select "row", "column", code, found, became from '${dir.path}/scored/_audit/part-${partition}.parquet' order by all`,
      );
    const [rejects, audit] = [rejectsOf('a-csv'), await auditOf('a-csv')];
    assert.ok(
      rejects.length >= 16 && audit.length >= 40,
      `${rejects.length} rejects, ${audit.length} changes`,
    );
    for (const partition of partitions.slice(1)) {
      assert.deepEqual(rejectsOf(partition), rejects, partition);
      assert.deepEqual(await auditOf(partition), audit, partition);
    }
  });

  it('says in the manifest which columns are of another type than in the first file, and how they are read', async () => {
    const { dir } = await (scored ??= scoreAll('parquet'));
    const manifest = JSON.parse(dir.read('scored/_manifest.json')) as {
      partitions: { partition: string; input: { notes: string[] } }[];
    };
    const notes = manifest.partitions.find(({ partition }) => partition === 'c-parquet-odd')!.input.notes;
    for (const column of ['flight', 'dep_time', 'distance', 'carrier', 'minute'])
      assert.ok(
        notes.some((note) => note.includes(`"${column}"`)),
        `${column} in ${notes.join('\n')}`,
      );
  });
});

describe('whole numbers beyond 2^53', () => {
  for (const format of ['csv', 'arrow'] as const) {
    it(`are carried exactly from every format to ${format}`, async () => {
      const { dir, cells } = await scoreAll(format);
      const known = new Set(cells['flight_id']!.filter((id) => id !== null));
      for (const partition of partitions) {
        const path = join(dir.path, 'scored', `part-${partition}.${format}`);
        const ids =
          format === 'csv'
            ? (await query(`select flight_id from read_csv('${path}', all_varchar = true)`)).map(
                (row) => row['flight_id'],
              )
            : [...tableFromIPC(readFileSync(path)).getChild('flight_id')!].map((id) =>
                id === null ? null : String(id),
              );
        const kept = ids.filter((id) => id !== null);
        assert.ok(kept.length > 200);
        for (const id of kept) assert.ok(known.has(id as string), `${partition} has ${id}`);
      }
    });
  }
});
