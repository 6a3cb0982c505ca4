/** Pattern of a size: a number and a unit, `4MiB` (1,024²) or `64KB` (1,000). */
export const sizePattern = /^\d+(\.\d+)?\s?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Parses a size (`4MiB`, `64 KB`, plain bytes) to bytes; null if it is not a whole number of them. */
export function parseSize(text: string | number): number | null {
  const written = String(text);
  const bytes = /^\d+$/.test(written)
    ? Number(written)
    : sizePattern.test(written)
      ? Number.parseFloat(written) * units[/[A-Za-z]+$/.exec(written)![0]]!
      : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Returns the size that a text with another unit probably means, such as `512MB` for `512mb`; else null. */
export function likelySize(text: string): string | null {
  const [, digits, letters = ''] = /^(\d+(?:\.\d+)?)\s?([A-Za-z]+)$/.exec(text) ?? [];
  const meant = [letters, `${letters}B`].map((unit) => unit.toLowerCase());
  const unit = Object.keys(units).find((known) => meant.includes(known.toLowerCase()));
  return digits === undefined || unit === undefined ? null : `${digits}${unit}`;
}

/** Formats `bytes` for people: `4 MiB`, `1.5 GiB`, `12 B`. */
export function showSize(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const size = bytes / units[unit]!;
    if (size >= 1) return `${Number.isInteger(size) ? size : size.toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}
