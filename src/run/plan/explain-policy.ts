import type { InputRow } from '../../features/explain-mapping.js';
import type { ColumnContract } from '../../repair/contract.js';

/** What becomes of a value that is missing, outside or unknown on its way to the model: the contract's word, then the model's. */
export function explainPolicy(
  { missing, range, outside, categories, unknown }: ColumnContract,
  row: InputRow,
): string {
  const told = [`missing: ${inWords(missing, row.missing)}`];
  if (range !== null)
    told.push(`outside ${range.low ?? '-infinity'} to ${range.high ?? 'infinity'}: ${inWords(outside, '')}`);
  if (categories !== null) told.push(`unknown: ${inWords(unknown, row.unknown)}`);
  else if (row.unknown !== '') told.push(`unknown: ${row.unknown}`);
  return told.join('; ');
}

/** A policy in words; `after` is what a value that is let through comes to. */
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
