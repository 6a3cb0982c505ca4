/** A layout that cannot be written for a date, as the parts of a mistake. */
interface Refused {
  readonly message: string;
  readonly hint: string;
}

/** Letters of a layout: how often each may be repeated, and the part of a date that it writes. */
const fields: Readonly<Record<string, { readonly widths: readonly number[]; readonly part: Part }>> = {
  y: { widths: [2, 4], part: 'year' },
  M: { widths: [1, 2], part: 'month' },
  d: { widths: [1, 2], part: 'day' },
  D: { widths: [3], part: 'dayOfYear' },
  H: { widths: [1, 2], part: 'hour' },
  m: { widths: [1, 2], part: 'minute' },
  s: { widths: [1, 2], part: 'second' },
};

type Part = 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'minute' | 'second';

const datePattern =
  /^(?<year>\d{4})(-?(?<month>0[1-9]|1[0-2])(-?(?<day>\d{2})(T(?<hour>[01]\d|2[0-3])(:?(?<minute>[0-5]\d)(:?(?<second>[0-5]\d))?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/** Returns the parts of an ISO 8601 date, from year to second; null for other texts and nonexistent days. */
function partsOf(date: string): Readonly<Partial<Record<Part, string>>> | null {
  const parts = datePattern.exec(date)?.groups as Partial<Record<Part, string>> | undefined;
  if (parts === undefined) return null;
  const { year, month = '01', day = '01' } = parts;
  const instant = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(instant) || new Date(instant).getUTCDate() !== Number(day)) return null;
  if (parts.day === undefined) return parts;
  const dayOfYear = (instant - Date.parse(`${year}-01-01T00:00:00Z`)) / 86_400_000 + 1;
  return { ...parts, dayOfYear: String(dayOfYear).padStart(3, '0') };
}

/** Returns true if `text` is a valid `--date`: ISO 8601 from a year to a second, and an existing day. */
export function isDate(text: string): boolean {
  return partsOf(text) !== null;
}

/**
 * Returns a date in a layout such as `yyyy/MM/dd`; letters in single quotes and all other characters are
 * literal. Returns the parts of a mistake for letters without a meaning, and for a part that the date lacks.
 */
export function formatDate(date: string, layout: string): string | Refused {
  const parts = partsOf(date);
  let text = '';
  for (const [token, literal] of layout.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g)) {
    if (literal !== undefined) {
      text += literal === '' ? "'" : literal.replaceAll("''", "'");
      continue;
    }
    if (!/[A-Za-z]/.test(token)) {
      if (token === "'") return { message: 'has a single quote that does not close', hint: letters };
      text += token;
      continue;
    }
    const field = fields[token[0]!];
    if (field === undefined || !field.widths.includes(token.length))
      return { message: `has "${token}", which is not a part of a date`, hint: letters };
    const value = parts?.[field.part];
    const need = field.part === 'hour' ? 'an hour' : `a ${field.part === 'dayOfYear' ? 'day' : field.part}`;
    if (value === undefined)
      return {
        message: `needs a date with ${need}, found "${date}"`,
        hint: 'give a longer date, such as --date 2013-01-04 or 2013-01-04T06',
      };
    text += token.length < value.length ? shortened(value, token.length) : value;
  }
  return text;
}

function shortened(value: string, length: number): string {
  return value.length === 4 ? value.slice(-length) : String(Number(value));
}

const letters =
  "year yyyy, month MM, day dd, hour HH, minute mm, second ss, day of the year DDD; put other letters in single quotes: yyyy'/day='dd";

/** Days before now that a word for `--date` means. */
const words: ReadonlyMap<string, number> = new Map([
  ['today', 0],
  ['yesterday', 1],
]);

/** The words that `--date` takes besides a date. */
export const dateWords: readonly string[] = [...words.keys()];

/** Returns the day of `today` or `yesterday` in the time zone of the process; other texts unchanged. */
export function dayOf(date: string, now: Date): string {
  const back = words.get(date);
  if (back === undefined) return date;
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  const [year, month, of] = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(of).padStart(2, '0')}`;
}
