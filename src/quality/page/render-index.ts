import type { Summary, TrendPoint } from '../summary.js';
import { countOf, countText, durationText, figureText, shareText, shownText } from '../wording.js';
import { levelTag, levelWords } from './badge.js';
import { type Html, html } from './html.js';
import { pageOf } from './shell.js';
import { seriesCards, trendSeries } from './trend-section.js';

/** A run in an index: the part of its summary that the index needs. */
export interface IndexRun {
  /** Its run folder, relative to the index, with `/`. */
  readonly folder: string;
  readonly job: string;
  readonly verdict: Summary['verdict'];
  readonly durationMs: number;
  readonly point: TrendPoint;
}

/** Maximum number of runs of a job in a trend, and in its table. */
const most = { drawn: 60, listed: 400 };

/** Returns the part of the summary in `folder` that an index needs. */
export function indexRun(folder: string, summary: Summary): IndexRun | null {
  const point = summary.trend.runs.at(-1);
  if (point === undefined) return null;
  return { folder, job: summary.job, verdict: summary.verdict, durationMs: summary.duration_ms, point };
}

/**
 * Returns `index.html` over many runs: each job's trend and runs, newest first. `runs` are in folder order.
 */
export function renderIndex(runs: readonly IndexRun[], program: string): string {
  const jobs = [...new Set(runs.map(({ job }) => job))].sort();
  const sections = jobs.map((job, i) =>
    jobSection(
      job,
      `job-${i + 1}`,
      runs.filter((run) => run.job === job),
    ),
  );
  const latest = jobs.map((job) => runs.findLast((run) => run.job === job)!);
  return pageOf({
    title: `Runs of ${jobs.length === 1 ? shownText(jobs[0]!) : countOf(jobs.length, 'job')}`,
    header: html`<div class="who"><h1>Runs</h1><p class="muted small">${countOf(runs.length, 'run')} of ${countOf(jobs.length, 'job')}</p></div>
<nav aria-label="Jobs"><ul>${latest.map(({ job, verdict }, i) => html`<li><a href="#job-${i + 1}">${shownText(job)}</a> ${levelTag(verdict.level, levelWords[verdict.level])}</li>`)}</ul></nav>`,
    main: html`${sections}`,
    footer: html`Written by nightshift ${shownText(program)} from each run’s <code>_summary.json</code>.`,
  });
}

function jobSection(job: string, id: string, runs: readonly IndexRun[]): Html {
  const latest = runs.at(-1)!;
  const points = runs.slice(-most.drawn).map(({ point }) => point);
  const cards = points.length < 2 ? [] : seriesCards(trendSeries(points));
  const listed = runs.slice(-most.listed).reverse();
  const older = runs.length - listed.length;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${shownText(job)}</h2>
<p class="lead">The latest, ${shownText(latest.folder, 80)}: ${shownText(latest.verdict.sentence, 300)}</p>
${cards.length === 0 ? null : html`<div class="grid trend">${cards}</div>`}
<div class="card long runs"><table class="stack wide"><caption>${older > 0 ? `The last ${countText(listed.length)} of ${countText(runs.length)} runs` : 'Runs'}, newest first</caption><thead><tr><th scope="col">Run</th><th scope="col">Verdict</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Rejected</th><th scope="col" class="n">Repaired</th><th scope="col" class="n">Flagged</th><th scope="col" class="n">PSI</th><th scope="col" class="n">Time</th></tr></thead><tbody>${listed.map(runRow)}</tbody></table></div></section>`;
}

function runRow({ folder, verdict, durationMs, point }: IndexRun): Html {
  const path = `${folder.split('/').map(encodeURIComponent).join('/')}/_summary.html`;
  return html`<tr><th scope="row"><a href="./${path}">${shownText(folder, 80)}</a></th><td data-label="Verdict">${levelTag(verdict.level, levelWords[verdict.level])}</td><td class="n" data-label="Rows">${countText(point.rows_read)}</td><td class="n" data-label="Rejected">${shareText(point.rejected_share)}</td><td class="n" data-label="Repaired">${shareText(point.repaired_share)}</td><td class="n" data-label="Flagged">${shareText(point.flagged_share)}</td><td class="n" data-label="PSI">${point.psi === null ? '–' : figureText(point.psi)}</td><td class="n" data-label="Time">${durationText(durationMs)}</td></tr>`;
}
