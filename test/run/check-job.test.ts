import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadJob } from '../../src/job/load-job.js';
import { checkJob } from '../../src/run/check-job.js';
import { sampleJob, workdir } from '../workdir.js';

test('a check that is stopped while it looks at the inputs says so, and not that the job is ready', async () => {
  const dir = workdir();
  for (let i = 0; i < 12; i++) dir.write(`in/${i}.csv`, readFileSync('data-samples/flights/2013-01-01.csv'));
  const text = sampleJob('flight-delay', [[/path: .*flights.*/, `path: ${join(dir.path, 'in')}`]]);
  const job = await loadJob(dir.write('job.yaml', text), { date: '2013-01-01' });
  const whole = performance.now();
  await checkJob(job, new AbortController().signal);
  const ms = performance.now() - whole;
  // Wherever the signal comes, its reason is thrown.
  for (const share of [0.3, 0.5, 0.7, 0.9]) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error('stopped')), share * ms);
    const outcome = await checkJob(job, controller.signal).then(
      () => 'ready',
      (error: Error) => error.message,
    );
    clearTimeout(timer);
    assert.equal(outcome, controller.signal.aborted ? 'stopped' : 'ready', `at ${share} of ${ms} ms`);
  }
});
