import type { Observe } from './events.js';
import type { Layout } from './layout.js';
import type { RunPlan } from './plan-run.js';
import type { PartitionRecord } from './record.js';
import type { Selection } from './select-inputs.js';

/** What a call asks for, and who listens to it. */
export interface RunOptions {
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
  readonly workers: number;
  readonly options: RunOptions;
  readonly records: ReadonlyMap<string, PartitionRecord>;
}
