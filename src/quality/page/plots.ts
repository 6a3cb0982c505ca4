import type { Mark, Spec, View } from 'vega';
import type { ColumnSummary, HistogramSummary } from '../summary.js';
import { figureText, shareText, shownText } from '../wording.js';
import { type Html, html, trusted } from './html.js';
import { loadVega } from './load-vega.js';

/** A plot to draw: one of a few kinds, and its parameters. */
interface Plot {
  readonly kind: keyof typeof kinds;
  readonly data: Readonly<Record<string, readonly object[]>>;
  readonly signals: Readonly<Record<string, unknown>>;
  /** Describes the plot for screen readers. */
  readonly label: string;
}

/** Draws a plot as an SVG element in the page's colours; a few milliseconds each. */
export type Draw = (plot: Plot) => Promise<Html>;

/**
 * Loads the chart library and returns the function that draws with it. Each kind of plot is parsed once, which costs as much as drawing
 * several.
 */
export async function createDraw(): Promise<Draw> {
  const vega = await loadVega();
  const views = new Map<Plot['kind'], View>();
  return async ({ kind, data, signals, label }) => {
    const view = views.get(kind) ?? new vega.View(vega.parse(kinds[kind], plotConfig), { renderer: 'none' });
    views.set(kind, view);
    for (const [name, value] of Object.entries(signals)) view.signal(name, value);
    for (const [name, values] of Object.entries(data)) view.data(name, [...values]);
    const [open, rest] = openTag(trimmed(await view.toSVG()));
    return html`<div class="plot">${trusted(open)}<title>${label}</title>${trusted(rest)}</div>`;
  };
}

/** Longer texts are cut in a plot; the tables show more of them. */
const labelLength = 14;

/** Every plot of a card has this width, so that letters have the same size in all of them. */
const plotWidth = 330;

const room = { left: 36, right: 8 };

const plotConfig = {
  background: 'transparent',
  axis: {
    labelColor: 'var(--muted)',
    labelFontSize: 11,
    domainColor: 'var(--line)',
    tickColor: 'var(--line)',
    gridColor: 'var(--line)',
    tickSize: 4,
    labelPadding: 4,
  },
  aria: false,
} as const;

/**
 * Rounds coordinates to a tenth of a pixel and removes the size (the page sets it) and everything that a screen reader would read twice.
 */
function trimmed(svg: string): string {
  return svg
    .replace(/ (?:d|transform)="[^"]*"/g, (attribute) =>
      attribute.replace(/\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))),
    )
    .replace(/ (?:role|aria-[a-z]+|pointer-events|font-family|opacity)="(?:[^"]*)"/g, (attribute) =>
      attribute.startsWith(' opacity') && attribute !== ' opacity="1"' ? attribute : '',
    )
    .replace(/<path class="(?:background|foreground)"[^>]*\/>/g, '')
    .replace(/ class="mark-[^"]*"/g, '')
    .replace(/<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>/, '<svg role="img" viewBox="0 0 $1 $2">');
}

/** Returns the opening tag of an SVG element, and the rest. */
function openTag(svg: string): readonly [string, string] {
  const end = svg.indexOf('>') + 1;
  return [svg.slice(0, end), svg.slice(end)];
}

