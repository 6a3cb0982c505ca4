import type { FigureGate } from '../../job/job.js';
import { type ColumnDrift, measureDrift } from '../../quality/drift.js';
import { sentencesText } from '../../quality/gate-findings.js';
import { checkGates, type GateResult, type Gates, worstGate } from '../../quality/gates.js';
import { measureSegments, segmentGates } from '../../quality/segment-drift.js';
import type { SliceQuality } from '../../quality/slice-quality.js';
import type { TrendPoint } from '../../quality/summary.js';
import type { RunPlan } from '../plan/run-plan.js';
import { heldHint } from '../records/held-hint.js';
import type { Failure } from '../records/record.js';
import { earlierRuns } from './earlier-runs.js';

/** The checks of a run as a whole, and their results. */
export interface Judgement {
  readonly gates: readonly GateResult[];
  /** Empty without a baseline. */
  readonly drift: readonly ColumnDrift[];
  /** Points of the job's earlier published runs, oldest first. */
  readonly earlier: readonly TrendPoint[];
}

/**
 * Checks a whole run against its gates, when all of its partitions are scored: rows, drift from the baseline,
 * and the job's last published run; `quality` covers all its rows, `fresh` has the findings about the age of
 * inputs, baseline and model. A run that ended early (`isWhole` false) is compared, but no gate applies.
 * Costs milliseconds per hundred columns, and reading at most thirty summaries.
 */
export async function judgeRun(
  plan: Pick<RunPlan, 'job' | 'baseline' | 'gates' | 'features'>,
  quality: SliceQuality,
  isWhole: boolean,
  fresh: readonly GateResult[],
): Promise<Judgement> {
  const { job, baseline } = plan;
  const held = plan.gates.run;
  const drift = baseline === null ? [] : measureDrift(quality, baseline, unwatched(held));
  const earlier = await earlierRuns(job.output.path, job.name);
  if (!isWhole) return { gates: [], drift, earlier };
  const gates = checkGates(quality, held, {
    scope: 'run',
    features: plan.features.columns,
    drift,
    rowsBefore: earlier.at(-1)?.rows_read ?? null,
  });
  const closed = new Set(
    gates.flatMap(({ gate, passed, column }) => (gate === 'max_drift' && !passed ? [column] : [])),
  );
  const free = unwatched(held);
  const segments = measureSegments(quality.segments, quality.rows.read, baseline, free).map((one) => ({
    ...one,
    // A column that drifted in all rows also drifted in the segments; it is reported once.
    columns: one.columns.filter(({ column }) => !closed.has(column)),
  }));
  return { gates: [...fresh, ...gates, ...segmentGates(segments, held, gates)], drift, earlier };
}

/** Returns columns and scores without a gate on drift: their drift is measured but not judged. */
export function unwatched({ columns, scores }: Gates): ReadonlySet<string> {
  const isOpen = ({ maxDrift }: { readonly maxDrift: FigureGate }) =>
    maxDrift.warn === null && maxDrift.fail === null;
  return new Set([
    ...columns.filter(isOpen).map(({ name }) => name),
    ...scores.filter(isOpen).map(({ column }) => column),
  ]);
}

/**
 * Returns the failure of the gates that were exceeded; its hint names the file of rejected rows, if there is
 * one. Null if no gate was exceeded.
 */
export function gateFailure(gates: readonly GateResult[], rejects: string | null = null): Failure | null {
  if (worstGate(gates) !== 'fail') return null;
  const closed = gates.filter(({ passed, severity }) => !passed && severity === 'fail');
  return {
    reason: 'gate-failed',
    message: sentencesText(closed.map(({ sentence }) => sentence)),
    hint: heldHint(closed[0]!.code ?? closed[0]!.gate, rejects),
    exitCode: 3,
  };
}
