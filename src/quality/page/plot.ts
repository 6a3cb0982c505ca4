import { type Html, html } from './html.js';

/** Size of a plot's drawing area, and the room around it; in the pixels of a card, which the page scales. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Every plot of a card has this width, so that letters have the same size in all of them. */
export const plotWidth = 330;

/** Returns a plot as an SVG element in the page's colours; `label` describes it for screen readers. */
export function plotOf(
  { width, height, left, right, top, bottom }: Frame,
  label: string,
  marks: readonly (Html | null)[],
): Html {
  return html`<div class="plot"><svg role="img" viewBox="0 0 ${px(left + width + right)} ${px(top + height + bottom)}"><title>${label}</title><g transform="translate(${px(left)},${px(top)})">${marks}</g></svg></div>`;
}

/** Rounds a coordinate to a tenth of a pixel. */
export function px(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Returns the linear map from `[from, to]` to `[0, pixels]`, or to `[pixels, 0]` for a vertical axis. */
export function scaleOf(
  [from, to]: readonly [number, number],
  pixels: number,
  upward = false,
): (value: number) => number {
  const part = (value: number) => (to === from ? 0.5 : (value - from) / (to - from));
  return (value) => px((upward ? 1 - part(value) : part(value)) * pixels);
}

/** Returns about `count` round values within a range: multiples of 1, 2 or 5 times a power of ten. */
export function ticksOf([from, to]: readonly [number, number], count: number): number[] {
  if (!(to > from)) return [from];
  const rough = (to - from) / count;
  const power = Math.floor(Math.log10(rough));
  const ratio = rough / 10 ** power;
  const factor = ratio >= Math.sqrt(50) ? 10 : ratio >= Math.sqrt(10) ? 5 : ratio >= Math.sqrt(2) ? 2 : 1;
  // Multiples of a whole number or of one over a whole number: 3 * 0.1 is not 0.3, 3 / 10 is.
  const [times, over] = power < 0 ? [factor, 10 ** -power] : [factor * 10 ** power, 1];
  const first = Math.ceil((from * over) / times);
  const last = Math.floor((to * over) / times);
  return Array.from({ length: last - first + 1 }, (_, i) => ((first + i) * times) / over);
}

interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: 'muted' | 'ink';
  readonly size?: number;
}

/** Returns a text whose middle is at `y`. */
export function textAt(x: number, y: number, text: string, style: TextStyle = {}): Html {
  const { anchor = 'start', colour = 'muted', size = 11 } = style;
  return html`<text x="${px(x)}" y="${px(y)}" dy="0.32em" text-anchor="${anchor}" font-size="${size}" fill="var(--${colour})">${text}</text>`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Returns a rectangle in a colour of the page; `extra` are further attributes. */
export function rectOf({ x, y, width, height }: Box, colour: string, extra: Html | null = null): Html {
  return html`<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(Math.max(0, height))}" fill="var(--${colour})"${extra}/>`;
}

/** Returns a line along a path in a colour of the page. */
export function lineOf(path: string, colour: string, width: number): Html {
  return html`<path d="${path}" fill="none" stroke="var(--${colour})" stroke-width="${width}"/>`;
}