/** Returns the plot of a column's values in this run, with the baseline behind it; null if there is nothing to draw. */
export function columnPlot(column: ColumnSummary): Plot | null {
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

function histogramPlot(column: ColumnSummary, { edges, now, baseline }: HistogramSummary): Plot {
  const { type } = column;
  const time = type === 'date' ? 86_400_000 : type === 'timestamp' ? 1000 : null;
  const at = edges.map((edge) => edge * (time ?? 1));
  const tails = tailsOf(column, at);
  const isTail = (i: number) => (i === 0 && tails.low !== '') || (i === now.length - 1 && tails.high !== '');
  const bars = now.map((share, i) => ({
    from: at[i]!,
    to: at[i + 1]!,
    share,
    strength: isTail(i) ? 0.55 : 1,
  }));
  const outline = [...(baseline ?? []), baseline?.at(-1) ?? 0].map((share, i) => ({ at: at[i]!, share }));
  return {
    kind: time === null ? 'histogram' : 'times',
    data: { now: bars, baseline: baseline === null ? [] : outline },
    signals: {
      span: [at[0]!, at.at(-1)!],
      most: Math.max(...now, ...(baseline ?? []), 0.01),
      ...tails,
      ...(time === null ? {} : timeTicks(at)),
    },
    label: histogramLabel(column),
  };
}

/** Says how far values reach beyond the first and last bar, which count them too; empty if they do not. */
function tailsOf({ type, raw: { min, max } }: ColumnSummary, at: readonly number[]) {
  const isTime = type === 'date' || type === 'timestamp';
  const position = (value: number | string) => (isTime ? Date.parse(String(value)) : Number(value));
  const text = (value: number | string) =>
    typeof value === 'number' ? figureText(value) : shownText(isTime ? value.slice(0, 10) : value, 24);
  return {
    low: min !== null && position(min) < at[0]! ? `◂ from ${text(min)}` : '',
    high: max !== null && position(max) > at.at(-1)! ? `to ${text(max)} ▸` : '',
  };
}

function histogramSpec(isTime: boolean): Spec {
  const ticks = isTime ? { values: { signal: 'ticks' }, format: { signal: 'format' } } : { tickCount: 5 };
  return {
    width: plotWidth - room.left - room.right,
    height: 110,
    padding: { ...room, top: 15, bottom: 22 },
    autosize: 'none',
    signals: [
      { name: 'span', value: [0, 1] },
      { name: 'most', value: 1 },
      { name: 'low', value: '' },
      { name: 'high', value: '' },
      ...(isTime
        ? [
            { name: 'ticks', value: [0] },
            { name: 'format', value: '%Y' },
          ]
        : []),
    ],
    data: [{ name: 'now' }, { name: 'baseline' }],
    scales: [
      isTime
        ? { name: 'x', type: 'utc', domain: { signal: 'span' }, range: 'width' }
        : { name: 'x', type: 'linear', domain: { signal: 'span' }, range: 'width', zero: false },
      { name: 'y', type: 'linear', domain: [0, { signal: 'most' }], range: 'height' },
    ],
    axes: [
      { orient: 'left', scale: 'y', tickCount: 2, format: '.0%', grid: true, domain: false, ticks: false },
      { orient: 'bottom', scale: 'x', labelOverlap: true, labelFlush: true, ...ticks },
    ],
    marks: [
      {
        type: 'area',
        from: { data: 'baseline' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'at' },
            y: { scale: 'y', field: 'share' },
            y2: { scale: 'y', value: 0 },
            fill: { value: 'var(--before)' },
            interpolate: { value: 'step-after' },
          },
        },
      },
      {
        type: 'rect',
        from: { data: 'now' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'from', offset: 0.5 },
            x2: { scale: 'x', field: 'to', offset: -0.5 },
            y: { scale: 'y', field: 'share' },
            y2: { scale: 'y', value: 0 },
            fill: { value: 'var(--now)' },
            fillOpacity: { field: 'strength' },
          },
        },
      },
      {
        type: 'line',
        from: { data: 'baseline' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'at' },
            y: { scale: 'y', field: 'share' },
            stroke: { value: 'var(--before-line)' },
            strokeWidth: { value: 1.25 },
            interpolate: { value: 'step-after' },
          },
        },
      },
      tailMark('low', { value: 2 }, 'left'),
      tailMark('high', { signal: 'width - 2' }, 'right'),
    ],
  };
}

/** Returns the label in a corner for values beyond the bars. */
function tailMark(name: 'low' | 'high', x: object, align: 'left' | 'right'): Mark {
  return {
    type: 'text',
    encode: {
      update: {
        x,
        y: { value: -3 },
        text: { signal: name },
        align: { value: align },
        baseline: { value: 'bottom' },
        fontSize: { value: 10 },
        fill: { value: 'var(--muted)' },
      },
    },
  };
}

