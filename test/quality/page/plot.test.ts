import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnPlot } from '../../../src/quality/page/column-plot.js';
import { frontPlot } from '../../../src/quality/page/front-plot.js';
import { scaleOf, ticksOf } from '../../../src/quality/page/plot.js';
import { seriesPlot } from '../../../src/quality/page/series-plot.js';
import type { ColumnSummary } from '../../../src/quality/summary.js';
import fc from '../../seeded.js';
import { madeDay, madePartition, madeSummary } from '../made-run.js';

test('ticks are round, evenly spaced, within the range, and about as many as asked for', () => {
  assert.deepEqual(ticksOf([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticksOf([0, 0.3], 2), [0, 0.2]);
  assert.deepEqual(ticksOf([-40, 230], 5), [0, 50, 100, 150, 200]);
  assert.deepEqual(ticksOf([7, 7], 5), [7]);
  const size = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), size, (from, width) => {
      const to = from + width;
      fc.pre(to - from > 1e-6 * Math.max(1, Math.abs(from)));
      const ticks = ticksOf([from, to], 5);
      assert.ok(ticks.length >= 2 && ticks.length <= 11, String(ticks));
      const step = ticks[1]! - ticks[0]!;
      const slack = step * 1e-6;
      assert.ok(ticks[0]! >= from - slack && ticks.at(-1)! <= to + slack);
      for (const [i, tick] of ticks.entries())
        assert.ok(Math.abs(tick - (ticks[0]! + i * step)) < slack + 1e-6 * Math.abs(tick));
      const [digit] = step.toExponential(3);
      assert.ok(['1', '2', '5', '4', '9'].includes(digit!), String(step));
    }),
  );
});

test('a scale maps its ends to the ends of the plot', () => {
  assert.deepEqual([2, 3, 4].map(scaleOf([2, 4], 100)), [0, 50, 100]);
  assert.deepEqual([2, 3, 4].map(scaleOf([2, 4], 100, true)), [100, 50, 0]);
  assert.equal(scaleOf([3, 3], 100)(3), 50);
});

const { columns } = madeSummary([madePartition('p', madeDay(500, 3))]);
const histogramColumn = columns.find(({ histogram }) => histogram !== null && histogram.edges.length > 9)!;

function plotWith(change: Partial<ColumnSummary>): string {
  return columnPlot({ ...histogramColumn, ...change })!.markup;
}

test('the labels of times are months, days or hours, as far apart as their span', () => {
  const day = Date.parse('2013-01-04') / 86_400_000;
  const now = [0.25, 0.25, 0.25, 0.25];
  const edges = (step: number) => [0, 1, 2, 3, 4].map((i) => day + i * step);
  const raw = { ...histogramColumn.raw, min: null, max: null };
  const dates = (step: number) =>
    plotWith({ type: 'date', raw, histogram: { edges: edges(step), now, baseline: null } });
  assert.match(dates(2), />Jan 4<.*>Jan 8<.*>Jan 12</);
  assert.match(dates(400), />2013-01<.*>2015-03<.*>2017-05</);
  const times = edges(0.5).map((at) => at * 86_400);
  const within = plotWith({ type: 'timestamp', raw, histogram: { edges: times, now, baseline: null } });
  assert.match(within, />Jan 4 00:00<.*>Jan 5 00:00<.*>Jan 6 00:00</);
  assert.match(dates(2 ** 28), /<title>/);
  assert.match(dates(2 ** 20), />2013-01<.*>7754-10<.*>\+013496-08</);
});

test('bars reach as high as their share, and lie within the plot', () => {
  const histogram = { edges: [0, 1.5, 3, 4.5], now: [0.5, 0.25, 0.25], baseline: [0.25, 0.5, 0.25] };
  const raw = { ...histogramColumn.raw, min: 0, max: 4.5 };
  const markup = plotWith({ type: 'float64', raw, histogram });
  const bars = [
    ...markup.matchAll(
      /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="var\(--now\)"/g,
    ),
  ];
  const boxes = bars.map(([, ...figures]) => figures.map(Number));
  assert.deepEqual(
    boxes.map(([, y, , height]) => [y, height]),
    [
      [0, 110],
      [55, 55],
      [55, 55],
    ],
  );
  assert.deepEqual(
    boxes.map(([x]) => x),
    [0.5, 95.8, 191.2],
  );
});

test('a series has a line through its points and says its ends', () => {
  const points = [4, null, 8, 6].map((figure, i) => ({ at: String(i), figure }));
  const { markup } = seriesPlot({ title: 'Rows', points, format: String })!;
  assert.match(markup, /<title>Rows over 3 runs: from 4 to 8, now 6<\/title>/);
  assert.match(markup, /d="M0,51\.3L120,4\.7L180,28"/);
  assert.equal(seriesPlot({ title: 'Rows', points: points.slice(0, 2), format: String }), null);
});

test('circles of models have areas in proportion to their memory, and no distance is below 0', () => {
  const point = (label: string, seconds: number, bytes: number) => ({
    ...{ label, seconds, bytes },
    ...{ quality: 0, isFront: true },
  });
  const drawn = (...bytes: number[]) =>
    frontPlot(
      bytes.map((each, i) => point(String(i), i + 10, each)),
      { quality: 'distance' },
    ).markup;
  const radii = (page: string) => [...page.matchAll(/ r="([\d.]+)"/g)].map(([, r]) => Number(r));
  const [one, other] = radii(drawn(160_000_000, 160_100_000));
  assert.ok(Math.abs(one! - other!) < 0.1, 'nearly the same memory is nearly the same circle');
  const [large, small] = radii(drawn(400e6, 100e6));
  assert.ok(Math.abs((large! / small!) ** 2 - 4) < 0.1);
  assert.doesNotMatch(drawn(1e8, 2e8), />[-−]0\.?\d*</, 'no tick below 0');
});
