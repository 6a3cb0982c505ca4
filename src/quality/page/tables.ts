import { basename } from 'node:path';
import { bytesText } from '../../text/units.js';
import { byImportance, isMoved } from '../drift-order.js';
import { partitionStates } from '../gate-findings.js';
import type { ColumnSummary, PartitionSummary, ProblemSummary, Summary } from '../summary.js';
import {
  capitalised,
  countOf,
  countText,
  durationText,
  namesText,
  shareText,
  shownText,
} from '../wording.js';
import { levelTag } from './badge.js';
import { driftTag } from './columns.js';
import { folded, type Html, html } from './html.js';

/** Maximum rows of a table on the page; the summary has all, and the manifest all partitions. */
const mostRows = { problems: 60, rejects: 40, drift: 60, partitions: 150 };

/** Number of expanded rows of a table; the others are folded to one line. */
const openRows = { problems: 5, rejects: 20, partitions: 10 };

/** Number of columns named in a line. */
const namedColumns = 20;

/** Returns every problem with its count and first location; the rarest are folded. */
export function problemsSection({ problems }: Summary): Html {
  const shown = problems.slice(0, mostRows.problems);
  const [first, rest] = [shown.slice(0, openRows.problems), shown.slice(openRows.problems)];
  const body =
    problems.length === 0
      ? html`<p>No row had a problem.</p>`
      : html`<div class="card long">${problemsTable(first, 'Problems')}${folded(`${countText(rest.length)} more`, rest.length === 0 ? null : problemsTable(rest, 'More problems'))}</div>`;
  return html`<section aria-labelledby="problems"><h2 id="problems">Problems</h2>
<p class="lead">What was wrong in the data and what was done about it. Source rows count from 1, without the header.${beyond(problems.length, shown.length)}</p>${body}</section>`;
}

function problemsTable(problems: readonly ProblemSummary[], caption: string): Html {
  return html`<table class="stack wide short"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">Problem</th><th scope="col">Column</th><th scope="col">Outcome</th><th scope="col" class="n">Times</th><th scope="col" class="n">Of the rows</th><th scope="col">Where first</th></tr></thead><tbody>${problems.map(problemRow)}</tbody></table>`;
}

function problemRow({ code, column, outcome, expected, count, share, samples }: ProblemSummary): Html {
  const levels = { rejected: 'bad', flagged: 'check', repaired: 'note' } as const;
  const found = samples.some((sample) => sample.found !== null);
  return html`<tr><th scope="row"><code>${code}</code></th><td data-label="Column">${column === null ? 'whole row' : shownText(column)}</td><td data-label="Outcome">${levelTag(levels[outcome], outcome)}</td><td class="n" data-label="Times">${count === 1 ? 'once' : html`${countText(count)}<span class="unit"> times</span>`}</td><td class="n" data-label="Of the rows">${shareText(share)}</td><td data-label="Where first"><div>${samples.length === 0 ? 'nowhere kept' : html`<details><summary>${placeText(samples[0]!)}${samples[0]!.found === null ? null : html`: <code>${shownText(samples[0]!.found, 24)}</code>`}</summary><p class="small muted">Expected: ${shownText(expected, 200)}</p><table class="figures"><caption class="hidden">Samples of ${code}</caption><thead><tr><th scope="col">Source row</th>${found ? html`<th scope="col">Found</th>` : null}</tr></thead><tbody>${samples.map((sample) => html`<tr><th scope="row">${placeText(sample)}</th>${found ? html`<td>${sample.found === null ? '–' : html`<code>${shownText(sample.found, 120)}</code>`}</td>` : null}</tr>`)}</tbody></table></details>`}</div></td></tr>`;
}

