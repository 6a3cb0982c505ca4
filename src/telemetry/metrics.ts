/** Measurements of a run: rows by outcome, partitions by state, problems by code. */
export interface RunMetrics {
  readonly job: string;
  readonly exitCode: number;
  /** The data's date. */
  readonly date: string | null;
  /** Values of the job's placeholders, without secrets. */
  readonly variables: Readonly<Record<string, string>>;
  readonly verdict: 'good' | 'check' | 'bad';
  /** The first findings. */
  readonly findings: readonly {
    readonly level: string;
    readonly code: string;
    readonly column: string | null;
  }[];
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly rows: Readonly<
    Record<'read' | 'scored' | 'repaired' | 'flagged' | 'rejected' | 'skipped', number>
  > & { readonly left_out?: number };
  readonly partitions: Readonly<Record<'planned' | 'published' | 'failed' | 'skipped', number>>;
  readonly inputBytes: number;
  readonly peakMemoryBytes: number | null;
  readonly problems: readonly {
    readonly code: string;
    readonly column: string | null;
    readonly outcome: string;
    readonly count: number;
  }[];
  /** PSI against the baseline. */
  readonly drift: readonly { readonly column: string; readonly psi: number }[];
  readonly gates: readonly { readonly gate: string; readonly state: 'passed' | 'warned' | 'failed' }[];
}

/**
 * Returns the metrics of one run as Prometheus text, for the node exporter's textfile collector; the caller
 * must write the file and rename it atomically. Memory grows with the number of columns and problem codes,
 * never with rows. Loads prom-client on the first call.
 */
export async function metricsText(run: RunMetrics): Promise<string> {
  const { default: prom } = await import('prom-client');
  const { Counter, Gauge, Registry } = prom;
  const registry = new Registry();
  registry.setDefaultLabels({ job_name: run.job });
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name, help, labelNames, registers });

  const rows = counter('nightshift_rows_total', 'Rows of published partitions by outcome', ['outcome']);
  for (const [outcome, count] of Object.entries(run.rows)) rows.inc({ outcome }, count);
  const partitions = counter('nightshift_partitions_total', 'Partitions of the run by state', ['state']);
  for (const [state, count] of Object.entries(run.partitions)) partitions.inc({ state }, count);
  const problems = counter('nightshift_problems_total', 'Problems found by code, column and outcome', [
    'code',
    'column',
    'outcome',
  ]);
  for (const { code, column, outcome, count } of run.problems)
    problems.inc({ code, column: column ?? '', outcome }, count);
  const drift = gauge('nightshift_drift_psi', 'Population stability index against the baseline', ['column']);
  for (const { column, psi } of run.drift) if (Number.isFinite(psi)) drift.set({ column }, psi);
  const gates = gauge('nightshift_gate_state', 'Quality gates: 0 passed, 1 warned, 2 failed', ['gate']);
  for (const { gate, state } of run.gates) gates.set({ gate }, gateFigures[state]);
  const verdict = gauge('nightshift_run_verdict', 'Verdict of the run: 1 for the one that applies', [
    'verdict',
  ]);
  for (const level of ['good', 'check', 'bad'])
    verdict.set({ verdict: level }, level === run.verdict ? 1 : 0);
  const findings = gauge('nightshift_run_finding', 'The first findings of the run', [
    'level',
    'code',
    'column',
  ]);
  for (const { level, code, column } of run.findings) findings.set({ level, code, column: column ?? '' }, 1);
  const labels = infoLabels(run);
  gauge(
    'nightshift_run_info',
    'The date of the data and the values of placeholders',
    Object.keys(labels),
  ).set(labels, 1);
  counter('nightshift_input_bytes_total', 'Bytes of input read', []).inc(run.inputBytes);
  gauge('nightshift_run_exit_code', 'Exit code of the run', []).set(run.exitCode);
  gauge('nightshift_run_duration_seconds', 'Duration of the run', []).set(run.durationMs / 1000);
  gauge('nightshift_run_start_time_seconds', 'Start of the run, in seconds since 1970', []).set(
    run.startedAt.getTime() / 1000,
  );
  if (run.peakMemoryBytes !== null) {
    gauge('nightshift_peak_memory_bytes', 'Peak resident memory of all processes', []).set(
      run.peakMemoryBytes,
    );
  }
  return registry.metrics();
}

/** Returns `date`, and each variable with the prefix `set_`, reduced to the letters that a label may have. */
function infoLabels({ date, variables }: RunMetrics): Record<string, string> {
  const set = Object.entries(variables).map(([name, value]) => [`set_${name.replace(/\W/g, '_')}`, value]);
  return { date: date ?? '', ...Object.fromEntries(set) };
}

const gateFigures = { passed: 0, warned: 1, failed: 2 } as const;
