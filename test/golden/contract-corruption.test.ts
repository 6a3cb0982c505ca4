import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Reject } from '../../src/run/slice/reject-lines.js';
import fc from '../seeded.js';
import { type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import {
  completeFlights,
  contractLines,
  expectedAudit,
  expectedNotes,
  type SpoiledTable,
  spoiledTables,
  type Table,
} from './spoiled-flights.js';
import { writeTable } from './write-table.js';

const isFull = process.env['NIGHTSHIFT_FULL'] === '1';
const models = join(process.cwd(), 'data-samples', 'models');

const packed = `
  inputs: { features: [month, day, dep_time, sched_dep_time, dep_delay, sched_arr_time, distance, hour, minute, carrier, origin, dest] }
  outputs: { probability: { from: probabilities, class: 1 } }`;
const plain = `
  outputs: { probability: { from: output_probability, class: 1 } }`;

function job(model: 'flight-delay' | 'flight-delay-trees'): string {
  const lines = model === 'flight-delay' ? plain : packed;
  // The trees hold no names: instead of `categories: model`, the list of their training is given.
  const listed = readFileSync(join('jobs', 'flight-delay.yaml'), 'utf8');
  const [, carriers = ''] = /carrier: .*categories: (\[[^\]]*\])/.exec(listed) ?? [];
  const [, dests = ''] = /dest:\s[\s\S]*?categories:\s*(\[[^\]]*\])/.exec(listed) ?? [];
  const contract =
    model === 'flight-delay'
      ? contractLines
      : contractLines
          .replace(/(carrier: .*categories: )model/, `$1${carriers}`)
          .replace(/(dest: .*categories: )model/, `$1${dests.replace(/\s+/g, ' ')}`);
  return `
name: spoiled
input: { path: input, csv: { header: true } }
model:
  path: ${join(models, `${model}.onnx`)}${lines}
${contract}
output: { path: scored, columns: [flight_id, carrier, tailnum] }
quality: { max_rejected: null }
audit: true
run: { chunk_bytes: 2KiB, workers: 2 }
`;
}

interface Scored {
  readonly row: number;
  readonly status: string;
  readonly problems: readonly string[];
  readonly probability: number;
}

async function scoredRows(dir: Workdir, partition: string): Promise<Scored[]> {
  const rows = await query(
    `select _source_row::int as row, _row_status as status, _problems as problems, probability from '${dir.path}/scored/part-${partition}.parquet' order by 1`,
  );
  return rows as unknown as Scored[];
}

/** The table with `first` added to its ids. */
function withIds({ names, rows }: Table, first: number): Table {
  const at = names.findIndex((name) => name.trim().toLowerCase() === 'flight_id');
  const moved = (cell: string | null) => (cell === null ? null : String(Number(cell) + first));
  return { names, rows: rows.map((row) => row.with(at, moved(row[at]!))) };
}

function rejectsOf(dir: Workdir, partition: string): Reject[] {
  const text = dir.read(`scored/_rejects/part-${partition}.ndjson`).trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Reject);
}

for (const model of ['flight-delay', 'flight-delay-trees'] as const) {
  describe(`cells of sample flights, spoiled at random and scored with ${model}`, () => {
    const tables: readonly SpoiledTable[] = fc.sample(spoiledTables(completeFlights('2013-01-01'), 60), {
      numRuns: isFull ? 150 : 6,
      seed: model.length,
    });
    const formats = ['csv', 'jsonl', 'parquet', 'arrow'] as const;
    const dir = workdir();
    let ran: Promise<void> | null = null;
    const name = (i: number, kind: string) => `${String(i).padStart(3, '0')}-${kind}`;

    /** All tables in one run: each as it must be read, and spoiled in one of the formats. */
    async function run(): Promise<void> {
      for (const [i, table] of tables.entries()) {
        // Keys are unique in the whole run: no two files share one.
        const first = i * 1_000_000;
        await writeTable(dir, 'csv', `input/${name(i, 'clean')}`, withIds(table.clean, first));
        await writeTable(
          dir,
          'csv',
          `input/${name(i, 'repaired')}`,
          withIds(table.repaired, first + 100_000),
        );
        await writeTable(
          dir,
          formats[i % formats.length]!,
          `input/${name(i, 'spoiled')}`,
          withIds(table.spoiled, first + 200_000),
        );
      }
      const { code, stderr } = dir.call(['run', dir.write('job.yaml', job(model))]);
      assert.equal(code, 0, stderr);
    }

    it('are each found under their code in their row, and no clean cell is', async () => {
      await (ran ??= run());
      for (const [i, table] of tables.entries()) {
        const partition = name(i, 'spoiled');
        const scored = await scoredRows(dir, partition);
        const found = [
          ...scored.filter(({ status }) => status !== 'ok'),
          ...rejectsOf(dir, partition).map(({ row, problems }) => ({ row, status: 'rejected', problems })),
        ].sort((a, b) => a.row - b.row);
        assert.deepEqual(
          found.map(({ row, status, problems }) => `${row} ${status} ${[...problems].sort().join(' ')}`),
          expectedNotes(table),
          partition,
        );
      }
    });

    it('leave the scores of untouched rows as they are, to the bit, and the others score as their repaired values do', async () => {
      await (ran ??= run());
      for (const [i, table] of tables.entries()) {
        const [spoiled, clean, repaired] = await Promise.all(
          ['spoiled', 'clean', 'repaired'].map(async (kind) => {
            const rows = await scoredRows(dir, name(i, kind));
            return new Map(rows.map(({ row, probability }) => [row, probability]));
          }),
        );
        const touched = new Set(table.injections.map(({ row }) => row));
        for (const [row, probability] of spoiled!) {
          assert.equal(probability, repaired!.get(row), `${name(i, 'spoiled')} row ${row}`);
          if (touched.has(row) || table.removed !== null) continue;
          assert.equal(probability, clean!.get(row), `${name(i, 'spoiled')} row ${row}`);
        }
        assert.equal(clean!.size, table.clean.rows.length);
      }
    });

    it('are in the audit as they were found and as they became, and nothing else is', async () => {
      await (ran ??= run());
      for (const [i, table] of tables.entries()) {
        const partition = name(i, 'spoiled');
        const rows = await query(
          `select file, row::int as row, "column", code, found, became from '${dir.path}/scored/_audit/part-${partition}.parquet'`,
        );
        const lines = rows.map(
          ({ row, column, code, found, became }) => `${row} ${column} ${code} ${found} -> ${became}`,
        );
        assert.deepEqual(lines.sort(), expectedAudit(table), partition);
        assert.ok(rows.every(({ file }) => file === `${partition}.${formats[i % formats.length]}`));
      }
    });
  });
}
