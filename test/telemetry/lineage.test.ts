import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  completeEvent,
  failEvent,
  type LineageEvent,
  type LineageOutcome,
  type LineageRun,
  startEvent,
  uuidOf,
} from '../../src/telemetry/lineage.js';

const run: LineageRun = {
  runId: '20130104-020000-ab12',
  job: 'flight-delay',
  namespace: 'nightshift',
  version: '0.1.0',
  inputs: ['/data/flights'],
  output: '/scored/flight-delay/date=2013-01-04',
};
const outcome: LineageOutcome = {
  rowsRead: 100,
  inputBytes: 12_345,
  inputFiles: 2,
  columns: [
    {
      name: 'dep_delay',
      type: 'float32',
      count: 98,
      nullCount: 2,
      distinctCount: 50,
      min: -10,
      max: 300,
      sum: Number.NaN,
      quantiles: { '0.5': 3 },
    },
    {
      name: 'carrier',
      type: 'string',
      count: 100,
      nullCount: 0,
      distinctCount: 16,
      min: null,
      max: null,
      sum: null,
      quantiles: null,
    },
  ],
  gates: [
    { gate: 'max_rejected', column: null, passed: true },
    { gate: 'max_drift', column: 'dep_delay', passed: false },
  ],
  rowsScored: 97,
  outputBytes: 4_000,
  outputFiles: 2,
  outputColumns: [{ name: 'score', type: 'float32' }],
};
const at = new Date('2013-01-04T02:00:00Z');

type Data = Readonly<Record<string, unknown>>;
const data = (value: unknown) => value as Data;
const isUri = (text: unknown) => typeof text === 'string' && URL.canParse(text);

/** The shape that the published schema (OpenLineage 2-0-2) asks of every RunEvent. */
function checkShape(event: LineageEvent): void {
  assert.deepEqual(JSON.parse(JSON.stringify(event)), event, 'plain data');
  assert.ok(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'].includes(String(event['eventType'])));
  assert.match(String(event['eventTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  assert.ok(isUri(event['producer']) && isUri(event['schemaURL']));
  const { runId, facets } = data(event['run']);
  assert.match(String(runId), /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  checkFacets(facets);
  const job = data(event['job']);
  assert.ok(typeof job['namespace'] === 'string' && typeof job['name'] === 'string');
  checkFacets(job['facets']);
  for (const dataset of [...(event['inputs'] as Data[]), ...(event['outputs'] as Data[])]) {
    assert.ok(typeof dataset['namespace'] === 'string' && typeof dataset['name'] === 'string');
    for (const kind of ['facets', 'inputFacets', 'outputFacets']) checkFacets(dataset[kind] ?? {});
  }
}

function checkFacets(facets: unknown): void {
  for (const facet of Object.values(data(facets))) {
    assert.ok(isUri(data(facet)['_producer']));
    assert.match(
      String(data(facet)['_schemaURL']),
      /^https:\/\/openlineage\.io\/spec\/facets\/\d-\d-\d\/(\w+)\.json#\/\$defs\/\1$/,
    );
  }
}

test('every event has the shape of the published schema', () => {
  const failure = { message: 'partition "a" failed', interrupted: false };
  for (const event of [
    startEvent(run, at),
    completeEvent(run, at, outcome),
    failEvent(run, at, failure, null),
    failEvent(run, at, { ...failure, interrupted: true }, outcome),
    completeEvent({ ...run, inputs: ['/data/a.csv', '/data/b.csv'] }, at, outcome),
  ]) {
    checkShape(event);
  }
});

test('a run is one run from its start to its end', () => {
  const failure = { message: 'x', interrupted: true };
  const events = [startEvent(run, at), completeEvent(run, at, outcome), failEvent(run, at, failure, null)];
  assert.deepEqual(
    events.map((event) => event['eventType']),
    ['START', 'COMPLETE', 'ABORT'],
  );
  assert.equal(new Set(events.map((event) => data(event['run'])['runId'])).size, 1);
});

test('a complete event contains the quality of the input and the size of the output', () => {
  const event = completeEvent(run, at, outcome);
  const { inputFacets } = (event['inputs'] as Data[])[0]!;
  const { rowCount, bytes, fileCount, columnMetrics } = data(data(inputFacets)['dataQualityMetrics']);
  assert.deepEqual([rowCount, bytes, fileCount], [100, 12_345, 2]);
  assert.deepEqual(columnMetrics, {
    dep_delay: { nullCount: 2, count: 98, distinctCount: 50, min: -10, max: 300, quantiles: { '0.5': 3 } },
    carrier: { nullCount: 0, count: 100, distinctCount: 16 },
  });
  assert.deepEqual(data(data(inputFacets)['dataQualityAssertions'])['assertions'], [
    { assertion: 'max_rejected', success: true },
    { assertion: 'max_drift', success: false, column: 'dep_delay' },
  ]);
  const { outputFacets } = (event['outputs'] as Data[])[0]!;
  const { rowCount: rows, size, fileCount: files } = data(data(outputFacets)['outputStatistics']);
  assert.deepEqual([rows, size, files], [97, 4_000, 2]);
});

test('a failure contains its message', () => {
  const event = failEvent(run, at, { message: 'partition "a" failed', interrupted: false }, null);
  assert.equal(data(data(data(event['run'])['facets'])['errorMessage'])['message'], 'partition "a" failed');
  assert.equal(event['eventType'], 'FAIL');
});

test('an id that is a UUID is kept, another always becomes the same one', () => {
  assert.equal(uuidOf('3F2504E0-4F89-11D3-9A0C-0305E82C3301'), '3f2504e0-4f89-11d3-9a0c-0305e82c3301');
  assert.equal(uuidOf('a'), uuidOf('a'));
  assert.notEqual(uuidOf('a'), uuidOf('b'));
});
