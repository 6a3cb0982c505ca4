import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsText, type RunMetrics } from '../../src/telemetry/metrics.js';

const run: RunMetrics = {
  job: 'flight-delay',
  date: '2013-01-04',
  variables: { region: 'north', 'part-no': '7' },
  verdict: 'check',
  findings: [{ level: 'check', code: 'unknown-category', column: 'carrier' }],
  exitCode: 4,
  startedAt: new Date('2013-01-04T02:00:00Z'),
  durationMs: 1_500,
  rows: { read: 100, scored: 97, repaired: 5, flagged: 2, rejected: 3, skipped: 1 },
  partitions: { planned: 3, published: 2, failed: 1, skipped: 0 },
  inputBytes: 12_345,
  peakMemoryBytes: 200_000_000,
  problems: [
    { code: 'short-row', column: null, outcome: 'repaired', count: 4 },
    { code: 'unreadable', column: 'a "b"\n\\c', outcome: 'flagged', count: 2 },
  ],
  drift: [
    { column: 'dep_delay', psi: 0.31 },
    { column: 'empty', psi: Number.NaN },
  ],
  gates: [
    { gate: 'max_rejected', state: 'failed' },
    { gate: 'max_drift', state: 'warned' },
  ],
};

test('reports a run as Prometheus text', async () => {
  const lines = (await metricsText(run)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(lines, [
    'nightshift_rows_total{outcome="read",job_name="flight-delay"} 100',
    'nightshift_rows_total{outcome="scored",job_name="flight-delay"} 97',
    'nightshift_rows_total{outcome="repaired",job_name="flight-delay"} 5',
    'nightshift_rows_total{outcome="flagged",job_name="flight-delay"} 2',
    'nightshift_rows_total{outcome="rejected",job_name="flight-delay"} 3',
    'nightshift_rows_total{outcome="skipped",job_name="flight-delay"} 1',
    'nightshift_partitions_total{state="planned",job_name="flight-delay"} 3',
    'nightshift_partitions_total{state="published",job_name="flight-delay"} 2',
    'nightshift_partitions_total{state="failed",job_name="flight-delay"} 1',
    'nightshift_partitions_total{state="skipped",job_name="flight-delay"} 0',
    'nightshift_problems_total{code="short-row",column="",outcome="repaired",job_name="flight-delay"} 4',
    'nightshift_problems_total{code="unreadable",column="a \\"b\\"\\n\\\\c",outcome="flagged",job_name="flight-delay"} 2',
    'nightshift_drift_psi{column="dep_delay",job_name="flight-delay"} 0.31',
    'nightshift_gate_state{gate="max_rejected",job_name="flight-delay"} 2',
    'nightshift_gate_state{gate="max_drift",job_name="flight-delay"} 1',
    'nightshift_run_verdict{verdict="good",job_name="flight-delay"} 0',
    'nightshift_run_verdict{verdict="check",job_name="flight-delay"} 1',
    'nightshift_run_verdict{verdict="bad",job_name="flight-delay"} 0',
    'nightshift_run_finding{level="check",code="unknown-category",column="carrier",job_name="flight-delay"} 1',
    'nightshift_run_info{date="2013-01-04",set_region="north",set_part_no="7",job_name="flight-delay"} 1',
    'nightshift_input_bytes_total{job_name="flight-delay"} 12345',
    'nightshift_run_exit_code{job_name="flight-delay"} 4',
    'nightshift_run_duration_seconds{job_name="flight-delay"} 1.5',
    'nightshift_run_start_time_seconds{job_name="flight-delay"} 1357264800',
    'nightshift_peak_memory_bytes{job_name="flight-delay"} 200000000',
  ]);
});

test('every metric has a type and a help line, and two runs do not add up', async () => {
  await metricsText(run);
  const text = await metricsText({ ...run, peakMemoryBytes: null });
  const names = new Set([...text.matchAll(/^(nightshift_\w+)\{/gm)].map(([, name]) => name));
  for (const name of names) {
    assert.match(text, new RegExp(`^# HELP ${name} [A-Z]`, 'm'));
    assert.match(text, new RegExp(`^# TYPE ${name} (counter|gauge)$`, 'm'));
  }
  assert.match(text, /outcome="read",job_name="flight-delay"\} 100$/m);
  assert.doesNotMatch(text, /peak_memory/);
});
