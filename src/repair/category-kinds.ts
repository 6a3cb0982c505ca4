import type { ProblemKind } from '../chunk/problem.js';
import type { ColumnContract } from './contract.js';

/** Returns the two problems that a column with categories can have. */
export function categoryKinds(contract: ColumnContract, categories: readonly string[]) {
  const expected = `one of ${categories.slice(0, 20).join(', ')}${
    categories.length > 20 ? `, … (${categories.length} in all)` : ''
  }`;
  const { kind } = contract.unknown;
  const alias: ProblemKind = { code: 'category-alias', column: contract.name, expected, outcome: 'repaired' };
  const unknown: ProblemKind = {
    code: 'unknown-category',
    column: contract.name,
    expected,
    outcome: kind === 'flag' ? 'flagged' : kind === 'reject' ? 'rejected' : 'repaired',
  };
  return { alias, unknown };
}
