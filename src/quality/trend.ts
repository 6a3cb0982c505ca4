import { median } from './median.js';
import type { Finding, Summary, TrendPoint } from './summary.js';
import { countText, figureText, shareText } from './wording.js';

/** Number of runs in a trend. */
export const trendRuns = 30;

/** Minimum number of earlier runs for a statement about the trend. */
const leastRuns = 5;

/** Returns a run's point in the trend. */
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

/** Changes of a figure above which it is reported, and above which the run must be checked. */
interface Limits {
  readonly note: number;
  readonly check: number;
}

/** Facts about the run besides its figures. */
export interface TrendRun {
  /** False for a run that ended early, whose number of rows is not comparable. */
  readonly isWhole: boolean;
  /** Columns that are not judged, such as keys and those unknown to the model: their values may change. */
  readonly unwatched: ReadonlySet<string>;
  /** Standard deviations of columns and scores; null for flags (0 and 1), whose means are compared. */
  readonly spreads: ReadonlyMap<string, number | null>;
}

/**
 * Returns deviations from earlier runs: a figure farther from their median than five times their usual spread
 * (the median absolute deviation, scaled to a standard deviation) and than a relevant change. It is a note,
 * or a check beyond a multiple of that, except for weekdays, holidays and seasons. Before there are five runs
 * to compare with, reports only far fewer rows than in all of them, or far more.
 */
export function trendFindings(
  before: readonly TrendPoint[],
  now: TrendPoint,
  { isWhole, unwatched, spreads }: TrendRun,
): Finding[] {
  if (now.rows_read === 0) return [];
  if (before.length < leastRuns) return isWhole ? otherRows(before, now) : [];
  const compare = (
    what: string,
    name: string | null,
    figure: (run: TrendPoint) => number | undefined,
    limitsOf: (middle: number, now: number) => Limits,
    text = shareText,
  ) => unusual(before, now, what, name, figure, limitsOf, text);
  const points = (note: number, check: number) => () => ({ note, check });
  const findings = [
    isWhole ? compare('rows read', null, (run) => run.rows_read, rowsLimits, countText) : null,
    compare('rejected rows', null, (run) => run.rejected_share, points(0.005, 0.02)),
    compare('repaired rows', null, (run) => run.repaired_share, points(0.02, 0.1)),
    compare('flagged rows', null, (run) => run.flagged_share, points(0.02, 0.1)),
  ];
  for (const name of Object.keys(now.missing_shares)) {
    if (unwatched.has(name)) continue;
    const missing = (run: TrendPoint) => run.missing_shares[name];
    findings.push(compare(`missing values of ${name}`, name, missing, points(0.02, 0.1)));
  }
  for (const key of ['means', 'score_means'] as const) {
    for (const name of Object.keys(now[key])) {
      if (unwatched.has(name)) continue;
      const limitsOf = meanLimits(spreads.get(name) ?? null);
      findings.push(compare(`mean of ${name}`, name, (run) => run[key][name], limitsOf, figureText));
    }
  }
  return findings.filter((finding) => finding !== null);
}

/** Returns a check if a run has two fifths fewer rows than the few runs before it, or five times more. */
function otherRows(before: readonly TrendPoint[], now: TrendPoint): Finding[] {
  const past = before.map((run) => run.rows_read).filter((rows) => rows > 0);
  const [fewest, most] = [Math.min(...past), Math.max(...past)];
  const isFewer = now.rows_read <= 0.6 * fewest;
  if (past.length === 0 || (!isFewer && now.rows_read <= 5 * most)) return [];
  const runs =
    past.length === 1
      ? 'in the last run'
      : `or ${isFewer ? 'more' : 'fewer'} in the last ${past.length} runs`;
  const sentence = `rows read: ${countText(now.rows_read)}, compared with ${countText(isFewer ? fewest : most)} ${runs}`;
  return [
    { level: 'check', about: 'trend', code: 'unlike-earlier-runs', name: null, column: null, sentence },
  ];
}

/** A check from two fifths fewer or more rows on, which also finds the loss of nearly half a file. */
function rowsLimits(middle: number): Limits {
  return { note: 0.2 * middle, check: 0.4 * middle };
}

/** A check from half a standard deviation; for flags from a factor of two and half a point. */
function meanLimits(spread: number | null): (middle: number, now: number) => Limits {
  return (middle, now) => {
    const note = 0.1 * Math.abs(middle);
    if (spread !== null) return { note, check: Math.max(note, 0.5 * spread) };
    return { note, check: Math.max(0.005, now > middle ? middle : middle / 2) };
  };
}

function unusual(
  before: readonly TrendPoint[],
  now: TrendPoint,
  what: string,
  name: string | null,
  figure: (run: TrendPoint) => number | undefined,
  limitsOf: (middle: number, now: number) => Limits,
  text: (figure: number) => string,
): Finding | null {
  const past = before.map(figure).filter((value) => value !== undefined);
  const current = figure(now);
  if (past.length < leastRuns || current === undefined) return null;
  const middle = median(past);
  const spread = 1.4826 * median(past.map((value) => Math.abs(value - middle)));
  const { note, check } = limitsOf(middle, current);
  const apart = Math.abs(current - middle);
  if (apart <= Math.max(5 * spread, note)) return null;
  return {
    level: apart > check ? 'check' : 'note',
    about: 'trend',
    code: 'unlike-earlier-runs',
    name,
    column: name,
    sentence: `${what}: ${text(current)}, compared with about ${text(middle)} in the last ${past.length} runs`,
  };
}
