import { BudgetError } from '../errors.js';
import type { Job } from '../job/job.js';
import { endNow, patienceMs } from '../process/end-now.js';
import { clockFor, deadlineOf } from '../run/budgets/time-budget.js';

const lookMs = 500;

/**
 * Ends the process if a command has not ended by itself soon after its job's deadline, because it waits for a
 * disk or a network mount that does not answer. `onForced` may still write a last line. Returns a function
 * that ends the watch.
 */
export function watchDeadline(job: Job, startedAt: Date, onForced: (error: BudgetError) => void): () => void {
  const deadline = deadlineOf(job, startedAt);
  if (deadline === null) return () => {};
  const { atMs, option } = deadline;
  const now = clockFor(deadline);
  const timer = setInterval(() => {
    if (now() < atMs + patienceMs) return;
    const error = new BudgetError(
      'time-budget',
      `"${option}" was reached, and the command could not end by itself within ${patienceMs / 1000} s: a disk or a network mount may not answer`,
      {
        hint: 'check that the disks and mounts of the input and the output answer, then run it again',
      },
    );
    onForced(error);
    endNow(error.exitCode);
  }, lookMs).unref();
  return () => clearInterval(timer);
}
