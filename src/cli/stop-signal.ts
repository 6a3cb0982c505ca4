import { InterruptedError } from '../errors.js';

/** A signal that aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopSignal(): { readonly signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      if (stop.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
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
