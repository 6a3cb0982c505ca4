import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parseSummary, type Summary } from '../../src/quality/summary.js';
import { inOneProcess, sampleJob, workdir } from '../workdir.js';

// The summary of a real run against DuckDB: a day of CSV is the baseline, a day of Parquet is scored.

const days = join(process.cwd(), 'data-samples', 'flights');
const first = `read_csv('${join(days, '2013-01-01.csv')}', nullstr='', all_varchar=false)`;
const second = `read_parquet('${join(days, '2013-01-02.parquet')}')`;

const numbers = [
  'dep_time',
  'sched_dep_time',
  'dep_delay',
  'sched_arr_time',
  'distance',
  'hour',
  'minute',
  'flight',
  'flight_id',
];
const texts = ['carrier', 'origin', 'dest'];

const instance = await DuckDBInstance.create();
const connection = await instance.connect();
let summary: Summary;

before(() => {
  const dir = workdir();
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      inOneProcess,
      [/^quality:.*$/m, 'quality:\n  baseline: flight-delay.baseline.json'],
      [/path: .*date=.*/, `path: ${dir.path}/out`],
    ]),
  );
  const profiled = dir.call(['profile', 'job.yaml', '--date', '2013-01-01', '--quiet']);
  assert.equal(profiled.code, 0, profiled.stderr);
  const ran = dir.call(['run', 'job.yaml', '--date', '2013-01-02', '--quiet']);
  assert.equal(ran.code, 0, ran.stderr);
  summary = parseSummary(dir.read('out/_summary.json'))!;
});

after(() => connection.closeSync());

