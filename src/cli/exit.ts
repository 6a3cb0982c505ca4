import { CommanderError } from 'commander';
import { NightshiftError } from '../errors.js';
import { withSourceLines } from '../process/source-lines.js';
import type { ExitCode, Reason } from '../reasons.js';
import { asStorageError } from '../storage/storage-error.js';
import type { Log } from '../telemetry/log.js';
import { withoutHidden } from '../telemetry/secrets.js';
import { wrapLine } from '../telemetry/wrap-line.js';
import { printable } from '../text/printable.js';
import { screenWidth } from './table.js';

/**
 * A failure as reported: the exit code for the scheduler, a stable code, one sentence for people, and a hint.
 */
export interface Exit {
  readonly code: ExitCode;
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * Returns the exit for an error; all but a `NightshiftError` are bugs of ours (1) and keep their stack. The
 * hint of a wrong command line names the help of `command`, if one was called.
 */
export function exitOf(thrown: unknown, command: string | null = null): Exit {
  const error = asStorageError(thrown);
  if (error instanceof NightshiftError) {
    const { file, row, line, column } = error.location;
    const parts = [
      file,
      line === undefined ? undefined : `line ${line}`,
      row === undefined ? undefined : `row ${row}`,
      column === undefined ? undefined : `column "${column}"`,
    ].filter((part) => part !== undefined && !error.message.includes(part));
    const where = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
    return { code: error.exitCode, reason: error.reason, message: error.message + where, hint: error.hint };
  }
  if (error instanceof CommanderError) {
    const message = usageText(error.message);
    return error.exitCode === 0
      ? { code: 0, reason: 'ok', message, hint: null }
      : {
          code: 2,
          reason: 'usage',
          message,
          hint: `see nightshift ${command === null ? '' : `${command} `}--help`,
        };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    code: 1,
    reason: 'unexpected',
    message: withSourceLines(stack ?? message),
    hint: 'this is a bug: please report it with the lines above',
  };
}

/** Returns Commander's message as one sentence of ours. */
export function usageText(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace('\n(Did you', ' (did you')
    .replace(
      /^command-argument value '(.*)' is invalid for (argument '.*')\./s,
      "$2 argument '$1' is invalid.",
    )
    .replace(/\. Allowed choices are (.*)\.$/s, '. must be one of $1')
    .replace(/^((?:option|argument) '.*') argument '(.*)' is invalid\. (must .*)$/s, '$1 $3, found "$2"');
}

/** Logs an exit as JSON, one line for each line of the message; the first has the exit code and the hint. */
export function logExit({ code, reason, message, hint }: Exit, log: Log): void {
  // A stack stays one text: its lines mean nothing on their own.
  const [first, ...rest] = code === 1 ? [message] : message.split('\n');
  log.error(first!, { reason, exit_code: code, ...(hint === null ? {} : { hint }) });
  for (const line of rest) log.error(line.trim().replace(/^(\d+:\d+) +/, '$1 '));
}

/** Formats an exit for stderr; names and values in it can neither move the cursor nor reverse text. */
export function exitText(exit: Exit, width = screenWidth(process.stderr)): string {
  const hint = exit.hint === null ? '' : `\n  ${exit.hint}`;
  const lines = withoutHidden(`nightshift: ${exit.message}${hint}`).split('\n').map(printable);
  return `${lines.flatMap((line) => wrapLine(line, width, textAt(line))).join('\n')}\n`;
}

/** Returns where the text of a line begins: below it the line goes on, if it is wrapped. */
function textAt(line: string): number {
  return /^(?:nightshift: | *\d+:\d+ +| *)/.exec(line)![0].length;
}
