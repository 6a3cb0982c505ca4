import type { DriftLevel } from '../drift-figure.js';
import type { BaselineValues, ColumnSummary, ValuesSummary } from '../summary.js';
import { capitalised, countText, exactText, figureText, shareText, shownText } from '../wording.js';
import { levelTag } from './badge.js';
import { columnPlot, namesRows } from './column-plot.js';
import { folded, type Html, html } from './html.js';

/**
 * Returns the card of one column: its description, its plot, the meaning of its drift, its figures; `before`
 * is the name of the baseline's figures.
 */
export function columnCard(column: ColumnSummary, id: string, before = 'baseline'): Html {
  const { name, type, feature, key, redacted, drift } = column;
  const kinds = [
    type,
    ...(feature ? ['feature'] : []),
    ...(key ? ['key'] : []),
    ...(redacted ? ['withheld'] : []),
  ].join(', ');
  const level = drift === null || drift.level === 'none' ? null : driftTag(drift.level);
  const says =
    level === null
      ? null
      : html`<p class="says ${drift!.level}">${shownText(capitalised(drift!.sentence, name), 300)}</p>`;
  return html`<article class="card" id="${id}" aria-labelledby="${id}-name"><div class="head"><h3 id="${id}-name">${shownText(name)}</h3><span class="type">${kinds}</span>${level}</div>
${columnPlot(column) ?? sameThroughout(column)}${says}${figuresTable(column, rows, before)}${more(column, before)}</article>`;
}

/** Returns the word for a level of drift. */
function driftWord(level: DriftLevel, watched = true): string {
  return watched ? { none: 'steady', moderate: 'moved', severe: 'moved much' }[level] : 'not watched';
}

/** Returns a level of drift as a small coloured word. */
export function driftTag(level: DriftLevel, watched = true): Html {
  const levels = { none: 'note', moderate: 'check', severe: 'bad' } as const;
  return levelTag(levels[level], driftWord(level, watched));
}

type Values = BaselineValues & Partial<ValuesSummary>;

interface FigureRow {
  readonly name: string;
  /** True if it applies to a column of such a kind; undefined: to every column. */
  readonly suits?: (kind: Kind) => boolean;
  figure(values: Values): Html | string | null;
}

/** Meaning of a column's numbers: an amount has a mean, a flag has a share, an identifier has neither. */
type Kind = 'amount' | 'flag' | 'name';

/** Classifies a column: amounts, only 0 and 1, or numbers that identify its rows. */
function kindOf(column: ColumnSummary): Kind {
  if (namesRows(column)) return 'name';
  const { raw, baseline } = column;
  return isFlag(raw) && (baseline === null || isFlag(baseline)) ? 'flag' : 'amount';
}

function isFlag({ min, max, distinct }: Pick<Values, 'min' | 'max' | 'distinct'>): boolean {
  return distinct <= 2 && (min === 0 || min === 1) && max === 1;
}

const isAmount = (kind: Kind) => kind === 'amount';

/** Figures of every card; the others are under "More". */
const rows: readonly FigureRow[] = [
  { name: 'missing', figure: ({ missing_share }) => shareText(missing_share) },
  { name: 'unknown', figure: ({ unknown }) => (unknown === 0 ? null : countText(unknown)) },
  { name: 'not a number', figure: ({ nan }) => (nan === undefined || nan === 0 ? null : countText(nan)) },
  {
    name: 'infinite',
    figure: ({ infinite }) => (infinite === undefined || infinite === 0 ? null : countText(infinite)),
  },
  { name: 'different', figure: ({ distinct }) => (distinct === 0 ? null : countText(distinct)) },
  {
    name: 'share of 1',
    suits: (kind) => kind === 'flag',
    figure: ({ mean }) => (typeof mean === 'number' ? shareText(mean) : null),
  },
  { name: 'minimum', suits: (kind) => kind !== 'flag', figure: ({ min }) => valueText(min, exactText) },
  { name: 'median', suits: isAmount, figure: ({ quantiles }) => valueText(quantiles?.['p50'] ?? null) },
  { name: 'mean', suits: isAmount, figure: ({ mean }) => valueText(mean) },
  { name: 'maximum', suits: (kind) => kind !== 'flag', figure: ({ max }) => valueText(max, exactText) },
  { name: 'true', figure: ({ true_share }) => (true_share === null ? null : shareText(true_share)) },
];

const rarerRows: readonly FigureRow[] = [
  { name: 'standard deviation', suits: isAmount, figure: ({ std }) => valueText(std) },
  { name: 'length', figure: ({ length }) => (length == null ? null : `${length.min} to ${length.max}`) },
];

/** Returns a text instead of a plot if there is only one value to draw. */
function sameThroughout({ raw }: ColumnSummary): Html | null {
  const value = raw.top?.[0]?.value ?? raw.min;
  if (raw.distinct !== 1 || value === null) return null;
  const shown = typeof value === 'number' ? exactText(value) : shownText(value);
  return html`<p class="same"><code>${shown}</code> <span class="muted">in every row${raw.missing > 0 ? ' that has a value' : ''}</span></p>`;
}

