/** A longer delay makes `setTimeout` fire at once: 24.8 days. */
const longestMs = 2 ** 31 - 1;

/** Calls `act` after `ms`; never beyond 24 days, which no process runs for. Stop it with `clearTimeout`. */
export function after(ms: number, act: () => void): NodeJS.Timeout | undefined {
  return ms > longestMs ? undefined : setTimeout(act, ms);
}
