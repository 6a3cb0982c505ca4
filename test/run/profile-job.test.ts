import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseBaseline } from '../../src/quality/baseline.js';
import { parseSummary } from '../../src/quality/summary.js';
import { inOneProcess, lastLine, sampleJob, workdir } from '../workdir.js';

const baselineLine = [/^quality:.*$/m, 'quality:\n  baseline: flight-delay.baseline.json'] as const;
const days = join(process.cwd(), 'data-samples', 'flights');

test('profile writes a baseline without keys, rare texts and anything of redacted columns', () => {
  const dir = workdir();
  dir.write('job.yaml', `${sampleJob('flight-delay')}\nredact: [origin]\n`);
  const ran = dir.call(['profile', 'job.yaml', '--date', '2013-01', '--quiet']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /3,615 rows of 4 files/);
  assert.match(ran.stdout, /baseline: flight-delay.baseline.json/);
  const text = dir.read('flight-delay.baseline.json');
  const baseline = parseBaseline(text, 'flight-delay.baseline.json');
  assert.equal(baseline.rows, 3615);
  assert.deepEqual(
    baseline.outputs.map(({ name }) => name),
    ['label', 'probability'],
  );
  assert.ok(!baseline.columns.some(({ name }) => name === 'flight_id'));
  assert.doesNotMatch(text, /EWR|JFK/);
  const carriers = baseline.columns.find(({ name }) => name === 'carrier')!.values!;
  assert.ok(carriers.listed.length > 5);
  for (const [, count] of carriers.listed) assert.ok(count >= 10);
});

test('profile suggests what the job file does not say, as YAML that a job file takes', () => {
  const dir = workdir();
  const bare = sampleJob('flight-delay', [
    inOneProcess,
    [/ {2}dep_delay: .*/, '  dep_delay: { type: float32 }'],
    [/ {2}carrier: .*/, '  carrier: { type: string }'],
  ]);
  dir.write('job.yaml', bare);
  const ran = dir.call(['profile', 'job.yaml', '--date', '2013-01', '--quiet', '--min-count', '1']);
  assert.equal(ran.code, 0, ran.stderr);
  const delay = /^ {2}dep_delay: \{ (.*) \}$/m.exec(ran.stdout)?.[1];
  const carrier = /^ {2}carrier: \{ (.*) \}$/m.exec(ran.stdout)?.[1];
  assert.match(delay!, /range: \[-\d+, \d+\]/);
  assert.match(carrier!, /categories: \[.*"9E".*\]/);
  dir.write(
    'fitted.yaml',
    bare
      .replace('dep_delay: { type: float32 }', `dep_delay: { type: float32, ${delay} }`)
      .replace('carrier: { type: string }', `carrier: { type: string, ${carrier} }`),
  );
  const checked = dir.call(['check', 'fitted.yaml', '--date', '2013-01-01']);
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
});

test('a job that fills from its baseline can be profiled before there is one', () => {
  const dir = workdir();
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      inOneProcess,
      baselineLine,
      [/ {2}distance: .*/, '  distance: { type: float32, missing: { fill: median } }'],
      [/ {2}origin: .*/, '  origin: { type: string, missing: reject, unknown: flag, categories: baseline }'],
    ]),
  );
  const early = dir.call(['run', 'job.yaml', '--date', '2013-01-01', '--output', 'out', '--quiet']);
  assert.equal(early.code, 2);
  assert.match(early.stderr, /nightshift profile/);
  const profiled = dir.call(['profile', 'job.yaml', '--date', '2013-01', '--quiet']);
  assert.equal(profiled.code, 0, profiled.stderr);
  const run = () => dir.call(['run', 'job.yaml', '--date', '2013-01-04', '--output', 'out', '--quiet']);
  const ran = run();
  assert.equal(ran.code, 0, ran.stdout);
  assert.equal(lastLine(run()).partitions.skipped, 1);
  dir.write(
    'flight-delay.baseline.json',
    dir.read('flight-delay.baseline.json').replace(/"p50":\d+/g, '"p50":777'),
  );
  assert.equal(lastLine(run()).partitions.published, 1, 'other fills are other bytes: it is scored again');
});

test('drift closes its gate, is ranked first and is described in words; rows are compared with the run before', () => {
  const dir = workdir();
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      inOneProcess,
      [
        /^quality:.*$/m,
        'quality:\n  baseline: flight-delay.baseline.json\n  max_drift: { warn: 0.1, fail: 0.25 }\n  max_row_change: { warn: 30% }',
      ],
      [/path: .*date\}\*/, `path: ${dir.path}/in/\${date}*`],
      [/path: .*date=.*/, `path: ${dir.path}/out/date=\${date}`],
    ]),
  );
  for (const day of ['2013-01-01.csv', '2013-01-02.parquet', '2013-01-03.arrow'])
    dir.write(`training/${day}`, readFileSync(join(days, day)));
  const profiled = dir.call(['profile', 'job.yaml', '--date', '2013', '--input', 'training', '--quiet']);
  assert.equal(profiled.code, 0, profiled.stderr);
  const first = readFileSync(join(days, '2013-01-01.csv'), 'utf8');
  dir.write('in/2013-01-01.csv', first);
  const good = dir.call(['run', 'job.yaml', '--date', '2013-01-01', '--quiet']);
  assert.equal(good.code, 0, good.stdout);

  const [header, ...rows] = first.trimEnd().split('\n');
  const delay = header!.split(',').indexOf('dep_delay');
  const late = rows
    .filter((_, i) => i % 5 < 3)
    .map((row) => {
      const cells = row.split(',');
      if (cells[delay] !== '') cells[delay] = String(Number(cells[delay]) + 45);
      return cells.join(',');
    });
  dir.write('in/2013-01-02.csv', `${[header, ...late].join('\n')}\n`);
  const moved = dir.call(['run', 'job.yaml', '--date', '2013-01-02', '--quiet']);
  assert.equal(moved.code, 3, moved.stdout);
  assert.equal(lastLine(moved).reason, 'gate-failed');
  const summary = parseSummary(dir.read('out/date=2013-01-02/_summary.json'))!;
  assert.equal(summary.verdict.level, 'bad');
  assert.match(summary.verdict.sentence, /dep_delay/);
  const drift = summary.gates.find(({ gate, column }) => gate === 'max_drift' && column === 'dep_delay')!;
  assert.equal(drift.passed, false);
  const change = summary.gates.find(({ gate }) => gate === 'max_row_change')!;
  assert.equal(change.passed, false);
  assert.match(change.sentence, /506 rows read, 842 rows in the previous run/);
  assert.equal(summary.columns.find(({ name }) => name === 'day')!.drift!.watched, false);
});
