import { basename } from 'node:path';
import { partitionStates } from '../gate-findings.js';
import type { ColumnSummary, PartitionSummary, ProblemSummary, Summary } from '../summary.js';
import {
  bytesText,
  capitalised,
  countOf,
  countText,
  durationText,
  shareText,
  shownText,
} from '../wording.js';
import { levelTag } from './badge.js';
import { driftTag } from './columns.js';
import { type Html, html } from './html.js';

/** Rows that a table of the page has at most; the summary has all of them, and the manifest all partitions. */
const mostRows = { problems: 60, drift: 60, partitions: 150 };

/** Every problem with how often and where first. */
export function problemsSection({ problems }: Summary): Html {
  const shown = problems.slice(0, mostRows.problems);
  const body =
    problems.length === 0
      ? html`<p>No row had a problem.</p>`
      : html`<div class="card long"><table class="stack wide"><caption class="hidden">Problems</caption><thead><tr><th scope="col">Problem</th><th scope="col">Column</th><th scope="col">Outcome</th><th scope="col" class="n">Times</th><th scope="col" class="n">Of the rows</th><th scope="col">Where first</th></tr></thead><tbody>${shown.map(problemRow)}</tbody></table></div>`;
  return html`<section aria-labelledby="problems"><h2 id="problems">Problems</h2>
<p class="lead">What was wrong in the data and what was done about it. Source rows count from 1, without the header.${beyond(problems.length, shown.length)}</p>${body}</section>`;
}

function problemRow({ code, column, outcome, expected, count, share, samples }: ProblemSummary): Html {
  const levels = { rejected: 'bad', flagged: 'check', repaired: 'note' } as const;
  const found = samples.some((sample) => sample.found !== null);
  return html`<tr><th scope="row"><code>${code}</code></th><td data-label="Column">${column === null ? 'whole row' : shownText(column)}</td><td data-label="Outcome">${levelTag(levels[outcome], outcome)}</td><td class="n" data-label="Times">${countText(count)}</td><td class="n" data-label="Of the rows">${shareText(share)}</td><td data-label="Where first"><div>${samples.length === 0 ? 'nowhere kept' : html`<details><summary>${placeText(samples[0]!)}${samples[0]!.found === null ? null : html`: <code>${shownText(samples[0]!.found, 24)}</code>`}</summary><p class="small muted">Expected: ${shownText(expected, 200)}</p><table class="figures"><caption class="hidden">Samples of ${code}</caption><thead><tr><th scope="col">Source row</th>${found ? html`<th scope="col">Found</th>` : null}</tr></thead><tbody>${samples.map((sample) => html`<tr><th scope="row">${placeText(sample)}</th>${found ? html`<td>${sample.found === null ? '–' : html`<code>${shownText(sample.found, 120)}</code>`}</td>` : null}</tr>`)}</tbody></table></details>`}</div></td></tr>`;
}

function placeText({ partition, row, line }: ProblemSummary['samples'][number]): string {
  const where = partition === null ? '' : `${shownText(partition, 60)}, `;
  return `${where}row ${countText(row)}${line === null ? '' : ` (line ${countText(line)})`}`;
}

/** Every watched column against its baseline, most important first. */
export function driftSection(
  { columns, outputs, baseline }: Summary,
  anchor: (name: string) => string | null,
): Html {
  const title = html`<h2 id="drift">Drift</h2>`;
  if (baseline === null) {
    return html`<section aria-labelledby="drift">${title}<p class="lead">There is no baseline to compare with. <code>nightshift profile</code> writes one from training data; name it as <code>baseline</code> under <code>quality</code>.</p></section>`;
  }
  const measured = [...outputs, ...columns]
    .filter(({ drift }) => drift !== null)
    .sort((a, b) => b.drift!.importance - a.drift!.importance);
  const shown = measured.slice(0, mostRows.drift);
  return html`<section aria-labelledby="drift">${title}
<p class="lead">Against ${shownText(basename(baseline.path), 120)}, of ${baseline.created_at.slice(0, 10)}, ${countOf(baseline.rows, 'row')}. PSI from 0.1 is a column that moved, from 0.25 one that moved much.${beyond(measured.length, shown.length)}</p>
<div class="card long"><table class="stack wide"><caption class="hidden">Drift by importance</caption><thead><tr><th scope="col">Column</th><th scope="col">Drift</th><th scope="col">PSI</th><th scope="col">Missing then, now</th><th scope="col">What happened</th></tr></thead><tbody>${shown.map((column) => driftRow(column, anchor))}</tbody></table></div></section>`;
}

