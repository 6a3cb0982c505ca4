import type { Finding, Summary } from '../summary.js';
import { capitalised, countOf, countText, shareText, shownText } from '../wording.js';
import { levelSign, levelTag, verdictWords } from './badge.js';
import { type Html, html } from './html.js';

/** Maximum number of findings on the page; the summary has all of them. */
const mostFindings = 25;

/** Returns the verdict, and the run that it is about. */
export function verdictSection(summary: Summary): Html {
  const { verdict, run_id, finished_at, output } = summary;
  const when = finished_at.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC');
  return html`<div class="who"><h1>${runName(summary)}</h1><p class="muted small">scored ${when}</p></div>
<p class="muted small">Run <code>${shownText(run_id)}</code> into <code>${shownText(output, 200)}</code></p>
<div class="verdict ${verdict.level}">${levelSign(verdict.level)}
<p class="word">${verdictWords[verdict.level]}</p>
<p class="why">${shownText(verdict.sentence, 400)}</p></div>`;
}

/** Returns the job and the data's date of a run, if the job has one. */
export function runName({ job, date }: Pick<Summary, 'job' | 'date'>): string {
  return date === null ? shownText(job) : `${shownText(job)}, ${shownText(date)}`;
}

/** Returns the input's share with unknown rows, 0 to 1: by size if all are listed, else by number. */
function unknownShare({ partitions, throughput }: Summary): number {
  const { failed, not_finished, planned, list } = partitions;
  const unknown = list.filter(({ rows }) => rows === null);
  const bytes = unknown.reduce((sum, { input }) => sum + input.bytes, 0);
  if (unknown.length < failed + not_finished || bytes === 0)
    return (failed + not_finished) / Math.max(1, planned);
  return bytes / (bytes + throughput.input_bytes);
}

/** Returns rows read and their outcomes, which add up; unknown rows of failed partitions are apart. */
export function ledgerSection(summary: Summary): Html {
  const { rows, partitions, covers, skipped_lines } = summary;
  const missing = unknownShare(summary);
  const { left_out: leftOut = 0 } = rows;
  const parts = (['ok', 'repaired', 'flagged', 'rejected'] as const).map((name) => ({
    name,
    count: rows[name],
    share: rows.read === 0 ? 0 : rows[name] / rows.read,
  }));
  const other = [
    [partitions.published, 'published'],
    [partitions.skipped, 'published before'],
    [partitions.failed, 'failed'],
    [partitions.held_back, 'held back by gates'],
    [partitions.not_finished, 'not finished'],
  ] as const;
  const states = other.flatMap(([count, what]) => (count > 0 ? [`${countText(count)} ${what}`] : []));
  const lines = skipped_lines.reduce((sum, { count }) => sum + count, 0);
  const beyond =
    covers.rows === rows.read
      ? null
      : html` The figures below also count the partitions that were held back: ${countOf(covers.rows, 'row')}.`;
  return html`<section aria-labelledby="ledger"><h2 id="ledger">Every row accounted for</h2>
<p class="lead">${countOf(partitions.planned, 'partition')}${states.length === 0 ? '' : `: ${states.join(', ')}`}.${beyond}</p>
<div class="card ledger"><p class="sum">${countText(rows.read)} read = ${countText(rows.scored)} scored + ${countText(rows.rejected)} rejected</p>
<div class="bar" aria-hidden="true">${parts.filter(({ count }) => count > 0).map(({ name, share }) => html`<i class="c-${name}" style="flex:${(share * (1 - missing)).toFixed(6)} 1 0"></i>`)}${missing === 0 ? null : html`<i class="c-unknown" style="flex:${missing.toFixed(6)} 1 0"></i>`}</div>
<dl>${parts.map(({ name, count, share }) => html`<div><dt><span class="dot c-${name}"></span>${name}</dt><dd>${countText(count)} <span class="muted">(${shareText(share)})</span></dd></div>`)}${missing === 0 ? null : html`<div><dt><span class="dot c-unknown"></span>not scored</dt><dd>${countOf(partitions.failed + partitions.not_finished, 'partition')} <span class="muted">(about ${shareText(missing)} of the input)</span></dd></div>`}</dl>
${leftOut === 0 ? null : html`<p class="muted small">${countOf(leftOut, 'row')} ${leftOut === 1 ? 'was' : 'were'} left out, because other runs of the job have scored ${leftOut === 1 ? 'it' : 'them'}.</p>`}${lines === 0 ? null : html`<p class="muted small">${countOf(lines, 'line')} of the files ${lines === 1 ? 'is not a row' : 'are not rows'}: ${skippedText(skipped_lines)}.</p>`}</div></section>`;
}

