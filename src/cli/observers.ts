import { basename, dirname, resolve } from 'node:path';
import type { Job } from '../job/job.js';
import type { Summary } from '../quality/summary.js';
import type { RunReport } from '../run/records/outcomes.js';
import type { RunEvent } from '../run-event.js';
import type { LineageEvent } from '../telemetry/lineage.js';
import type { LogFields } from '../telemetry/log.js';
import { stderrFormOf } from './stderr-form.js';

/** Last line of a run that ended before its first partition. */
export type FailedReport = Omit<RunReport, 'output' | 'summary'> & {
  /** Null if the job could not be read. */
  readonly output: string | null;
  readonly summary: null;
  readonly error: { readonly message: string; readonly hint: string | null };
};

/**
 * Reports a run to other systems: metrics file, lineage, webhook. Failures are logged, never fail the run.
 */
export interface Observers {
  observe(event: RunEvent): void;
  /** Waits until everything is sent, for at most a few seconds. */
  end(report: RunReport | FailedReport, summary: Summary | null, message: string | null): Promise<void>;
}

/** Exit codes without an alert: published (unless a person must check it), no input, stopped on purpose. */
const quietCodes = new Set([0, 99, 130, 143]);

/** Opens the observers of a run; null if there are none. `job` is null if it could not be read. */
export async function openObservers(
  path: string,
  job: Job | null,
  options: Readonly<Record<string, unknown>>,
  fields: LogFields = {},
): Promise<Observers | null> {
  const metrics = options['metrics'] as string | undefined;
  const webhook = process.env['NIGHTSHIFT_WEBHOOK'] ?? job?.telemetry.webhook ?? null;
  const lineage = job?.telemetry.lineage ?? null;
  if (metrics === undefined && webhook === null && lineage === null) return null;
  const { openRunLog } = await import('./observe.js');
  const log = await openRunLog(stderrFormOf(options), fields);
  const startedAt = new Date();
  const name = job?.name ?? basename(path);
  let begun: Promise<void> = Promise.resolve();

  async function send(event: LineageEvent): Promise<void> {
    if (lineage === null) return;
    const { sendLineage } = await import('../telemetry/send-lineage.js');
    const apiKey = process.env['OPENLINEAGE_API_KEY'];
    await sendLineage(event, { to: lineage, ...(apiKey === undefined ? {} : { apiKey }) }, log);
  }

  async function begin(runId: string): Promise<void> {
    if (job === null || lineage === null) return;
    const { lineageRunOf } = await import('./lineage-of.js');
    const { startEvent } = await import('../telemetry/lineage.js');
    await send(startEvent(lineageRunOf(job, runId), startedAt));
  }

  async function endLineage(
    report: RunReport | FailedReport,
    summary: Summary | null,
    message: string | null,
  ) {
    if (job === null || lineage === null) return;
    const { lineageOutcomeOf, lineageRunOf } = await import('./lineage-of.js');
    const { completeEvent, failEvent } = await import('../telemetry/lineage.js');
    const run = lineageRunOf(job, report.run_id);
    const outcome = summary === null ? null : lineageOutcomeOf(job, summary);
    const code = report.exit_code;
    const failure = { message: message ?? report.reason, interrupted: code === 130 || code === 143 };
    await begun;
    await send(
      code === 0 ? completeEvent(run, new Date(), outcome) : failEvent(run, new Date(), failure, outcome),
    );
  }

  async function writeMetrics(report: RunReport | FailedReport, summary: Summary | null): Promise<void> {
    if (metrics === undefined) return;
    const { metricsText } = await import('../telemetry/metrics.js');
    const { metricsOf } = await import('./metrics-of.js');
    const { writeNamed } = await import('../storage/durable.js');
    const file = resolve(metrics);
    try {
      await writeNamed(file, await metricsText(metricsOf(name, report, summary, startedAt)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn(`metrics could not be written: ${why}; correct --metrics`, {
        to: file,
        folder: dirname(file),
        why,
      });
    }
  }

  async function callWebhook(report: RunReport | FailedReport): Promise<void> {
    const isQuiet =
      quietCodes.has(report.exit_code) && !(report.exit_code === 0 && report.verdict !== 'good');
    if (webhook === null || isQuiet) return;
    const { notifyWebhook } = await import('../telemetry/webhook.js');
    await notifyWebhook(webhook, report, log);
  }

  return {
    observe(event) {
      if (event.kind === 'planned') begun = begin(event.runId);
    },
    async end(report, summary, message) {
      await Promise.all([
        writeMetrics(report, summary),
        endLineage(report, summary, message),
        callWebhook(report),
      ]);
    },
  };
}
