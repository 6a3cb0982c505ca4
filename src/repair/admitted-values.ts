import type { ColumnContract } from './contract.js';

/** Returns the values that a column's own policies may write besides its categories, in a fixed order. */
export function admittedValues(contract: ColumnContract): readonly string[] {
  const policies = [contract.unknown, contract.missing, contract.unreadable, contract.absent];
  const values = policies.flatMap((policy) => (policy.kind === 'fill' ? [String(policy.value)] : []));
  return [...new Set(values)].filter((value) => contract.categories?.includes(value) !== true);
}
