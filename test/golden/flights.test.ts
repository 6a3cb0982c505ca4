import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Reject } from '../../src/run/slice/reject-lines.js';
import { days, readDefects } from '../samples/samples.js';
import { inOneProcess, isPublished, lastLine, sampleJob, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

const formats = { parquet: 'read_parquet', csv: 'read_csv', arrow: null } as const;

function scoreDay(
  dir: Workdir,
  name: string,
  day: string,
  replace: readonly (readonly [RegExp | string, string])[] = [inOneProcess],
): string {
  const job = dir.write(
    `${name}.yaml`,
    sampleJob(name, [[/path: \.\.\/scored.*/, `path: ${dir.path}/scored`], ...replace]),
  );
  const ran = dir.call(['run', job, '--date', day]);
  assert.equal(ran.code, 0, ran.stderr);
  return join(dir.path, 'scored');
}

function truth(name: string): string {
  return join(process.cwd(), 'data-samples', 'truth', name);
}

for (const name of ['flight-delay', 'flight-delay-trees']) {
  describe(`the sample job ${name}`, () => {
    for (const day of days) {
      it(`scores ${day} as onnxruntime in Python does, row for row`, async () => {
        const out = scoreDay(workdir(), name, day);
        const isDirty = day === '2013-01-04';
        const reference = truth(`${name}.${day}${isDirty ? '.repaired' : ''}.csv`);
        const [found] = await query(`
          select count(*)::int as rows,
            count(*) filter (ours.label <> py.label)::int as labels,
            coalesce(max(abs(ours.probability - py.probability)), 0)::double as apart,
            (select count(*) from '${out}/part-${day}.parquet')::int as scored,
            (select count(*) from read_csv('${reference}'))::int as expected
          from '${out}/part-${day}.parquet' ours join read_csv('${reference}') py using (flight_id)`);
        assert.ok(found);
        assert.equal(found['labels'], 0);
        assert.ok(Number(found['apart']) <= 1e-6, `probabilities are up to ${found['apart']} apart`);
        assert.deepEqual([found['rows'], found['scored']], [found['expected'], found['expected']]);
      });
    }
  });
}

describe('the dirty day', () => {
  const defects = readDefects();

  it('has every defect found under its own code at its right row, and no other', async () => {
    const dir = workdir();
    const out = scoreDay(dir, 'flight-delay', '2013-01-04');
    const scored = await query(
      `select _source_row::int as row, _row_status as status, _problems as problems from '${out}/part-2013-01-04.parquet' where _row_status <> 'ok'`,
    );
    const lines = dir.read('scored/_rejects/part-2013-01-04.ndjson').trimEnd().split('\n');
    const rejects = lines.map((line) => JSON.parse(line) as Reject);
    const found = [
      ...scored.map(({ row, status, problems }) => `${row} ${status} ${(problems as string[]).join(',')}`),
      ...rejects.map(({ row, problems }) => `${row} rejected ${problems.join(',')}`),
    ];
    const expected = defects
      .filter(({ outcome }) => outcome !== 'skipped')
      .map(
        ({ row, outcome, code, column }) =>
          `${row} ${outcome} ${column === null ? code : `${code}:${column}`}`,
      );
    assert.deepEqual(found.sort(), expected.sort());
    for (const reject of rejects) {
      const defect = defects.find(({ row }) => row === reject.row);
      assert.equal(reject.line, defect?.line);
    }
  });

  it('counts the lines that are no rows, with their places', () => {
    const dir = workdir();
    scoreDay(dir, 'flight-delay', '2013-01-04');
    const summary = JSON.parse(dir.read('scored/_summary.json')) as {
      skipped_lines: { code: string; count: number; lines: { line: number }[] }[];
    };
    const skipped = defects.filter(({ outcome }) => outcome === 'skipped');
    assert.deepEqual(
      summary.skipped_lines.flatMap(({ code, lines }) => lines.map(({ line }) => [code, line])),
      skipped.map(({ code, line }) => [code, line]),
    );
  });

  it('balances: rows read are rows scored and rows rejected', () => {
    const dir = workdir();
    const job = dir.write('job.yaml', sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: scored']]));
    const { rows } = lastLine(dir.call(['run', job, '--date', '2013-01-04']));
    assert.equal(rows.read, rows.scored + rows.rejected);
    assert.equal(rows.rejected, defects.filter(({ outcome }) => outcome === 'rejected').length);
  });
});

describe('the published bytes', () => {
  for (const day of ['2013-01-02', '2013-01-03', '2013-01-04'] as const) {
    it(`of ${day} are the same with 1, 2 and 4 workers, in many small slices`, () => {
      const [one, two, four] = [1, 2, 4].map((workers) => {
        const dir = workdir();
        scoreDay(dir, 'flight-delay', day, [
          ['workers: auto', `workers: ${workers}`],
          ['chunk_bytes: 4MiB', 'chunk_bytes: 16KiB'],
        ]);
        return dir.hashes('scored', isPublished);
      });
      assert.equal(Object.keys(one!).length, 3);
      assert.deepEqual(two, one);
      assert.deepEqual(four, one);
    });
  }
});

describe('the scored file', () => {
  for (const format of Object.keys(formats) as (keyof typeof formats)[]) {
    it(`as ${format} has the right types for a reader that is not ours, and the same scores`, async () => {
      const dir = workdir();
      scoreDay(dir, 'flight-delay', '2013-01-04', [inOneProcess, [/format: parquet.*/, `format: ${format}`]]);
      const reader = formats[format];
      if (reader === null) {
        const { tableFromIPC } = await import('apache-arrow');
        const table = tableFromIPC(readFileSync(join(dir.path, `scored/part-2013-01-04.${format}`)));
        const types = Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)]));
        assert.equal(types['flight_id'], 'Int64');
        assert.equal(types['probability'], 'Float32');
        assert.equal(types['_problems'], 'List<Utf8>');
        return;
      }
      const columns = await query(`describe from ${reader}('${dir.path}/scored/part-2013-01-04.${format}')`);
      const types = Object.fromEntries(columns.map((c) => [String(c['column_name']), c['column_type']]));
      const isCsv = format === 'csv';
      assert.equal(types['flight_id'], 'BIGINT');
      assert.equal(types['label'], 'BIGINT');
      assert.equal(types['flight'], isCsv ? 'BIGINT' : 'INTEGER');
      assert.equal(types['probability'], isCsv ? 'DOUBLE' : 'FLOAT');
      assert.equal(types['_problems'], isCsv ? 'VARCHAR' : 'VARCHAR[]');
      assert.equal(types['_source_row'], 'BIGINT');
    });
  }
});
