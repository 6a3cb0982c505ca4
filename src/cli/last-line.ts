import type { Job } from '../job/job.js';
import type { RunEnd } from '../run/finish/end-run.js';
import { verdictOfFailure } from '../run/judge/report-verdict.js';
import type { RunReport } from '../run/records/outcomes.js';
import type { Exit } from './exit.js';
import type { FailedReport } from './observers.js';

/** A run's last line on stdout. */
export type LastLine = (RunReport & Partial<Pick<FailedReport, 'error'>>) | FailedReport;

/** Facts about a call before and after its job is read. */
export interface Call {
  /** The job's name, or its file until the job is read. */
  readonly name: string;
  readonly runId: string;
  readonly date: string | null;
  /** Without secrets. */
  readonly variables: Readonly<Record<string, string>>;
  readonly job: Job | null;
  /** The output as given: until the job is read, that of the command line or null. */
  readonly output: string | null;
}

/** Returns the report, with the first failure if there is one: a scheduler may keep nothing but this line. */
export function endedReport({ report, stopped, failures }: RunEnd, exitOnCheck: boolean): LastLine {
  const failure = stopped ?? failures[0];
  if (report.exit_code !== 0 && failure !== undefined) {
    return { ...report, error: { message: failure.message, hint: failure.hint } };
  }
  // "on_empty" decides how a run without rows ends.
  const isToCheck = exitOnCheck && report.verdict === 'check' && report.rows.read > 0;
  if (report.exit_code !== 0 || !isToCheck) return report;
  const message = `the verdict is "check": ${report.findings[0]?.sentence ?? 'see the summary'}`;
  const hint = `published partitions stay published; ${report.hint}`;
  return { ...report, exit_code: 3, reason: 'check', error: { message, hint } };
}

/** Returns the report of a run that failed as a whole, with the error in addition to the usual fields. */
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
