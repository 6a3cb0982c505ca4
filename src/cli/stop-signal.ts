import { InterruptedError } from '../errors.js';
import { isNohup } from '../process/signals.js';

/** Well under the ten seconds after which schedulers send SIGKILL. */
const patienceMs = 8_000;

/**
 * Returns a signal that aborts on the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once, and so does a run that has not come to its end in
 * time: the rerun resumes from whatever is on the disk then. `onForced` may still write a last line. SIGHUP is ignored under `nohup`.
 */
export function stopSignal(onForced: (error: InterruptedError) => void = () => {}): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const stop = new AbortController();
  const names = ['SIGINT', 'SIGTERM', ...(isNohup() ? [] : (['SIGHUP'] as const))] as const;
  const listeners = names.map((name) => {
    const listener = () => {
      const error = new InterruptedError(name);
      const end = () => {
        onForced(error);
        process.exit(error.exitCode);
      };
      if (stop.signal.aborted) end();
      setTimeout(end, patienceMs).unref();
      stop.abort(error);
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: stop.signal,
    release() {
      for (const off of listeners) off();
    },
  };
}
