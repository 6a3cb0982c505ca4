import { BudgetError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { privateBytes, residentBytes } from '../../process/resident-bytes.js';
import { steadyNow } from '../../process/steady-clock.js';
import { after } from '../../process/timer.js';
import { memoryLimit, readMachine } from './machine.js';
import { memorySpent } from './memory-budget.js';
import { lookMs } from './memory-use.js';
import { clockFor, deadlineOf } from './time-budget.js';

/** The budgets of a run during the trial of its model. */
interface TrialWatch {
  /** Aborted by the run's own signal, or by an exhausted budget. */
  readonly signal: AbortSignal;
  /** Starts watching the process of the trial. */
  begin(pid: number | null): void;
  close(): void;
}

/** A trial that takes more than this share of the limit is ended: it grows faster than it can be measured. */
const spentShare = 0.9;

/** Watches time and memory of a trial like those of a run; an exhausted budget ends it with `BudgetError`. */
export function watchTrial(job: Job, signal: AbortSignal): TrialWatch {
  const stop = new AbortController();
  const deadline = deadlineOf(job, new Date(steadyNow()));
  const now = deadline === null ? Date.now : clockFor(deadline);
  const timers = new Set<NodeJS.Timeout>();
  let isOver = false;

  function watchTime(): void {
    if (deadline === null) return;
    const error = () =>
      new BudgetError('time-budget', `"${deadline.option}" was reached while the model was being tested`, {
        hint: `give the run more time (${deadline.option}), or check that the model finishes in Python with onnxruntime`,
      });
    const timer = after(Math.max(0, deadline.atMs - now()), () => stop.abort(error()));
    if (timer !== undefined) timers.add(timer);
  }

  async function watchMemory(pid: number): Promise<void> {
    const limit = memoryLimit(job, await readMachine());
    const look = () => {
      const used = residentBytes() + (privateBytes(pid) ?? 0);
      if (used >= limit * spentShare)
        stop.abort(memorySpent(used, limit, 'while the model was being tested'));
    };
    if (!isOver) timers.add(setInterval(look, lookMs(limit)));
  }

  return {
    signal: AbortSignal.any([signal, stop.signal]),
    begin(pid) {
      watchTime();
      if (pid !== null) void watchMemory(pid);
    },
    close() {
      isOver = true;
      for (const timer of timers) clearInterval(timer);
    },
  };
}
