import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadJob } from '../../../src/job/load-job.js';
import { gatesOf, holdsPublication } from '../../../src/run/judge/gates-of.js';
import type { GatedPlan } from '../../../src/run/plan/run-plan.js';

test('the inputs of a plan are looked at once for its gates, not again for every partition', async () => {
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
  const holds = holdsPublication(plan);
  const gates = gatesOf(plan, 'partition');
  assert.equal(looks, 1);
  assert.equal(holdsPublication(plan), holds);
  assert.equal(gatesOf(plan, 'partition'), gates);
  assert.notEqual(gatesOf(plan, 'run'), gates);
  assert.equal(looks, 1);
  assert.equal(gatesOf({ ...plan }, 'run') === gatesOf(plan, 'run'), false);
});
