import type { LimitGate } from '../job/job.js';
import type { Baseline, BaselineSegment } from './baseline.js';
import { type ColumnDrift, measureDrift, psiOf } from './drift.js';
import { type GateResult, mostGate } from './gate.js';
import type { Gates } from './gates.js';
import { ratesDiffer } from './noise.js';
import { columnProblems, problemLimit, problemPhrase } from './problem-gates.js';
import { type SegmentQuality, segmentKey, segmentLabel } from './segment.js';
import { emptyQuality } from './slice-quality.js';
import { countOf, shareText } from './wording.js';

/** A segment's distance from the same segment of the baseline. */
export interface SegmentDrift {
  readonly segment: SegmentQuality;
  readonly label: string;
  /** Null if the baseline does not have the segment. */
  readonly before: BaselineSegment | null;
  /** Drift of its columns and scores, most important first; empty without a baseline. */
  readonly columns: readonly ColumnDrift[];
  /** A sentence on how the segment's share of the rows changed; null if it did not. */
  readonly share: string | null;
}

/** Compares each segment with the baseline's of the same name. `unwatched` columns never count as drifted. */
export function measureSegments(
  segments: readonly SegmentQuality[],
  read: number,
  baseline: Baseline | null,
  unwatched: ReadonlySet<string> = new Set(),
): SegmentDrift[] {
  const known = new Map((baseline?.segments ?? []).map((segment) => [segmentKey(segment), segment]));
  return segments.map((segment) => {
    const label = segmentLabel(segment);
    const before = known.get(segmentKey(segment)) ?? null;
    if (before === null || baseline === null)
      return { segment, label, before: null, columns: [], share: null };
    const quality = { ...emptyQuality(), raw: segment.columns, outputs: segment.outputs };
    const { columns: inputs, outputs } = before;
    const columns = measureDrift(quality, { ...baseline, columns: inputs, outputs }, unwatched);
    return { segment, label, before, columns, share: shareMoved(segment, read, before, baseline.rows) };
  });
}

/** Minimum factor and points by which a segment's share of the rows must change to be reported. */
const leastTimes = 2;
const leastApart = 0.005;

/** For the values of a column the column's own drift covers it; nothing else covers a condition. */
function shareMoved(
  segment: SegmentQuality,
  read: number,
  before: BaselineSegment,
  readBefore: number,
): string | null {
  if (segment.kind !== 'condition' || read === 0 || readBefore === 0) return null;
  const [share, shareBefore] = [segment.rows.read / read, before.rows / readBefore];
  const times = Math.max(share, 1 / read) / Math.max(shareBefore, 1 / readBefore);
  const isFar = Math.max(times, 1 / times) >= leastTimes && Math.abs(share - shareBefore) >= leastApart;
  if (!isFar || !ratesDiffer(segment.rows.read, read, before.rows, readBefore)) return null;
  return `${shareText(share)} of the rows, ${shareText(shareBefore)} in the baseline`;
}

/** Minimum number of values for the limits of a segment. */
const leastRows = 100;

/**
 * Applies the limits of the run and of its columns to each segment: drift of every column and score as set;
 * rejected, repaired and flagged rows and each kind of problem as a share, if beyond chance. Does not repeat
 * gates that closed for all rows (`closed`).
 */
export function segmentGates(
  drift: readonly SegmentDrift[],
  gates: Gates,
  closed: readonly GateResult[] = [],
): GateResult[] {
  const known = new Set(
    closed.filter(({ passed }) => !passed).map(({ gate, code, column }) => keyOf(gate, code, column)),
  );
  return drift.flatMap((one) => [...driftGates(one, gates), ...rowGates(one, gates, known)]);
}

function keyOf(gate: string, code: string | null, column: string | null): string {
  return JSON.stringify([gate, code, column]);
}

