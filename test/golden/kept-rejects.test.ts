import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Reject } from '../../src/run/slice/reject-lines.js';
import { lastLine, sampleJob, type Workdir, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';
import { writeParquet } from './write-parquet.js';

// A partition that a gate holds back is not published; its rejects cannot be mistaken for published ones.

const day = join(process.cwd(), 'data-samples', 'flights', '2013-01-01.csv');
const kept = 'out/_nightshift/partitions/2013-01-01.rejects.ndjson';

/**
 * A day with every third American flight by QQQ, every fourth United delay unreadable, some carriers missing.
 */
function spoiledJob(dir: Workdir, quality = 'quality:'): void {
  const [header, ...rows] = readFileSync(day, 'utf8').trimEnd().split('\n');
  const spoiled = rows.map((row, i) => {
    const cells = row.split(',');
    if (i % 3 === 0 && cells[10] === 'AA') cells[10] = 'QQQ';
    else if (i % 4 === 0 && cells[10] === 'UA') cells[6] = 'late';
    else if (i % 40 === 1) cells[10] = 'NA';
    return cells.join(',');
  });
  dir.write('in/2013-01-01.csv', `${[header, ...spoiled].join('\n')}\n`);
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      [/path: .*date\}\*/, `path: in/\${date}*`],
      [/path: .*date=.*/, 'path: out'],
      [/unknown: flag, categories: \["9E"/, 'unknown: reject, categories: ["9E"'],
      [/dep_delay: \{ type: float32, missing: flag/, 'dep_delay: { type: float32, missing: reject'],
      [/^quality:.*$/m, quality],
    ]),
  );
}

function rejectsOf(dir: Workdir): Reject[] {
  return dir
    .read(kept)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reject);
}

for (const [what, quality, limit] of [
  ['a partition', 'quality:', '1%'],
  ['the run', 'quality:\n  max_row_change: { fail: 50% }', '1000'],
] as const) {
  test(`rejects are kept whole when a gate of ${what} closes, with what the cells said`, () => {
    const dir = workdir();
    try {
      spoiledJob(dir, quality);
      const text = dir.read('job.yaml').replace('max_rejected: 1%', `max_rejected: ${limit}`);
      dir.write('job.yaml', limit === '1%' ? text : text.replace('min_rows: 100', 'min_rows: 10000'));
      const ran = dir.call(['run', 'job.yaml', '--date', '2013-01-01']);
      assert.equal(ran.code, 3, ran.stderr);
      const report = lastLine(ran);
      const rejects = rejectsOf(dir);
      assert.equal(rejects.length, report.rows.rejected);
      assert.match(report.hint!, /_nightshift\/partitions\/2013-01-01\.rejects\.ndjson/);
      const found = (code: string, column: string) => [
        ...new Set(
          rejects.filter((one) => one.code === code && one.column === column).map((one) => one.found),
        ),
      ];
      assert.deepEqual(found('unknown-category', 'carrier'), ['QQQ']);
      assert.deepEqual(found('missing', 'carrier'), ['NA']);
      assert.ok(found('missing', 'dep_delay').includes('late'), String(found('missing', 'dep_delay')));
      assert.ok(rejects.every((one) => one.found !== null));
      assert.equal(existsSync(join(dir.path, 'out/_rejects/part-2013-01-01.ndjson')), false);

      dir.write('in/2013-01-01.csv', readFileSync(day));
      dir.write('job.yaml', dir.read('job.yaml').replace(/min_rows: \d+/, 'min_rows: 1'));
      const again = dir.call(['run', 'job.yaml', '--date', '2013-01-01']);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(existsSync(join(dir.path, kept)), false);
    } finally {
      dir.remove();
    }
  });
}

test('the message of a gate names what was rejected', () => {
  const dir = workdir();
  try {
    spoiledJob(dir);
    const report = lastLine(dir.call(['run', 'job.yaml', '--date', '2013-01-01']));
    assert.match(
      report.error!.message,
      /rejected: \d+ of 842 rows .*; mostly .* of (carrier|dep_delay), such as "(QQQ|late)"/,
    );
  } finally {
    dir.remove();
  }
});

test('a reject of Parquet says what the cell said: no value, and texts that only mean one', async () => {
  const dir = workdir();
  try {
    dir.write('m.onnx', await echoModel('x', 'y'));
    const cells = [null, 'null', '', 'NA', '-', '1'] as const;
    await writeParquet(join(dir.path, 'a.parquet'), [
      { name: 'X', sqlType: 'varchar', cells },
      { name: 'y', sqlType: 'double', cells: ['2', '2', '2', '2', '2', 'nan'] },
    ]);
    const ran = runJob(dir, {
      input: { path: 'a.parquet' },
      columns: {
        x: { type: 'float32', source: 'X', missing: 'reject', null_values: ['null', '', 'NA'] },
        y: { type: 'float32', missing: 'reject' },
      },
      quality: { max_rejected: '100%', empty_features: 'ignore' },
    });
    assert.equal(ran.code, 0, ran.stderr);
    const rejects = dir
      .read('out/_rejects/part-a.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Reject);
    assert.deepEqual(
      rejects.map(({ row, column, found }) => [row, column, found]),
      [
        [1, 'x', null],
        [2, 'x', 'null'],
        [3, 'x', ''],
        [4, 'x', 'NA'],
        [5, 'x', '-'],
        [6, 'y', 'NaN'],
      ],
    );
  } finally {
    dir.remove();
  }
});
