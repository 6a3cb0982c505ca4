import type { Summary, TrendPoint } from '../summary.js';
import { countText, figureText, shareText, shownText } from '../wording.js';
import { type Html, html } from './html.js';
import { type Series, seriesPlot } from './series-plot.js';

/** Number of scores with their own line. */
const mostScores = 3;

/** Returns the figures of a job's runs that are drawn over time. */
export function trendSeries(runs: readonly TrendPoint[]): Series[] {
  const over = (
    title: string,
    figure: (run: TrendPoint) => number | null | undefined,
    format: Series['format'],
  ) => ({
    title,
    points: runs.map((run) => ({ at: run.finished_at, figure: figure(run) ?? null })),
    format,
  });
  const scores = Object.keys(runs.at(-1)?.score_means ?? {}).slice(0, mostScores);
  return [
    over('Rows read', (run) => run.rows_read, countText),
    over('Rejected', (run) => run.rejected_share, shareText),
    over('Repaired', (run) => run.repaired_share, shareText),
    over('Flagged', (run) => run.flagged_share, shareText),
    ...scores.map((name) =>
      over(`Mean of ${shownText(name, 30)}`, (run) => run.score_means[name], figureText),
    ),
    over('Greatest PSI', (run) => run.psi, figureText),
  ];
}

/** Returns the speed of the job's runs: a property of the machine, not of the data. */
export function speedSeries(runs: readonly TrendPoint[]): Series {
  const points = runs.map((run) => ({ at: run.finished_at, figure: run.rows_per_second }));
  return { title: 'Rows per second', points, format: countText };
}

/** Compares this run with the job's last ones; null for fewer than two runs. */
export function trendSection({ trend }: Summary): Html | null {
  if (trend.runs.length < 2) return null;
  const cards = seriesCards(trendSeries(trend.runs));
  return html`<section aria-labelledby="trend"><h2 id="trend">Against the last ${trend.runs.length === 2 ? 'run' : `${countText(trend.runs.length - 1)} runs`}</h2>
<p class="lead">Oldest on the left, this run on the right; the minimum and maximum are next to the line, the band covers half of the runs.</p><div class="grid trend">${cards}</div></section>`;
}

/** Returns a small card for every series that can be drawn. */
export function seriesCards(series: readonly Series[]): Html[] {
  return series.flatMap((entry) => {
    const plot = seriesPlot(entry);
    if (plot === null) return [];
    const now = entry.points.at(-1)!.figure;
    return [
      html`<div class="card"><p class="small muted">${entry.title}</p><p><strong>${now === null ? '–' : entry.format(now)}</strong> <span class="small muted">${changeText(entry)}</span></p>${plot}</div>`,
    ];
  });
}

/** Says how the last figure differs from the one before it. */
function changeText({ points, format }: Series): string {
  const [before, now] = points.slice(-2).map(({ figure }) => figure);
  if (before == null || now == null) return '';
  if (format(before) === format(now)) return 'same as in the previous run';
  return `${now > before ? 'up' : 'down'} from ${format(before)}`;
}
