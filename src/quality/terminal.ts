import type { Finding, Summary } from './summary.js';
import { bytesText, countOf, countText, durationText, shareText, shownText } from './wording.js';

const words = { good: 'GOOD', check: 'CHECK', bad: 'BAD' } as const;
const colors = { good: 32, check: 33, bad: 31, note: 2, strong: 1 } as const;

/** Findings that stand in a terminal summary, with what to do about what failed. */
const shownFindings = 4;

/** The summary in at most ten lines, each ending in a newline, that answer "is it good?"; `color` adds terminal colours. */
export function terminalSummary(summary: Summary, color: boolean): string {
  const paint = (text: string, name: keyof typeof colors) =>
    color ? `\u001b[${colors[name]}m${text}\u001b[0m` : text;
  const { verdict, findings, rows } = summary;
  const hint = summary.partitions.list.find((one) => one.hint !== null)?.hint ?? null;
  const shown = findings.slice(0, hint === null ? shownFindings : shownFindings - 1);
  const more = findings.length - shown.length;
  const lines = [
    `${paint(words[verdict.level], verdict.level)}  ${paint(shownText(verdict.sentence, 300), 'strong')}`,
    `rows        ${countText(rows.read)} read = ${countText(rows.scored)} scored + ${countText(rows.rejected)} rejected`,
    `of these    ${countText(rows.ok)} ok, ${countText(rows.repaired)} repaired (${share(rows.repaired, rows.read)}), ${countText(rows.flagged)} flagged (${share(rows.flagged, rows.read)})`,
    `partitions  ${partitionsLine(summary)}`,
    ...shown.map((finding, i) => {
      const rest = i === shown.length - 1 && more > 0 ? ` (and ${more} more)` : '';
      return `${i === 0 ? 'look at     ' : '            '}${mark(finding, paint)} ${shownText(finding.sentence, 300)}${rest}`;
    }),
    ...(hint === null ? [] : [`to do       ${shownText(hint, 300)}`]),
    `speed       ${speedLine(summary)}`,
    `page        ${shownText(summary.output, 300)}/_summary.html`,
  ];
  return lines.map((line) => `${line}\n`).join('');
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
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${countText(count)} ${what}`);
  return `${countText(planned)} planned${told.length === 0 ? '' : `: ${told.join(', ')}`}`;
}

function speedLine({ throughput, memory, duration_ms }: Summary): string {
  const speed =
    throughput.rows_per_second === null
      ? []
      : [
          `${countText(throughput.rows_per_second)} rows/s`,
          `${bytesText(throughput.bytes_per_second ?? 0)}/s`,
        ];
  const peak =
    (memory.peak_rss_bytes ?? 0) === 0 ? [] : [`${bytesText(memory.peak_rss_bytes!)} of memory at most`];
  return [durationText(duration_ms), ...speed, countOf(throughput.workers, 'worker'), ...peak].join(', ');
}

function mark({ level }: Finding, paint: (text: string, name: keyof typeof colors) => string): string {
  return level === 'bad' ? paint('x', 'bad') : level === 'check' ? paint('!', 'check') : paint('-', 'note');
}
