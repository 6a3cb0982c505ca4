import type { InputRow } from '../../features/explain-mapping.js';
import type { ColumnContract } from '../../repair/contract.js';

/**
 * Returns the derivation of a column, and the policy for values that are missing, outside or unknown: the
 * contract's policy, then the model's.
 */
export function explainPolicy(
  { derivation, missing, range, outside, categories, unknown }: ColumnContract,
  row: InputRow,
): string {
  const lines = derivation === null ? [] : [`derived: ${derivation.from}`];
  lines.push(`missing: ${inWords(missing, row.missing)}`);
  if (range !== null)
    lines.push(`outside ${range.low ?? '-infinity'} to ${range.high ?? 'infinity'}: ${inWords(outside, '')}`);
  if (categories !== null) lines.push(`unknown: ${inWords(unknown, row.unknown)}`);
  else if (row.unknown !== '') lines.push(`unknown: ${row.unknown}`);
  return lines.join('; ');
}

/** Formats a policy; `after` is what a value becomes if it passes. */
function inWords(
  policy: ColumnContract['missing'] | ColumnContract['outside'] | ColumnContract['unknown'],
  after: string,
): string {
  switch (policy.kind) {
    case 'pass':
      return after;
    case 'flag':
      return after === 'row rejected' ? after : ['flagged', after].filter((text) => text !== '').join(', ');
    case 'reject':
      return 'row rejected';
    case 'clamp':
      return 'to the nearest bound';
    case 'null':
      return 'becomes missing';
    case 'fill':
      return JSON.stringify(policy.value, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
  }
}
