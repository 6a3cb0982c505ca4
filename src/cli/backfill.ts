import { InvalidError } from '../errors.js';
import { loadJob } from '../job/load-job.js';
import type { ExitCode } from '../reasons.js';
import { jobOptions } from './job-options.js';
import type { LastLine } from './last-line.js';
import { print } from './print.js';
import { runToReport, type Start } from './run-to-report.js';
import { stderrFormOf } from './stderr-form.js';
import { screenWidth, tableFor } from './table.js';

/** Worst first: a backfill ends like its worst date; a date without input counts only if all have none. */
const bySeverity: readonly ExitCode[] = [143, 130, 1, 2, 6, 5, 4, 3, 0, 99];

/** How one date ended, in the last line of a backfill. */
type DateEnd = Pick<LastLine, 'exit_code' | 'reason' | 'verdict' | 'partitions' | 'rows' | 'output'> & {
  readonly date: string;
};

/**
 * Runs a job for each date, one after the other, each as a separate run with its own last line; then prints a
 * table on stderr and one more line for all of them. Skips published partitions. A date that fails does not
 * stop the next; only a signal or a mistake in the job file does. Throws `InvalidError` if the job has the
 * same output for all dates.
 */
export async function backfill(
  path: string,
  options: Readonly<Record<string, unknown>>,
  dates: readonly string[],
  start: Start,
): Promise<number> {
  await refuseSharedOutput(path, options, dates);
  const ends: DateEnd[] = [];
  const lines: LastLine[] = [];
  for (const date of dates) {
    const line = await runToReport(path, { ...options, date }, start);
    lines.push(line);
    const { exit_code, reason, verdict, partitions, rows, output } = line;
    ends.push({ date, exit_code, reason, verdict, partitions, rows, output });
    if (exit_code === 130 || exit_code === 143 || reason === 'job-file') break;
  }
  if (stderrFormOf(options) === 'text') process.stderr.write(`${dateTable(ends).join('\n')}\n`);
  const whole = wholeLine(lines, ends);
  print(`${JSON.stringify(whole)}\n`);
  return whole.exit_code;
}

async function refuseSharedOutput(
  path: string,
  options: Readonly<Record<string, unknown>>,
  dates: readonly string[],
): Promise<void> {
  if (dates.length < 2) return;
  const outputs = [dates[0]!, dates.at(-1)!].map(
    async (date) => (await loadJob(path, jobOptions({ ...options, date }))).output.path,
  );
  const [first, last] = await Promise.all(outputs);
  if (first !== last) return;
  throw new InvalidError('usage', `every date of the backfill has the same output, "${first}"`, {
    hint: `write ${'$'}{date} into "output.path"`,
  });
}

/** Returns the last line for all dates: sums, worst exit code and verdict, and the first date with it. */
function wholeLine(lines: readonly LastLine[], ends: readonly DateEnd[]) {
  const worst = bySeverity
    .map((code) => lines.find(({ exit_code }) => exit_code === code))
    .find((one) => one !== undefined)!;
  const verdicts = ['bad', 'check', 'good'] as const;
  return {
    ...worst,
    date: null,
    verdict: verdicts.find((level) => lines.some(({ verdict }) => verdict === level))!,
    partitions: added(lines.map(({ partitions }) => partitions)),
    rows: added(lines.map(({ rows }) => rows)),
    output: null,
    summary: null,
    dates: ends,
  };
}

/** Adds up counts with the same names. */
function added<T extends object>(counts: readonly T[]): T {
  const sum = { ...counts[0]! } as Record<string, number>;
  for (const each of counts.slice(1))
    for (const [name, count] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + (count as number);
  return sum as T;
}

function dateTable(ends: readonly DateEnd[]): string[] {
  return tableFor(
    [
      'date',
      'exit',
      'reason',
      'verdict',
      'published',
      'skipped',
      'failed',
      'rows read',
      'scored',
      'rejected',
    ],
    ends.map(({ date, exit_code, reason, verdict, partitions, rows }) => [
      date,
      String(exit_code),
      reason,
      verdict,
      ...[
        partitions.published,
        partitions.skipped,
        partitions.failed,
        rows.read,
        rows.scored,
        rows.rejected,
      ].map(String),
    ]),
    screenWidth(),
  );
}
