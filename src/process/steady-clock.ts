/** The time in ms since 1970 by a clock that nobody sets: the machine's at the start of this process, and steady from there. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
