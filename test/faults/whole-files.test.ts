import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine, type Ran, type Workdir, workdir } from '../workdir.js';
import { full, leftovers, modelRun, published, rowsOf } from './made-job.js';
import { random } from './random.js';

const names = Array.from({ length: 40 }, (_, i) => `f${String(i).padStart(2, '0')}`);

/** Small inputs, enough for workers to take them whole; two rows of one end the worker that scores them. */
function smallFiles(model: string, held: boolean): Workdir {
  const dir = workdir();
  modelRun(dir, model, 'run: { workers: 2, batch_rows: 16 }\n');
  const gates = held ? 'max_rejected: 50%, min_rows: 1' : 'max_rejected: 50%';
  // Keys would be searched in all inputs first.
  const text = dir.read('job.yaml').replace(', key: true', '').replace('max_rejected: 50%', gates);
  dir.write('job.yaml', text);
  for (const [i, name] of names.entries())
    dir.write(
      `in/${name}.csv`,
      rowsOf(20 + i, (row) => model === 'ends-its-process' && i === 11 && (row === 3 || row === 25)),
    );
  return dir;
}

function run(dir: Workdir): Ran {
  return dir.call(['run', 'job.yaml']);
}

describe('small files that a worker takes whole', () => {
  it('are scored one by one where their worker ends, and only the rows that end it are rejected', () => {
    const dir = smallFiles('ends-its-process', false);
    const ran = run(dir);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /a worker was ended by SIGFPE[^"]*: 8 files will be scored one by one/);
    const { rows, partitions } = lastLine(ran);
    assert.deepEqual([partitions.published, rows.rejected], [names.length, 2]);
    const rejects = dir.read('out/_rejects/part-f11.ndjson').trimEnd().split('\n');
    assert.deepEqual(
      rejects.map((line) => JSON.parse(line).row),
      [3, 25],
    );
    assert.deepEqual(leftovers(dir), []);
    dir.remove();
  });

  for (const held of [false, true])
    it(`are made whole by one more run after kills at steps and random instants: ${held ? 'held' : 'not held'}`, async () => {
      const calm = smallFiles('never-ends', held);
      const start = performance.now();
      assert.equal(calm.nightshift(['run', 'job.yaml', '--quiet']).code, 0);
      const ms = performance.now() - start;
      const expected = published(calm);
      calm.remove();
      const dir = smallFiles('never-ends', held);
      const steps = held
        ? ['staged', 'held', 'released', 'recorded']
        : ['staged', 'intended', 'moved-0', 'recorded'];
      for (const at of steps) {
        const crashed = dir.nightshift(['run', 'job.yaml', '--quiet'], { NIGHTSHIFT_CRASH_AT: at });
        assert.equal(crashed.signal, 'SIGKILL', `${at}: ${crashed.stderr}`);
      }
      assert.equal(run(dir).code, 0);
      assert.deepEqual(published(dir), expected);
      const next = random(held ? 1 : 2);
      for (let trial = 0; trial < (full ? 20 : 2); trial++) {
        dir.remove('out');
        for (let hit = 0; hit < 3; hit++) {
          const { pid, ended } = dir.start(['run', 'job.yaml', '--quiet']);
          await sleep(ms * (0.4 + 0.6 * next()));
          try {
            process.kill(pid, 'SIGKILL');
          } catch {}
          await ended;
        }
        const ran = run(dir);
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        assert.deepEqual(published(dir), expected);
        assert.deepEqual(leftovers(dir), []);
      }
      dir.remove();
    });
});
