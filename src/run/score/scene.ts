import type { RepeatedKeys } from '../../repair/repeated-keys.js';
import type { Prewarmed } from '../../workers/prewarmed.js';
import type { RunPlan } from '../plan/plan-run.js';
import type { Selection } from '../plan/select-inputs.js';
import type { Known } from '../plan/what-to-do.js';
import type { Attempts } from '../records/attempts.js';
import type { Observe } from '../records/events.js';
import type { Layout } from '../records/layout.js';

/** What a call asks for, and who listens to it. */
export interface RunOptions {
  readonly runId: string;
  readonly startedAt: Date;
  readonly selection: Selection;
  /** Score also what is done. */
  readonly force: boolean;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/** What all partitions of a run share. */
export interface Scene {
  readonly plan: RunPlan;
  readonly layout: Layout;
  readonly runId: string;
  readonly startedAt: Date;
  readonly workers: number;
  /** Worker processes that were started ahead. */
  readonly prewarmed: Prewarmed | null;
  readonly known: Known;
  /** What the run may use, and whether the control group's limit is what bounds it. */
  readonly memoryBytes: number;
  readonly isGroupLimited: boolean;
  readonly attempts: Attempts;
  /** Rows whose key is repeated in the run; null where there is no key, or a single input, whose keys are looked at while it is scored. */
  readonly repeated: RepeatedKeys | null;
  /** Whether partitions wait, staged, for the gates of the whole run. */
  readonly holds: boolean;
  readonly observe: Observe;
  /** Aborted by whatever ends the run early, with the error that says why. */
  readonly signal: AbortSignal;
  /** Ends the run early: nothing more is started, what is under way is dropped. */
  stop(error: Error): void;
}
