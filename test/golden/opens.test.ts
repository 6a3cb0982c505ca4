import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sampleJob, workdir } from '../workdir.js';

const hook = pathToFileURL(join(process.cwd(), 'dist/test/golden/note-opens.js')).href;

const days = 'data-samples/flights';

/** Returns how often each process opens the file's copies under each of `names`; the main one first. */
function opensOf(day: string, names: readonly string[]): Record<string, number> {
  const dir = workdir();
  mkdirSync(join(dir.path, 'in'));
  for (const name of names) copyFileSync(day, join(dir.path, 'in', name));
  const job = sampleJob('flight-delay', [
    [/path: .*flights.*/, 'path: in/*'],
    [/path: \.\.\/scored.*/, 'path: scored'],
  ]);
  const ran = dir.nightshift(['run', dir.write('job.yaml', job), '--workers', '1'], {
    NODE_OPTIONS: `--import ${hook}`,
    NOTE_OPENS: join(dir.path, 'opens'),
  });
  assert.equal(ran.code, 0, ran.stderr);
  const opens: Record<string, number> = {};
  for (const line of dir.read('opens').trimEnd().split('\n')) {
    const [parent, path] = line.split(' ') as [string, string];
    const key = `${parent === String(process.pid) ? 'run' : 'worker'} ${basename(path)}`;
    opens[key] = (opens[key] ?? 0) + 1;
  }
  return opens;
}

/** Writes the rows of a sample day several times, each with an id of its own: more than is read at once. */
function largeDay(path: string): string {
  const [header, ...rows] = readFileSync(join(days, '2013-01-04.csv'), 'utf8').trimEnd().split('\n');
  const many = Array.from({ length: 6 }, () => rows)
    .flat()
    .map((row, i) => `${i + 1}${row.slice(row.indexOf(','))}`);
  writeFileSync(path, `${[header, ...many].join('\n')}\n`);
  return path;
}

describe('a run', () => {
  it('looks at an input once: it opens it for its format, its beginning or end, its slices and its fingerprint', () => {
    const dir = workdir();
    const large = largeDay(join(dir.path, 'large.csv'));
    // Its beginning and its end.
    assert.deepEqual(opensOf(large, ['day.csv']), { 'run day.csv': 5, 'worker day.csv': 1 });
    for (const day of ['2013-01-02.parquet', '2013-01-03.arrow'])
      assert.deepEqual(opensOf(join(days, day), ['day']), { 'run day': 4, 'worker day': 1 });
    dir.remove();
  });

  it('reads a small CSV file once for all of these', () => {
    assert.deepEqual(opensOf(join(days, '2013-01-04.csv'), ['day.csv']), {
      'run day.csv': 1,
      'worker day.csv': 1,
    });
  });

  it('that searches several inputs for repeated keys opens each once more to cut it, and once in a worker', () => {
    const dir = workdir();
    const each = (name: string, run: number) => ({ [`run ${name}`]: run, [`worker ${name}`]: 2 });
    const small = join(days, '2013-01-01.csv');
    assert.deepEqual(opensOf(small, ['day1.csv', 'day2.csv']), {
      ...each('day1.csv', 1),
      ...each('day2.csv', 1),
    });
    const large = largeDay(join(dir.path, 'large.csv'));
    assert.deepEqual(opensOf(large, ['day1.csv', 'day2.csv']), {
      ...each('day1.csv', 6),
      ...each('day2.csv', 6),
    });
    dir.remove();
  });
});
