import { InterruptedError } from '../errors.js';

/** Well under the ten seconds after which schedulers send SIGKILL. */
const patienceMs = 8_000;

/**
 * A signal that aborts on the first SIGINT or SIGTERM; a second one ends the process at once, and so does a run that has not come to its end in time:
 * whatever stands on the disk then, the rerun resumes.
 */
export function stopSignal(): { readonly signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      const end = () => process.exit(name === 'SIGINT' ? 130 : 143);
      if (stop.signal.aborted) end();
      setTimeout(end, patienceMs).unref();
      stop.abort(new InterruptedError(name));
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
