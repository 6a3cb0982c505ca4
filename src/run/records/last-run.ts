import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';
import type { ReportFinding } from './outcomes.js';

/**
 * How the last `run`, `retry` or `finish` on a run folder ended (`_nightshift/last-run.json`), even before
 * its first partition.
 */
export interface LastRun {
  readonly run_id: string;
  readonly date: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly exit_code: number;
  readonly reason: string;
  readonly verdict: 'good' | 'check' | 'bad';
  readonly findings: readonly ReportFinding[];
  readonly hint: string | null;
  readonly summary: string | null;
  readonly error?: { readonly message: string; readonly hint: string | null };
  readonly started_at: string;
  readonly ended_at: string;
}

const own = '_nightshift';
const name = 'last-run.json';

/** Exit codes that leave no record if the folder never had a run: no input, or stopped on purpose. */
const traceless: ReadonlySet<number> = new Set([99, 129, 130, 143]);

/**
 * Records how a run ended, for `status`. Never throws: a run does not fail because of it. Writes nothing into
 * another program's folder; creates a folder only for a run that failed.
 */
export async function writeLastRun(
  output: string,
  report: Omit<LastRun, 'started_at' | 'ended_at'>,
  startedAt: Date,
): Promise<void> {
  const { run_id, date, variables, exit_code, reason, verdict, findings, hint, summary, error } = report;
  const base = { run_id, date, variables, exit_code, reason, verdict, findings, hint, summary };
  const ended = { started_at: startedAt.toISOString(), ended_at: new Date().toISOString() };
  const last: LastRun = { ...base, ...(error === undefined ? {} : { error }), ...ended };
  try {
    const store = storeOf(output);
    if (!(await store.isFolder(join(output, own)))) {
      if (traceless.has(exit_code) || (await store.exists(output))) return;
      await store.openFolder(output, [own]);
    }
    await store.write(join(output, own, name), `${JSON.stringify(last)}\n`);
  } catch {
    // The last line on stdout reports it anyway.
  }
}

/** Returns how the last run on a run folder ended; null without a readable record. */
export async function readLastRun(output: string): Promise<LastRun | null> {
  try {
    const last = parseJson((await storeOf(output).read(join(output, own, name))) ?? 'null') as LastRun;
    return typeof last.run_id === 'string' && typeof last.exit_code === 'number' ? last : null;
  } catch {
    return null;
  }
}
