/** The fraction of a second that a text names. */
interface Fraction {
  readonly micros: number;
  /** True if a digit below microseconds is not zero. */
  readonly isTruncated: boolean;
}

/**
 * Returns the fraction of a second in a text that a layout with `S` reads as `millis`, with all its digits
 * and at its true size: date-fns cuts it to milliseconds, and takes `.5` under `.SSS` for five of them. Null
 * if the layout has no `S`, or if that reading is exact. `read` reads another text by the same layout.
 */
export function layoutFraction(
  text: string,
  layout: string,
  millis: number,
  read: (text: string) => number,
): Fraction | null {
  const [, mark, token] = /([.,]?)(S+)/.exec(layout.replace(/'[^']*'/g, "'")) ?? [];
  if (token === undefined) return null;
  const size = token.length;
  const found = [...text.matchAll(mark === '' ? new RegExp(`(?=(\\d{${size}}))`, 'g') : /[.,](\d+)/g)].map(
    ({ index, 1: digits }) => ({ at: index + mark!.length, digits: digits!.slice(0, size) }),
  );
  const unit = 10 ** Math.max(0, 3 - size);
  const second = Math.floor(millis / 1000) * 1000;
  const last = found.at(-1);
  const isRead = last?.digits.length === size && second + Number(last.digits) * unit === millis;
  if (size <= 3 && (mark === '' || isRead)) return null;
  const isIt = ({ at, digits }: { readonly at: number; readonly digits: string }): boolean => {
    const put = (digit: string) =>
      read(text.slice(0, at) + digit.repeat(size) + text.slice(at + digits.length));
    return put('0') === second && put('9') === second + 1000 - unit;
  };
  const fraction = found.length === 1 ? found[0] : found.find(isIt);
  if (fraction === undefined) return null;
  const digits = fraction.digits.padEnd(6, '0');
  return { micros: Number(digits.slice(0, 6)), isTruncated: /[1-9]/.test(digits.slice(6)) };
}
