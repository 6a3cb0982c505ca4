import { InterruptedError } from '../errors.js';
import { endNow, patienceMs } from '../process/end-now.js';
import { isNohup, stopSignals, takeOver } from '../process/signals.js';
import { stopRequestsWith } from '../storage/s3/request.js';

/**
 * Returns a signal that aborts on the first SIGINT, SIGTERM or SIGHUP. A second one, or a run that does not
 * end in time, ends the process at once; a rerun resumes from the state on disk. A run gives `onForced`,
 * which may still write a last line. Ignores SIGHUP under `nohup`.
 */
export function stopSignal(onForced?: (error: InterruptedError) => void): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const stop = new AbortController();
  const names = stopSignals.filter((name) => name !== 'SIGHUP' || !isNohup());
  const listeners = names.map((name) => {
    const listener = () => {
      const error = new InterruptedError(name, onForced === undefined ? 'command' : 'run');
      const end = () => {
        onForced?.(error);
        endNow(error.exitCode);
      };
      if (stop.signal.aborted) end();
      setTimeout(end, patienceMs).unref();
      stop.abort(error);
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  takeOver();
  const done = stopRequestsWith(stop.signal);
  return {
    signal: stop.signal,
    release() {
      for (const off of listeners) off();
      done();
    },
  };
}
