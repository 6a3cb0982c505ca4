import { BudgetError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { nextTimeOfDay } from '../../job/time-of-day.js';
import { steadyNow } from '../../process/steady-clock.js';

/** The deadline of a run, and the option that sets it. */
interface Deadline {
  readonly atMs: number;
  readonly option: 'run.max_duration' | 'run.finish_by';
}

/** Returns the earlier of the job's two limits, counted from the start of the run; null if it has none. */
export function deadlineOf({ run }: Job, startedAt: Date): Deadline | null {
  const limits: Deadline[] = [];
  if (run.maxDurationMs !== null)
    limits.push({ atMs: startedAt.getTime() + run.maxDurationMs, option: 'run.max_duration' });
  if (run.finishBy !== null)
    limits.push({ atMs: nextTimeOfDay(run.finishBy, startedAt).getTime(), option: 'run.finish_by' });
  return limits.sort((a, b) => a.atMs - b.atMs)[0] ?? null;
}

/**
 * Returns the clock of a deadline, in ms since 1970: the machine's for a time of day; a monotonic one for a
 * duration, so that setting the machine's clock neither ends nor prolongs a run.
 */
export function clockFor({ option }: Pick<Deadline, 'option'>): () => number {
  return option === 'run.finish_by' ? () => Date.now() : steadyNow;
}

interface TimeActions {
  stop(error: BudgetError): void;
  note(message: string): void;
  /** Returns true if a partition was finished in this run, so that the next run has less to do. */
  hasProgress(): boolean;
}

/** Before this share of the work and this time, the pace means little. */
const leastShare = 0.01;
const leastMs = 2_000;

/**
 * Watches a run against its deadline: warns once, as soon as its pace predicts that it will be late, and
 * stops it at the deadline (exit 6). Call the returned function with the share of the work done, from 0 to 1,
 * a few times a second.
 */
export function timeBudget(
  { atMs, option }: Deadline,
  startMs: number,
  actions: TimeActions,
): (share: number, nowMs: number) => void {
  let warned = false;
  let stopped = false;
  return (share, now) => {
    if (stopped) return;
    if (now >= atMs) {
      stopped = true;
      actions.stop(
        new BudgetError(
          'time-budget',
          `"${option}" was reached with ${Math.floor(share * 100)} % of the work done`,
          { hint: hintFor(option, actions.hasProgress()) },
        ),
      );
      return;
    }
    const spent = now - startMs;
    if (warned || share < leastShare || spent < leastMs) return;
    const end = startMs + spent / share;
    if (end <= atMs) return;
    warned = true;
    const late = Math.ceil((end - atMs) / 60_000);
    actions.note(
      `at this pace the run ends at ${clock(end)}, ${late} min after "${option}" (${clock(atMs)}); it will be stopped then, and a rerun resumes`,
    );
  };
}

/** A partition is the unit of progress: if none fits into the duration, no number of runs can finish. */
function hintFor(option: Deadline['option'], hasProgress: boolean): string {
  if (hasProgress || option === 'run.finish_by')
    return 'run again to continue with the unpublished partitions';
  return 'no partition was finished in this time, so another run would end the same way: raise "run.max_duration", or split the inputs into smaller files';
}

function clock(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
