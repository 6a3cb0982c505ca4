/** Pattern of a time of day: `06:00`, from 00:00 to 23:59. */
export const timeOfDayPattern = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** A time on the machine's clock, in its time zone. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** Parses a time of day, or returns null. */
export function parseTimeOfDay(text: string): TimeOfDay | null {
  const parts = timeOfDayPattern.exec(text);
  return parts === null ? null : { hour: Number(parts[1]), minute: Number(parts[2]) };
}

/**
 * Returns the next instant at which the clock shows `time`, or the first after a clock change that skips it.
 */
export function nextTimeOfDay(time: TimeOfDay, now: Date): Date {
  const next = new Date(now);
  next.setHours(time.hour, time.minute, 0, 0);
  if (next <= now) {
    next.setDate(next.getDate() + 1);
    next.setHours(time.hour, time.minute, 0, 0);
  }
  return next;
}
