import type { Finding, Summary } from '../summary.js';
import { capitalised, countOf, countText, durationText, shareText, shownText } from '../wording.js';
import { levelSign, levelTag, verdictWords } from './badge.js';
import { type Html, html } from './html.js';

/** Findings that stand on the page; the summary has all of them. */
const mostFindings = 25;

/** The verdict, and which run it is about. */
export function verdictSection({ verdict, job, run_id, finished_at, duration_ms, output }: Summary): Html {
  const when = finished_at.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC');
  return html`<div class="who"><h1>${shownText(job)}</h1><p class="muted small">${when}, in ${durationText(duration_ms)}</p></div>
<p class="muted small">Run <code>${shownText(run_id)}</code> into <code>${shownText(output, 200)}</code></p>
<div class="verdict ${verdict.level}">${levelSign(verdict.level)}
<p class="word">${verdictWords[verdict.level]}</p>
<p class="why">${shownText(verdict.sentence, 400)}</p></div>`;
}

/** Rows read, and what became of them; adds up. */
export function ledgerSection({ rows, partitions, covers, skipped_lines }: Summary): Html {
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
<div class="bar" aria-hidden="true">${parts.filter(({ count }) => count > 0).map(({ name, share }) => html`<i class="c-${name}" style="flex:${share.toFixed(6)} 1 0"></i>`)}</div>
<dl>${parts.map(({ name, count, share }) => html`<div><dt><span class="dot c-${name}"></span>${name}</dt><dd>${countText(count)} <span class="muted">(${shareText(share)})</span></dd></div>`)}</dl>
${lines === 0 ? null : html`<p class="muted small">${countOf(lines, 'line')} of the files ${lines === 1 ? 'was' : 'were'} no row: ${skippedText(skipped_lines)}.</p>`}</div></section>`;
}

function skippedText(skipped: Summary['skipped_lines']): string {
  return skipped
    .map(({ code, count, lines }) => {
      const places = lines.slice(0, 5).map(({ partition, line }) => `${shownText(partition)}:${line}`);
      return `${countText(count)} ${code} (${places.join(', ')}${count > places.length ? ', …' : ''})`;
    })
    .join('; ');
}

/** What to look at first, each with a link to its place on the page where it has one. */
export function findingsSection({ findings, gates }: Summary, anchor: (name: string) => string | null): Html {
  const shown = findings.slice(0, mostFindings);
  const more = findings.length - shown.length;
  const list =
    shown.length === 0
      ? html`<p>Nothing stands out.</p>`
      : html`<ol class="card findings long">${shown.map((finding) => findingItem(finding, anchor))}</ol>`;
  return html`<section aria-labelledby="first"><h2 id="first">What to look at first</h2>
<p class="lead">Most important first.${more > 0 ? ` ${countText(more)} more in _summary.json.` : ''}</p>${list}${gatesList(gates)}</section>`;
}

function findingItem(
  { level, about, name, sentence }: Finding,
  anchor: (name: string) => string | null,
): Html {
  const place = name === null ? null : anchor(name);
  const text = named(shownText(capitalised(sentence, name), 400), name);
  const link =
    place === null
      ? null
      : html` <a href="#${place}">Show<span class="hidden"> ${shownText(name!)}</span></a>`;
  return html`<li>${levelTag(level)}<div><span class="text">${text}</span> <span class="place"><span class="muted small">${about}</span>${link}</span></div></li>`;
}

/** A sentence with the column that it is about in bold, where it is first named. */
function named(sentence: string, name: string | null): Html {
  const word = name === null ? '' : shownText(name);
  const words = new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'u');
  const at = word === '' ? -1 : sentence.search(words);
  if (at < 0) return html`${sentence}`;
  return html`${sentence.slice(0, at)}<strong>${word}</strong>${sentence.slice(at + word.length)}`;
}

function gatesList(gates: Summary['gates']): Html | null {
  if (gates.length === 0) return null;
  return html`<details><summary>All ${countOf(gates.length, 'gate')} of the run</summary>
<table class="stack figures"><caption class="hidden">Gates</caption><thead><tr><th scope="col">Gate</th><th scope="col">Result</th><th scope="col">What was found</th></tr></thead><tbody>${gates
    .slice(0, 200)
    .map(
      ({ gate, column, passed, severity, sentence }) =>
        html`<tr><th scope="row">${gate}${column === null ? '' : ` of ${shownText(column)}`}</th><td data-label="Result">${passed ? html`<span class="tag good">open</span>` : levelTag(severity === 'fail' ? 'bad' : 'check', severity === 'fail' ? 'failed' : 'warned')}</td><td data-label="Found">${shownText(sentence, 300)}</td></tr>`,
    )}</tbody></table></details>`;
}
