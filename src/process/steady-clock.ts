/** Returns milliseconds since 1970 on a monotonic clock that starts at the machine's time. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
