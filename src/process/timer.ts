/** A longer delay makes `setTimeout` fire at once: 24.8 days. */
const longestMs = 2 ** 31 - 1;

/** Calls `act` after `ms`; never if that is more than 24 days, which no process of a run lasts. Stop it with `clearTimeout`. */
export function after(ms: number, act: () => void): NodeJS.Timeout | undefined {
  return ms > longestMs ? undefined : setTimeout(act, ms);
}