/** Returns the first rejected rows in the order of the input: where, why and the value found. */
export function rejectsSection({ problems, rows }: Summary): Html | null {
  const rejected = problems
    .filter(({ outcome }) => outcome === 'rejected')
    .flatMap((problem) => problem.samples.map((sample) => ({ problem, sample })))
    .sort((a, b) => comesFirst(a.sample, b.sample))
    .slice(0, mostRows.rejects);
  if (rejected.length === 0) return null;
  const [first, rest] = [rejected.slice(0, openRows.rejects), rejected.slice(openRows.rejects)];
  return html`<section aria-labelledby="rejects"><h2 id="rejects">Rejected rows</h2>
<p class="lead">The first of ${countOf(rows.rejected, 'row')} that ${rows.rejected === 1 ? 'was' : 'were'} not scored. The files under <code>_rejects</code> have all of them, with their raw text.</p>
<div class="card long">${rejectsTable(first, 'Rejected rows')}${folded(`${countText(rest.length)} more`, rest.length === 0 ? null : rejectsTable(rest, 'More rejected rows'))}</div></section>`;
}

interface RejectedRow {
  readonly problem: ProblemSummary;
  readonly sample: ProblemSummary['samples'][number];
}

function rejectsTable(rejected: readonly RejectedRow[], caption: string): Html {
  return html`<table class="stack wide short names"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">Row</th><th scope="col">Problem</th><th scope="col">Column</th><th scope="col">Found</th><th scope="col">Expected</th></tr></thead><tbody>${rejected.map(
    ({ problem, sample }) =>
      html`<tr><th scope="row">${placeText(sample)}</th><td data-label="Problem"><code>${problem.code}</code></td><td data-label="Column">${problem.column === null ? 'whole row' : shownText(problem.column, 60)}</td><td data-label="Found">${sample.found === null ? html`<span class="muted">nothing</span>` : html`<code>${shownText(sample.found, 80)}</code>`}</td><td data-label="Expected">${shownText(problem.expected, 80)}</td></tr>`,
  )}</tbody></table>`;
}

function comesFirst(a: RejectedRow['sample'], b: RejectedRow['sample']): number {
  const [left, right] = [a.partition ?? '', b.partition ?? ''];
  return left === right ? a.row - b.row : left < right ? -1 : 1;
}

function placeText({ partition, row, line }: ProblemSummary['samples'][number]): string {
  const where = partition === null ? '' : `${shownText(partition, 60)}, `;
  return `${where}row ${countText(row)}${line === null ? '' : ` (line ${countText(line)})`}`;
}

/** Returns the drifted columns, most important first; the steady ones are folded to one line. */
export function driftSection(summary: Summary, anchor: (name: string) => string | null): Html {
  const { baseline } = summary;
  const title = html`<h2 id="drift">Drift</h2>`;
  if (baseline === null) {
    return html`<section aria-labelledby="drift">${title}<p class="lead">There is no baseline to compare with. <code>nightshift profile</code> writes one from training data; set it as <code>baseline</code> under <code>quality</code>.</p></section>`;
  }
  const measured = byImportance(summary).filter(({ drift }) => drift !== null);
  const moved = measured.filter(isMoved);
  const rest = measured.filter((column) => !isMoved(column));
  const [shown, more] = [moved.slice(0, mostRows.drift), rest.slice(0, mostRows.drift)];
  return html`<section aria-labelledby="drift">${title}
<p class="lead">Against ${shownText(basename(baseline.path), 120)}, of ${baseline.created_at.slice(0, 10)}, ${countOf(baseline.rows, 'row')}. A column with a PSI (population stability index) of 0.1 or more has moved, with 0.25 or more strongly.${beyond(measured.length, shown.length + more.length)}</p>
<div class="card long">${shown.length === 0 ? html`<p>No column moved.</p>` : driftTable(shown, 'Drift by importance', anchor)}${folded(steadyText(rest), more.length === 0 ? null : driftTable(more, 'Columns that match the baseline', anchor))}</div></section>`;
}

/** Says how many columns did not drift, and which. */
export function steadyText(columns: readonly ColumnSummary[]): string {
  const watched = columns.filter(({ drift }) => drift?.watched === true);
  const others = columns.filter(({ drift }) => drift?.watched !== true);
  const part = (list: readonly ColumnSummary[], what: string) =>
    list.length === 0
      ? []
      : [
          `${countText(list.length)} ${what}: ${namesText(
            list.map(({ name }) => name),
            namedColumns,
          )}`,
        ];
  return [...part(watched, 'steady'), ...part(others, 'not watched')].join('; ');
}

