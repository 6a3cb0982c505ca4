import { NightshiftError } from '../errors.js';
import { writeNow } from '../process/standard-streams.js';
import { asStorageError } from '../storage/storage-error.js';
import { failedReport } from './last-line.js';
import { reporting } from './reporting.js';
import { stderrFormIn } from './stderr-form.js';

/**
 * Loads the program, runs it and returns its exit code. A program of which some part cannot be loaded, because the process may have too
 * few files open or its disk fails, ends like one whose storage fails.
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
  const { exitCode: code, reason, hint } = error;
  const message = `the program cannot be loaded: ${error.message}`;
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
  const call = { name: '', runId: '', date: null, variables: {}, job: null };
  if (isReport) writeNow(1, `${JSON.stringify(failedReport(call, { code, reason, message, hint }))}\n`);
  return code;
}
