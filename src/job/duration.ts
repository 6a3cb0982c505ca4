/** Pattern of a duration: numbers with units, large to small: `2h`, `1h30m`, `90s`, `500ms`; never empty. */
export const durationPattern = /^(?=.*[1-9])(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

const milliseconds = [86_400_000, 3_600_000, 60_000, 1_000, 1] as const;

/** Parses a duration (`30m`, `2h`, `90s`, `1h30m`) to milliseconds; null for any other text. */
export function parseDuration(text: string): number | null {
  const parts = durationPattern.exec(text);
  if (parts === null) return null;
  let total = 0;
  for (let i = 0; i < milliseconds.length; i++) {
    total += Number.parseInt(parts[i + 1] ?? '0', 10) * milliseconds[i]!;
  }
  return Number.isSafeInteger(total) ? total : null;
}
