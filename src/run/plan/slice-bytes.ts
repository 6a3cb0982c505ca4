import type { Job } from '../../job/job.js';
import type { InputPlan } from './run-plan.js';

/** Columns up to which `chunk_bytes` applies as it is. */
const usualColumns = 128;
const mostTimes = 4;
const mostBytes = 256 * 2 ** 20;

/**
 * Returns the amount of input per slice: `chunk_bytes`, and up to four times as much for many columns. What a
 * column costs per slice, above all its profile, would otherwise be more than what its few cells cost.
 */
export function sliceBytes({ job, contract }: Pick<InputPlan, 'job' | 'contract'>): number {
  return sliceBytesFor(job, contract.columns.length);
}

/** Returns the same for a job that is not planned yet, with a number of columns. */
export function sliceBytesFor(job: Job, columns: number): number {
  const times = Math.min(mostTimes, Math.max(1, Math.ceil(columns / usualColumns)));
  return Math.min(mostBytes, times * job.run.chunkBytes);
}
