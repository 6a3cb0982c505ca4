import type { Summary } from '../quality/summary.js';
import type { RunReport } from '../run/records/outcomes.js';
import type { RunMetrics } from '../telemetry/metrics.js';

/** Returns the measurements of a run; problems, drift and gates only if it wrote a summary. */
export function metricsOf(
  job: string,
  report: Pick<
    RunReport,
    'exit_code' | 'rows' | 'partitions' | 'verdict' | 'findings' | 'date' | 'variables'
  >,
  summary: Summary | null,
  startedAt: Date,
): RunMetrics {
  return {
    job,
    exitCode: report.exit_code,
    startedAt,
    durationMs: summary?.duration_ms ?? Date.now() - startedAt.getTime(),
    date: report.date,
    variables: report.variables,
    verdict: report.verdict,
    findings: report.findings,
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
    gates: worstStates(summary?.gates ?? []),
  };
}

const order = ['passed', 'warned', 'failed'] as const;

/** Returns the state of each gate, the worst one for several kinds of problem in a column. */
function worstStates(results: Summary['gates']): RunMetrics['gates'] {
  const byGate = new Map<string, (typeof order)[number]>();
  for (const { gate, column, passed, severity } of results) {
    const name = column === null ? gate : `${gate}:${column}`;
    const state = passed ? 'passed' : severity === 'warn' ? 'warned' : 'failed';
    const before = byGate.get(name) ?? 'passed';
    byGate.set(name, order.indexOf(state) > order.indexOf(before) ? state : before);
  }
  return [...byGate].map(([gate, state]) => ({ gate, state }));
}
