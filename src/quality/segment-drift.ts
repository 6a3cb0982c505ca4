import type { Baseline, BaselineSegment } from './baseline.js';
import { type ColumnDrift, measureDrift, psiOf } from './drift.js';
import { type GateResult, type LimitGate, mostGate } from './gate.js';
import type { Gates } from './gates.js';
import { ratesDiffer } from './noise.js';
import { type SegmentQuality, segmentKey, segmentLabel } from './segment.js';
import { emptyQuality } from './slice-quality.js';
import { countOf, shareText } from './wording.js';

/** How far a slice is from the same slice of the baseline. */
export interface SegmentDrift {
  readonly segment: SegmentQuality;
  readonly label: string;
  /** Null where the baseline does not have the slice. */
  readonly before: BaselineSegment | null;
  /** Of its columns and scores, most important first; empty without a baseline. */
  readonly columns: readonly ColumnDrift[];
  /** How the slice's share of the rows changed, in a sentence; null where it did not. */
  readonly share: string | null;
}

/** Compares every slice with the baseline's of the same name. `unwatched` columns are measured, never called drifted. */
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

/** Times from which on a slice's share of the rows has changed, and points that it must be apart. */
const leastTimes = 2;
const leastApart = 0.005;

/** Of the values of a column the column's own drift says it; a condition has nothing else that does. */
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

/** Values of a slice below which its limits are not asked. */
const leastRows = 100;

/** The limits of the run, asked of each slice: drift of every column and score as it is set; rejected, repaired and flagged rows as a warning, where chance does not exceed them. */
export function segmentGates(drift: readonly SegmentDrift[], gates: Gates): GateResult[] {
  return drift.flatMap((one) => [...driftGates(one, gates), ...rowGates(one, gates)]);
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
  return worst(results);
}

function rowGates({ segment, label }: SegmentDrift, gates: Gates): GateResult[] {
  const { rows } = segment;
  if (rows.read < leastRows) return [];
  const results = (['rejected', 'repaired', 'flagged'] as const).flatMap((outcome) => {
    const limit = { rejected: gates.maxRejected, repaired: gates.maxRepaired, flagged: gates.maxFlagged }[
      outcome
    ];
    const fraction = strictest(limit);
    if (fraction === null) return [];
    const count = rows[outcome];
    const share = count / rows.read;
    const isOver = share > fraction && ratesDiffer(count, rows.read, fraction * manyRows, manyRows);
    const words = `${shareText(share)} of its rows ${outcome}, ${isOver ? 'more than' : 'within'} ${shareText(fraction)}`;
    return [
      {
        gate: `slice_${outcome}`,
        code: null,
        column: label,
        scope: 'run',
        figure: share,
        limit: fraction,
        severity: 'warn',
        passed: !isOver,
        sentence: `${label}: ${words}`,
      } as const,
    ];
  });
  return results.filter(({ passed }) => !passed);
}

/** A limit is as good as a rate that was seen in this many rows. */
const manyRows = 1e9;

function strictest({ warn, fail }: LimitGate): number | null {
  const shares = [warn, fail].flatMap((limit) =>
    limit !== null && 'fraction' in limit ? [limit.fraction] : [],
  );
  return shares.length === 0 ? null : Math.min(...shares);
}

/** Of a slice's gates the one that closed farthest, or else the one that is nearest to it: a slice is one thing to look at. */
function worst(results: readonly GateResult[]): GateResult[] {
  const weight = ({ passed, severity }: GateResult) => (passed ? 0 : severity === 'fail' ? 2 : 1);
  const [first, ...others] = [...results].sort(
    (a, b) => weight(b) - weight(a) || b.figure / b.limit - a.figure / a.limit,
  );
  if (first === undefined) return [];
  const more = others.filter(({ passed }) => !passed).length;
  if (first.passed || more === 0) return [first];
  return [{ ...first, sentence: `${first.sentence} (and ${countOf(more, 'more column')})` }];
}

const runScope = { scope: 'run', features: [], drift: [], rowsBefore: null } as const;
