import type { ReadColumn } from '../../chunk/read-plan.js';
import { instantOffset } from '../../text/time-zone.js';
import { layoutFraction } from './layout-fraction.js';

/** Reads declared layouts; takes about 20 ms to load, so it is only loaded if a column needs it. */
interface DateLibrary {
  readonly parse: typeof import('date-fns/parse').parse;
  readonly utc: ReturnType<typeof import('@date-fns/tz').tz>;
}

let library: DateLibrary | null = null;

/** Loads the date library if a column declares layouts; must finish before its cells are read. */
export async function loadDateLibrary(columns: readonly ReadColumn[]): Promise<void> {
  if (library !== null) return;
  const wanted = columns.some(
    ({ type, parse }) => (type === 'date' || type === 'timestamp') && parse.layouts.length > 0,
  );
  if (!wanted) return;
  const [{ parse }, { tz }] = await Promise.all([import('date-fns/parse'), import('@date-fns/tz')]);
  library = { parse, utc: tz('UTC') };
}

/** A text read by one layout; wall-clock time unless `absolute` (the layout has a zone or an epoch). */
interface LayoutTime {
  /** Days since 1970-01-01, and microseconds since midnight. */
  readonly days: number;
  readonly micros: number;
  /** True if a truncated digit was not zero. */
  readonly isTruncated: boolean;
  readonly absolute: boolean;
}

/** A two-digit year is within 1969 to 2068, as in POSIX; date-fns takes the nearest to a reference. */
const ofTwoDigits = new Date(Date.UTC(2019, 0));
const epoch = new Date(0);

/** Reads a text by a date-fns layout; null if it does not fit, or names a year outside 100 to 9999. */
export function parseLayout(text: string, layout: string): LayoutTime | null {
  const { parse, utc } = loaded();
  const reference = /(?<!y)yy(?!y)/.test(layout.replace(/'[^']*'/g, '')) ? ofTwoDigits : epoch;
  const read = (each: string): number => Number(parse(each, layout, reference, { in: utc }));
  let millis: number;
  try {
    millis = read(text);
  } catch {
    return null;
  }
  const year = new Date(millis).getUTCFullYear();
  if (!(year >= 100 && year <= 9999)) return null;
  const absolute = /[XxTt]/.test(layout.replace(/'[^']*'/g, ''));
  const days = Math.floor(millis / 86_400_000);
  const ofDay = millis - days * 86_400_000;
  const fraction = layoutFraction(text, layout, millis, read);
  if (fraction === null) return { days, micros: ofDay * 1000, isTruncated: false, absolute };
  const { micros, isTruncated } = fraction;
  return { days, micros: Math.floor(ofDay / 1000) * 1_000_000 + micros, isTruncated, absolute };
}

/** Returns true if a layout can read back the times that it writes. Loads the date library. */
export async function isLayout(layout: string): Promise<boolean> {
  const [{ format }, { parse }] = await Promise.all([import('date-fns/format'), import('date-fns/parse')]);
  try {
    const written = format(new Date(2013, 0, 4, 5, 6, 7), layout);
    return !Number.isNaN(Number(parse(written, layout, new Date(2013, 0, 4))));
  } catch {
    return false;
  }
}

/** Why a wall-clock time is not one instant: the zone's clocks skip it (going forward) or show it twice. */
export type WallTimeCode = 'time-skipped' | 'time-repeated';

/** Returns a zone's offset from UTC in minutes when it shows `wallMillis`, or why there is none or two. */
export function zoneOffset(wallMillis: number, zone: string): number | WallTimeCode {
  if (zone === 'UTC') return 0;
  const dayMillis = 86_400_000;
  const before = instantOffset(wallMillis - dayMillis, zone);
  const after = instantOffset(wallMillis + dayMillis, zone);
  if (before === after) return before;
  const isBefore = instantOffset(wallMillis - before * 60_000, zone) === before;
  const isAfter = instantOffset(wallMillis - after * 60_000, zone) === after;
  if (isBefore && isAfter) return 'time-repeated';
  return isBefore ? before : isAfter ? after : 'time-skipped';
}

function loaded(): DateLibrary {
  if (library === null) throw new Error('loadDateLibrary must end before cells with layouts are read');
  return library;
}
