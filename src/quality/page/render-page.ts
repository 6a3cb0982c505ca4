import { isMoved } from '../drift-order.js';
import type { ColumnSummary, Summary } from '../summary.js';
import { countText, namesText, shownText } from '../wording.js';
import { levelWords } from './badge.js';
import { challengersSection } from './challengers-section.js';
import { columnCard, columnsTable } from './columns.js';
import { folded, type Html, html } from './html.js';
import { findingsSection, ledgerSection, runName, verdictSection } from './overview.js';
import { pageOf } from './shell.js';
import { slicesSection } from './slices-section.js';
import {
  aboutSection,
  driftSection,
  partitionsSection,
  problemsSection,
  rejectsSection,
  steadyText,
} from './tables.js';
import { seriesCards, speedSeries, trendSection } from './trend-section.js';

/** Maximum size of a page. */
export const maxPageBytes = 500_000;

/** Maximum number of columns with a card and a plot, and of those with a line below. */
const mostCards = 60;
const mostLines = 200;

/** Scores that are expanded even if they are steady: a label, two probabilities, a decision, a band, a rank. */
const openScores = 6;

/**
 * Returns `_summary.html`: one file without scripts or external links, under `maxPageBytes` for any run; with
 * too many columns, only the most important have cards. Takes about a millisecond per column.
 */
export function renderPage(summary: Summary): string {
  const { runs } = summary.trend;
  const speed = runs.length < 2 ? [] : seriesCards([speedSeries(runs)]);
  const drawn = {
    trend: trendSection(summary),
    slices: slicesSection(summary),
    challengers: challengersSection(summary),
    speed: speed.length === 0 ? null : html`<div class="grid trend">${speed}</div>`,
    outputs: createCards(summary.outputs, 'output', summary),
    columns: createCards(summary.columns, 'column', summary),
  };
  for (let cards = mostCards; ; cards = cards >> 1) {
    const page = layOut(summary, drawn, cards);
    if (Buffer.byteLength(page) <= maxPageBytes || cards === 0) return page;
  }
}

interface Card {
  readonly column: ColumnSummary;
  readonly id: string;
  readonly card: Html;
  /** True if something about it should be checked; the others are folded. */
  readonly isOpen: boolean;
}

/** Creates cards, most important columns first: drifted ones, then features, then the rest in order. */
function createCards(columns: readonly ColumnSummary[], kind: string, summary: Summary): Card[] {
  const named = new Set(summary.findings.flatMap(({ level, name }) => (level === 'note' ? [] : [name])));
  const isOpen = (column: ColumnSummary) => isMoved(column) || named.has(column.name);
  const weight = (column: ColumnSummary) =>
    (isMoved(column) ? column.drift!.importance : 0) +
    (isOpen(column) ? 0.5 : 0) +
    (column.feature ? 0.25 : 0);
  const sorted = [...columns].sort((a, b) => weight(b) - weight(a));
  const cards: Card[] = [];
  for (const [i, column] of sorted.entries()) {
    const id = `${kind}-${i + 1}`;
    const card = i < mostCards ? columnCard(column, id) : html``;
    cards.push({ column, id, card, isOpen: isOpen(column) });
  }
  return cards;
}

/** Parts of a page besides the summary itself. */
interface Drawn {
  readonly trend: Html | null;
  readonly speed: Html | null;
  readonly slices: Html | null;
  readonly challengers: Html | null;
  readonly outputs: readonly Card[];
  readonly columns: readonly Card[];
}

