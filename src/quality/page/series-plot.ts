import { type Html, html } from './html.js';
import { lineOf, plotOf, rectOf, scaleOf, textAt } from './plot.js';

/** A figure over runs, oldest first; null if a run does not have it. The last point is this run. */
export interface Series {
  readonly title: string;
  readonly points: readonly { readonly at: string; readonly figure: number | null }[];
  readonly format: (figure: number) => string;
}

const frame = { left: 62, right: 6, top: 6, bottom: 4, width: 180, height: 56 };

/** Returns a small line of a figure over the runs, its middle half shaded; null for fewer than two points. */
export function seriesPlot({ title, points, format }: Series): Html | null {
  const known = points.flatMap(({ figure }, run) => (figure === null ? [] : [{ run, figure }]));
  const last = known.at(-1);
  if (known.length < 2 || last === undefined) return null;
  const sorted = known.map(({ figure }) => figure).sort((a, b) => a - b);
  const quarter = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!;
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const space = (high - low || Math.abs(high) || 1) * 0.1;
  const x = scaleOf([0, Math.max(1, points.length - 1)], frame.width);
  const y = scaleOf([low - space, high + space], frame.height, true);
  const top = y(quarter(0.75));
  const band = { x: 0, y: top, width: frame.width, height: y(quarter(0.25)) - top };
  const path = known.map(({ run, figure }, i) => `${i === 0 ? 'M' : 'L'}${x(run)},${y(figure)}`).join('');
  return plotOf(
    frame,
    `${title} over ${known.length} runs: from ${format(low)} to ${format(high)}, now ${format(last.figure)}`,
    [
      textAt(-6, y(high), format(high), { anchor: 'end' }),
      textAt(-6, y(low), format(low), { anchor: 'end' }),
      rectOf(band, 'before'),
      lineOf(path, 'now-line', 1.5),
      html`<circle cx="${x(last.run)}" cy="${y(last.figure)}" r="3.4" fill="var(--now-line)"/>`,
    ],
  );
}
