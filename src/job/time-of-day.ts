/** How a time of day is written: `06:00`, from 00:00 to 23:59. */
export const timeOfDayPattern = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** A time on the machine's own clock, in its own zone. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** The time that `text` names, or null when it is none. */
export function parseTimeOfDay(text: string): TimeOfDay | null {
  const parts = timeOfDayPattern.exec(text);
  return parts === null ? null : { hour: Number(parts[1]), minute: Number(parts[2]) };
}

/** The first instant after `now` at which the clock shows `time`; a time that a change of clocks skips is the first one after it. */
export function nextTimeOfDay(time: TimeOfDay, now: Date): Date {
  const next = new Date(now);
  next.setHours(time.hour, time.minute, 0, 0);
  if (next <= now) {
    next.setDate(next.getDate() + 1);
    next.setHours(time.hour, time.minute, 0, 0);
  }
  return next;
}
