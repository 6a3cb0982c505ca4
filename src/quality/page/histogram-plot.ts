import type { ColumnSummary, HistogramSummary } from '../summary.js';
import { figureText, shareText, shownText } from '../wording.js';
import { type Html, html } from './html.js';
import { lineOf, plotOf, plotWidth, rectOf, scaleOf, textAt, ticksOf } from './plot.js';

const frame = { left: 36, right: 8, top: 15, bottom: 22, width: plotWidth - 44, height: 110 };

/** Average width of a letter of 11 pixels. */
const letterWidth = 6;

/** Returns the histogram of a column's numbers or times, with the baseline behind it. */
export function histogramPlot(column: ColumnSummary, { edges, now, baseline }: HistogramSummary): Html {
  const { type } = column;
  const time = type === 'date' ? 86_400_000 : type === 'timestamp' ? 1000 : null;
  const at = edges.map((edge) => edge * (time ?? 1));
  const span = [at[0]!, at.at(-1)!] as const;
  const x = scaleOf(span, frame.width);
  const most = Math.max(...now, ...(baseline ?? []), 0.01);
  const y = scaleOf([0, most], frame.height, true);
  const tails = tailsOf(column, at);
  const bars = now.map((share, i) => {
    const isTail = (i === 0 && tails.low !== '') || (i === now.length - 1 && tails.high !== '');
    const box = {
      x: x(at[i]!) + 0.5,
      y: y(share),
      width: x(at[i + 1]!) - x(at[i]!) - 1,
      height: frame.height - y(share),
    };
    return rectOf(box, 'now', isTail ? html` fill-opacity="0.55"` : null);
  });
  const steps = baseline?.map((share, i) => `H${x(at[i]!)}V${y(share)}H${x(at[i + 1]!)}`).join('') ?? '';
  return plotOf(frame, labelOf(column), [
    ...shareAxis(most, y),
    axisOf(time === null ? numberTicks(ticksOf(span, 5)) : timeTicks(at), x),
    baseline === null
      ? null
      : html`<path d="M0,${frame.height}${steps}V${frame.height}Z" fill="var(--before)"/>`,
    ...bars,
    baseline === null ? null : lineOf(`M0,${y(baseline[0] ?? 0)}${steps}`, 'before-line', 1.25),
    tails.low === '' ? null : textAt(2, -8, tails.low, { size: 10 }),
    tails.high === '' ? null : textAt(frame.width - 2, -8, tails.high, { size: 10, anchor: 'end' }),
  ]);
}

/** Returns the grid lines of shares and their labels. */
function shareAxis(most: number, y: (share: number) => number): Html[] {
  return ticksOf([0, most], 2).flatMap((share) => [
    lineOf(`M0,${y(share)}H${frame.width}`, 'line', 1),
    textAt(-4, y(share), shareText(share), { anchor: 'end' }),
  ]);
}

interface Tick {
  readonly tick: number;
  readonly text: string;
}

/** Returns the axis below the bars, without overlapping labels; those at an end stay within the plot. */
/** Returns the ticks in four digits, or in full where four digits would show several as the same. */
function numberTicks(ticks: readonly number[]): Tick[] {
  const texts = ticks.map(figureText);
  const isClear = new Set(texts).size === texts.length;
  return ticks.map((tick, i) => ({ tick, text: isClear ? texts[i]! : String(tick) }));
}

function axisOf(ticks: readonly Tick[], x: (value: number) => number): Html {
  const halfOf = ({ text }: Tick) => (text.length * letterWidth) / 2;
  const labelAt = (tick: Tick) => Math.min(Math.max(x(tick.tick), halfOf(tick)), frame.width - halfOf(tick));
  const overlap = (some: readonly Tick[]) =>
    some.some(
      (tick, i) => i > 0 && labelAt(tick) - halfOf(tick) < labelAt(some[i - 1]!) + halfOf(some[i - 1]!),
    );
  let shown = ticks;
  while (overlap(shown)) shown = shown.filter((_, i) => i % 2 === 0);
  const marks = ticks.map(({ tick }) => `M${x(tick)},${frame.height}v4`).join('');
  return html`${lineOf(`M0,${frame.height}H${frame.width}${marks}`, 'line', 1)}${shown.map((tick) =>
    textAt(labelAt(tick), frame.height + 14, tick.text, { anchor: 'middle' }),
  )}`;
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

/** Returns at most four edges, as months, days or, within three days, as times of day. */
function timeTicks(at: readonly number[]): Tick[] {
  const step = Math.ceil((at.length - 1) / 3);
  const days = (at.at(-1)! - at[0]!) / 86_400_000;
  return at.filter((_, i) => i % step === 0).map((tick) => ({ tick, text: timeText(tick, days) }));
}

function timeText(at: number, days: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return figureText(at);
  const iso = date.toISOString();
  // A year of more than four digits has a sign and two more.
  if (days > 1000 || iso.length > 24) return iso.slice(0, -17);
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}`;
  return days > 3 ? day : `${day} ${iso.slice(11, 16)}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function labelOf({ name, raw, baseline }: ColumnSummary): string {
  const middle = (quantiles: Readonly<Record<string, number | string>> | null) => {
    const value = quantiles?.['p50'];
    return typeof value === 'number' ? figureText(value) : String(value ?? 'none');
  };
  const before = baseline?.quantiles == null ? '' : `, ${middle(baseline.quantiles)} in the baseline`;
  return `Distribution of ${shownText(name)}: median ${middle(raw.quantiles)} now${before}`;
}
