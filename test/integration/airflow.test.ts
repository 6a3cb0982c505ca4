import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { leftovers, published, sampleRun } from '../faults/made-job.js';
import { isPublished, main, type Workdir, workdir } from '../workdir.js';
import { date, datedJob, singleRun } from './dated-job.js';
import { startedOrSkipped, startGuard } from './engines.js';
import { type Airflow, startAirflow, whyNoAirflow } from './start-airflow.js';

/**
 * The program with two accidents: shard 3 ends with 2 until there is a file `fixed`, and with `twice.yaml`
 * the first call is stopped in the middle of its work, like a pod that is thought to be gone, until the
 * second one has ended. Each writes its exit code to a file `codes`.
 */
const program = (folder: string) => `#!/bin/sh
cd ${folder}
nightshift() { ${process.execPath} ${main} "$@"; }
case "$*" in
*3/4*) if [ ! -e fixed ]; then echo '{"exit_code":2,"reason":"made"}'; exit 2; fi ;;
*twice.yaml*)
  if mkdir first; then
    ${process.execPath} ${main} "$@" &
    while kill -0 $! && ! ls out/_nightshift/attempts/*; do sleep 0.02; done
    kill -STOP $!
    touch stopped
    while [ ! -e codes ]; do sleep 0.1; done
    kill -CONT $!
    wait $!
  else
    while [ ! -e stopped ]; do sleep 0.1; done
    nightshift "$@"
  fi
  code=$?
  echo $code >> codes
  exit $code ;;
esac
nightshift "$@"
`;

/** Writes the sample job over the file of a date, with an output for each date. */
function jobByDate(dir: Workdir, rejected: string): string {
  const job = sampleRun(dir, { days: '$' + '{date}.*', workers: 1, isolation: 'none' });
  const text = dir
    .read(job.slice(dir.path.length + 1))
    .replace(/^( *path: .*\/out)$/m, '$1/date=$${date}')
    .replace(/max_rejected: \S+/, `max_rejected: ${rejected}`);
  return dir.write('job.yaml', text);
}

describe('Airflow with its real scheduler', { skip: whyNoAirflow() ?? false }, () => {
  const root = workdir().path;
  const guard = startGuard(root);
  after(() => guard.stop());
  const dir = workdir();
  let airflow: Promise<Airflow> | null = null;

  /** Starts it for the first test. */
  function ready(test: TestContext): Promise<Airflow | null> {
    const dags = join(root, 'dags');
    const start = () => {
      mkdirSync(dags);
      copyFileSync('examples/airflow/nightshift_dag.py', join(dags, 'nightshift_dag.py'));
      copyFileSync('test/integration/dags/flights.py', join(dags, 'flights.py'));
      chmodSync(dir.write('nightshift', program(dir.path)), 0o755);
      return startAirflow(root, guard, dags, {
        NIGHTSHIFT: join(dir.path, 'nightshift'),
        NIGHTSHIFT_JOB: join(dir.path, 'job.yaml'),
        NIGHTSHIFT_SHARDS: '4',
      });
    };
    return startedOrSkipped(test, 'Airflow', () => (airflow ??= start()));
  }

  it('runs the example: four mapped shards, one of which fails without a retry, is cleared and run alone; one update of the asset', async (t) => {
    const airflow = await ready(t);
    if (airflow === null) return;
    const dag = 'nightshift_flights';
    const asset = 'nightshift://flight-delay';
    const { whole } = singleRun();
    datedJob(dir);
    const run = await airflow.trigger(dag, { date });
    const first = await airflow.ended(dag, run);
    assert.deepEqual(first, {
      state: 'failed',
      tasks: {
        plan: 'success, 1',
        'score[0]': 'success, 1',
        'score[1]': 'success, 1',
        'score[2]': 'failed, 1',
        'score[3]': 'success, 1',
        finish: 'upstream_failed, 0',
      },
    });
    assert.deepEqual(await airflow.updates(asset), [], 'nothing is whole yet');
    dir.write('fixed', '');
    await airflow.clear(dag, run, 'score', 2);
    const second = await airflow.ended(dag, run);
    assert.equal(second.state, 'success', JSON.stringify(second));
    assert.deepEqual(
      [second.tasks['score[2]'], second.tasks['score[3]'], second.tasks['finish']],
      ['success, 2', 'success, 1', 'success, 1'],
    );
    assert.deepEqual(published(dir), published(whole));
    assert.deepEqual(leftovers(dir), []);
    assert.ok('_SUCCESS' in published(dir));
    assert.deepEqual(await airflow.updates(asset), [run]);
    const empty = await airflow.ended(dag, await airflow.trigger(dag, { date: '2013-02-01' }));
    assert.equal(empty.state, 'success', JSON.stringify(empty));
    assert.equal(empty.tasks['plan'], 'skipped, 1');
    assert.deepEqual(await airflow.updates(asset), [run], 'a date without input is no update');
  });

  it('scores flights of four mapped dates: one is skipped, one fails at its gate without a retry, is cleared and run alone', async (t) => {
    const airflow = await ready(t);
    if (airflow === null) return;
    const dag = 'flights_by_date';
    dir.remove('out');
    const run = await airflow.trigger(dag, { job: jobByDate(dir, '0') });
    assert.deepEqual(await airflow.ended(dag, run), {
      state: 'failed',
      tasks: {
        'score[0]': 'success, 1',
        'score[1]': 'success, 1',
        'score[2]': 'failed, 1',
        'score[3]': 'skipped, 1',
      },
    });
    jobByDate(dir, '1%');
    await airflow.clear(dag, run, 'score', 2);
    const second = await airflow.ended(dag, run);
    assert.deepEqual(second, {
      state: 'success',
      tasks: {
        'score[0]': 'success, 1',
        'score[1]': 'success, 1',
        'score[2]': 'success, 2',
        'score[3]': 'skipped, 1',
      },
    });
    const alone = workdir();
    for (const day of ['2013-01-02', '2013-01-03', '2013-01-04']) {
      assert.equal(alone.call(['run', jobByDate(alone, '1%'), '--date', day, '--quiet']).code, 0);
    }
    assert.deepEqual(dir.hashes('out', isPublishedBelow), alone.hashes('out', isPublishedBelow));
  });

  it('runs one date in two tasks at once, the first of which stands still: one publishes, the other ends with 5', async (t) => {
    const airflow = await ready(t);
    if (airflow === null) return;
    const dag = 'flights_twice';
    dir.remove('out');
    const job = dir.write('twice.yaml', dir.read(sampleRun(dir, { workers: 1 }).slice(dir.path.length + 1)));
    const { state, tasks } = await airflow.ended(dag, await airflow.trigger(dag, { job }));
    assert.equal(state, 'failed');
    assert.deepEqual(Object.values(tasks).sort(), ['failed, 1', 'success, 1']);
    assert.deepEqual(dir.read('codes').trim().split('\n').sort(), ['0', '5']);
    const alone = workdir();
    assert.equal(alone.call(['run', sampleRun(alone), '--quiet']).code, 0);
    assert.deepEqual(published(dir), published(alone));
    assert.deepEqual(leftovers(dir), []);
  });
});

/** The same as `isPublished` for paths below a folder for each date. */
function isPublishedBelow(path: string): boolean {
  return isPublished(path.slice(path.indexOf('/') + 1));
}
