import type { Observe } from '../records/events.js';
import type { Selection } from './select-inputs.js';

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
