import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sampleJob, workdir } from '../workdir.js';

const hook = pathToFileURL(join(process.cwd(), 'dist/test/golden/note-opens.js')).href;

/** Returns how often each process of a run opens the copies of the sample day `day` under each of `names`; the main process is first. */
function opensOf(day: string, names: readonly string[]): Record<string, number> {
  const dir = workdir();
  mkdirSync(join(dir.path, 'in'));
  for (const name of names) copyFileSync(join('data-samples/flights', day), join(dir.path, 'in', name));
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

describe('a run', () => {
  it('looks at an input once: it opens it for its format, its beginning or end, its slices and its fingerprint', () => {
    assert.deepEqual(opensOf('2013-01-04.csv', ['day.csv']), { 'run day.csv': 4, 'worker day.csv': 1 });
    assert.deepEqual(opensOf('2013-01-02.parquet', ['day']), { 'run day': 4, 'worker day': 1 });
    assert.deepEqual(opensOf('2013-01-03.arrow', ['day']), { 'run day': 4, 'worker day': 1 });
  });

  it('that searches several inputs for repeated keys opens each once more to cut it, and once in a worker', () => {
    const each = (name: string) => ({ [`run ${name}`]: 5, [`worker ${name}`]: 2 });
    assert.deepEqual(opensOf('2013-01-01.csv', ['day1.csv', 'day2.csv']), {
      ...each('day1.csv'),
      ...each('day2.csv'),
    });
  });
});
