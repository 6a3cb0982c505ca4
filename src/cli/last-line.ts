import type { Job } from '../job/job.js';
import { verdictOfFailure } from '../run/judge/report-verdict.js';
import type { RunReport } from '../run/records/outcomes.js';
import type { RunEnd } from '../run/run-job.js';
import type { Exit } from './exit.js';
import type { FailedReport } from './observers.js';

/** A run's last line on stdout. */
export type LastLine = (RunReport & Partial<Pick<FailedReport, 'error'>>) | FailedReport;

/** What is known of a call before its job is read, and then with it. */
export interface Call {
  /** The job's name, its file until that is read. */
  readonly name: string;
  readonly runId: string;
  readonly date: string | null;
  /** Secrets blanked. */
  readonly variables: Readonly<Record<string, string>>;
  readonly job: Job | null;
}

/** The report, and where not all is well what went wrong first: a scheduler may keep nothing but this line. */
export function endedReport({ report, stopped, failures }: RunEnd, exitOnCheck: boolean): LastLine {
  const failure = stopped ?? failures[0];
  if (report.exit_code !== 0 && failure !== undefined) {
    return { ...report, error: { message: failure.message, hint: failure.hint } };
  }
  // A run without a row is the affair of "on_empty".
  const isToCheck = exitOnCheck && report.verdict === 'check' && report.rows.read > 0;
  if (report.exit_code !== 0 || !isToCheck) return report;
  const message = `the verdict is "check": ${report.findings[0]?.sentence ?? 'look at the summary'}`;
  const hint = `what is published stays published; ${report.hint}`;
  return { ...report, exit_code: 3, reason: 'check', error: { message, hint } };
}

/** The report of a run that ended as a whole, with what went wrong beside the fields that are always there. */
export function failedReport(
  { name, runId, date, variables, job }: Call,
  { code, reason, message, hint }: Exit,
): FailedReport {
  return {
    job: name,
    run_id: runId,
    date,
    variables,
    exit_code: code,
    reason,
    ...verdictOfFailure({ reason, message, hint, exitCode: code }),
    partitions: { planned: 0, published: 0, failed: 0, skipped: 0 },
    rows: { read: 0, scored: 0, repaired: 0, flagged: 0, rejected: 0, skipped: 0 },
    output: job?.output.path ?? null,
    summary: null,
    error: { message, hint },
  };
}
