import assert from 'node:assert/strict';
import { it } from 'node:test';
import { modelRun, rowsOf } from '../faults/made-job.js';
import { said, workdir } from '../workdir.js';

const limits = 'run: { isolation: none, max_duration: 1h, finish_by: "23:59" }\nbatch_timeout: 10s\n';
const sentence =
  /"run\.max_duration", "run\.finish_by", "batch_timeout" cannot end a model that does not answer: with "run\.isolation: none"/;

it('check and run say that time limits do not end a model that loops outside of a process of its own', (t) => {
  const dir = workdir();
  t.after(() => dir.remove());
  modelRun(dir, 'never-ends', limits);
  dir.write('in/a.csv', rowsOf(5));
  const checked = dir.call(['check', 'job.yaml']);
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(checked.stdout.replace(/\s+/g, ' '), sentence);
  const ran = dir.call(['run', 'job.yaml']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(said(ran), sentence);
  dir.write('job.yaml', dir.read('job.yaml').replace('isolation: none', 'isolation: process'));
  const held = dir.call(['check', 'job.yaml']);
  assert.doesNotMatch(held.stdout, /does not answer/);
});
