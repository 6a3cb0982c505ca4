import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { leftovers, published } from '../faults/made-job.js';
import { main, workdir } from '../workdir.js';
import { date, datedJob, singleRun } from './dated-job.js';
import { type Airflow, startAirflow, whyNoAirflow } from './start-airflow.js';

const dag = 'nightshift_flights';

describe('the DAG of examples/airflow under a real scheduler', { skip: whyNoAirflow() ?? false }, () => {
  let airflow: Airflow | null = null;
  after(() => airflow?.stop());

  it('runs four mapped shards, one of which fails without a retry, is cleared and run alone, and skips a date without input', {
    timeout: 900_000,
  }, async () => {
    const { whole } = singleRun();
    const dir = workdir();
    const job = datedJob(dir);
    const program = `#!/bin/sh
case "$*" in *3/4*) if [ ! -e ${dir.path}/fixed ]; then echo '{"exit_code":2,"reason":"made"}'; exit 2; fi ;; esac
exec ${process.execPath} ${main} "$@"
`;
    chmodSync(dir.write('nightshift', program), 0o755);
    airflow = await startAirflow(workdir().path, join(process.cwd(), 'examples/airflow'), {
      NIGHTSHIFT: join(dir.path, 'nightshift'),
      NIGHTSHIFT_JOB: job,
      NIGHTSHIFT_SHARDS: '4',
    });
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
    const empty = await airflow.ended(dag, await airflow.trigger(dag, { date: '2013-02-01' }));
    assert.equal(empty.state, 'success', JSON.stringify(empty));
    assert.equal(empty.tasks['plan'], 'skipped, 1');
  });
});
