import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { said, workdir } from '../workdir.js';

// An address where only a path of this machine can be was taken for a folder "s3:", and the command succeeded.

const dir = workdir();
const job = dir.write(
  'job.yaml',
  'name: a\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\n',
);
dir.write('in.csv', 'x\n1\n');
const address = 's3://bucket/file';

const calls: readonly (readonly string[])[] = [
  ...['run', 'check', 'plan', 'status', 'retry', 'finish', 'profile', 'compare', 'tune'].map((name) => [
    name,
    address,
  ]),
  ['run', job, '--metrics', address],
  ['finish', job, '--metrics', address],
  ['profile', job, '-o', address],
  ['compare', job, '--models', 'm.onnx', '--page', `${address}.html`],
  ['repair', 'in.csv', '-o', `${address}.csv`],
  ['init', '--model', 'm.onnx', '--input', 'in.csv', '-o', 'gs://bucket/job.yaml'],
  ['report', 'out', '-o', 'https://host/page.html'],
];

describe('an address where a path of this machine is due is refused by', () => {
  for (const args of calls)
    it(args.map((arg) => (arg === job ? 'job.yaml' : arg)).join(' '), () => {
      const ran = dir.call(args);
      assert.equal(ran.code, 2, ran.stdout + ran.stderr);
      assert.match(said(ran), /must be a path on this machine: copy the file yourself/);
      assert.match(said(ran), /(s3|gs|https):\/\//);
      assert.deepEqual(readdirSync(dir.path).sort(), ['in.csv', 'job.yaml']);
    });

  it('report, where it is not in S3', () => {
    const ran = dir.call(['report', 'gs://bucket/run']);
    assert.equal(ran.code, 2);
    assert.match(said(ran), /must be a path on this machine or begin with s3:.*Google Cloud Storage is not/);
  });

  it('a job file that writes lineage to it', () => {
    dir.write(
      'lineage.yaml',
      `name: a\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\ntelemetry: { lineage: "${address}" }\n`,
    );
    const ran = dir.call(['check', 'lineage.yaml']);
    assert.equal(ran.code, 2);
    assert.match(
      said(ran),
      /"telemetry.lineage" must be a file on this machine or an address that begins with http/,
    );
  });
});
