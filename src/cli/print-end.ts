import { standardStream } from '../job/job.js';
import type { RunEnd } from '../run/finish/end-run.js';
import type { Failure } from '../run/records/record.js';
import { type LogFields, openLog, withFields } from '../telemetry/log.js';
import { withoutHidden } from '../telemetry/secrets.js';
import { printable } from '../text/printable.js';
import { type Exit, exitText, logExit } from './exit.js';
import type { LastLine } from './last-line.js';
import { openRunLog } from './observe.js';
import type { StderrForm } from './stderr-form.js';
import { hanging, isColoured, screenWidth } from './table.js';

/** Prints for a person how a run ended, on stderr. */
export async function printEnd(
  { summary, stopped, failures }: RunEnd,
  { error, output }: LastLine,
  quiet: boolean,
): Promise<void> {
  let said = '';
  if (summary !== null && !quiet) {
    const { terminalSummary } = await import('../quality/terminal.js');
    const page = output === standardStream ? null : undefined;
    said = withoutHidden(terminalSummary(summary, isColoured(process.stderr), page));
    process.stderr.write(`${hanging(said, screenWidth(process.stderr))}\n`);
  }
  if (summary === null)
    for (const failure of failures.slice(0, 10)) process.stderr.write(`${failureText(failure)}\n`);
  const isSaid = stopped !== null && said.includes(stopped.message) && said.includes(stopped.hint ?? '');
  // With `quiet`, only warnings of partitions are shown, and they include this one.
  const isWarned = quiet && summary !== null && failures.some(({ message }) => message === stopped?.message);
  if (stopped !== null && isWarned && stopped.hint !== null)
    process.stderr.write(exitText({ ...stopped, message: stopped.hint, hint: null, code: stopped.exitCode }));
  else if (stopped !== null && !isSaid)
    process.stderr.write(exitText({ ...stopped, code: stopped.exitCode }));
  else if (summary?.exit_code === 0 && error !== undefined)
    process.stderr.write(`nightshift: ended with exit code 3 because of --exit-on-check: ${error.hint}\n`);
}

/** Logs how a run ended as lines of JSON: failures, then one record. */
export async function logEnd(
  { summary, stopped, failures }: RunEnd,
  report: LastLine,
  fields: LogFields,
): Promise<void> {
  const log = await openRunLog('json', fields);
  if (summary === null)
    for (const { message, reason, hint } of failures.slice(0, 10)) log.error(message, { reason, hint });
  if (stopped !== null) logExit({ ...stopped, code: stopped.exitCode }, log);
  await logRunEnded(report, fields, summary?.duration_ms ?? null, summary?.verdict.sentence ?? null);
}

/** Logs one record of how a run ended; its level follows the verdict. */
export async function logRunEnded(
  report: LastLine,
  fields: LogFields,
  durationMs: number | null,
  sentence: string | null,
): Promise<void> {
  const log = await openRunLog('json', fields).catch(() => withFields(openLog('info'), fields));
  const { job: _, run_id: __, date: ___, ...rest } = report;
  const level = ({ good: 'info', check: 'warn', bad: 'error' } as const)[report.verdict];
  const more = {
    ...(sentence === null ? {} : { sentence }),
    ...(durationMs === null ? {} : { duration_ms: durationMs }),
  };
  log[level]('run ended', { ...rest, ...more });
}

/** Prints the error that stopped a command before its work, on stderr. */
export async function printFailure(exit: Exit, form: StderrForm, fields: LogFields = {}): Promise<void> {
  if (form === 'text') process.stderr.write(exitText(exit));
  else logExit(exit, await openRunLog('json', fields).catch(() => openLog('info')));
}

function failureText({ message, hint }: Failure): string {
  return withoutHidden(printable(message) + (hint === null ? '' : `\n  ${printable(hint)}`));
}
