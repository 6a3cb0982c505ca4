import { printable } from '../text/printable.js';
/** Formats a whole number with thousands separators: `12,345`. */
export function countText(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Formats a share from 0 to 1 as a percentage of two significant digits: `0.12 %`, `3.4 %`, `57 %`. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent > 99.99) return 'over 99.99 %';
  if (percent > 99.5) return `${Math.floor(percent * 100) / 100} %`;
  if (percent >= 10) return `${percent.toFixed(0)} %`;
  return percent < 0.001 ? 'under 0.001 %' : `${Number(percent.toPrecision(2))} %`;
}

/** Formats a number with four significant digits, without an exponent if that is short. */
export function figureText(figure: number): string {
  if (figure === 0) return '0';
  const size = Math.abs(figure);
  if (size >= 1e15 || size < 1e-6) return figure.toExponential(2);
  if (size >= 10_000) return figure < 0 ? `-${countText(size)}` : countText(size);
  return String(Number(figure.toPrecision(4)));
}

/** Formats a number with all its digits if that is short, else like `figureText`. */
export function exactText(figure: number): string {
  const text = String(figure);
  if (text.length > mostDigits || text.includes('e')) return figureText(figure);
  return Number.isInteger(figure) ? figureText(figure) : text;
}

const mostDigits = 12;

/** Lists names, at most the first `most` of them. */
export function namesText(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map((name) => shownText(name, 40));
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${countText(more)} more` : ''}`;
}

/** `1 row`, `2 rows`. */
export function countOf(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Counts what is in the input besides the rows read: lines that are not rows, and rows of other runs. */
export function besidesText({
  skipped,
  left_out: leftOut = 0,
}: {
  readonly skipped: number;
  readonly left_out?: number;
}): string {
  const lines = skipped === 0 ? '' : `; ${countOf(skipped, 'line')} skipped`;
  return leftOut === 0 ? lines : `${lines}; ${countOf(leftOut, 'row')} left out`;
}

/** Formats a date (days) or timestamp (microseconds) in ISO 8601; those beyond the calendar as numbers. */
export function timeText(value: number, type: 'date' | 'timestamp'): string {
  const milliseconds = type === 'date' ? value * 86_400_000 : value / 1000;
  if (Math.abs(milliseconds) > 8.64e15) return String(value);
  const text = new Date(milliseconds).toISOString();
  return type === 'date' ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}

/**
 * Capitalizes a sentence, unless it begins with `name`, or with a word that has digits or an underscore: a
 * column keeps its spelling.
 */
export function capitalised(sentence: string, name: string | null): string {
  if (sentence === '' || (name !== null && sentence.startsWith(name))) return sentence;
  if (/^\w*[\d_]/.test(sentence)) return sentence;
  return sentence[0]!.toUpperCase() + sentence.slice(1);
}

/** Formats a duration: `340 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${Number((milliseconds / 1000).toPrecision(2))} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Formats a value for display: escapes control and bidi characters, and cuts it after `limit` characters. */
export function shownText(value: string, limit = 100): string {
  const cut = [...value.slice(0, 2 * limit)];
  const text = cut.slice(0, limit).join('') + (cut.length > limit || value.length > 2 * limit ? '…' : '');
  return printable(text);
}
