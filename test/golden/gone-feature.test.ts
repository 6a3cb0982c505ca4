import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parseSummary, type Summary } from '../../src/quality/summary.js';
import { inOneProcess, lastLine, type Ran, sampleJob, type Workdir, workdir } from '../workdir.js';

// A day without one feature, with another empty and a third constant, whose secrets must stay withheld.

const day = join(process.cwd(), 'data-samples', 'flights', '2013-01-01.csv');

let dir: Workdir;

before(() => {
  dir = workdir();
  const job = sampleJob('flight-delay', [
    inOneProcess,
    [/path: .*date\}\*/, `path: ${dir.path}/in/\${date}.csv`],
    [/path: .*date=.*/, `path: ${dir.path}/out/date=\${date}`],
    [/ {2}distance: .*/, '  distance: { type: float32, absent: missing }'],
    [/ {2}dep_delay: .*/, '  dep_delay: { type: float32 }'],
  ]);
  dir.write(
    'job.yaml',
    `${job.replace(/^quality:.*$/m, 'quality:\n  empty_features: ignore')}\nredact: [tailnum, dest]\n`,
  );
  dir.write(
    'watched.yaml',
    job.replace(
      /^quality:.*$/m,
      'quality:\n  empty_features: ignore\n  baseline: flight-delay.baseline.json',
    ),
  );
  dir.write('strict.yaml', `${job}\nmax_degraded: 2\n`);
  const [header, ...rows] = readFileSync(day, 'utf8').trimEnd().split('\n');
  const names = header!.split(',');
  dir.write('in/2013-01-01.csv', readFileSync(day));
  const columnOf = (name: string) => names.indexOf(name);
  const spoiled = [names, ...rows.map((row) => row.split(','))].map((cells, i) => {
    if (i > 0) {
      cells[columnOf('dep_delay')] = '';
      cells[columnOf('origin')] = 'JFK';
    }
    return cells.filter((_, at) => at !== columnOf('distance')).join(',');
  });
  dir.write('in/2013-01-02.csv', `${spoiled.join('\n')}\n`);
});

function run(job: string, date: string): Ran {
  return dir.call(['run', job, '--date', date, '--quiet', '--force']);
}

function summaryOf(date: string): Summary {
  return parseSummary(dir.read(`out/date=${date}/_summary.json`))!;
}

test('features that are absent, empty or constant are reported, by name, without a baseline', () => {
  const ran = run('job.yaml', '2013-01-02');
  assert.equal(ran.code, 0, ran.stdout);
  const summary = summaryOf('2013-01-02');
  assert.equal(summary.verdict.level, 'check');
  const sentences = summary.findings.map(({ level, sentence }) => `${level}: ${sentence}`);
  assert.ok(sentences.includes('check: feature distance is absent'), sentences.join('\n'));
  assert.ok(sentences.includes('check: feature dep_delay has no values'), sentences.join('\n'));
  assert.ok(sentences.includes('note: feature origin has the same value in every row'), sentences.join('\n'));
});

test('against a baseline they have disappeared, before all other drift', () => {
  const profiled = dir.call(['profile', 'watched.yaml', '--date', '2013-01-01', '--quiet']);
  assert.equal(profiled.code, 0, profiled.stderr);
  run('watched.yaml', '2013-01-02');
  const summary = summaryOf('2013-01-02');
  const gone = summary.columns.filter(({ drift }) =>
    drift?.figures.some(({ measure }) => measure === 'disappeared'),
  );
  assert.deepEqual(gone.map(({ name }) => name).sort(), ['dep_delay', 'distance', 'origin']);
  for (const { drift } of gone) assert.equal(drift!.importance, 3);
  const firstThree = summary.findings
    .filter(({ about, name }) => (about === 'drift' || about === 'gate') && name !== 'label')
    .slice(0, 3);
  assert.deepEqual(firstThree.map(({ name }) => name).sort(), ['dep_delay', 'distance', 'origin']);
});

test('more of them than max_degraded allows are refused', () => {
  const ran = run('strict.yaml', '2013-01-02');
  assert.equal(ran.code, 3, ran.stdout);
  const { partitions, rows } = lastLine(ran);
  assert.equal(partitions.published, 0);
  assert.deepEqual([rows.read, rows.scored + rows.rejected], [842, 842]);
  assert.match(
    summaryOf('2013-01-02').verdict.sentence,
    /features degraded, more than 2.*distance is absent/,
  );
});

test('no value of a redacted column stands in the summary, the page, the records or on the terminal', () => {
  const ran = dir.call(['run', 'job.yaml', '--date', '2013-01-01', '--force']);
  assert.equal(ran.code, 0, ran.stdout);
  const values = new Set<string>();
  const [header, ...rows] = readFileSync(day, 'utf8').trimEnd().split('\n');
  for (const name of ['tailnum', 'dest']) {
    const at = header!.split(',').indexOf(name);
    for (const row of rows) values.add(row.split(',')[at]!);
  }
  values.delete('');
  // Airports that are also origins, or words of the page's own, prove nothing.
  const secrets = [...values].filter((value) => !/^(EWR|JFK|LGA)$/.test(value));
  const left = [
    dir.read('out/date=2013-01-01/_summary.json'),
    dir.read('out/date=2013-01-01/_summary.html'),
    dir.read('out/date=2013-01-01/_nightshift/partitions/2013-01-01.json'),
    ran.stdout + ran.stderr,
  ];
  assert.ok(secrets.length > 500);
  for (const text of left) {
    const words = new Set(text.match(/[A-Za-z0-9]+/g));
    assert.deepEqual(
      secrets.filter((value) => words.has(value)),
      [],
    );
  }
});