function driftTable(
  columns: readonly ColumnSummary[],
  caption: string,
  anchor: (name: string) => string | null,
): Html {
  return html`<table class="stack wide short"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">Column</th><th scope="col">Drift</th><th scope="col">PSI</th><th scope="col">Missing then, now</th><th scope="col">What happened</th></tr></thead><tbody>${columns.map((column) => driftRow(column, anchor))}</tbody></table>`;
}

function driftRow(
  { name, raw, baseline, drift }: ColumnSummary,
  anchor: (name: string) => string | null,
): Html {
  const { level, watched, sentence, figures } = drift!;
  const psi = figures.find(({ measure }) => measure === 'psi')?.figure ?? null;
  const target = anchor(name);
  const title = target === null ? shownText(name) : html`<a href="#${target}">${shownText(name)}</a>`;
  const tag = driftTag(level, watched);
  const meter =
    psi === null
      ? '–'
      : html`<span class="psi">${psi.toFixed(3)}<span class="meter${watched ? '' : ' idle'}" aria-hidden="true"><i style="width:${Math.min(100, psi * 200).toFixed(0)}%"></i></span></span>`;
  const nulls = `${shareText(baseline?.missing_share ?? 0)} → ${shareText(raw.missing_share)}`;
  return html`<tr><th scope="row">${title}</th><td data-label="Drift">${tag}</td><td data-label="PSI">${meter}</td><td data-label="Missing">${nulls}</td><td data-label="What happened">${shownText(capitalised(sentence, name), 300)}</td></tr>`;
}

/** Returns the outcome of every partition, those with problems first. */
export function partitionsSection({ partitions }: Summary, id: (partition: string) => string | null): Html {
  const order = { failed: 0, held_back: 1, interrupted: 2, not_started: 3, published: 4, skipped: 5 };
  const sorted = [...partitions.list].sort((a, b) => order[a.state] - order[b.state]);
  const shown = sorted.slice(0, mostRows.partitions);
  const troubled = sorted.filter(({ state }) => state !== 'published' && state !== 'skipped').length;
  const open = Math.max(openRows.partitions, Math.min(troubled, 3 * openRows.partitions));
  const [first, rest] = [shown.slice(0, open), shown.slice(open)];
  return html`<section aria-labelledby="partitions"><h2 id="partitions">Partitions</h2>
<p class="lead">One input file each.${beyond(partitions.planned, shown.length, '_manifest.json')}</p>
<div class="card long">${partitionsTable(first, 'Partitions', id)}${folded(`${countText(rest.length)} more`, rest.length === 0 ? null : partitionsTable(rest, 'More partitions', id))}</div></section>`;
}

function partitionsTable(
  partitions: readonly PartitionSummary[],
  caption: string,
  id: (partition: string) => string | null,
): Html {
  return html`<table class="stack wide short"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">Partition</th><th scope="col">State</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Rejected</th><th scope="col" class="n">Input</th><th scope="col" class="n">Time</th><th scope="col" class="n">Rows/s</th></tr></thead><tbody>${partitions.map((partition) => partitionRow(partition, id(partition.partition)))}</tbody></table>`;
}

