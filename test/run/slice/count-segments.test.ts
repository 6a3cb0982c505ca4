import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Summary } from '../../../src/quality/summary.js';
import { seededRandom } from '../../quality/made-columns.js';
import { inOneProcess, lastLine, sampleJob, type Workdir, workdir } from '../../workdir.js';

const header =
  'flight_id,year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour';

interface Made {
  readonly rows: number;
  readonly seed: number;
  /** Minutes that flights of DL are late by. */
  readonly late?: number;
  /** The share of flights that are long. */
  readonly long?: number;
}

/** A day of made flights as CSV. */
function flights({ rows, seed, late = 0, long = 0.3 }: Made): string {
  const random = seededRandom(seed);
  const lines = Array.from({ length: rows }, (_, i) => {
    const carrier = ['UA', 'B6', 'DL', 'AA'][Math.floor(4 * random())]!;
    const delay = Math.round(10 * random()) + (carrier === 'DL' ? late : 0);
    const distance = random() < long ? 2000 + Math.floor(400 * random()) : 200 + Math.floor(600 * random());
    const hour = 6 + Math.floor(14 * random());
    return `${i + 1},2013,1,4,${hour * 100},${hour * 100},${delay},1200,1200,0,${carrier},${100 + (i % 50)},N1,JFK,LAX,100,${distance},${hour},0,2013-01-04T10:00:00Z`;
  });
  return `${header}\n${lines.join('\n')}\n`;
}

/** The sample job over these flights with slices, and what else its `quality` says. */
function job(
  dir: Workdir,
  name: string,
  slices: string,
  more = '',
  chunk = '2MiB',
  how: readonly (readonly [RegExp, string])[] = [inOneProcess],
): string {
  return dir.write(
    `${name}.yaml`,
    sampleJob('flight-delay', [
      [/path: \S*data-samples\/flights.*/, `path: ${dir.path}/\${date}.csv`],
      [/path: \.\.\/scored.*/, `path: ${dir.path}/${name}`],
      ['  min_rows: 100', `  slices: ${slices}\n${more}`],
      ['chunk_bytes: 4MiB', `chunk_bytes: ${chunk}`],
      ...how,
    ]),
  );
}

function summaryOf(dir: Workdir, path: string, ...more: string[]): Summary {
  const ran = dir.call(['run', path, '--date', '2013-01-04', ...more]);
  assert.ok(ran.code === 0 || ran.code === 3, ran.stderr);
  return JSON.parse(readFileSync(lastLine(ran).summary!, 'utf8')) as Summary;
}

describe('quality.slices', () => {
  it('counts rows by value and by condition, problems and scores with them', () => {
    const dir = workdir();
    const csv = flights({ rows: 2000, seed: 1 }).replace(/,DL,/, ',ZZ,');
    dir.write('2013-01-04.csv', csv);
    const { slices, rows } = summaryOf(
      dir,
      job(dir, 'a', '[carrier, "distance > 1000", "is_missing(dep_delay)"]'),
    );
    const lines = csv.trim().split('\n').slice(1);
    const count = (label: string) => slices.find((slice) => slice.label === label)?.rows.read;
    for (const carrier of ['UA', 'B6', 'DL', 'AA'])
      assert.equal(count(`carrier=${carrier}`), lines.filter((line) => line.includes(`,${carrier},`)).length);
    const long = lines.filter((line) => Number(line.split(',')[16]) > 1000).length;
    assert.equal(count('distance > 1000'), long);
    assert.equal(count('is_missing(dep_delay)'), undefined, 'a slice without a row is none');
    const byCarrier = slices.filter(({ slice }) => slice === 'carrier');
    assert.equal(
      byCarrier.reduce((sum, slice) => sum + slice.rows.read, 0),
      rows.read,
    );
    const strange = byCarrier.find(({ problems }) => problems.length > 0);
    assert.deepEqual(strange?.problems, [
      { code: 'unknown-category', column: 'carrier', outcome: 'flagged', count: 1 },
    ]);
    assert.deepEqual(
      slices[0]!.scores.map(({ name }) => name),
      ['label', 'probability'],
    );
  });

  it('is the same for any number of workers', () => {
    const dir = workdir();
    dir.write('2013-01-04.csv', flights({ rows: 12_000, seed: 2 }));
    const slices = (name: string, workers: string) =>
      summaryOf(dir, job(dir, name, '[carrier, origin, "hour < 9"]', '', '64KiB', []), '--workers', workers)
        .slices;
    assert.deepEqual(slices('one', '1'), slices('two', '2'));
  });

  it('compares a slice with the baseline’s same slice and names it', () => {
    const dir = workdir();
    dir.write('2013-01-04.csv', flights({ rows: 8000, seed: 3 }));
    const training = job(dir, 'p', '[carrier, "distance > 1000"]');
    const baseline = `${dir.path}/b.json`;
    const profiled = dir.call(['profile', training, '--date', '2013-01-04', '-o', baseline]);
    assert.equal(profiled.code, 0, profiled.stderr);
    dir.write('2013-01-04.csv', flights({ rows: 8000, seed: 4 }));
    const path = job(dir, 'b', '[carrier, "distance > 1000"]', `  baseline: ${baseline}\n`);
    const calm = summaryOf(dir, path, '--force');
    assert.deepEqual(
      calm.slices.filter(({ moved }) => moved.length > 0),
      [],
    );
    dir.write('2013-01-04.csv', flights({ rows: 8000, seed: 5, late: 6, long: 0.75 }));
    const { slices, findings } = summaryOf(dir, path, '--force');
    assert.equal(slices[0]!.label, 'carrier=DL');
    assert.ok(slices[0]!.moved.some(({ column }) => column === 'dep_delay'));
    const sentences = findings.map(({ sentence }) => sentence);
    assert.ok(
      sentences.some((sentence) => sentence.startsWith('carrier=DL: ')),
      sentences.join('\n'),
    );
    assert.ok(sentences.some((sentence) => /^distance > 1000: 7\d % of the rows, \d\d % in/.test(sentence)));
  });

  it('folds all but the most frequent values of a column', () => {
    const dir = workdir();
    dir.write('2013-01-04.csv', flights({ rows: 3000, seed: 6 }));
    const { slices } = summaryOf(dir, job(dir, 'a', '[flight, "hour < 9"]'));
    assert.equal(slices.length, 20);
    assert.equal(slices.filter(({ kind }) => kind === 'value').length, 18);
    const others = slices.find(({ kind }) => kind === 'others')!;
    assert.equal(others.label, 'flight: all others');
    assert.ok(others.rows.read > 1000);
  });

  for (const [slices, said] of [
    [
      '["distence > 1000"]',
      /slice "distence > 1000" names a column that the contract does not have: distence/,
    ],
    ['[carier]', /slice "carier" names a column/],
    ['["distance"]', null],
    ['["distance + 1"]', /slice "distance \+ 1" must be true or false/],
    ['[""]', /must not be empty/],
  ] as const) {
    it(`${said === null ? 'takes' : 'refuses'} ${slices}`, () => {
      const dir = workdir();
      dir.write('2013-01-04.csv', flights({ rows: 200, seed: 7 }));
      const ran = dir.call(['check', job(dir, 'a', slices), '--date', '2013-01-04']);
      assert.equal(ran.code, said === null ? 0 : 2, ran.stderr);
      if (said !== null) assert.match(ran.stdout + ran.stderr, said);
    });
  }
});
