import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../src/job/job.js';
import { jobMeaning } from '../../src/job/job-meaning.js';
import { readJob } from '../../src/job/read-job.js';

const base = {
  name: 'flights',
  input: { path: 'in.csv' },
  model: { path: 'm.onnx' },
  columns: { a: { type: 'float32' }, id: { type: 'int64', sentinels: [1] } },
  output: { path: 'out' },
};

function job(change: object = {}): Job {
  const { job, mistakes } = readJob(JSON.stringify({ ...base, ...change }), '/jobs/job.yaml', {});
  assert.deepEqual(mistakes, []);
  return job!;
}

const same: readonly object[] = [
  { name: 'other' },
  { input: { path: ['elsewhere/*.csv'], on_empty: 'fail' } },
  { model: { path: 'copy.onnx', sha256: 'ab'.repeat(32) } },
  { output: { path: 'elsewhere' } },
  { quality: { max_rejected: '5%', min_rows: 5, scores: { s: { max_nan: 0 } } } },
  {
    columns: { a: { type: 'float32', max_null: '5%', max_drift: 1 }, id: { sentinels: [1], type: 'int64' } },
  },
  {
    run: {
      workers: 7,
      memory: '1GiB',
      max_duration: '1h',
      finish_by: '06:00',
      retries: 9,
      isolation: 'none',
      threads_per_worker: 2,
    },
  },
  { max_degraded: 3, identity: 'sha256', batch_timeout: '1m' },
];
for (const change of same) {
  test(`means the same with ${JSON.stringify(change)}`, () =>
    assert.equal(jobMeaning(job(change)), jobMeaning(job())));
}

const other: readonly object[] = [
  { input: { path: 'in.csv', format: 'csv' } },
  { input: { path: 'in.csv', csv: { null_values: [] } } },
  { model: { path: 'm.onnx', outputs: { s: { from: 'p' } } } },
  { model: { path: 'm.onnx', inputs: { x: 'a' } } },
  { model: { path: 'm.onnx', constants: { x: 1 } } },
  { columns: { id: { type: 'int64', sentinels: [1] }, a: { type: 'float32' } } },
  { columns: { a: { type: 'float32', missing: { fill: 0 } }, id: { type: 'int64', sentinels: [1] } } },
  { columns: { a: { type: 'float32' }, id: { type: 'int64', sentinels: [2] } } },
  // biome-ignore lint/suspicious/noThenProperty: the job file's own word
  { rules: [{ name: 'r', when: 'a > 1', then: 'flag' }] },
  { output: { path: 'out', format: 'csv' } },
  { output: { path: 'out', columns: ['a'] } },
  { run: { chunk_bytes: '1MiB' } },
  { run: { batch_rows: 'auto' } },
  { audit: true },
  { redact: ['a'] },
];
for (const change of other) {
  test(`means something else with ${JSON.stringify(change)}`, () => {
    assert.notEqual(jobMeaning(job(change)), jobMeaning(job()));
  });
}

test('does not depend on the order of keys, and distinguishes whole numbers of two kinds', () => {
  const plain = job();
  const turned = Object.fromEntries(Object.entries(plain).reverse()) as unknown as Job;
  assert.equal(jobMeaning(turned), jobMeaning(plain));
  const constants = (value: number | bigint | string) => ({
    ...plain,
    model: { ...plain.model, constants: [{ input: 'x', value }] },
  });
  const meanings = [1, 1n, '1', -0, 0, Number.NaN, 'NaN', null as unknown as string].map((value) =>
    jobMeaning(constants(value)),
  );
  assert.equal(new Set(meanings).size, meanings.length);
});
