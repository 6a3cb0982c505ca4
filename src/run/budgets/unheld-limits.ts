import type { Job } from '../../job/job.js';

/** What to do about limits that cannot be held. */
export const unheldHint = 'use "run.isolation: process", or take the limits out';

/**
 * Returns a sentence about limits that cannot end an unresponsive model under this `run.isolation`; null if
 * all limits hold.
 */
export function unheldLimits({ run, batchTimeoutMs }: Job): string | null {
  if (run.isolation === 'process') return null;
  const limits = [
    run.maxDurationMs === null ? [] : ['run.max_duration'],
    run.finishBy === null ? [] : ['run.finish_by'],
    batchTimeoutMs === null ? [] : ['batch_timeout'],
  ].flat();
  if (limits.length === 0) return null;
  const named = limits.map((limit) => `"${limit}"`).join(', ');
  return `${named} cannot end a model that does not answer: with "run.isolation: ${run.isolation}" no worker can be ended in the middle of a batch`;
}
