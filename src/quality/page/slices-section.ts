import type { SliceSummary, Summary } from '../summary.js';
import { capitalised, countText, figureText, namesText, shareText, shownText } from '../wording.js';
import { levelTag } from './badge.js';
import { columnCard, driftTag } from './columns.js';
import { folded, type Html, html } from './html.js';

/** Number of scores of slices with a plot. */
const mostCards = 4;

/** Number of slices named in a folded line. */
const namedSlices = 20;

/** Returns the slices that drifted, with their scores' plots, the others folded; null without slices. */
export function slicesSection({ slices, baseline }: Summary): Html | null {
  if (slices.length === 0) return null;
  const moved = slices.filter(isMoved);
  const rest = slices.filter((slice) => !isMoved(slice));
  const cards = scoreCards(moved);
  const names = namesText(
    rest.map(({ label }) => label),
    namedSlices,
  );
  const isCompared = rest.some(({ baseline_share }) => baseline_share !== null);
  const line = `${countText(rest.length)} ${isCompared ? 'steady' : 'not compared'}: ${names}`;
  return html`<section aria-labelledby="slices"><h2 id="slices">Slices</h2>
<p class="lead">${leadOf(slices, baseline)}</p>
<div class="card long">${moved.length === 0 ? html`<p>No slice moved.</p>` : slicesTable(moved, 'Slices that moved')}${folded(line, rest.length === 0 ? null : slicesTable(rest, 'Other slices'))}</div>${cards.length === 0 ? null : html`<div class="grid slices">${cards}</div>`}</section>`;
}

function leadOf(slices: readonly SliceSummary[], baseline: Summary['baseline']): string {
  const what = 'Rows by value or condition, as listed under “quality.slices”.';
  if (baseline === null) return `${what} There is no baseline to compare them with.`;
  if (slices.some(({ baseline_share }) => baseline_share !== null)) return what;
  return `${what} The baseline has no slices: write it again with “nightshift profile”.`;
}

/** Returns true if there is something to check about a slice. */
function isMoved({ moved, share_moved }: SliceSummary): boolean {
  return moved.length > 0 || share_moved !== null;
}

function slicesTable(slices: readonly SliceSummary[], caption: string): Html {
  return html`<table class="stack wide short names"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">Slice</th><th scope="col">Drift</th><th scope="col" class="n">Rows</th><th scope="col">Of all, then and now</th><th scope="col">Mean score, then and now</th><th scope="col" class="n">Rejected</th><th scope="col" class="n">Flagged</th><th scope="col">What happened</th></tr></thead><tbody>${slices.map(sliceRow)}</tbody></table>`;
}

function sliceRow(slice: SliceSummary): Html {
  const { label, rows, share, baseline_share, moved, share_moved } = slice;
  const level = moved[0]?.level ?? (share_moved === null ? 'none' : 'moderate');
  const tag = baseline_share === null ? levelTag('note', 'not compared') : driftTag(level);
  const said = [
    ...(share_moved === null ? [] : [share_moved]),
    ...moved.slice(0, 3).map(({ sentence }) => sentence),
  ];
  const part = (count: number) => shareText(rows.read === 0 ? 0 : count / rows.read);
  const shares =
    baseline_share === null ? shareText(share) : `${shareText(baseline_share)} → ${shareText(share)}`;
  return html`<tr><th scope="row">${shownText(label, 60)}</th><td data-label="Drift">${tag}</td><td class="n" data-label="Rows">${countText(rows.read)}</td><td data-label="Of all">${shares}</td><td data-label="Mean">${meanText(slice)}</td><td class="n" data-label="Rejected">${part(rows.rejected)}</td><td class="n" data-label="Flagged">${part(rows.flagged)}</td><td data-label="What happened">${said.length === 0 ? '–' : said.map((sentence) => html`<div>${shownText(capitalised(sentence, null), 300)}</div>`)}</td></tr>`;
}

/** Returns the mean of the slice's score, the last that is a number: a probability follows its label. */
function meanText({ scores }: SliceSummary): string {
  const score = scores.findLast(({ raw }) => typeof raw.mean === 'number');
  if (score === undefined) return '–';
  const [before, now] = [score.baseline?.mean, score.raw.mean];
  const text = `${typeof before === 'number' ? `${figureText(before)} → ` : ''}${figureText(now as number)}`;
  return `${shownText(score.name, 30)} ${text}`;
}

function scoreCards(moved: readonly SliceSummary[]): Html[] {
  const scores = moved.flatMap(({ label, scores }) =>
    scores
      .filter(({ drift }) => drift !== null && drift.level !== 'none')
      .map((score) => ({ ...score, name: `${label}: ${score.name}` })),
  );
  return scores.slice(0, mostCards).map((score, i) => columnCard(score, `slice-${i + 1}`));
}
