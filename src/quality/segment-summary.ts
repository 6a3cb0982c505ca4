import { summariseColumn } from './column-summary.js';
import type { ColumnDrift } from './drift.js';
import type { SegmentDrift } from './segment-drift.js';
import type { Finding, SliceSummary } from './summary.js';

/** Returns segments' summaries: drifted ones by importance, then the others in their original order. */
export function summariseSegments(
  drift: readonly SegmentDrift[],
  read: number,
  baselineRows: number | null,
): SliceSummary[] {
  const importance = ({ moved }: SliceSummary) => Math.max(0, ...moved.map((one) => one.importance));
  return drift
    .map((one) => summariseSegment(one, read, baselineRows))
    .sort((a, b) => importance(b) - importance(a));
}

function summariseSegment(
  { segment, label, before, columns, share }: SegmentDrift,
  read: number,
  baselineRows: number | null,
): SliceSummary {
  return {
    slice: segment.slice,
    kind: segment.kind,
    value: segment.value,
    label,
    rows: segment.rows,
    share: read === 0 ? 0 : segment.rows.read / read,
    baseline_share: before === null || !baselineRows ? null : before.rows / baselineRows,
    share_moved: share,
    problems: segment.problems,
    moved: columns.filter(isMoved).map(({ column, role, level, importance, sentence }) => ({
      column,
      role,
      level,
      importance: Number(importance.toPrecision(6)),
      sentence,
    })),
    scores: segment.outputs.map((raw) =>
      summariseColumn({
        raw,
        used: null,
        drift: columns.find(({ column, role }) => column === raw.name && role === 'output') ?? null,
        baseline: before?.outputs.find(({ name }) => name === raw.name) ?? null,
        feature: false,
        key: false,
        redacted: false,
      }),
    ),
  };
}

/**
 * A segment's score moved if it moved at all; among its many columns, only large moves are more than chance
 * and season.
 */
function isMoved({ level, role }: ColumnDrift): boolean {
  return role === 'output' ? level !== 'none' : level === 'severe';
}

/** Maximum number of segments in findings. */
const mostNamed = 5;

/** Returns findings about segments: columns and scores that moved in them but not in the run as a whole. */
export function segmentFindings(
  slices: readonly SliceSummary[],
  isSaid: (name: string, level: Finding['level']) => boolean,
): Finding[] {
  const found = slices.flatMap((slice): Finding[] => {
    const levelOf = ({ level }: (typeof slice.moved)[number]) => (level === 'severe' ? 'check' : 'note');
    const [first] = slice.moved.filter((moved) => !isSaid(moved.column, levelOf(moved)));
    const sentence = first?.sentence ?? slice.share_moved;
    if (sentence == null || isSaid(slice.label, 'check')) return [];
    return [
      {
        level: first === undefined ? 'check' : levelOf(first),
        about: 'slice',
        code: 'slice-drift',
        name: slice.label,
        column: first?.column ?? null,
        sentence: `${slice.label}: ${sentence}`,
      },
    ];
  });
  const more = found.length - mostNamed;
  return found
    .slice(0, mostNamed)
    .map((finding, i) =>
      i === mostNamed - 1 && more > 0
        ? { ...finding, sentence: `${finding.sentence} (and ${more} more slices)` }
        : finding,
    );
}
