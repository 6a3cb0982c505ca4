import { bytesText } from '../../text/units.js';
import type { ComparedModel, Comparison } from '../comparison.js';
import type { Recommendation } from '../recommend-model.js';
import { qualityName, qualityOf } from '../recommend-model.js';
import type { ColumnSummary } from '../summary.js';
import { countOf, countText, durationText, shownText } from '../wording.js';
import { agreementTable, orDash, sixDigits } from './agreement-table.js';
import { levelTag } from './badge.js';
import { columnCard } from './columns.js';
import { frontPlot } from './front-plot.js';
import { type Html, html } from './html.js';
import { pageOf } from './shell.js';

/** Number of models and of outputs of each whose scores are drawn. */
const mostDrawn = 12;
const mostOutputs = 4;

/** Returns the page of a comparison: one file, no scripts or links; `outputs` are each model's, in order. */
export function renderComparison(
  comparison: Comparison,
  outputs: readonly (readonly ColumnSummary[])[],
  recommendation: Recommendation | null,
): string {
  const { job, date, rows, inputs, models, notes } = comparison;
  const title = `${shownText(job)}${date === null ? '' : `, ${shownText(date)}`}`;
  const scores = scoresSection(models, outputs);
  const links = [
    ['front', 'Quality, time and memory'],
    ['figures', 'Figures'],
    ['agreement', 'Agreement'],
    ...(scores === null ? [] : [['scores', 'Scores'] as const]),
  ] as const;
  return pageOf({
    title: `Comparison: ${title}`,
    header: html`<div class="who"><h1>${title}: ${countOf(models.length, 'model')} compared</h1><p class="muted small">${countOf(rows, 'row')} of ${countOf(inputs, 'file')}</p></div>
${recommended(models, recommendation)}
<nav aria-label="On this page"><ul>${links.map(([id, word]) => html`<li><a href="#${id}">${word}</a></li>`)}</ul></nav>`,
    main: html`${notes.length === 0 ? null : html`<ul class="card findings">${notes.map((note) => html`<li>${levelTag('note')}<div>${shownText(note, 400)}</div></li>`)}</ul>`}
${frontSection(models)}
${figuresSection(comparison)}
${agreementSection(models)}
${scores}`,
    footer: html`Time and memory are those of this machine, as busy as it was during the comparison. Programs can read the same figures from the JSON file next to this page.`,
  });
}

function recommended(models: readonly ComparedModel[], recommendation: Recommendation | null): Html {
  if (recommendation === null)
    return html`<p class="lead">No limit was given, so none is recommended; “on the front” are the models that no other beats in quality, time and memory at once.</p>`;
  const { model, refused } = recommendation;
  const level = model === null ? 'bad' : 'good';
  const at = models.findIndex((one) => one.model === model);
  const why = refused.map(
    (one) => html`<li>${numberOf(models, one.model)}. ${shownText(one.model, 200)} ${one.why}</li>`,
  );
  return html`<div class="verdict ${level} unsigned"><p class="word">${model === null ? 'None meets the limits' : html`Recommended: ${at + 1}. ${shownText(model, 200)}`}</p>${why.length === 0 ? null : html`<ul class="why">${why}</ul>`}</div>`;
}

function numberOf(models: readonly ComparedModel[], name: string): number {
  return models.findIndex(({ model }) => model === name) + 1;
}

