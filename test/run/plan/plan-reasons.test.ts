import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { OutputPlan } from '../../../src/features/output-plan.js';
import type { ModelFacts } from '../../../src/model/explain-model.js';
import { type PlannedReasons, withAdded } from '../../../src/run/plan/plan-reasons.js';

it('a job with reasons plans memory for their tables in each worker: 128 MiB, of a model that counts twice', () => {
  const facts = { heldBytes: 10, notes: [] } as unknown as ModelFacts;
  const heldWith = (reasons: PlannedReasons | null) =>
    withAdded(facts, { columns: [] } as unknown as OutputPlan, reasons).heldBytes;
  assert.equal(heldWith(null), 10);
  assert.equal(heldWith({ sentence: 'reasons' } as PlannedReasons), 10 + 64 * 2 ** 20);
});
