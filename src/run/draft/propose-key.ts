import type { SampledColumn } from './sample-input.js';

/** Rows below which unique values say little. */
const fewRows = 20;

/** A column that identifies each row of the sample. */
export interface ProposedKey {
  readonly name: string;
  readonly type: 'int64' | 'string';
  /** Why it may not be a key, or null. */
  readonly doubt: string | null;
}

/**
 * Proposes the columns that may be the key, the best first: unique and complete in the sample, whole numbers
 * or texts. Unless the name suggests a key, uniqueness may be an accident.
 */
export function proposeKeys(
  columns: readonly SampledColumn[],
  rows: number,
  fed: ReadonlySet<string>,
): readonly ProposedKey[] {
  const keys = columns
    .filter(({ kind, isUnique }) => isUnique && (kind === 'whole' || kind === 'text'))
    .filter(({ name }) => name.trim() !== '' && (!fed.has(name) || isIdName(name)))
    .map(({ name, kind }): ProposedKey => {
      const doubt = !isIdName(name)
        ? `"${name}" is unique in the sample, but its name does not say that it identifies rows`
        : rows < fewRows
          ? `"${name}" is unique in only ${rows} rows`
          : null;
      return { name, type: kind === 'whole' ? 'int64' : 'string', doubt };
    });
  return [...keys.filter(({ name }) => isIdName(name)), ...keys.filter(({ name }) => !isIdName(name))];
}

/** Returns true if a name is that of an identifier: `id`, `flight_id`, `OrderID`, `customerKey`, `uuid`. */
export function isIdName(name: string): boolean {
  return (
    /(?:^|[^a-z])(?:id|key|uuid|guid|no|nr|pk|index|row)$/i.test(name.trim()) ||
    /[a-z](?:Id|ID|Key|Uuid)$/.test(name.trim())
  );
}
