import { type BudgetError, InterruptedError } from '../errors.js';
import type { Job } from '../job/job.js';
import { endNow, patienceMs } from '../process/end-now.js';
import { onStopSignal } from '../process/signals.js';
import { writeNow } from '../process/standard-streams.js';
import { stopRequestsWith } from '../storage/s3/request.js';
import { exitOf, exitText } from './exit.js';
import { watchDeadline } from './watch-deadline.js';

/** Stops a command on a signal, and ends the process if it does not stop. */
interface Stop {
  readonly signal: AbortSignal;
  /** Also ends the process soon after the deadline of this job, as after a signal. */
  watch(job: Job, startedAt: Date): void;
  release(): void;
}

/**
 * Time within which a second signal is the first one again: npx, npm and timeout pass on what the terminal has
 * sent, or what they send, to the whole group.
 */
const echoMs = 500;

/**
 * Returns a signal that aborts on the first SIGINT, SIGTERM or SIGHUP. A second one later than `echoMs`, or a
 * command that does not end in time, ends the process at once; a rerun resumes from the state on disk. A run
 * gives `sayForced`, which also writes its last line. Ignores SIGHUP under `nohup`.
 */
export function stopSignal(sayForced?: (error: InterruptedError | BudgetError) => void): Stop {
  const say = sayForced ?? ((error) => writeNow(2, exitText(exitOf(error))));
  const stop = new AbortController();
  let firstAt = Number.POSITIVE_INFINITY;
  const off = onStopSignal((name) => {
    const error = new InterruptedError(name, sayForced === undefined ? 'command' : 'run');
    const end = () => {
      say(error);
      endNow(error.exitCode);
    };
    if (performance.now() - firstAt > echoMs) end();
    if (stop.signal.aborted) return;
    firstAt = performance.now();
    setTimeout(end, patienceMs).unref();
    stop.abort(error);
  });
  const done = stopRequestsWith(stop.signal);
  let endWatch = () => {};
  return {
    signal: stop.signal,
    watch(job, startedAt) {
      endWatch = watchDeadline(job, startedAt, say);
    },
    release() {
      endWatch();
      off();
      done();
    },
  };
}
