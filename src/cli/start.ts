import { InterruptedError, NightshiftError } from '../errors.js';
import { endNow } from '../process/end-now.js';
import { onStopSignal } from '../process/signals.js';
import { writeNow } from '../process/standard-streams.js';
import { asStorageError } from '../storage/storage-error.js';
import { failedReport } from './last-line.js';
import { reporting } from './reporting.js';
import { stderrFormIn } from './stderr-form.js';

/**
 * Loads the program, runs it and returns its exit code. If a part of the program cannot be loaded, because of
 * the limit of open files or a failing disk, it ends as if storage had failed.
 */
export async function start(argv: readonly string[]): Promise<number> {
  try {
    const { main } = await import('./program.js');
    return await main(argv);
  } catch (error) {
    return cannotLoad(argv, asStorageError(error));
  }
}

function cannotLoad(argv: readonly string[], error: unknown): number {
  if (!(error instanceof NightshiftError)) throw error;
  return report(argv, error, `the program cannot be loaded: ${error.message}`);
}

/**
 * Ends a command, with its last line if it has one, if a signal arrives while the command does not handle
 * signals itself: that code takes a tenth of a second to load, and commands that only read have none.
 */
export function endOnSignal(argv: readonly string[]): void {
  const kind = reporting.has(argv[2] ?? '') ? 'run' : 'command';
  onStopSignal((name) => {
    const error = new InterruptedError(name, kind);
    endNow(report(argv, error, error.message));
  });
}

/** Writes why the program ended before its command began, and returns the exit code. */
function report(argv: readonly string[], { exitCode: code, reason, hint }: NightshiftError, message: string) {
  const isReport = reporting.has(argv[2] ?? '');
  const line = {
    level: 'error',
    time: new Date().toISOString(),
    reason,
    exit_code: code,
    hint,
    msg: message,
  };
  const isJson = isReport && stderrFormIn(argv) === 'json';
  writeNow(2, isJson ? `${JSON.stringify(line)}\n` : `nightshift: ${message}\n  ${hint}\n`);
  const call = { name: '', runId: '', date: null, variables: {}, job: null, output: null };
  if (isReport) writeNow(1, `${JSON.stringify(failedReport(call, { code, reason, message, hint }))}\n`);
  return code;
}
