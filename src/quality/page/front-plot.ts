import { bytesText } from '../../text/units.js';
import { figureText } from '../wording.js';
import { type Html, html } from './html.js';
import { lineOf, plotOf, px, scaleOf, textAt, ticksOf } from './plot.js';

/** A model in the plane of time and quality. */
interface FrontPoint {
  readonly label: string;
  /** Seconds for a million rows. */
  readonly seconds: number;
  readonly quality: number;
  readonly bytes: number;
  readonly isFront: boolean;
}

const frame = { left: 64, right: 24, top: 40, bottom: 52, width: 620, height: 230 };
const [smallest, largest] = [4, 14];

/** Returns models by time and quality; a circle's area shows memory, those of the front are filled. */
export function frontPlot(points: readonly FrontPoint[], { quality }: { readonly quality: string }): Html {
  const x = scaleOf(reach(points.map(({ seconds }) => seconds)), frame.width);
  const y = scaleOf(reach(points.map((point) => point.quality)), frame.height, true);
  const sizes = points.map(({ bytes }) => bytes);
  const most = Math.max(...sizes);
  const radius = (bytes: number) => Math.max(smallest, largest * Math.sqrt(most === 0 ? 1 : bytes / most));
  const said = points
    .map(
      (point) =>
        `${point.label}: ${figureText(point.seconds)} s, ${figureText(point.quality)}, ${bytesText(point.bytes)}${point.isFront ? ', on the front' : ''}`,
    )
    .join('; ');
  // Large circles are drawn first, so that none hides another.
  const drawn = [...points].sort((a, b) => b.bytes - a.bytes);
  return plotOf(frame, `Seconds per million rows, ${quality} and memory of each model: ${said}`, [
    lineOf(`M0,0V${frame.height}H${frame.width}`, 'line', 1),
    ...ticksOf(reach(points.map(({ seconds }) => seconds)), 6).map((tick) =>
      textAt(x(tick), frame.height + 12, figureText(tick), { anchor: 'middle' }),
    ),
    ...ticksOf(reach(points.map((point) => point.quality)), 5).map((tick) =>
      textAt(-8, y(tick), figureText(tick), { anchor: 'end' }),
    ),
    textAt(frame.width, frame.height + 38, 'seconds per million rows', { anchor: 'end' }),
    textAt(-frame.left + 4, -26, quality),
    ...drawn.map(
      (point) =>
        html`<circle cx="${px(x(point.seconds))}" cy="${px(y(point.quality))}" r="${px(radius(point.bytes))}" fill="${point.isFront ? 'var(--now)' : 'var(--paper)'}" fill-opacity="${point.isFront ? '0.75' : '0.6'}" stroke="var(--now-line)" stroke-width="1.5"/>`,
    ),
    ...labelsOf(points, x, y, radius),
  ]);
}

/** Returns the label of each circle: to the right of it or, if a label is already there, below the last. */
function labelsOf(
  points: readonly FrontPoint[],
  x: (value: number) => number,
  y: (value: number) => number,
  radius: (bytes: number) => number,
): Html[] {
  const placed: { left: number; top: number }[] = [];
  return points.map(({ label, seconds, quality, bytes }) => {
    const left = x(seconds) + radius(bytes) + 4;
    let top = y(quality);
    while (placed.some((one) => Math.abs(one.left - left) < 18 && Math.abs(one.top - top) < 11)) top += 11;
    placed.push({ left, top });
    return textAt(left, top, label, { colour: 'ink' });
  });
}

/** Returns the range of values with room on both sides, but none below 0 if no value is. */
function reach(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) * 0.1 || 1) * 0.12;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}
