/** A whole number with its thousands parted: `12,345`. */
export function countText(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share from 0 to 1 as a percentage of two significant digits: `0.12 %`, `3.4 %`, `57 %`. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent > 99.5) return 'over 99.5 %';
  if (percent >= 10) return `${percent.toFixed(0)} %`;
  return percent < 0.001 ? 'under 0.001 %' : `${Number(percent.toPrecision(2))} %`;
}

/** A figure of four significant digits, without an exponent where it would be short. */
export function figureText(figure: number): string {
  if (figure === 0) return '0';
  const size = Math.abs(figure);
  if (size >= 1e15 || size < 1e-6) return figure.toExponential(2);
  if (size >= 10_000) return figure < 0 ? `-${countText(size)}` : countText(size);
  return String(Number(figure.toPrecision(4)));
}

/** `1 row`, `2 rows`. */
export function countOf(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}
