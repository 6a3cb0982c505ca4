import { loadJob } from '../job/load-job.js';
import type { StatusReport } from '../run/status-of.js';
import { firstOf } from '../text/first-of.js';
import { printable } from '../text/printable.js';
import type { CommandFile } from './command.js';
import { jobOptions, withJob } from './job-options.js';
import { print, printJson } from './print.js';
import { foldedTable, hanging, isColoured, screenWidth } from './table.js';

/** `nightshift status JOB`. */
export const status = {
  name: 'status',
  summary: 'what ran, what failed and why',
  describe: (command) =>
    withJob(command)
      .option('--all', 'a line for every partition', false)
      .option('--json', 'as JSON, with every partition', false)
      .addHelpText(
        'after',
        '\nCost: reads the run folder’s records, its summary and the inputs’ sizes; writes nothing.',
      ),
  async run(args, options) {
    const job = await loadJob(args[0]!, jobOptions(options));
    const { refuseAbsent, statusOf } = await import('../run/status-of.js');
    // A job's own input may be gone after its run; one that is named now must be there.
    if (options['input'] !== undefined) await refuseAbsent(job);
    const report = await statusOf(job);
    if (options['json'] === true) {
      await printJson(report);
      return 0;
    }
    const { partitions } = report;
    const shown = options['all'] === true ? partitions : mostUrgent(partitions);
    const leavesOut = shown.some(({ left_out }) => left_out !== undefined);
    const rows = shown.map(({ partition, state, rows, rejected, left_out, attempts, why }) => [
      partition,
      state,
      rows === null ? '' : String(rows),
      rejected === null ? '' : String(rejected),
      ...(leavesOut ? [String(left_out ?? '')] : []),
      String(attempts),
      why,
    ]);
    const running = report.running.map(
      ({ run_id, since, host }) => `run ${run_id} is in progress on ${host} since ${since}`,
    );
    const wrapped = (lines: readonly string[]) => lines.map((line) => hanging(line, screenWidth()));
    const lastRunLines = [...wrapped(failedRun(report)), ...(await lastRun(report.output, job.name))];
    const width = screenWidth();
    const leftOut = leavesOut ? ['left out'] : [];
    const head = ['partition', 'state', 'rows', 'rejected', ...leftOut, 'tries', 'why'];
    const lines = [
      ...lastRunLines,
      `${job.name}: ${report.output}`,
      ...wrapped(running),
      '',
      ...(rows.length === 0 ? [] : [...foldedTable(head, rows, width, 1), '']),
      ...wrapped(leftOutOf(partitions.length, shown.length)),
      ...toDo(report),
      ...wrapped([report.sentence]),
    ];
    print(`${lines.join('\n')}\n`);
    return 0;
  },
} satisfies CommandFile;

/** Up to `mostLines` partitions are all shown; of more, `fewLines`. */
const mostLines = 40;
const fewLines = 20;

/** States by how much they need attention, most first. */
const urgency: readonly StatusReport['partitions'][number]['state'][] = [
  'failed',
  'gated',
  'interrupted',
  'running',
  'outdated',
  'unplanned',
  'held',
  'published',
  'not-started',
];

/** Returns the partitions to show, in their order: of many the most urgent, and of these the last ones. */
function mostUrgent(partitions: StatusReport['partitions']): StatusReport['partitions'] {
  if (partitions.length <= mostLines) return partitions;
  const chosen = new Set(
    partitions
      .toReversed()
      .toSorted((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state))
      .slice(0, fewLines),
  );
  return partitions.filter((one) => chosen.has(one));
}

function leftOutOf(all: number, shown: number): string[] {
  if (shown === all) return [];
  return [
    `${shown} of ${all} partitions are shown: those that need attention, then the last ones (--all shows all)`,
    '',
  ];
}

/** Formats a run without a summary, such as one that ended before its first partition: reason and hint. */
function failedRun({ last_run }: StatusReport): string[] {
  if (last_run === null || last_run.error === undefined || last_run.summary !== null) return [];
  const { run_id, date, exit_code, reason, error, started_at } = last_run;
  const of = date === null ? '' : ` for ${date}`;
  return [
    `last run ${run_id}${of}, started ${started_at}, ended with ${exit_code} (${reason})`,
    ...error.message.split('\n').map((line) => `  ${printable(line)}`),
    ...(error.hint === null ? [] : [`  to do: ${printable(error.hint)}`]),
    '',
  ];
}

/** Returns what to do about the failures, each hint once with the first of its partitions. */
function toDo({ partitions }: StatusReport): string[] {
  const byHint = new Map<string, string[]>();
  for (const { partition, hint } of partitions) {
    if (hint !== null) byHint.set(hint, [...(byHint.get(hint) ?? []), partition]);
  }
  const lines = [...byHint].slice(0, 5).map(([hint, names]) => {
    return hanging(`to do: ${printable(`${firstOf(names, 1)}: ${hint}`)}`, screenWidth());
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Returns the last run's summary as text; empty if there is none. */
async function lastRun(output: string, job: string): Promise<readonly string[]> {
  const { readRun } = await import('../run/judge/earlier-runs.js');
  const summary = await readRun(output, job);
  if (summary === null) return [];
  const { terminalSummary } = await import('../quality/terminal.js');
  return hanging(terminalSummary(summary, isColoured(process.stdout)), screenWidth()).split('\n');
}
