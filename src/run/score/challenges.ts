import { addCounts, type ChallengerCounts, noCounts } from '../../quality/challenger.js';
import { durationText } from '../../quality/wording.js';
import type { Observe } from '../../run-event.js';
import type { PlannedChallenger } from '../plan/run-plan.js';
import type { ChallengeResult } from '../slice/challenge-slice.js';

/** The challengers of a run that still score, and why the others do not. */
export interface Challenges {
  /** Indices in the plan of those that still score. */
  active(): readonly number[];
  /** Ends a challenger for the rest of the run; only its first reason counts. */
  stop(index: number, why: string): void;
  /** Ends all of them, because the run needs their memory or time. */
  stopAll(why: string): void;
  /** Takes their results for a slice; ends those that failed, or that take far longer than the model. */
  note(results: readonly ChallengeResult[]): void;
  /** Returns the counts of no rows of a partition, each with the reason if the challenger does not score. */
  none(): ChallengerCounts[];
}

/**
 * Time limit for a batch with challengers, in a job without "batch_timeout": after that the slice is scored
 * without them.
 */
export const challengeLimitMs = 120_000;

/**
 * A challenger that takes this many times as long as the model, including reading and repair, is ended; not
 * in its first seconds.
 */
const mostTimes = 20;
const graceMs = 30_000;

/** Returns the challenges of a run. */
export function createChallenges(planned: readonly PlannedChallenger[], observe: Observe): Challenges {
  const why = planned.map(({ refused }) => refused);
  const spent = planned.map(() => ({ own: 0, model: 0 }));
  for (const [i, { refused }] of planned.entries()) if (refused !== null) warn(i, refused);

  function warn(index: number, reason: string): void {
    const message = `challenger "${planned[index]!.path}" is not scored: ${reason}`;
    observe({ kind: 'note', level: 'warn', message });
  }

  function stop(index: number, reason: string): void {
    if (why[index] !== null) return;
    why[index] = reason;
    warn(index, reason);
  }

  return {
    active: () => planned.flatMap((_, i) => (why[i] === null ? [i] : [])),
    stop,
    stopAll(reason) {
      for (const i of planned.keys()) stop(i, reason);
    },
    note(results) {
      for (const { index, failure, ms, modelMs } of results) {
        if (failure !== null) stop(index, failure);
        const sum = spent[index]!;
        sum.own += ms;
        sum.model += modelMs;
        if (sum.own > graceMs && sum.own > mostTimes * sum.model) {
          const times = `${durationText(sum.own)}, the model ${durationText(sum.model)}`;
          stop(index, `it takes more than ${mostTimes} times as long as the model: ${times}`);
        }
      }
    },
    none: () => planned.map(({ path, sha256 }, i) => noCounts(path, sha256, why[i]!)),
  };
}

/** The counts of a partition, added up in the order of the input. */
export interface ChallengeSums {
  add(results: readonly ChallengeResult[]): void;
  counts(): ChallengerCounts[];
}

/**
 * Returns the sums of no slices; `refused` maps the challengers that do not fit the partition to the reason.
 */
export function createChallengeSums(
  challenges: Challenges,
  refused: readonly (string | null)[],
): ChallengeSums {
  const sums = challenges
    .none()
    .map((counts, i) => ({ ...counts, failure: counts.failure ?? refused[i] ?? null }));
  return {
    add(results) {
      for (const { index, counts, failure } of results) {
        const sum = sums[index]!;
        const more = { ...noCounts(sum.path, sum.sha256, failure), ...(counts ?? {}) };
        sums[index] = addCounts(sum, more);
      }
    },
    // The reason why a challenger was ended is known only at the end.
    counts: () =>
      challenges.none().map(({ failure }, i) => ({ ...sums[i]!, failure: sums[i]!.failure ?? failure })),
  };
}
