import type { Means } from '../budgets/means.js';
import type { RunOptions } from '../plan/run-options.js';
import type { RunPlan } from '../plan/run-plan.js';
import type { Commits } from '../publish/commit-queue.js';
import type { OpenRun } from '../publish/open-run.js';
import type { PackedValues } from '../records/packed-values.js';
import type { RecentRecords } from '../records/recent-records.js';
import type { LedgerEntry } from '../records/record.js';
import type { Challenges } from './challenges.js';
import type { FoundKeys } from './repeated-keys.js';
import type { Crew } from './with-workers.js';

/** A run in progress: its caller, plan, folder and resources. */
export interface Scene
  extends Pick<RunOptions, 'runId' | 'startedAt' | 'observe'>,
    Pick<OpenRun, 'layout' | 'known' | 'attempts' | 'signal' | 'stop'> {
  readonly plan: RunPlan;
  readonly means: Means;
  readonly recent: RecentRecords;
  /** The entries of the records that this run has written. */
  readonly ended: PackedValues<LedgerEntry>;
}

/** The run while its partitions are scored. */
export interface Scoring extends Scene, Crew {
  /** Keys that are repeated in the run; null without a key, or for a single input, checked while scored. */
  readonly keys: FoundKeys | null;
  /** Rows whose key another run of the job has published; null: none are left out. */
  readonly published: FoundKeys | null;
  readonly challenges: Challenges;
  readonly commits: Commits;
  /** Reports that a partition is scored; the workers end after the last one. A retry starts them again. */
  releaseWorkers(partition: string): void;
}
