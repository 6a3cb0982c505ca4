/** Returns milliseconds since 1970 on a monotonic clock: the machine's time at the start of this process, steady from then on. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
