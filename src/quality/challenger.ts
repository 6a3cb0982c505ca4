import { buildBaseline } from './baseline.js';
import { type ColumnProfile, mergeProfiles } from './column-profile.js';
import { measureDrift, psiOf } from './drift.js';
import { mean } from './number-profile.js';
import { type AgreementCounts, agreementOf, mergeAgreement, noAgreement } from './score-agreement.js';
import { emptyQuality } from './slice-quality.js';
import type { ChallengerSummary } from './summary.js';

/** Counts of a challenger over the rows of a slice, a partition or a run; plain data. */
export interface ChallengerCounts {
  readonly path: string;
  /** Null if the file could not be read. */
  readonly sha256: string | null;
  /** Why some rows were not scored with it; null if all were. */
  readonly failure: string | null;
  readonly scored: number;
  readonly rejected: number;
  /** Of the rejected rows, those that it failed on. */
  readonly failed: number;
  /** Milliseconds of its scoring, added up over the workers. */
  readonly scoreMs: number;
  readonly outputs: readonly ColumnProfile[];
  /** By output: how it agrees with the model's. */
  readonly agreement: Readonly<Record<string, AgreementCounts>>;
}

/** Returns the counts of a challenger that has scored nothing. */
export function noCounts(path: string, sha256: string | null, failure: string | null): ChallengerCounts {
  return { path, sha256, failure, scored: 0, rejected: 0, failed: 0, scoreMs: 0, outputs: [], agreement: {} };
}

/** Adds up the counts of one challenger. */
export function addCounts(a: ChallengerCounts, b: ChallengerCounts): ChallengerCounts {
  const agreement = new Map(Object.entries(a.agreement));
  for (const [name, counts] of Object.entries(b.agreement))
    agreement.set(name, mergeAgreement(agreement.get(name) ?? noAgreement, counts));
  const outputs = new Map(a.outputs.map((profile) => [profile.name, profile]));
  for (const profile of b.outputs) {
    const before = outputs.get(profile.name);
    outputs.set(profile.name, before === undefined ? profile : mergeProfiles(before, profile));
  }
  return {
    path: a.path,
    sha256: a.sha256 ?? b.sha256,
    failure: a.failure ?? b.failure,
    scored: a.scored + b.scored,
    rejected: a.rejected + b.rejected,
    failed: a.failed + b.failed,
    scoreMs: a.scoreMs + b.scoreMs,
    outputs: [...outputs.values()],
    agreement: Object.fromEntries(agreement),
  };
}

/** Adds up the counts of several partitions or runs by challenger; a changed file is another one. */
export function mergeChallengers(
  a: readonly ChallengerCounts[],
  b: readonly ChallengerCounts[],
): ChallengerCounts[] {
  const merged = [...a];
  for (const counts of b) {
    const at = merged.findIndex((one) => one.path === counts.path && one.sha256 === counts.sha256);
    if (at < 0) merged.push(counts);
    else merged[at] = addCounts(merged[at]!, counts);
  }
  return merged;
}

/** Rows without figures and without a reason of the challenger's own. */
const withoutIt =
  'some rows were scored without it: before it was a challenger, or in a batch that another challenger stopped';

/** Returns the summary of a challenger: `read` are the rows that the model read, `model` its outputs. */
export function summariseChallenger(
  { path, sha256, failure, scored, rejected, failed, scoreMs, outputs, agreement }: ChallengerCounts,
  read: number,
  model: readonly ColumnProfile[],
): ChallengerSummary {
  const missing = Math.max(0, read - scored - rejected);
  return {
    path,
    sha256,
    failure: missing > 0 || read === 0 ? (failure ?? (read === 0 ? null : withoutIt)) : null,
    rows: { scored, rejected, failed, not_scored: missing },
    rows_per_second: scoreMs > 0 ? Math.round((1000 * scored) / scoreMs) : null,
    outputs: outputs.flatMap((profile) => {
      const counts = agreement[profile.name];
      const before = model.find(({ name }) => name === profile.name);
      if (counts === undefined) return [];
      const { numbers } = profile;
      // They would be compared with other rows.
      const psi = before === undefined || missing > 0 ? null : psiBetween(before, profile);
      const average = numbers === null || numbers.count === 0 ? null : mean(numbers);
      return [{ name: profile.name, mean: average, ...agreementOf(counts), psi }];
    }),
  };
}

/** Returns the distance between the distributions of `before` and `now`; null if one has no values. */
export function psiBetween(before: ColumnProfile, now: ColumnProfile): number | null {
  const qualityOf = (one: ColumnProfile) => ({ ...emptyQuality(), outputs: [one] });
  const origin = { job: '', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [], minCount: 1 };
  const [drift] = measureDrift(qualityOf(now), buildBaseline(qualityOf(before), origin));
  return drift === undefined ? null : (psiOf(drift)?.figure ?? null);
}