function driftGates({ columns, label }: SegmentDrift, gates: Gates): GateResult[] {
  const limits = new Map([
    ...gates.columns.map(({ name, maxDrift }) => [`input ${name}`, maxDrift] as const),
    ...gates.scores.map(({ column, maxDrift }) => [`output ${column}`, maxDrift] as const),
  ]);
  const results = columns.flatMap((drift) => {
    const limit = limits.get(`${drift.role} ${drift.column}`);
    const psi = psiOf(drift);
    if (limit === undefined || psi === null || !drift.watched) return [];
    const raised = (side: number | null) => (side === null ? null : Math.max(side, psi.noise));
    const what = `${label}: drift of ${drift.column}`;
    const held = { warn: raised(limit.warn), fail: raised(limit.fail) };
    const result = mostGate(runScope, 'slice_drift', label, held, psi.figure, what);
    if (result === null) return [];
    return [result.passed ? result : { ...result, sentence: `${label}: ${psi.sentence}` }];
  });
  return worst(results, 'column');
}

function rowGates({ segment, label }: SegmentDrift, gates: Gates, closed: ReadonlySet<string>): GateResult[] {
  const { rows, problems } = segment;
  if (rows.read < leastRows) return [];
  const limits = { rejected: gates.maxRejected, repaired: gates.maxRepaired, flagged: gates.maxFlagged };
  const outcomes = (['rejected', 'repaired', 'flagged'] as const)
    .filter((outcome) => !closed.has(keyOf(`max_${outcome}`, null, null)))
    .map((outcome) =>
      shareGate(
        label,
        `slice_${outcome}`,
        null,
        limits[outcome],
        rows[outcome],
        rows.read,
        `of its rows ${outcome}`,
      ),
    );
  const kinds = columnProblems(problems.map((one) => ({ ...one, expected: '', samples: [] }))).map(
    (problem) => {
      const limit = problemLimit(problem, gates);
      if (limit === null || closed.has(keyOf(limit.gate, problem.code, problem.column))) return null;
      const { code, count } = problem;
      return shareGate(
        label,
        'slice_problems',
        code,
        limit.limits,
        count,
        rows.read,
        `with ${problemPhrase(problem)}`,
      );
    },
  );
  return worst(
    [...kinds, ...outcomes].filter((result) => result !== null),
    'limit',
  );
}

/** The closed gate on a share of a slice's rows; a limit in rows applies only to the whole run. */
function shareGate(
  label: string,
  gate: string,
  code: string | null,
  limits: LimitGate,
  count: number,
  read: number,
  what: string,
): GateResult | null {
  const share = count / read;
  for (const severity of ['fail', 'warn'] as const) {
    const limit = limits[severity];
    if (limit === null || !('fraction' in limit) || share <= limit.fraction) continue;
    const { fraction } = limit;
    if (!ratesDiffer(count, read, fraction * manyRows, manyRows)) continue;
    const sentence = `${label}: ${shareText(share)} ${what}, more than ${shareText(fraction)}`;
    const { scope } = runScope;
    return {
      gate,
      code,
      column: label,
      scope,
      figure: share,
      limit: fraction,
      severity,
      passed: false,
      sentence,
    };
  }
  return null;
}

/** A limit counts as a rate that was observed in this many rows. */
const manyRows = 1e9;

/** Returns a segment's most exceeded gate, or else the nearest to its limit, to check one per segment. */
function worst(results: readonly GateResult[], what: string): GateResult[] {
  const weight = ({ passed, severity }: GateResult) => (passed ? 0 : severity === 'fail' ? 2 : 1);
  const [first, ...others] = [...results].sort(
    (a, b) => weight(b) - weight(a) || b.figure / b.limit - a.figure / a.limit,
  );
  if (first === undefined) return [];
  const more = others.filter(({ passed }) => !passed).length;
  if (first.passed || more === 0) return [first];
  return [{ ...first, sentence: `${first.sentence} (and ${countOf(more, `more ${what}`)})` }];
}

const runScope = { scope: 'run', features: [], drift: [], rowsBefore: null } as const;