function frontSection(models: readonly ComparedModel[]): Html {
  const isLess = models.every(({ labels }) => labels?.kind !== 'binary');
  const what = qualityName(models.at(-1)!);
  const points = models.flatMap((model, i) => {
    const { seconds_per_million: seconds, memory_bytes: bytes } = model.run;
    if (seconds === null) return [];
    const quality = isLess ? -qualityOf(model) : qualityOf(model);
    return [{ label: String(i + 1), seconds, quality, bytes, isFront: model.front }];
  });
  if (points.length === 0)
    return html`<section aria-labelledby="front"><h2 id="front">Quality, time and memory</h2>
<p class="lead">Too few rows were compared to tell how long a run over more takes, so no picture shows it. No other model beats one on the front in quality and memory at once.</p></section>`;
  return html`<section aria-labelledby="front"><h2 id="front">Quality, time and memory</h2>
<p class="lead">Each circle is a model: the further to the left the faster, the ${isLess ? 'lower' : 'higher'} the better, the smaller the less memory. No other model beats a filled one in all three at once.</p>
<div class="card">${frontPlot(points, { quality: isLess ? `${what} (less is better)` : what })}</div></section>`;
}

function figuresSection({ models, labels }: Comparison): Html {
  const quality = labels === null ? [] : qualityHeads(models);
  return html`<section aria-labelledby="figures"><h2 id="figures">Figures</h2><p class="lead">Scoring in one worker:</p>
<div class="card long">${figuresTable(models, scoringHeads, 'Scoring with each model')}</div>
<p class="lead"></p><p class="lead">A run over one file with all its processes, from reading to the written scores, estimated:</p>
<div class="card long">${figuresTable(models, runHeads, 'Time and memory of a run with each model')}</div>
${quality.length === 0 ? null : html`<p class="lead"></p><p class="lead">Compared with the labels in ${shownText(labels!)}:</p><div class="card long">${figuresTable(models, quality, 'Quality of each model')}</div>`}</section>`;
}

