import { CommanderError } from 'commander';
import { NightshiftError } from '../errors.js';
import { asStorageError } from '../storage/storage-error.js';
import type { Log } from '../telemetry/log.js';
import { withoutHidden } from '../telemetry/secrets.js';
import { printable } from './table.js';

/** How a failure is told: the exit code for the scheduler, a stable word for machines, one sentence for people, and what to do. */
export interface Exit {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The exit that an error means; anything that is no `NightshiftError` is a bug of ours (1) and keeps its stack. */
export function exitOf(thrown: unknown): Exit {
  const error = asStorageError(thrown);
  if (error instanceof NightshiftError) {
    const { file, row, line, column } = error.place;
    const place = [
      file,
      line === undefined ? undefined : `line ${line}`,
      row === undefined ? undefined : `row ${row}`,
      column === undefined ? undefined : `column "${column}"`,
    ].filter((part) => part !== undefined && !error.message.includes(part));
    const where = place.length === 0 ? '' : ` (${place.join(', ')})`;
    return { code: error.exitCode, reason: error.reason, message: error.message + where, hint: error.hint };
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replace('\n(Did you', ' (did you');
    return error.exitCode === 0
      ? { code: 0, reason: 'ok', message, hint: null }
      : { code: 2, reason: 'usage', message, hint: 'see nightshift --help' };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    code: 1,
    reason: 'unexpected',
    message: stack ?? message,
    hint: 'this is a bug: please report it with the lines above',
  };
}

/** The same as lines of JSON, one for each line of the message: what went wrong first, with its exit code and what to do. */
export function logExit({ code, reason, message, hint }: Exit, log: Log): void {
  // A stack stays one text: its lines mean nothing apart.
  const [first, ...rest] = code === 1 ? [message] : message.split('\n');
  log.error(first!, { reason, exit_code: code, ...(hint === null ? {} : { hint }) });
  for (const line of rest) log.error(line.trim().replace(/^(\d+:\d+) +/, '$1 '));
}

/** What a person reads on stderr; names and values in it can neither move the cursor nor turn text around. */
export function tellExit(exit: Exit): string {
  const hint = exit.hint === null ? '' : `\n  ${exit.hint}`;
  return `${withoutHidden(`nightshift: ${exit.message}${hint}`).split('\n').map(printable).join('\n')}\n`;
}
