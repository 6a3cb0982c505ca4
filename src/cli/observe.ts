import type { Observe } from '../run-event.js';
import { type Log, type LogFields, logLevelOf, openLog, openTextLog, withFields } from '../telemetry/log.js';
import { openProgress } from '../telemetry/progress.js';
import type { StderrForm } from './stderr-form.js';
import { isScreen } from './table.js';

/** Opens an observer of a run: a bar on a terminal, else lines of JSON on stderr, or of text if requested. */
export async function openObserver(
  quiet: boolean,
  form: StderrForm,
  fields: LogFields = {},
): Promise<{ readonly observe: Observe; close(): void }> {
  const log = await openRunLog(form, fields);
  const bar = form === 'text' && isScreen(process.stderr);
  const progress = await openProgress({ stream: process.stderr, quiet, bar, log });
  return { observe: progress.observe, close: () => progress.stop() };
}

/**
 * Opens the log of a run on stderr; `NIGHTSHIFT_LOG` sets its level. Each JSON line has `fields`, such as
 * job, run and date.
 */
export async function openRunLog(form: StderrForm, fields: LogFields = {}): Promise<Log> {
  const level = logLevelOf(process.env['NIGHTSHIFT_LOG']);
  return form === 'json' ? withFields(openLog(level), fields) : openTextLog(level);
}