function figuresTable(models: readonly ComparedModel[], heads: readonly FigureHead[], caption: string): Html {
  return html`<table class="stack wide short names"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">Model</th>${heads.map(({ head }) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead><tbody>${models.map(
    (model, i) =>
      html`<tr><th scope="row">${i + 1}. ${breakable(shownText(model.model, 120))}${model.front ? html` <span class="tag good">on the front</span>` : null}</th>${heads.map(({ head, cell }) => html`<td class="n" data-label="${head}">${cell(model)}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** Returns a name of a model that a narrow column breaks at its path and settings, not within a word. */
function breakable(name: string): Html {
  const [first, ...rest] = name.split(/(?<=[@,/])/);
  return html`${first!}${rest.map((part) => html`<wbr>${part}`)}`;
}

const scoringHeads: readonly FigureHead[] = [
  { head: 'Batch', cell: ({ speed }) => countText(speed.batch_rows) },
  { head: 'Rows/s', cell: ({ speed }) => orDash(speed.rows_per_second, countText) },
  { head: 'Batch p50', cell: ({ speed }) => millisecondsText(speed.batch_ms.p50) },
  { head: 'p99', cell: ({ speed }) => millisecondsText(speed.batch_ms.p99) },
  { head: 'Rejected', cell: ({ rows }) => countText(rows.rejected) },
];

const runHeads: readonly FigureHead[] = [
  { head: 'Workers', cell: ({ run }) => countText(run.workers) },
  { head: 'Start', cell: ({ run }) => orDash(run.fixed_seconds, secondsText) },
  { head: 'Seconds/M rows', cell: ({ run }) => orDash(run.seconds_per_million, threeDigits) },
  { head: 'CPU start', cell: ({ run }) => orDash(run.fixed_cpu_seconds, secondsText) },
  { head: 'CPU s/M rows', cell: ({ run }) => orDash(run.cpu_seconds_per_million, threeDigits) },
  { head: 'Memory', cell: ({ run }) => bytesText(run.memory_bytes) },
];

interface FigureHead {
  readonly head: string;
  cell(model: ComparedModel): string;
}

function qualityHeads(models: readonly ComparedModel[]): FigureHead[] {
  const binary = (head: string, figure: (labels: Binary) => number | null): FigureHead => ({
    head,
    cell: ({ labels }) => (labels?.kind === 'binary' ? orDash(figure(labels), sixDigits) : '–'),
  });
  const numbers = (head: string, figure: (labels: Numbers) => number | null): FigureHead => ({
    head,
    cell: ({ labels }) => (labels?.kind === 'numbers' ? orDash(figure(labels), sixDigits) : '–'),
  });
  const has = (kind: 'binary' | 'numbers') => models.some(({ labels }) => labels?.kind === kind);
  const classes = [
    ...new Set(
      models.flatMap(({ outputs }) =>
        outputs.flatMap(({ name, accuracy }) => (accuracy === null ? [] : [name])),
      ),
    ),
  ];
  return [
    ...(has('binary')
      ? [
          binary('AUC', ({ auc }) => auc),
          binary('Log loss', ({ log_loss }) => log_loss),
          binary('Brier', ({ brier }) => brier),
          binary('Accuracy', ({ accuracy }) => accuracy),
          binary('Calibration error', ({ calibration_error }) => calibration_error),
        ]
      : []),
    ...(has('numbers')
      ? [
          numbers('RMSE', ({ rmse }) => rmse),
          numbers('MAE', ({ mae }) => mae),
          numbers('Bias', ({ bias }) => bias),
          numbers('R²', ({ r2 }) => r2),
        ]
      : []),
    ...classes.map((name) => ({
      head: `Accuracy of ${shownText(name, 40)}`,
      cell: ({ outputs }: ComparedModel) =>
        orDash(outputs.find((one) => one.name === name)?.accuracy ?? null, sixDigits),
    })),
  ];
}

type Labels = NonNullable<ComparedModel['labels']>;
type Binary = Extract<Labels, { kind: 'binary' }>;
type Numbers = Extract<Labels, { kind: 'numbers' }>;

function threeDigits(figure: number): string {
  return String(Number(figure.toPrecision(3)));
}

function secondsText(seconds: number): string {
  return millisecondsText(1000 * seconds);
}

function millisecondsText(ms: number | null): string {
  return ms === null ? '–' : ms < 100 ? `${threeDigits(ms)} ms` : durationText(ms);
}

function agreementSection(models: readonly ComparedModel[]): Html {
  const rows = models.flatMap(({ model, outputs }, i) =>
    outputs.flatMap(({ name, mean, agreement }) =>
      agreement === null
        ? []
        : [{ model: `${i + 1}. ${shownText(model, 120)}`, output: name, mean, agreement }],
    ),
  );
  return html`<section aria-labelledby="agreement"><h2 id="agreement">Agreement with the first model</h2><p class="lead">Over rows that both scored; 1. ${shownText(models[0]!.model, 120)} is the reference.</p>
<div class="card long">${agreementTable('Model', 'Agreement by output', rows)}</div></section>`;
}

/** Draws each model's scores with the first model's behind them; null if there are none. */
function scoresSection(
  models: readonly ComparedModel[],
  outputs: readonly (readonly ColumnSummary[])[],
): Html | null {
  const seen = new Set([models[0]!.path]);
  const cards = models.slice(1).flatMap((model, i) => {
    const settings = /@[^/]*$/.exec(model.model)?.[0] ?? '';
    // Other batches or workers give the same scores.
    const what = `${model.path}${/rounds=\d+|trees=\d+/.exec(settings)?.[0] ?? ''}`;
    if (seen.has(what) || seen.size > mostDrawn) return [];
    seen.add(what);
    return (outputs[i + 1] ?? [])
      .slice(0, mostOutputs)
      .map((column, at) =>
        columnCard(
          { ...column, name: `${i + 2}. ${column.name}` },
          `score-${i + 2}-${at + 1}`,
          'first model',
        ),
      );
  });
  if (cards.length === 0) return null;
  return html`<section aria-labelledby="scores"><h2 id="scores">Scores</h2><p class="legend"><span><i class="now"></i>this model</span><span><i class="before"></i>first model</span></p><div class="grid">${cards}</div></section>`;
}
