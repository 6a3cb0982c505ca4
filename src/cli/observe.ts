import type { Observe } from '../run/events.js';
import { logLevelOf, openLog } from '../telemetry/log.js';
import { openProgress } from '../telemetry/progress.js';

/** Listens to a run: a bar on a terminal, JSON lines on stderr otherwise. */
export async function openObserver(quiet: boolean): Promise<{ readonly observe: Observe; close(): void }> {
  const log = await openLog(logLevelOf(undefined, process.env['NIGHTSHIFT_LOG']));
  const progress = await openProgress({ stream: process.stderr, quiet, log });
  return { observe: progress.observe, close: () => progress.stop() };
}
