import { addRows, noRows, type RowCounts } from '../../chunk/row-counts.js';
import { TransientError } from '../../errors.js';
import type { Finding, Verdict } from '../../quality/summary.js';
import type { ExitCode, Reason } from '../../reasons.js';
import type { Entries, Failure, LedgerEntry, PartitionState } from './record.js';

/** Outcome of a planned partition: done before, staged and held for the run's gates, or as in its record. */
export interface PartitionOutcome {
  readonly partition: string;
  readonly state: PartitionState | 'skipped' | 'held' | 'not-started';
  readonly failure: Failure | null;
  /** Where to look up the entry of its record; null if it has no record. */
  readonly entries: Entries | null;
}

/** Returns the entry of a partition's record; null if it has none. */
export function recordEntry({
  partition,
  entries,
}: Pick<PartitionOutcome, 'partition' | 'entries'>): LedgerEntry | null {
  return entries?.get(partition) ?? null;
}

/** A finding in a run's last line. */
export type ReportFinding = Pick<Finding, 'level' | 'code' | 'column' | 'sentence'>;

/** The part of a run's last line about the data: whether to use the scores, why not, and what to do. */
export interface ReportVerdict {
  readonly verdict: Verdict['level'];
  /** The first few, most important first; no notes. */
  readonly findings: readonly ReportFinding[];
  /** Number of findings without the notes; the line lists only the first few. */
  readonly findings_total: number;
  /** What to do about the first of them; null if there is nothing to do. */
  readonly hint: string | null;
}

/**
 * The last line on stdout of `run`, `retry` and `finish`. `rows` counts every partition that was scored
 * completely: published now or before, waiting for the gates of the run, or held back by one.
 */
export interface RunReport extends ReportVerdict {
  readonly job: string;
  readonly run_id: string;
  /** The data's date, as given with `--date`. */
  readonly date: string | null;
  /** `--set` values, without secrets. */
  readonly variables: Readonly<Record<string, string>>;
  readonly exit_code: ExitCode;
  readonly reason: Reason;
  readonly partitions: {
    readonly planned: number;
    readonly published: number;
    readonly failed: number;
    readonly skipped: number;
  };
  readonly rows: RowCounts;
  readonly output: string;
  readonly summary: string | null;
}

/**
 * Returns the exit code of a run from the outcomes of its partitions: that of the error that stopped the run,
 * if any; 0 if all are published; 3 if only gates held something back; the failures' own code if nothing was
 * published and they agree; else 4.
 */
export function exitOfOutcomes(
  outcomes: readonly PartitionOutcome[],
  stopped: Failure | null,
): { code: ExitCode; reason: Reason } {
  if (stopped !== null) return { code: stopped.exitCode, reason: stopped.reason };
  const failed = outcomes.filter(({ state }) => state === 'failed');
  const gated = outcomes.filter(({ state }) => state === 'gated');
  if (failed.length === 0) {
    if (gated.length > 0) return { code: 3, reason: 'gate-failed' };
    return { code: 0, reason: outcomes.some(({ state }) => state === 'held') ? 'held' : 'ok' };
  }
  const first = failed[0]!.failure!;
  const agree = failed.every(({ failure }) => failure!.exitCode === first.exitCode);
  if (failed.length === outcomes.length && agree) return { code: first.exitCode, reason: first.reason };
  return { code: 4, reason: 'partitions-failed' };
}

/** Returns true if a partition's scores exist for the current inputs: from this call or from one before. */
export function isPublished({ state }: PartitionOutcome): boolean {
  return state === 'published' || state === 'skipped';
}

/** Returns true if a partition's rows are known: published, waiting for the run's gates, or held back. */
export function isCovered({ state }: Pick<PartitionOutcome, 'state'>): boolean {
  return state === 'published' || state === 'skipped' || state === 'held' || state === 'gated';
}

/** Returns true if a partition is not scored completely yet, so that a run cannot be judged as a whole. */
export function isUnscored({ state }: PartitionOutcome): boolean {
  return state === 'not-started' || state === 'interrupted';
}

/** Sums the rows of all partitions with known rows. */
export function rowsOf(outcomes: readonly PartitionOutcome[]): RowCounts {
  return outcomes
    .filter(isCovered)
    .reduce((sum, outcome) => addRows(sum, recordEntry(outcome)?.rows ?? noRows), noRows);
}

/** Counts partitions by outcome. */
export function partitionsOf(outcomes: readonly PartitionOutcome[]): RunReport['partitions'] {
  const count = (...states: PartitionOutcome['state'][]) =>
    outcomes.filter(({ state }) => states.includes(state)).length;
  return {
    planned: outcomes.length,
    published: count('published'),
    failed: count('failed', 'gated'),
    skipped: count('skipped'),
  };
}

/**
 * Returns the failure of partitions that are not scored for the current inputs (exit 5); null if all are.
 * `hint` says how to score them.
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
