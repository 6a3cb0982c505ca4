import type { ColumnProfile } from '../../quality/column-profile.js';
import { noTopValues } from '../../quality/top-values.js';
import type { UnknownValues } from '../../repair/unknown-values.js';

/**
 * Replaces the unknown values in profiles of columns as read by those that repair found: an alias, or another
 * spelling of a category, is not unknown, and columns of numbers have categories too. Totals are exact;
 * values that repair lists by name are counted by name.
 */
export function settleUnknown(
  profiles: readonly ColumnProfile[],
  unknown: readonly UnknownValues[],
): readonly ColumnProfile[] {
  const byColumn = new Map(unknown.map((one) => [one.column, one]));
  return profiles.map((profile) => {
    const found = byColumn.get(profile.name);
    if (found === undefined) {
      if (profile.unknown === 0) return profile;
      return { ...profile, unknown: 0, unknownValues: profile.unknownValues === null ? null : noTopValues };
    }
    const { total, unlisted } = found;
    if (unlisted === total) return { ...profile, unknown: total, unknownValues: null };
    const values = found.values.map(({ value }) => value);
    const counts = found.values.map(({ count }) => count);
    return { ...profile, unknown: total, unknownValues: { values, counts, total, error: unlisted } };
  });
}
