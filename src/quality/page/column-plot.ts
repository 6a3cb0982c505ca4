import type { ColumnSummary, HistogramSummary } from '../summary.js';
import { shownText } from '../wording.js';
import { type Bar, barsPlot } from './bars-plot.js';
import { histogramPlot } from './histogram-plot.js';
import type { Html } from './html.js';

/** Longer texts are cut in a plot; the tables show more of them. */
const labelLength = 14;

/** Returns the plot of a column's values, with the baseline behind it; null if there is nothing to draw. */
export function columnPlot(column: ColumnSummary): Html | null {
  if (namesRows(column)) return null;
  const few = fewNumbers(column.histogram);
  if (few !== null) return barsPlot(column.name, few);
  if (column.histogram !== null && column.histogram.edges.length > 2)
    return histogramPlot(column, column.histogram);
  const bars = barsOf(column);
  return bars === null ? null : barsPlot(column.name, bars);
}

/** Returns true if a column's values identify rows, like a key: their distribution means nothing. */
export function namesRows({ key, feature, baseline, type, raw }: ColumnSummary): boolean {
  const isWhole = type === 'int32' || type === 'int64';
  const present = raw.rows - raw.missing;
  return key || (isWhole && !feature && baseline === null && present >= 100 && raw.distinct > 0.9 * present);
}

/** Returns whole numbers few enough to be drawn one by one: labels, hours, flags; else null. */
function fewNumbers(histogram: HistogramSummary | null): Bar[] | null {
  if (histogram === null) return null;
  const { edges, now, baseline } = histogram;
  const isEach = edges.every((edge, i) => edge - edges[0]! === i && edge - Math.floor(edge) === 0.5);
  if (!isEach || now.length < 2 || now.length > mostBars) return null;
  return now.map((share, i) => ({
    label: String(edges[i]! + 0.5),
    isRest: false,
    now: share,
    before: baseline?.[i] ?? null,
  }));
}

/** Number of texts with a bar; the rest share one. */
const mostBars = 8;

function barsOf({ raw, baseline }: ColumnSummary): Bar[] | null {
  if (raw.true_share !== null) {
    const before = baseline?.true_share ?? null;
    return [
      { label: 'true', isRest: false, now: raw.true_share, before },
      {
        label: 'false',
        isRest: false,
        now: 1 - raw.true_share,
        before: before === null ? null : 1 - before,
      },
    ];
  }
  if (raw.top === null || raw.top.length === 0 || raw.top[0]!.count < 2) return null;
  const bars = raw.top.slice(0, mostBars).map(({ value, share, baseline_share }) => ({
    label: shownText(value, labelLength),
    isRest: false,
    now: share,
    before: baseline_share,
  }));
  const compared = bars.every(({ before }) => before !== null);
  const other = {
    label: 'all others',
    isRest: true,
    now: Math.max(0, 1 - bars.reduce((sum, { now }) => sum + now, 0)),
    before: compared ? Math.max(0, 1 - bars.reduce((sum, { before }) => sum + before!, 0)) : null,
  };
  return other.now > 0.0005 || (other.before ?? 0) > 0.0005 ? [...bars, other] : bars;
}