async function rowsOf(sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

function columnOf(name: string): Summary['columns'][number] {
  return [...summary.columns, ...summary.outputs].find((column) => column.name === name)!;
}

for (const name of numbers) {
  test(`count, missing, least, greatest and mean of ${name} equal DuckDB's, quantiles are within their error`, async () => {
    const { raw } = columnOf(name);
    const [row] = await rowsOf(
      `SELECT count(*), count(*) - count(${name}), min(${name})::DOUBLE, max(${name})::DOUBLE, avg(${name}::DOUBLE), stddev_samp(${name}::DOUBLE) FROM ${second}`,
    );
    const [rows, missing, min, max, mean, std] = row!.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    assert.deepEqual([raw.rows, raw.missing + raw.nan, raw.min, raw.max], [rows, missing, min, max]);
    assert.ok(Math.abs((raw.mean as number) - mean) <= 1e-12 * Math.abs(mean));
    assert.ok(Math.abs(raw.std! - std) <= 1e-9 * std);
    for (const [point, found] of Object.entries(raw.quantiles!)) {
      const share = Number(point.slice(1)) / 100;
      const [[exact]] = (await rowsOf(
        `SELECT list_sort(list(${name}::DOUBLE))[floor(${share} * (count(${name}) - 1))::BIGINT + 1] FROM ${second} WHERE ${name} IS NOT NULL`,
      )) as [[number]];
      const error = Math.abs((found as number) - exact);
      assert.ok(error <= raw.quantile_error! * Math.abs(exact), `${point}: ${found} for ${exact}`);
    }
  });
}

for (const name of texts) {
  test(`the values of ${name} are counted as DuckDB counts them`, async () => {
    const { raw } = columnOf(name);
    const counted = await rowsOf(
      `SELECT ${name}, count(*)::INT FROM ${second} WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
    );
    assert.deepEqual(
      raw.top!.map(({ value, count }) => [value, count]),
      counted,
    );
    const [[distinct]] = (await rowsOf(`SELECT count(DISTINCT ${name})::INT FROM ${second}`)) as [[number]];
    assert.equal(raw.distinct, distinct);
  });
}

/** Half a value is added to each bin, as docs/quality.md says. */
function psiOfCounts(before: readonly number[], now: readonly number[]): number {
  const share = (counts: readonly number[], i: number) =>
    (counts[i]! + 0.5) / (counts.reduce((sum, count) => sum + count, 0) + counts.length / 2);
  return before.reduce((sum, _, i) => {
    const [p, q] = [share(now, i), share(before, i)];
    return sum + (p - q) * Math.log(p / q);
  }, 0);
}

for (const name of ['dep_time', 'dep_delay', 'distance', 'sched_arr_time', 'hour']) {
  test(`PSI of ${name} is within 1 % of the raw data's over the same bins, and the bins are about tenths`, async () => {
    const { bins, figures } = columnOf(name).drift!;
    const edges = bins!.edges!;
    const counts = async (table: string) => {
      const bin = edges.map((edge) => `(${name} >= ${edge})::INT`).join(' + ');
      const found = new Map(
        (await rowsOf(`SELECT ${bin}, count(*)::INT FROM ${table} WHERE ${name} IS NOT NULL GROUP BY 1`)) as [
          number,
          number,
        ][],
      );
      return Array.from({ length: edges.length + 1 }, (_, i) => found.get(i) ?? 0);
    };
    const [before, now] = [await counts(first), await counts(second)];
    const psi = figures.find(({ measure }) => measure === 'psi')!.figure;
    const reference = psiOfCounts(before, now);
    assert.ok(Math.abs(psi - reference) <= 0.01 * reference, `${psi} for ${reference}`);
    assert.ok(edges.length >= 7 && edges.length <= 12, `${edges.length} edges`);
  });
}

for (const name of texts) {
  test(`PSI of ${name} is within 1 % of the raw data's`, async () => {
    const { bins, figures } = columnOf(name).drift!;
    const labels = bins!.labels!;
    const counts = async (table: string) => {
      const found = new Map(
        (await rowsOf(
          `SELECT ${name}, count(*)::INT FROM ${table} WHERE ${name} IS NOT NULL GROUP BY 1`,
        )) as [string, number][],
      );
      const named = labels.map((label) => found.get(label.replace(/ and other$/, '')) ?? 0);
      const rest =
        [...found.values()].reduce((sum, count) => sum + count, 0) -
        named.reduce((sum, count) => sum + count, 0);
      named[named.length - 1]! += rest;
      return named;
    };
    const psi = figures.find(({ measure }) => measure === 'psi')!.figure;
    const reference = psiOfCounts(await counts(first), await counts(second));
    assert.ok(Math.abs(psi - reference) <= 0.01 * reference, `${psi} for ${reference}`);
  });
}

test('the sample job is shipped with a baseline, and a day of the year it was made from is like it', () => {
  const dir = workdir();
  const job = join(process.cwd(), 'jobs', 'flight-delay.yaml');
  const ran = dir.call(['run', job, '--date', '2013-01-04', '--quiet', '--output', `${dir.path}/out`]);
  assert.equal(ran.code, 0, ran.stderr);
  const { verdict, findings, baseline, columns, outputs } = parseSummary(dir.read('out/_summary.json'))!;
  assert.equal(verdict.level, 'check');
  assert.deepEqual(
    findings.flatMap(({ level, code }) => (level === 'note' ? [] : [code])),
    ['truncated-row', 'repeated-header'],
    'the day was spoiled on purpose; its drift is moderate, and month and day are not compared',
  );
  assert.deepEqual([baseline!.rows, baseline!.same_model], [336_776, true]);
  const compared = [...columns, ...outputs].flatMap(({ name, drift }) => (drift === null ? [] : [name]));
  assert.equal(compared.length, columns.length + outputs.length - 1, 'all but the key');
  dir.remove();
});

test('what is not scored to its end is compared as far as it got, and no gate of the run is asked', () => {
  const dir = workdir();
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      inOneProcess,
      [/path: .*\$\{date\}\*.*/, `path: [${days}/2013-01-01.csv, ${days}/2013-01-02.parquet]`],
      [/^quality:.*$/m, `quality:\n  baseline: ${process.cwd()}/data-samples/baselines/flight-delay.json`],
      [/path: .*date=.*/, 'path: date=2013-01-02'],
    ]),
  );
  const before = { ...summary.trend.runs.at(-1)!, run_id: 'the day before', level: 'good' };
  const past = { ...summary, trend: { ...summary.trend, runs: [before] } };
  dir.write('date=2013-01-01/_summary.json', JSON.stringify(past));
  const ran = dir.call(['run', 'job.yaml', '--partition', '2013-01-02', '--quiet']);
  assert.equal(ran.code, 0, ran.stderr);
  const part = parseSummary(dir.read('date=2013-01-02/_summary.json'))!;
  assert.equal(part.partitions.not_finished, 1);
  assert.deepEqual(part.gates, []);
  assert.deepEqual(
    part.trend.runs.map(({ run_id }) => run_id),
    ['the day before', part.run_id],
  );
  const delay = part.columns.find(({ name }) => name === 'dep_delay')!;
  assert.equal(delay.drift!.level, 'moderate');
  dir.remove();
});
