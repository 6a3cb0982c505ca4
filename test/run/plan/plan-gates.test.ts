import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadJob } from '../../../src/job/load-job.js';
import { type GatedPlan, planGates } from '../../../src/run/plan/plan-gates.js';

test('the inputs of a plan are looked at once for its gates', async () => {
  const job = await loadJob('jobs/flight-delay.yaml', { date: '2013-01-04' });
  let looks = 0;
  const plan = {
    job,
    columns: [],
    baseline: null,
    stage: { outputs: { columns: [] }, profiledOutputs: [] },
    get inputs() {
      looks++;
      return [];
    },
  } as unknown as GatedPlan;
  const { partition, run } = planGates(plan);
  assert.equal(looks, 1);
  assert.equal(partition.features, null);
  assert.notEqual(run.features, null);
});
