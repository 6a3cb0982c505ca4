import type { ColumnContract } from './contract.js';

/** Returns the values that a column may hold besides its categories because its own policies write them, in a fixed order. */
export function admittedValues(contract: ColumnContract): readonly string[] {
  const policies = [contract.unknown, contract.missing, contract.unreadable, contract.absent];
  const values = policies.flatMap((policy) => (policy.kind === 'fill' ? [String(policy.value)] : []));
  return [...new Set(values)].filter((value) => contract.categories?.includes(value) !== true);
}
