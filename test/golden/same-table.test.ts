import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { Float64, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import type { Reject } from '../../src/run/slice/reject-lines.js';
import { inOneProcess, lastLine, sampleJob, type Workdir, workdir } from '../workdir.js';

/** Cells that are spoiled, by row from 1: what a column of strings can hold in any format. */
const spoiled: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  3: { dep_delay: 'abc' },
  7: { dep_delay: 'N/A' },
  11: { dep_delay: '1,234' },
  12: { sched_dep_time: ' 517 ' },
  20: { carrier: 'ZZ' },
  21: { carrier: '' },
  30: { dep_delay: '9999' },
  31: { dep_delay: '-500' },
  40: { month: '13' },
  50: { flight_id: '' },
  51: { flight_id: 'x12' },
  60: { flight: '99999999999' },
  61: { flight: '12.5' },
  70: { distance: '1e3' },
  71: { distance: 'NaN' },
  72: { distance: 'Infinity' },
  80: { tailnum: 'N/A' },
  81: { dest: 'null' },
  90: { origin: ' EWR' },
  91: { hour: '０５' },
};

const [header, ...lines] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8').trimEnd().split('\n');
const names = header!.split(',');
const rows = lines.map((line, i) => {
  const cells = line.split(',');
  return names.map((name, column) => spoiled[i + 1]?.[name] ?? cells[column]!);
});

/** Of the spoiled table, what a column of numbers can hold too. */
const typedRows = lines.map((line) => line.split(','));
typedRows[4]![names.indexOf('dep_delay')] = '9999';
typedRows[5]![names.indexOf('month')] = '13';
typedRows[6]![names.indexOf('distance')] = '';
typedRows[7]![names.indexOf('carrier')] = 'ZZ';
typedRows[8]![names.indexOf('dest')] = '';

async function sql(text: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const found = (await connection.runAndReadAll(text)).getRowsJson() as unknown[][];
  connection.closeSync();
  return found;
}

function csvOf(table: readonly (readonly string[])[]): string {
  const cell = (text: string) => (text.includes(',') ? `"${text}"` : text);
  return `${[names, ...table].map((row) => row.map(cell).join(',')).join('\n')}\n`;
}

/** An Arrow table of strings, or with numbers where all of a column's cells are; an empty cell is null. */
function arrowOf(table: readonly (readonly string[])[], typed: boolean): Table {
  const columns = names.map((name, column) => {
    const cells = table.map((row) => row[column]!).map((text) => (text === '' ? null : text));
    const isNumber = typed && cells.every((text) => text === null || Number.isFinite(Number(text)));
    const vector = isNumber
      ? vectorFromArray(
          cells.map((text) => (text === null ? null : Number(text))),
          new Float64(),
        )
      : vectorFromArray(cells, new Utf8());
    return [name, vector] as const;
  });
  return new Table(Object.fromEntries(columns));
}

/** JSON Lines of strings, or with numbers where a cell is one; an empty cell is null. */
function linesOf(table: readonly (readonly string[])[], typed: boolean): string {
  const value = (text: string) =>
    text === '' ? null : typed && Number.isFinite(Number(text)) ? Number(text) : text;
  return table
    .map((row) => `${JSON.stringify(Object.fromEntries(names.map((name, i) => [name, value(row[i]!)])))}\n`)
    .join('');
}

/** Everything a run says about an input's rows: scores, status and problems, rejects, counts. */
async function scored(dir: Workdir, input: string) {
  const out = `scored-${input}`;
  const job = dir.write(
    `${input}.yaml`,
    sampleJob('flight-delay', [
      inOneProcess,
      [/path: .*flights.*/, `path: ${input}`],
      [/path: \.\.\/scored.*/, `path: ${out}`],
      [/^( {2}(?:dep_delay|tailnum): +\{)/gm, '$1 null_values: ["", N/A, "null"],'],
      [/^ {2}dest:$/m, '  dest:\n    null_values: ["", N/A, "null"]'],
      ['max_rejected: 1%', 'max_rejected: 50%'],
      ['chunk_bytes: 4MiB', 'chunk_bytes: 32KiB'],
    ]),
  );
  const ran = dir.call(['run', job]);
  assert.equal(ran.code, 0, ran.stderr);
  const { output, rows: counts } = lastLine(ran);
  const name = input.split('.')[0]!;
  const table = await sql(`select * exclude (_source_file) from '${output}/part-${name}.parquet'`);
  const rejects = readFileSync(join(output, `_rejects/part-${name}.ndjson`), 'utf8')
    .trimEnd()
    .split('\n');
  return {
    counts,
    table,
    rejects: rejects
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Reject)
      .map(({ row, column, code, problems }) => ({ row, column, code, problems })),
  };
}

describe('the same spoiled table, all strings', () => {
  const dir = workdir();
  let asCsv: Awaited<ReturnType<typeof scored>>;
  before(async () => {
    const path = dir.write('day.csv', csvOf(rows));
    await sql(
      `copy (from read_csv('${path}', all_varchar = true, nullstr = '', quote = '"')) to '${dir.path}/day.parquet' (row_group_size 2048)`,
    );
    dir.write('day.arrow', tableToIPC(arrowOf(rows, false), 'file'));
    dir.write('day.arrows', tableToIPC(arrowOf(rows, false), 'stream'));
    dir.write('day.jsonl', linesOf(rows, false));
    asCsv = await scored(dir, 'day.csv');
  });

  it('has its bad cells found in CSV', () => {
    assert.equal(asCsv.counts.read, 842);
    assert.ok(asCsv.counts.rejected >= 3, JSON.stringify(asCsv.counts));
    assert.ok(asCsv.counts.flagged >= 8, JSON.stringify(asCsv.counts));
  });

  for (const input of ['day.parquet', 'day.arrow', 'day.arrows', 'day.jsonl']) {
    it(`has the same scores, statuses, problems and rejects as ${input}`, async () => {
      const found = await scored(dir, input);
      assert.deepEqual(found.counts, asCsv.counts);
      assert.deepEqual(found.rejects, asCsv.rejects);
      assert.deepEqual(found.table, asCsv.table);
    });
  }
});

describe('the same table with numbers as numbers', () => {
  const dir = workdir();

  it('has the same scores, statuses and problems in every format', async () => {
    const path = dir.write('typed.csv', csvOf(typedRows));
    await sql(`copy (from read_csv('${path}')) to '${dir.path}/typed.parquet' (row_group_size 2048)`);
    dir.write('typed.arrow', tableToIPC(arrowOf(typedRows, true), 'file'));
    dir.write('typed.jsonl', linesOf(typedRows, true));
    const asCsv = await scored(dir, 'typed.csv');
    assert.ok(asCsv.counts.flagged > 4);
    for (const input of ['typed.parquet', 'typed.arrow', 'typed.jsonl'])
      assert.deepEqual(await scored(dir, input), asCsv);
  });
});
