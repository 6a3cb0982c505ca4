import { InvalidError } from '../errors.js';

/** Maximum number of dates of a backfill: thirty years of days. */
const mostDates = 11_000;

const forms: readonly RegExp[] = [/^\d{4}-\d{2}-\d{2}$/, /^\d{4}-\d{2}$/, /^\d{4}$/];

/**
 * Returns the dates from one to another, both included: days (`2013-01-04`), months (`2013-01`) or years.
 * Throws `InvalidError` for a date that does not exist, two of different kinds, and an end before the
 * beginning.
 */
export function datesBetween(from: string, to: string): readonly string[] {
  const form = forms.find((one) => one.test(from));
  for (const [option, date] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    if (!forms.some((one) => one.test(date)) || !exists(date))
      throw refused(
        `"${option}" must be a day, a month or a year such as 2013-01-04, 2013-01 or 2013, found ${date}`,
      );
  }
  if (!form!.test(to))
    throw refused(`"--from" and "--to" must both be days, months or years, found ${from} and ${to}`);
  if (from > to) throw refused(`"--to" must not be before "--from", found ${from} and ${to}`);
  const dates: string[] = [];
  for (let date = from; date <= to; date = following(date)) {
    dates.push(date);
    if (dates.length > mostDates)
      throw refused(`"--from" and "--to" must be at most ${mostDates} dates apart`);
  }
  return dates;
}

function refused(message: string): InvalidError {
  return new InvalidError('usage', message, { hint: 'see nightshift run --help' });
}

function exists(date: string): boolean {
  const instant = new Date(`${date.padEnd(7, '-01').padEnd(10, '-01')}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(date);
}

/** Returns the next day, month or year. */
function following(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number | undefined, number | undefined];
  const next =
    day !== undefined
      ? Date.UTC(year, month! - 1, day + 1)
      : month !== undefined
        ? Date.UTC(year, month, 1)
        : Date.UTC(year + 1, 0, 1);
  return new Date(next).toISOString().slice(0, date.length);
}
