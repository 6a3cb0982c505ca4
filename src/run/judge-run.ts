import { checkGates, type GateResult, worstGate } from '../quality/gates.js';
import { qualityOf } from './finish-run.js';
import { gatesOf } from './gates-of.js';
import type { RunPlan } from './plan-run.js';
import type { Failure } from './record.js';
import type { PartitionOutcome } from './report.js';

/** The gates of a run as a whole, checked when all of its partitions are scored and before it is finished. */
export function judgeRun(plan: RunPlan, outcomes: readonly PartitionOutcome[]): GateResult[] {
  return checkGates(qualityOf(plan, outcomes), gatesOf(plan.job, plan.columns, 'run'), {
    scope: 'run',
    features: plan.features.columns,
    drift: [],
    rowsBefore: null,
  });
}

/** Why gates that closed hold something back; null when none did. */
export function gateFailure(gates: readonly GateResult[]): Failure | null {
  if (worstGate(gates) !== 'fail') return null;
  const closed = gates.filter(({ passed, severity }) => !passed && severity === 'fail');
  return {
    reason: 'gate-failed',
    message: closed.map(({ sentence }) => sentence).join('; '),
    hint: 'look at the summary; what the gate holds back is not published',
    exitCode: 3,
  };
}
