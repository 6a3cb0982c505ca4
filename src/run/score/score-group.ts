import type { Work } from '../plan/what-to-do.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import type { Scoring } from './scene.js';
import { blankRecord, scorePartition } from './score-partition.js';
import type { WholeFiles } from './whole-files.js';

/**
 * Scores a group of small files in a worker and publishes each; those that the worker does not take are
 * scored by themselves. Calls `waits` once all of them only wait to be committed with others.
 */
export async function scoreGroup(
  run: Scoring,
  group: readonly Work[],
  { score }: WholeFiles,
  waits: () => void,
): Promise<PartitionOutcome[]> {
  const { attempts, commits, signal } = run;
  const busy = new Set(group);
  const rests = (one: Work) => {
    if (busy.delete(one) && busy.size === 0) waits();
  };
  const isBegun = !signal.aborted && (await begin());
  const asked = group.map((one) => ({ input: one.input, blank: blankRecord(run, one) }));
  const scored = isBegun ? score(asked) : null;
  return Promise.all(
    group.map(async (one, i) => {
      const whole = scored?.then((answers) => answers[i]!) ?? null;
      const inGroup = whole === null ? null : { blank: asked[i]!.blank, whole };
      return scorePartition(run, one, false, () => rests(one), inGroup).finally(() => {
        commits.ended(one.input.partition);
        rests(one);
      });
    }),
  );

  /** Marks the group; if storage fails, each partition tries again, and fails by itself. */
  async function begin(): Promise<boolean> {
    try {
      await Promise.all(group.map(({ input }) => attempts.begin(input.partition, false)));
      return true;
    } catch {
      return false;
    }
  }
}
