import type { Finding, Summary, TrendPoint } from './summary.js';
import { countText, figureText, shareText } from './wording.js';

/** Runs that a trend looks back on. */
export const trendRuns = 30;

/** Runs before this one below which a trend says nothing. */
const leastRuns = 5;

/** A run's point in the trend. */
export function trendPoint(summary: Omit<Summary, 'trend'>): TrendPoint {
  const { rows, columns, outputs } = summary;
  const share = (part: number) => (rows.read === 0 ? 0 : part / rows.read);
  const means = (list: Summary['columns']) =>
    Object.fromEntries(
      list.flatMap(({ name, raw }) => (typeof raw.mean === 'number' ? [[name, raw.mean]] : [])),
    );
  const psi = [...columns, ...outputs].flatMap(({ drift }) =>
    drift?.watched === true
      ? drift.figures.filter(({ measure }) => measure === 'psi').map(({ figure }) => figure)
      : [],
  );
  return {
    run_id: summary.run_id,
    finished_at: summary.finished_at,
    level: summary.verdict.level,
    rows_read: rows.read,
    rejected_share: share(rows.rejected),
    repaired_share: share(rows.repaired),
    flagged_share: share(rows.flagged),
    rows_per_second: summary.throughput.rows_per_second,
    psi: psi.length === 0 ? null : Math.max(...psi),
    missing_shares: Object.fromEntries(columns.map(({ name, raw }) => [name, raw.missing_share])),
    means: means(columns),
    score_means: means(outputs),
  };
}

/**
 * What is unlike the runs before: a figure farther from their median than five times their usual spread (the median absolute deviation, scaled to a
 * standard deviation) and than a change worth telling. Says nothing before there are five runs to compare with, and of the rows of a run that ended early
 * (`isWhole` false) not that they are few.
 */
export function trendFindings(before: readonly TrendPoint[], now: TrendPoint, isWhole = true): Finding[] {
  if (before.length < leastRuns || now.rows_read === 0) return [];
  const findings = [
    isWhole
      ? unusual(before, now, 'rows read', null, ({ rows_read }) => rows_read, relative(0.2), countText)
      : null,
    unusual(
      before,
      now,
      'rejected rows',
      null,
      (run) => run.rejected_share,
      () => 0.005,
      shareText,
    ),
    unusual(
      before,
      now,
      'repaired rows',
      null,
      (run) => run.repaired_share,
      () => 0.02,
      shareText,
    ),
    unusual(
      before,
      now,
      'flagged rows',
      null,
      (run) => run.flagged_share,
      () => 0.02,
      shareText,
    ),
  ];
  for (const name of Object.keys(now.missing_shares)) {
    const missing = (run: TrendPoint) => run.missing_shares[name];
    findings.push(unusual(before, now, `missing values of ${name}`, name, missing, () => 0.02, shareText));
  }
  for (const key of ['means', 'score_means'] as const) {
    for (const name of Object.keys(now[key])) {
      const what = `mean of ${name}`;
      findings.push(unusual(before, now, what, name, (run) => run[key][name], relative(0.1), figureText));
    }
  }
  return findings.filter((finding) => finding !== null);
}

function relative(part: number): (middle: number) => number {
  return (middle) => Math.abs(middle) * part;
}

function unusual(
  before: readonly TrendPoint[],
  now: TrendPoint,
  what: string,
  name: string | null,
  figure: (run: TrendPoint) => number | undefined,
  worthTelling: (middle: number) => number,
  text: (figure: number) => string,
): Finding | null {
  const past = before.map(figure).filter((value) => value !== undefined);
  const current = figure(now);
  if (past.length < leastRuns || current === undefined) return null;
  const middle = median(past);
  const spread = 1.4826 * median(past.map((value) => Math.abs(value - middle)));
  if (Math.abs(current - middle) <= Math.max(5 * spread, worthTelling(middle))) return null;
  return {
    level: 'check',
    about: 'trend',
    code: 'unlike-earlier-runs',
    name,
    column: name,
    sentence: `${what}: ${text(current)}, where the last ${past.length} runs had about ${text(middle)}`,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
