import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from '../http-server.js';
import { inOneProcess, lastLine, sampleJob, type Workdir, workdir } from '../workdir.js';

/** The sample job in a new folder, with the observers of `telemetry`. */
function jobThatTells(dir: Workdir, telemetry: string, quality = 'quality:'): void {
  dir.write(
    'job.yaml',
    sampleJob('flight-delay', [
      [/path: .*date=.*/, `path: ${dir.path}/out`],
      inOneProcess,
      [/^quality:.*$/m, `telemetry: ${telemetry}\n\n${quality}`],
    ]),
  );
}

interface Event {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Record<string, { readonly message?: string }> };
  readonly job: { readonly namespace: string; readonly name: string };
  readonly inputs: readonly {
    readonly name: string;
    readonly inputFacets?: {
      readonly dataQualityMetrics: {
        readonly rowCount: number;
        readonly columnMetrics: Record<string, { nullCount: number; quantiles?: Record<string, number> }>;
      };
    };
  }[];
  readonly outputs: readonly {
    readonly outputFacets?: { readonly outputStatistics: { readonly rowCount: number } };
  }[];
}

function events(dir: Workdir): Event[] {
  const lines = dir.read('lineage.ndjson').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Event);
}

test('a run sends its lineage from START to COMPLETE and leaves metrics, the secret token nowhere', () => {
  const dir = workdir();
  jobThatTells(dir, `{ lineage: ${dir.path}/lineage.ndjson, namespace: nights }`);
  mkdirSync(join(dir.path, 'metrics'));
  const ran = dir.nightshift(['run', 'job.yaml', '--date', '2013-01-04', '--metrics', 'metrics/ns.prom'], {
    OPENLINEAGE_API_KEY: 'the-secret-token',
  });
  assert.equal(ran.code, 0, ran.stderr);
  assert.doesNotMatch(ran.stderr + ran.stdout, /the-secret-token/);

  const [start, complete, ...more] = events(dir);
  assert.deepEqual(more, []);
  assert.equal(start!.eventType, 'START');
  assert.equal(complete!.eventType, 'COMPLETE');
  assert.equal(start!.run.runId, complete!.run.runId);
  assert.deepEqual(complete!.job.namespace, 'nights');
  const read = complete!.inputs[0]!.inputFacets!.dataQualityMetrics;
  assert.equal(read.rowCount, 916);
  assert.equal(read.columnMetrics['dep_delay']!.nullCount, 9);
  assert.equal(read.columnMetrics['dep_delay']!.quantiles!['0.5'], -1);
  assert.equal(complete!.outputs[0]!.outputFacets!.outputStatistics.rowCount, 913);

  assert.deepEqual(readdirSync(join(dir.path, 'metrics')), ['ns.prom']);
  const metrics = dir.read('metrics/ns.prom');
  assert.match(metrics, /^nightshift_rows_total\{outcome="scored",job_name="flight-delay"\} 913$/m);
  assert.match(metrics, /^nightshift_run_exit_code\{job_name="flight-delay"\} 0$/m);
  assert.match(metrics, /^nightshift_gate_state\{gate="max_rejected",job_name="flight-delay"\} 0$/m);
});

test('a run that fails sends its last line to the webhook, and its failure and the cause as lineage', async () => {
  const { address, received } = await serve();
  const dir = workdir();
  jobThatTells(
    dir,
    `{ lineage: ${dir.path}/lineage.ndjson, webhook: "http://127.0.0.1:9/unheard" }`,
    'quality:\n  max_flagged: 1',
  );
  const ran = await dir.start(['run', 'job.yaml', '--date', '2013-01-04', '--metrics', 'ns.prom'], {
    NIGHTSHIFT_WEBHOOK: `${address}/a-secret-path`,
  }).ended;
  assert.equal(ran.code, 3, ran.stderr);
  assert.equal(received.length, 1);
  assert.deepEqual(JSON.parse(received[0]!.body), lastLine(ran));
  assert.doesNotMatch(ran.stderr, /a-secret-path/);
  const [, fail] = events(dir);
  assert.equal(fail!.eventType, 'FAIL');
  assert.match(fail!.run.facets['errorMessage']!.message!, /flagged/);
  assert.match(dir.read('ns.prom'), /^nightshift_run_exit_code\{job_name="flight-delay"\} 3$/m);
});

test('an observer that cannot be reached does not change how a run ends, and is named without its path', () => {
  const dir = workdir();
  jobThatTells(
    dir,
    '{ lineage: "http://127.0.0.1:9/api/v1/lineage?token=hidden-one", webhook: "http://127.0.0.1:9/hidden-two" }',
  );
  const ran = dir.nightshift(['run', 'job.yaml', '--date', '2013-01-04', '--metrics', 'job.yaml/x.prom']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /lineage could not be sent/);
  assert.match(ran.stderr, /metrics could not be written/);
  assert.doesNotMatch(ran.stderr, /hidden-one|hidden-two/);
});

test('a job file that cannot be read still leaves its exit code in the metrics', () => {
  const dir = workdir();
  dir.write('job.yaml', 'name: broken\n');
  const ran = dir.nightshift(['run', 'job.yaml', '--metrics', 'ns.prom']);
  assert.equal(ran.code, 2);
  assert.ok(existsSync(join(dir.path, 'ns.prom')));
  assert.match(readFileSync(join(dir.path, 'ns.prom'), 'utf8'), /^nightshift_run_exit_code\{.*\} 2$/m);
});
