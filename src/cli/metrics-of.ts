import type { Summary } from '../quality/summary.js';
import type { RunReport } from '../run/finish/report.js';
import type { RunMetrics } from '../telemetry/metrics.js';

/** What a run is measured by; problems, drift and gates only where it wrote a summary. */
export function metricsOf(
  job: string,
  report: Pick<RunReport, 'exit_code' | 'rows' | 'partitions'>,
  summary: Summary | null,
  startedAt: Date,
): RunMetrics {
  return {
    job,
    exitCode: report.exit_code,
    startedAt,
    durationMs: summary?.duration_ms ?? Date.now() - startedAt.getTime(),
    rows: report.rows,
    partitions: report.partitions,
    inputBytes: summary?.throughput.input_bytes ?? 0,
    peakMemoryBytes: summary?.memory.peak_rss_bytes ?? null,
    problems: summary?.problems ?? [],
    drift: [...(summary?.columns ?? []), ...(summary?.outputs ?? [])].flatMap(({ name, drift }) => {
      const psi =
        drift?.watched === true ? drift.figures.find(({ measure }) => measure === 'psi') : undefined;
      return psi === undefined ? [] : [{ column: name, psi: psi.figure }];
    }),
    gates: (summary?.gates ?? []).map(({ gate, column, passed, severity }) => ({
      gate: column === null ? gate : `${gate}:${column}`,
      state: passed ? 'passed' : severity === 'warn' ? 'warned' : 'failed',
    })),
  };
}
