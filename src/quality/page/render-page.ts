import type { ColumnSummary, Summary } from '../summary.js';
import { countText, shownText } from '../wording.js';
import { levelWords } from './badge.js';
import { columnCard, columnsTable } from './columns.js';
import { type Html, html } from './html.js';
import { findingsSection, ledgerSection, verdictSection } from './overview.js';
import { createDraw, type Draw } from './plots.js';
import { pageOf } from './shell.js';
import { aboutSection, driftSection, partitionsSection, problemsSection } from './tables.js';
import { trendSection } from './trend-section.js';

/** What a page may weigh. */
export const maxPageBytes = 500_000;

/** Columns that have a card with a plot at most, and those that have a line beneath. */
const mostCards = 60;
const mostLines = 200;

/**
 * `_summary.html`: one file without scripts or links to anywhere, under `maxPageBytes` whatever the run; where there are too many columns, the most
 * important have cards. Takes about 10 ms per column, and a quarter of a second to load the chart library.
 */
export async function renderPage(summary: Summary): Promise<string> {
  const draw = await createDraw();
  const trend = await trendSection(summary, draw);
  const outputs = await createCards(summary.outputs, 'output', draw);
  const columns = await createCards(summary.columns, 'column', draw);
  for (let cards = mostCards; ; cards = cards >> 1) {
    const page = layOut(summary, trend, outputs, columns, cards);
    if (Buffer.byteLength(page) <= maxPageBytes || cards === 0) return page;
  }
}

interface Card {
  readonly column: ColumnSummary;
  readonly id: string;
  readonly card: Html;
}

/** Cards of the most important columns first: what moved, then features, then the rest as they come. */
async function createCards(columns: readonly ColumnSummary[], kind: string, draw: Draw): Promise<Card[]> {
  const weight = ({ drift, feature }: ColumnSummary) =>
    (drift?.level === 'none' ? 0 : (drift?.importance ?? 0)) + (feature ? 0.5 : 0);
  const sorted = [...columns].sort((a, b) => weight(b) - weight(a));
  const cards: Card[] = [];
  for (const [i, column] of sorted.entries()) {
    const id = `${kind}-${i + 1}`;
    const card = i < mostCards ? await columnCard(column, id, draw) : html``;
    cards.push({ column, id, card });
  }
  return cards;
}

function layOut(
  summary: Summary,
  trend: Html | null,
  outputs: readonly Card[],
  columns: readonly Card[],
  most: number,
): string {
  const shownOutputs = outputs.slice(0, Math.min(most, 12));
  const shownColumns = columns.slice(0, most);
  const places = new Map(
    [...shownColumns, ...shownOutputs].map(({ column, id }) => [column.name, id] as const),
  );
  const partitions = new Map(
    summary.partitions.list
      .slice(0, 1000)
      .map(({ partition }, i) => [partition, `partition-${i + 1}`] as const),
  );
  const anchor = (name: string) => places.get(name) ?? partitions.get(name) ?? null;
  const legend =
    summary.baseline === null
      ? null
      : html`<p class="legend"><span><i class="now"></i>now</span><span><i class="before"></i>baseline</span></p>`;
  const links = [
    ['first', 'Look first'],
    ['ledger', 'Rows'],
    ...(trend === null ? [] : [['trend', 'Trend'] as const]),
    ...(outputs.length === 0 ? [] : [['scores', 'Scores'] as const]),
    ['drift', 'Drift'],
    ['columns', 'Columns'],
    ['problems', 'Problems'],
    ['partitions', 'Partitions'],
    ['about', 'Model and speed'],
  ] as const;
  return pageOf({
    title: `${levelWords[summary.verdict.level]}: ${shownText(summary.job)}, ${summary.finished_at.slice(0, 10)}`,
    header: html`${verdictSection(summary)}
<nav aria-label="On this page"><ul>${links.map(([id, word]) => html`<li><a href="#${id}">${word}</a></li>`)}</ul></nav>`,
    main: html`${findingsSection(summary, anchor)}
${ledgerSection(summary)}
${trend}
${
  outputs.length === 0
    ? null
    : html`<section aria-labelledby="scores"><h2 id="scores">Scores</h2><p class="lead">What the model answered.</p>${legend}<div class="grid">${shownOutputs.map(({ card }) => card)}</div>${columnsTable(
        outputs.slice(shownOutputs.length).map(({ column }) => column),
        mostLines,
      )}</section>`
}
${driftSection(summary, anchor)}
<section aria-labelledby="columns"><h2 id="columns">Columns</h2><p class="lead">${countText(columns.length)} as they were read; what the model got stands beside it where repair changed something.</p>${legend}<div class="grid">${shownColumns.map(({ card }) => card)}</div>${columnsTable(
      columns.slice(shownColumns.length).map(({ column }) => column),
      most === 0 ? 50 : mostLines,
    )}</section>
${problemsSection(summary)}
${partitionsSection(summary, (partition) => partitions.get(partition) ?? null)}
${aboutSection(summary)}`,
    footer: html`Written by nightshift ${shownText(summary.program)}. Shares are of rows. The same figures for machines are in <code>_summary.json</code>.`,
  });
}
