import { TransientError } from '../../errors.js';
import { isUnscored, type PartitionOutcome } from './outcomes.js';

/**
 * Returns the failure that partitions of the plan are not scored for the current inputs (exit 5); null if all are. `hint` says how to score
 * them.
 */
export function incomplete(outcomes: readonly PartitionOutcome[], hint: string): TransientError | null {
  const missing = outcomes.filter(isUnscored);
  if (missing.length === 0) return null;
  const { partition } = missing[0]!;
  return new TransientError(
    'incomplete',
    `${missing.length} of ${outcomes.length} partitions are not scored for the current inputs; the first is "${partition}"`,
    { hint },
  );
}