function driftRow(
  { name, raw, baseline, drift }: ColumnSummary,
  anchor: (name: string) => string | null,
): Html {
  const { level, watched, sentence, figures } = drift!;
  const psi = figures.find(({ measure }) => measure === 'psi')?.figure ?? null;
  const place = anchor(name);
  const title = place === null ? shownText(name) : html`<a href="#${place}">${shownText(name)}</a>`;
  const tag = driftTag(level, watched);
  const meter =
    psi === null
      ? '–'
      : html`<span class="psi">${psi.toFixed(3)}<span class="meter${watched ? '' : ' idle'}" aria-hidden="true"><i style="width:${Math.min(100, psi * 200).toFixed(0)}%"></i></span></span>`;
  const nulls = `${shareText(baseline?.missing_share ?? 0)} → ${shareText(raw.missing_share)}`;
  return html`<tr><th scope="row">${title}</th><td data-label="Drift">${tag}</td><td data-label="PSI">${meter}</td><td data-label="Missing">${nulls}</td><td data-label="What happened">${shownText(capitalised(sentence, name), 300)}</td></tr>`;
}

/** What became of every partition, those with trouble first. */
export function partitionsSection({ partitions }: Summary, id: (partition: string) => string | null): Html {
  const order = { failed: 0, held_back: 1, interrupted: 2, not_started: 3, published: 4, skipped: 5 };
  const sorted = [...partitions.list].sort((a, b) => order[a.state] - order[b.state]);
  const shown = sorted.slice(0, mostRows.partitions);
  return html`<section aria-labelledby="partitions"><h2 id="partitions">Partitions</h2>
<p class="lead">One input file each.${beyond(partitions.planned, shown.length, '_manifest.json')}</p>
<div class="card long"><table class="stack wide"><caption class="hidden">Partitions</caption><thead><tr><th scope="col">Partition</th><th scope="col">State</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Rejected</th><th scope="col" class="n">Input</th><th scope="col" class="n">Time</th><th scope="col" class="n">Rows/s</th></tr></thead><tbody>${shown.map((partition) => partitionRow(partition, id(partition.partition)))}</tbody></table></div></section>`;
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

/** Which model, which data, how fast, in how much memory. */
export function aboutSection({
  model,
  baseline,
  throughput,
  memory,
  program,
  notes,
  exit_code,
  reason,
}: Summary): Html {
  const facts: readonly (readonly [string, Html | string | null])[] = [
    ['Model', html`<code>${shownText(model.path, 200)}</code>, ${bytesText(model.bytes)}`],
    ['SHA-256 of the model', html`<code>${model.sha256}</code>`],
    ['It reads', html`<code>${listText(model.inputs)}</code>`],
    ['It answers', html`<code>${listText(model.outputs)}</code>`],
    ['About the model', model.notes.length === 0 ? null : listText(model.notes)],
    [
      'Baseline',
      baseline === null
        ? 'none'
        : html`<code>${shownText(baseline.path, 200)}</code>${sameModel(baseline.same_model)}`,
    ],
    [
      'Input, output',
      `${bytesText(throughput.input_bytes)} read, ${bytesText(throughput.output_bytes)} written`,
    ],
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
    ['Ended', `${reason}, exit code ${exit_code}`],
    ['Program', `nightshift ${shownText(program)}`],
    ['Notes', notes.length === 0 ? null : listText(notes)],
  ];
  return html`<section aria-labelledby="about"><h2 id="about">Model, input and speed</h2>
<div class="card"><dl class="facts">${facts.map(([name, value]) => (value === null ? null : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl></div></section>`;
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