function skippedText(skipped: Summary['skipped_lines']): string {
  return skipped
    .map(({ code, count, lines }) => {
      const locations = lines.slice(0, 5).map(({ partition, line }) => `${shownText(partition)}:${line}`);
      return `${countText(count)} ${code} (${locations.join(', ')}${count > locations.length ? ', …' : ''})`;
    })
    .join('; ');
}

/** Returns what to check first, each finding with a link to its section of the page if it has one. */
export function findingsSection({ findings, gates }: Summary, anchor: (name: string) => string | null): Html {
  const shown = findings.slice(0, mostFindings);
  const more = findings.length - shown.length;
  const list =
    shown.length === 0
      ? html`<p>Nothing stands out.</p>`
      : html`<ol class="card findings long">${shown.map((finding) => findingItem(finding, anchor))}</ol>`;
  return html`<section aria-labelledby="first"><h2 id="first">What to look at first</h2>
${shown.length < 2 ? null : html`<p class="lead">Most important first.${more > 0 ? ` ${countText(more)} more in _summary.json.` : ''}</p>`}${list}${gatesList(gates)}${freeText(gates)}</section>`;
}

function findingItem(
  { level, about, name, sentence }: Finding,
  anchor: (name: string) => string | null,
): Html {
  const target = name === null ? null : anchor(name);
  const text = named(shownText(capitalised(sentence, name), 400), name);
  const link =
    target === null
      ? null
      : html` <a href="#${target}">Show<span class="hidden"> ${shownText(name!)}</span></a>`;
  return html`<li>${levelTag(level)}<div><span class="text">${text}</span> <span class="place"><span class="muted small">${about}</span>${link}</span></div></li>`;
}

/** Returns a sentence with its column in bold at the first mention. */
function named(sentence: string, name: string | null): Html {
  const word = name === null ? '' : shownText(name);
  const words = new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'u');
  const at = word === '' ? -1 : sentence.search(words);
  if (at < 0) return html`${sentence}`;
  return html`${sentence.slice(0, at)}<strong>${word}</strong>${sentence.slice(at + word.length)}`;
}

/** Gates that a job may set, in words. */
const gateWords = {
  max_rejected: 'rejected rows',
  max_repaired: 'repaired rows',
  max_flagged: 'flagged rows',
  min_rows: 'too few rows',
  max_rows: 'too many rows',
  max_row_change: 'a change in the number of rows',
  max_null: 'missing values',
  max_unknown: 'unknown values',
  max_drift: 'drift',
} as const;

/** Names the figures without a limit, which a good verdict does not cover. */
function freeText(gates: Summary['gates']): Html | null {
  if (gates.length === 0) return null;
  const set = new Set(gates.map(({ gate }) => gate));
  const free = Object.entries(gateWords).flatMap(([gate, words]) => (set.has(gate) ? [] : [words]));
  if (free.length === 0) return null;
  return html`<p class="small muted">No limit is set for ${free.join(', ')}.</p>`;
}

function gatesList(gates: Summary['gates']): Html | null {
  if (gates.length === 0) return null;
  return html`<details><summary>All ${countOf(gates.length, 'limit')} of the run and their results</summary>
<table class="stack figures"><caption class="hidden">Gates</caption><thead><tr><th scope="col">Gate</th><th scope="col">Result</th><th scope="col">What was found</th></tr></thead><tbody>${gates
    .slice(0, 200)
    .map(
      ({ gate, column, passed, severity, sentence }) =>
        html`<tr><th scope="row">${gate}${column === null ? '' : ` of ${shownText(column)}`}</th><td data-label="Result">${passed ? html`<span class="tag good">open</span>` : levelTag(severity === 'fail' ? 'bad' : 'check', severity === 'fail' ? 'failed' : 'warned')}</td><td data-label="Found">${shownText(sentence, 300)}</td></tr>`,
    )}</tbody></table></details>`;
}
