import { printable } from '../text/printable.js';
import { bytesText } from '../text/units.js';
import { adviceFor } from './advice.js';
import { byImportance } from './drift-order.js';
import type { Finding, Summary } from './summary.js';
import {
  besidesText,
  countOf,
  countText,
  durationText,
  figureText,
  shareText,
  shownText,
} from './wording.js';

const words = { good: 'GOOD', check: 'CHECK', bad: 'BAD' } as const;
const colors = { good: 32, check: 33, bad: 31, note: 2, strong: 1 } as const;

/** Maximum number of lines of a terminal summary, and of those that are always there. */
const mostLines = 10;
const otherLines = 6;

/**
 * Returns the summary in at most ten lines, each ending in a newline; `color` adds terminal colours, `page`
 * is the page's path if it is not beside the scores, null if there is no page.
 */
export function terminalSummary(summary: Summary, color: boolean, page?: string | null): string {
  const paint = (text: string, name: keyof typeof colors) =>
    color ? `\u001b[${colors[name]}m${text}\u001b[0m` : text;
  const { verdict, findings, rows } = summary;
  const hint = todoOf(summary);
  const drift = driftLine(summary);
  const others = [hint, drift].filter((line) => line !== null).length;
  // The verdict already states the first finding.
  const unsaid = findings.filter(({ sentence }, i) => i > 0 || !verdict.sentence.includes(sentence));
  const shown = unsaid.slice(0, mostLines - otherLines - others);
  const rest = restText(unsaid.slice(shown.length));
  const lines = [
    `${paint(words[verdict.level], verdict.level)}  ${paint(shownText(verdict.sentence, 300), 'strong')}`,
    `rows        ${countText(rows.read)} read = ${countText(rows.scored)} scored + ${countText(rows.rejected)} rejected${besidesText(rows)}`,
    `of these    ${countText(rows.ok)} ok, ${countText(rows.repaired)} repaired (${share(rows.repaired, rows.read)}), ${countText(rows.flagged)} flagged (${share(rows.flagged, rows.read)})`,
    `partitions  ${partitionsLine(summary)}`,
    ...(drift === null ? [] : [`drift       ${drift}`]),
    ...shown.map((finding, i) => {
      const head = i === 0 ? 'look at     ' : '            ';
      return `${head}${mark(finding, paint)} ${shownText(finding.sentence, 300)}${i === shown.length - 1 ? rest : ''}`;
    }),
    ...(hint === null ? [] : [`to do       ${shownText(hint, 300)}`]),
    `speed       ${speedLine(summary)}`,
    ...(page === null ? [] : [`page        ${printable(page ?? `${summary.output}/_summary.html`)}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns what to do about the failed partition, else about the first finding to check; null if nothing. */
function todoOf({ partitions, verdict, findings }: Summary): string | null {
  const hint = partitions.list.find((one) => one.hint !== null)?.hint ?? null;
  return (
    hint ?? (verdict.level === 'check' && findings[0] !== undefined ? adviceFor(findings[0].code) : null)
  );
}

/** Counts the findings without a line, notes apart from checks, like verdict and last line. */
function restText(findings: readonly Finding[]): string {
  const notes = findings.filter(({ level }) => level === 'note').length;
  const more = findings.length - notes;
  if (findings.length === 0) return '';
  if (more === 0) return ` (and ${countOf(notes, 'more note')})`;
  return ` (and ${more} more${notes === 0 ? '' : `, and ${countOf(notes, 'note')}`})`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '0 %' : shareText(part / whole);
}

function partitionsLine({ partitions }: Summary): string {
  const { published, skipped, failed, held_back, not_finished, planned } = partitions;
  const parts = [
    [published, 'published'],
    [skipped, 'published before'],
    [failed, 'failed'],
    [held_back, 'held back by gates'],
    [not_finished, 'not finished'],
  ] as const;
  const counts = parts.filter(([count]) => count > 0).map(([count, what]) => `${countText(count)} ${what}`);
  return `${countText(planned)} planned${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

/** Says how many columns moved, and which is farthest from the baseline; null if nothing was compared. */
function driftLine(summary: Summary): string | null {
  const watched = byImportance(summary).flatMap(({ name, drift }) =>
    drift?.watched === true ? [{ name, drift }] : [],
  );
  if (watched.length === 0) return null;
  const moved = watched.filter(({ drift }) => drift.level !== 'none').length;
  // The order of the page's table.
  const [first] = watched;
  const psi = first!.drift.figures.find(({ measure }) => measure === 'psi');
  const figure = psi === undefined ? '' : ` (PSI ${figureText(psi.figure)})`;
  const farthest = `; farthest from the baseline is ${shownText(first!.name, 60)}${figure}`;
  return `${moved === 0 ? 'none' : countText(moved)} of ${countOf(watched.length, 'column')} moved${farthest}`;
}

function speedLine({ throughput, memory, duration_ms }: Summary): string {
  const speed =
    throughput.rows_per_second === null
      ? []
      : [
          `${countText(throughput.rows_per_second)} rows/s`,
          `${bytesText(throughput.bytes_per_second ?? 0)}/s`,
        ];
  const peak = (memory.peak_rss_bytes ?? 0) === 0 ? [] : [`${bytesText(memory.peak_rss_bytes!)} peak memory`];
  return [durationText(duration_ms), ...speed, countOf(throughput.workers, 'worker'), ...peak].join(', ');
}

function mark({ level }: Finding, paint: (text: string, name: keyof typeof colors) => string): string {
  return level === 'bad' ? paint('x', 'bad') : level === 'check' ? paint('!', 'check') : paint('-', 'note');
}