function partitionRow(facts: PartitionSummary, id: string | null): Html {
  const { partition, state, message, hint, input, rows, duration_ms, rows_per_second, attempts, notes } =
    facts;
  const good = state === 'published' || state === 'skipped';
  const tag = good
    ? html`<span class="tag good">${state === 'skipped' ? 'before' : 'published'}</span>`
    : levelTag('bad', partitionStates[state].replace(/^was /, ''));
  const said = [
    ...(message === null ? [] : [shownText(message, 300)]),
    ...(hint === null ? [] : [shownText(hint, 300)]),
    ...(attempts > 1 ? [`${countText(attempts)} tries`] : []),
    ...notes.slice(0, 5).map((note) => shownText(note, 200)),
  ];
  const anchor = id === null ? null : html` id="${id}"`;
  return html`<tr${anchor}><th scope="row">${shownText(partition, 80)}${said.map((text) => html`<div class="small muted">${text}</div>`)}</th><td data-label="State">${tag}</td><td class="n" data-label="Rows">${rows === null ? '–' : countText(rows.read)}</td><td class="n" data-label="Rejected">${rows === null ? '–' : countText(rows.rejected)}</td><td class="n" data-label="Input">${bytesText(input.bytes)}${input.format === null ? '' : ` ${input.format}`}</td><td class="n" data-label="Time">${duration_ms === null ? '–' : durationText(duration_ms)}</td><td class="n" data-label="Rows/s">${rows_per_second === null ? '–' : countText(rows_per_second)}</td></tr>`;
}

/** Returns speed, memory and model of the run: facts for engineers, below those about the data. */
export function aboutSection(summary: Summary, speed: Html | null): Html {
  const { throughput, memory, duration_ms, exit_code, reason } = summary;
  const facts: readonly Fact[] = [
    ['Ended', `${reason}, exit code ${exit_code}, after ${durationText(duration_ms)}`],
    [
      'Speed',
      throughput.rows_per_second === null
        ? null
        : `${countText(throughput.rows_per_second)} rows/s, ${bytesText(throughput.bytes_per_second ?? 0)}/s with ${countOf(throughput.workers, 'worker')}`,
    ],
    [
      'Memory',
      memory.peak_rss_bytes === null
        ? null
        : `${bytesText(memory.peak_rss_bytes)} at most${memory.limit_bytes === null ? '' : ` of ${bytesText(memory.limit_bytes)} allowed`}`,
    ],
    [
      'Input, output',
      `${bytesText(throughput.input_bytes)} read, ${bytesText(throughput.output_bytes)} written`,
    ],
  ];
  return html`<section aria-labelledby="about"><h2 id="about">Model and speed</h2>
<div class="card">${factsList(facts)}${folded('The model and its inputs', factsList(modelFacts(summary)))}</div>${speed}</section>`;
}

type Fact = readonly [string, Html | string | null];

function factsList(facts: readonly Fact[]): Html {
  return html`<dl class="facts">${facts.map(([name, value]) => (value === null ? null : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>`;
}

function modelFacts({ model, baseline, program, notes }: Summary): readonly Fact[] {
  return [
    ['Model', html`<code>${shownText(model.path, 200)}</code>, ${bytesText(model.bytes)}`],
    ['SHA-256 of the model', html`<code>${model.sha256}</code>`],
    ['It reads', html`<code>${listText(model.inputs)}</code>`],
    ...model.columns.flatMap(({ input, columns }): Fact[] =>
      columns.length === 1 && columns[0] === input
        ? []
        : [[`Columns of ${shownText(input, 60)}`, html`<code>${listText(columns)}</code>`]],
    ),
    ['It answers', html`<code>${listText(model.outputs)}</code>`],
    ['About the model', model.notes.length === 0 ? null : listText(model.notes)],
    [
      'Baseline',
      baseline === null
        ? 'none'
        : html`<code>${shownText(baseline.path, 200)}</code>${sameModel(baseline.same_model)}`,
    ],
    ['Program', `nightshift ${shownText(program)}`],
    ['Notes', notes.length === 0 ? null : listText(notes)],
  ];
}

function sameModel(same: boolean | null): string {
  return same === null ? '' : same ? ', of this model' : ', of another model';
}

function listText(items: readonly string[]): string {
  const shown = items.slice(0, 40).map((item) => shownText(item, 200));
  return shown.join('; ') + (items.length > shown.length ? `; and ${items.length - shown.length} more` : '');
}

function beyond(all: number, shown: number, file = '_summary.json'): string {
  return all > shown ? ` ${countText(all - shown)} more are in ${file}.` : '';
}