/** Returns at most four edges, as days or, within three days, as times of day. */
function timeTicks(at: readonly number[]): { ticks: number[]; format: string } {
  const step = Math.ceil((at.length - 1) / 3);
  const days = (at.at(-1)! - at[0]!) / 86_400_000;
  return {
    ticks: at.filter((_, i) => i % step === 0),
    format: days > 1000 ? '%Y-%m' : days > 3 ? '%b %-d' : '%b %-d %H:%M',
  };
}

function histogramLabel({ name, raw, baseline }: ColumnSummary): string {
  const middle = (quantiles: Readonly<Record<string, number | string>> | null) => {
    const value = quantiles?.['p50'];
    return typeof value === 'number' ? figureText(value) : String(value ?? 'none');
  };
  const before = baseline?.quantiles == null ? '' : `, ${middle(baseline.quantiles)} in the baseline`;
  return `Distribution of ${shownText(name)}: median ${middle(raw.quantiles)} now${before}`;
}

interface Bar {
  readonly label: string;
  /** The remainder next to the values with a bar: shown as a number, because its bar would dwarf them. */
  readonly isRest: boolean;
  readonly now: number;
  readonly before: number | null;
}

/** Returns consecutive whole numbers, few enough to be drawn one by one: labels, hours, flags. Null for anything else. */
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

const barHeight = 18;

function barsPlot(name: string, bars: readonly Bar[]): Plot {
  const drawn = bars.filter(({ isRest }) => !isRest);
  const values = bars.map(({ label, isRest, now, before }, place) => ({
    label,
    place,
    now: isRest ? 0 : now,
    before: isRest ? null : before,
    text: isRest && before !== null ? `${shareText(now)}, was ${shareText(before)}` : shareText(now),
  }));
  return {
    kind: 'bars',
    data: { bars: values },
    signals: {
      height: bars.length * barHeight,
      most: Math.max(...drawn.map(({ now, before }) => Math.max(now, before ?? 0)), 0.01),
      count: bars.length,
    },
    label: barsLabel(name, bars),
  };
}

function barsSpec(): Spec {
  return {
    width: plotWidth - 104 - 52,
    height: barHeight,
    padding: { left: 104, right: 52, top: 2, bottom: 2 },
    autosize: 'none',
    signals: [
      { name: 'most', value: 1 },
      { name: 'count', value: 1 },
    ],
    data: [{ name: 'bars' }],
    scales: [
      { name: 'x', type: 'linear', domain: [0, { signal: 'most' }], range: 'width' },
      { name: 'y', type: 'linear', domain: [0, { signal: 'count' }], range: [0, { signal: 'height' }] },
    ],
    marks: [
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { value: 0 },
            x2: { scale: 'x', signal: 'datum.before === null ? 0 : datum.before' },
            y: { scale: 'y', field: 'place', offset: 2 },
            height: { value: barHeight - 4 },
            fill: { value: 'var(--before)' },
            stroke: { signal: "datum.before === null ? null : 'var(--before-line)'" },
            strokeWidth: { value: 1 },
          },
        },
      },
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { value: 0 },
            x2: { scale: 'x', field: 'now' },
            y: { scale: 'y', field: 'place', offset: 5 },
            height: { value: barHeight - 10 },
            fill: { value: 'var(--now)' },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { value: -8 },
            y: { scale: 'y', field: 'place', offset: barHeight / 2 },
            text: { field: 'label' },
            align: { value: 'right' },
            baseline: { value: 'middle' },
            fontSize: { value: 11 },
            fill: { value: 'var(--ink)' },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { scale: 'x', signal: 'max(datum.now, datum.before === null ? 0 : datum.before)', offset: 6 },
            y: { scale: 'y', field: 'place', offset: barHeight / 2 },
            text: { field: 'text' },
            baseline: { value: 'middle' },
            fontSize: { value: 11 },
            fill: { value: 'var(--muted)' },
          },
        },
      },
    ],
  };
}

