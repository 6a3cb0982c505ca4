import { shareText, shownText } from '../wording.js';
import { type Html, html } from './html.js';
import { plotOf, plotWidth, px, rectOf, scaleOf, textAt } from './plot.js';

/** The share of one value. */
export interface Bar {
  readonly label: string;
  /** The remainder next to the values with a bar: shown as a number, because its bar would dwarf them. */
  readonly isRest: boolean;
  readonly now: number;
  readonly before: number | null;
}

const barHeight = 18;
const frame = { right: 52, top: 2, bottom: 2 };

/** Returns the room for labels of 11 pixels on the left: as much as the longest needs. */
function labelRoom(bars: readonly Bar[]): number {
  return 12 + Math.min(92, Math.max(...bars.map(({ label }) => label.length)) * 7);
}

/** Returns a bar for each value, with the baseline's behind it. */
export function barsPlot(name: string, bars: readonly Bar[]): Html {
  const drawn = bars.filter(({ isRest }) => !isRest);
  const most = Math.max(...drawn.map(({ now, before }) => Math.max(now, before ?? 0)), 0.01);
  const left = labelRoom(bars);
  const width = plotWidth - left - frame.right;
  const x = scaleOf([0, most], width);
  return plotOf(
    { ...frame, left, width, height: bars.length * barHeight },
    labelOf(name, bars),
    bars.map((bar, i) => barMarks(bar, i * barHeight, x)),
  );
}

function barMarks({ label, isRest, now, before }: Bar, top: number, x: (share: number) => number): Html {
  const middle = top + barHeight / 2;
  const end = isRest ? 0 : Math.max(x(now), x(before ?? 0));
  const text = isRest && before !== null ? `${shareText(now)}, was ${shareText(before)}` : shareText(now);
  const outline = html` stroke="var(--before-line)"`;
  return html`${isRest || before === null ? null : rectOf({ x: 0, y: top + 2, width: x(before), height: barHeight - 4 }, 'before', outline)}${isRest ? null : rectOf({ x: 0, y: top + 5, width: x(now), height: barHeight - 10 }, 'now')}${textAt(-8, middle, label, { anchor: 'end', colour: 'ink' })}${textAt(px(end) + 6, middle, text)}`;
}

function labelOf(name: string, bars: readonly Bar[]): string {
  const parts = bars.map(({ label, now, before }) =>
    before === null ? `${label} ${shareText(now)}` : `${label} ${shareText(now)}, was ${shareText(before)}`,
  );
  return `Most frequent values of ${shownText(name)}: ${parts.join('; ')}`;
}
