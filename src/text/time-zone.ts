/** Returns true for an IANA time zone. Skips the check for UTC: the first one loads locale data, 15 ms. */
export function isZone(name: string): boolean {
  if (name === 'UTC') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const zones = new Map<string, Intl.DateTimeFormat>();

/** Returns a zone's offset from UTC in minutes at an instant; some historical ones have fractions. */
export function instantOffset(millis: number, zone: string): number {
  if (zone === 'UTC') return 0;
  let format = zones.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    zones.set(zone, format);
  }
  const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(
    format.format(millis),
  ) ?? ['', '+', '0', '0'];
  const ahead = Number(hours) * 60 + Number(minutes) + Number(seconds) / 60;
  return sign === '-' ? -ahead : ahead;
}

const dayMicros = 86_400_000_000;

/** Number of days whose offsets are kept, a power of two: eleven years in a row. */
const keptDays = 4096;

/** Instants farther from 1970 have no date, in microseconds; JavaScript's dates end at 8.64e18. */
const lastMicros = 8.63e18;

/**
 * Returns a function from microseconds since 1970 in UTC to the same readings of a zone's clocks, in `out`;
 * NaN gives NaN. The first instant of each day costs about 10 us, others 3 ns: no zone has ever changed its
 * clocks twice within three days.
 */
export function localClock(zone: string): (times: Float64Array, out: Float64Array) => void {
  const offsetAt = (micros: number) =>
    Math.round(instantOffset(Math.floor(micros / 1000), zone) * 60) * 1_000_000;
  const days = new Float64Array(keptDays).fill(Number.NaN);
  const before = new Float64Array(keptDays);
  const after = new Float64Array(keptDays);
  const changes = new Float64Array(keptDays);
  const look = (day: number, entry: number): void => {
    const [start, end] = [day * dayMicros, (day + 1) * dayMicros];
    days[entry] = day;
    before[entry] = offsetAt(start);
    after[entry] = offsetAt(end);
    changes[entry] =
      before[entry] === after[entry] ? end : changeWithin(offsetAt, start, end, before[entry]!);
  };
  return (times, out) => {
    for (let row = 0; row < out.length; row++) {
      const micros = times[row]!;
      if (!(Math.abs(micros) < lastMicros)) {
        out[row] = Number.NaN;
        continue;
      }
      const day = Math.floor(micros / dayMicros);
      const entry = day & (keptDays - 1);
      if (days[entry] !== day) look(day, entry);
      out[row] = micros + (micros < changes[entry]! ? before[entry]! : after[entry]!);
    }
  };
}

/** Returns the first instant between two, to the millisecond, at which the offset is no longer `before`. */
function changeWithin(
  offsetAt: (micros: number) => number,
  start: number,
  end: number,
  before: number,
): number {
  let [low, high] = [start / 1000, end / 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}