function barsLabel(name: string, bars: readonly Bar[]): string {
  const parts = bars.map(({ label, now, before }) =>
    before === null ? `${label} ${shareText(now)}` : `${label} ${shareText(now)}, was ${shareText(before)}`,
  );
  return `Most frequent values of ${shownText(name)}: ${parts.join('; ')}`;
}

/** A figure over runs, oldest first; null if a run does not have it. The last point is this run. */
export interface Series {
  readonly title: string;
  readonly points: readonly { readonly at: string; readonly figure: number | null }[];
  readonly format: (figure: number) => string;
}

/** Returns a small line of a figure over the runs, its middle half shaded; null for fewer than two points. */
export function seriesPlot({ title, points, format }: Series): Plot | null {
  const known = points.flatMap(({ figure }, run) => (figure === null ? [] : [{ run, figure }]));
  const last = known.at(-1);
  if (known.length < 2 || last === undefined) return null;
  const sorted = known.map(({ figure }) => figure).sort((a, b) => a - b);
  const quarter = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!;
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const space = (high - low || Math.abs(high) || 1) * 0.1;
  return {
    kind: 'series',
    data: { points: known, last: [last], band: [{ low: quarter(0.25), high: quarter(0.75) }] },
    signals: {
      runs: Math.max(1, points.length - 1),
      span: [low - space, high + space],
      ends: [low, high],
      least: format(low),
      greatest: format(high),
    },
    label: `${title} over ${known.length} runs: from ${format(low)} to ${format(high)}, now ${format(last.figure)}`,
  };
}

function seriesSpec(): Spec {
  return {
    width: 180,
    height: 56,
    padding: { left: 62, right: 6, top: 6, bottom: 4 },
    autosize: 'none',
    signals: [
      { name: 'runs', value: 1 },
      { name: 'span', value: [0, 1] },
      { name: 'ends', value: [0, 1] },
      { name: 'least', value: '' },
      { name: 'greatest', value: '' },
    ],
    data: [{ name: 'points' }, { name: 'last' }, { name: 'band' }],
    scales: [
      { name: 'x', type: 'linear', domain: [0, { signal: 'runs' }], range: 'width' },
      { name: 'y', type: 'linear', domain: { signal: 'span' }, range: 'height', zero: false },
    ],
    marks: [
      scaleMark('greatest', 1),
      scaleMark('least', 0),
      {
        type: 'rect',
        from: { data: 'band' },
        encode: {
          enter: {
            x: { value: 0 },
            x2: { signal: 'width' },
            y: { scale: 'y', field: 'high' },
            y2: { scale: 'y', field: 'low' },
            fill: { value: 'var(--before)' },
          },
        },
      },
      {
        type: 'line',
        from: { data: 'points' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'run' },
            y: { scale: 'y', field: 'figure' },
            stroke: { value: 'var(--now-line)' },
            strokeWidth: { value: 1.5 },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'last' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'run' },
            y: { scale: 'y', field: 'figure' },
            size: { value: 36 },
            fill: { value: 'var(--now-line)' },
          },
        },
      },
    ],
  };
}

/** Returns the label at an end of the scale, next to the line. */
function scaleMark(name: 'least' | 'greatest', end: 0 | 1): Mark {
  return {
    type: 'text',
    encode: {
      update: {
        x: { value: -6 },
        y: { scale: 'y', signal: `ends[${end}]` },
        text: { signal: name },
        align: { value: 'right' },
        baseline: { value: 'middle' },
        fontSize: { value: 11 },
        fill: { value: 'var(--muted)' },
      },
    },
  };
}

/** Every kind of plot as a specification for the chart library. */
const kinds = {
  histogram: histogramSpec(false),
  times: histogramSpec(true),
  bars: barsSpec(),
  series: seriesSpec(),
} as const;