function figuresTable(column: ColumnSummary, listed: readonly FigureRow[], before: string): Html | null {
  const { name, type, raw, used, baseline } = column;
  const kind = kindOf(column);
  const heads = ['now', ...(used === null ? [] : ['model got']), ...(baseline === null ? [] : [before])];
  const sources: Values[] = [raw, ...(used === null ? [] : [used]), ...(baseline === null ? [] : [baseline])];
  const body = listed.flatMap((row) => {
    if (row.suits?.(kind) === false) return [];
    const cells = sources.map((values) => row.figure(values));
    if (cells.every((cell) => cell === null)) return [];
    return [
      html`<tr><th scope="row">${row.name}</th>${cells.map((cell) => html`<td class="n">${cell ?? '–'}</td>`)}</tr>`,
    ];
  });
  if (body.length === 0) return null;
  const time = type === 'timestamp' ? ' time' : '';
  return html`<table class="figures${time}"><caption class="hidden">${listed === rows ? 'Figures' : 'More figures'} of ${shownText(name)}</caption><thead><tr><td></td>${heads.map((head) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead><tbody>${body}</tbody></table>`;
}

function more(column: ColumnSummary, before: string): Html | null {
  const parts = [
    figuresTable(column, rarerRows, before),
    quantilesTable(column),
    driftTable(column),
    topTable(column),
    unknownTable(column),
  ];
  if (parts.every((part) => part === null)) return null;
  return html`<details><summary>More<span class="hidden"> about ${shownText(column.name)}</span></summary>${parts}</details>`;
}

function quantilesTable(column: ColumnSummary): Html | null {
  const { raw } = column;
  if (raw.quantiles === null || kindOf(column) !== 'amount') return null;
  const error = raw.quantile_error!;
  const caption =
    error < 1e-4 ? 'Quantiles' : `Quantiles, each within ${shareText(error)} of the exact value`;
  const names = Object.keys(raw.quantiles);
  return html`<table class="figures"><caption>${caption}</caption><tbody>${names.map((name) => html`<tr><th scope="row">${Number(name.slice(1))} %</th><td class="n">${valueText(raw.quantiles![name]!)}</td></tr>`)}</tbody></table>`;
}

function driftTable({ drift }: ColumnSummary): Html | null {
  if (drift === null) return null;
  return html`<table class="figures"><caption>Drift by every measure</caption><thead><tr><th scope="col">measure</th><th scope="col" class="n">figure</th><th scope="col" class="n">limit</th></tr></thead><tbody>${drift.figures.map(
    ({ measure, figure, limit, level }) =>
      html`<tr><th scope="row">${measureNames[measure]}${level === 'none' ? null : html` ${driftTag(level)}`}</th><td class="n">${figureText(figure)}</td><td class="n">${figureText(limit)}</td></tr>`,
  )}</tbody></table>`;
}

/** Names of the measures of drift. */
const measureNames = {
  disappeared: 'disappeared',
  psi: 'population stability',
  js: 'Jensen-Shannon',
  ks: 'Kolmogorov-Smirnov',
  chi_square: 'chi-square effect',
  mean: 'mean, in standard deviations',
  value_share: 'share of a value, times more or less',
  null_rate: 'missing',
  unknown_rate: 'unknown',
  new_values: 'new values',
  lost_values: 'lost values',
  beyond_range: 'beyond the old range',
  tail: 'in the outermost 0.1 %',
  spike: 'one value more often',
} as const;

function topTable({ raw }: ColumnSummary): Html | null {
  if (raw.top === null || raw.top.length === 0) return null;
  return html`<table class="figures"><caption>Most frequent values</caption><tbody>${raw.top.map(({ value, count, share }) => html`<tr><th scope="row"><code>${shownText(value)}</code></th><td class="n">${countText(count)} (${shareText(share)})</td></tr>`)}</tbody></table>`;
}

function unknownTable({ raw }: ColumnSummary): Html | null {
  if (raw.unknown_values === null || raw.unknown_values.length === 0) return null;
  const shown = raw.unknown_values.slice(0, 10);
  const rest = raw.unknown - shown.reduce((sum, { count }) => sum + count, 0);
  const others =
    rest > 0 ? html`<tr><th scope="row">others</th><td class="n">${countText(rest)}</td></tr>` : null;
  return html`<table class="figures"><caption>Values that are not among the categories</caption><tbody>${shown.map(({ value, count }) => html`<tr><th scope="row"><code>${shownText(value)}</code></th><td class="n">${countText(count)}</td></tr>`)}${others}</tbody></table>`;
}

function valueText(value: number | string | null, write = figureText): Html | string | null {
  if (value === null) return null;
  if (typeof value === 'number') return write(value);
  const [day, time] = value.split('T');
  if (time === undefined) return shownText(value);
  return html`<span class="nb">${shownText(day!)}</span> <span class="nb">${shownText(time)}</span>`;
}

/** Returns the columns without a card, one line each, folded. */
export function columnsTable(columns: readonly ColumnSummary[], most: number): Html | null {
  if (columns.length === 0) return null;
  const shown = columns.slice(0, most);
  const rest = columns.length - shown.length;
  const line = `${countText(columns.length)} more columns, without a plot${rest > 0 ? `; the last ${countText(rest)} are in _summary.json only` : ''}`;
  const table = html`<div class="card long"><table class="stack wide"><caption class="hidden">${line}</caption><thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col" class="n">Missing</th><th scope="col" class="n">Distinct</th><th scope="col" class="n">Mean</th><th scope="col" class="n">Drift</th></tr></thead><tbody>${shown.map(
    ({ name, type, raw, drift }) =>
      html`<tr><th scope="row">${shownText(name, 60)}</th><td data-label="Type">${type}</td><td class="n" data-label="Missing">${shareText(raw.missing_share)}</td><td class="n" data-label="Distinct">${countText(raw.distinct)}</td><td class="n" data-label="Mean">${valueText(raw.mean) ?? '–'}</td><td class="n" data-label="Drift">${drift === null ? '–' : driftWord(drift.level, drift.watched)}</td></tr>`,
  )}</tbody></table></div>`;
  return folded(line, table);
}
