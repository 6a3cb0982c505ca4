import type { Observe } from '../../run-event.js';
import type { Selection } from './select-inputs.js';

/** The request of a call, and its listener. */
export interface RunOptions {
  readonly runId: string;
  readonly startedAt: Date;
  readonly selection: Selection;
  /** Score partitions that are done, too. */
  readonly force: boolean;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}