function layOut(
  summary: Summary,
  { trend, speed, slices, challengers, outputs, columns }: Drawn,
  most: number,
): string {
  const shownOutputs = outputs.slice(0, Math.min(most, 12));
  const shownColumns = columns.slice(0, most);
  const anchors = new Map(
    [...shownColumns, ...shownOutputs].map(({ column, id }) => [column.name, id] as const),
  );
  const partitions = new Map(
    summary.partitions.list
      .slice(0, 1000)
      .map(({ partition }, i) => [partition, `partition-${i + 1}`] as const),
  );
  const anchor = (name: string) => anchors.get(name) ?? partitions.get(name) ?? null;
  const rejects = rejectsSection(summary);
  const links = [
    ['first', 'Look first'],
    ['ledger', 'Rows'],
    ...(outputs.length === 0 ? [] : [['scores', 'Scores'] as const]),
    ['drift', 'Drift'],
    ...(slices === null ? [] : [['slices', 'Slices'] as const]),
    ...(challengers === null ? [] : [['challengers', 'Challengers'] as const]),
    ['columns', 'Columns'],
    ['problems', 'Problems'],
    ...(rejects === null ? [] : [['rejects', 'Rejected rows'] as const]),
    ...(trend === null ? [] : [['trend', 'Trend'] as const]),
    ['partitions', 'Partitions'],
    ['about', 'Model and speed'],
  ] as const;
  return pageOf({
    title: `${levelWords[summary.verdict.level]}: ${runName(summary)}${summary.date === null ? `, run of ${summary.finished_at.slice(0, 10)}` : ''}`,
    header: html`${verdictSection(summary)}
<nav aria-label="On this page"><ul>${links.map(([id, word]) => html`<li><a href="#${id}">${word}</a></li>`)}</ul></nav>`,
    main: html`${findingsSection(summary, anchor)}
${ledgerSection(summary)}
${outputs.length === 0 ? null : scoresSection(summary, outputs, shownOutputs)}
${driftSection(summary, anchor)}
${slices}
${challengers}
${columnsSection(summary, columns, shownColumns, most === 0 ? 50 : mostLines)}
${problemsSection(summary)}
${rejects}
${trend}
${partitionsSection(summary, (partition) => partitions.get(partition) ?? null)}
${aboutSection(summary, speed)}`,
    footer: html`Written by nightshift ${shownText(summary.program)}. Shares are of rows. Programs can read the same figures from <code>_summary.json</code>.`,
  });
}

function legend({ baseline }: Summary): Html | null {
  if (baseline === null) return null;
  return html`<p class="legend"><span><i class="now"></i>now</span><span><i class="before"></i>baseline</span></p>`;
}

/** Returns the scores, expanded if they are few: they are the purpose of the run. */
function scoresSection(summary: Summary, all: readonly Card[], shown: readonly Card[]): Html {
  const open = shown.filter(({ isOpen }, i) => isOpen || i < openScores);
  const rest = all.slice(shown.length).map(({ column }) => column);
  return html`<section aria-labelledby="scores"><h2 id="scores">Scores</h2>${legend(summary)}<div class="grid">${open.map(({ card }) => card)}</div>${foldedCards(
    shown.filter((card) => !open.includes(card)),
    summary,
    'more',
  )}${columnsTable(rest, mostLines)}</section>`;
}

function columnsSection(summary: Summary, all: readonly Card[], shown: readonly Card[], lines: number): Html {
  const open = shown.filter(({ isOpen }) => isOpen);
  const rest = all.slice(shown.length).map(({ column }) => column);
  const grid = open.length === 0 ? null : html`<div class="grid">${open.map(({ card }) => card)}</div>`;
  return html`<section aria-labelledby="columns"><h2 id="columns">Columns</h2><p class="lead">${countText(all.length)} as they were read; where repair changed something, the values that the model got are shown too.</p>${grid === null ? null : legend(summary)}${grid}${foldedCards(
    shown.filter(({ isOpen }) => !isOpen),
    summary,
    open.length === 0 ? 'all' : 'more',
  )}${columnsTable(rest, lines)}</section>`;
}

/**
 * Returns cards of columns with nothing to check, folded to one line: `more` beside open cards, or `all` of
 * them.
 */
function foldedCards(cards: readonly Card[], { baseline }: Summary, which: 'more' | 'all'): Html | null {
  const columns = cards.map(({ column }) => column);
  const isCompared = columns.some(({ drift }) => drift !== null);
  const names = namesText(
    columns.map(({ name }) => name),
    20,
  );
  const count = countText(columns.length);
  // Without a baseline no column is compared: these are no exceptions.
  const others =
    baseline !== null ? `${count} not compared` : which === 'all' ? `All ${count}` : `${count} more`;
  const line = isCompared ? steadyText(columns) : `${others}: ${names}`;
  return folded(
    line,
    cards.length === 0 ? null : html`<div class="grid">${cards.map(({ card }) => card)}</div>`,
  );
}
