import assert from 'node:assert/strict';
import { modelRun, rowsOf } from '../faults/made-job.js';
import { type Ran, type Workdir, workdir } from '../workdir.js';

/** The date whose files the job reads. */
export const date = '2013-01-04';

/** Writes a relocatable job over eight files of one date with a gate on the whole run; returns its path. */
export function datedJob(dir: Workdir): string {
  for (let i = 0; i < 8; i++) dir.write(`in/${date}-${i}.csv`, rowsOf(20 + 10 * i));
  modelRun(dir, 'ends-its-process', 'run: { isolation: none }\n');
  const text = dir
    .read('job.yaml')
    .replace('path: in/*.csv', `path: "${dir.path}/in/\${date}*.csv"`)
    .replace('path: out,', `path: ${dir.path}/out,`)
    .replace('50%', '50%, min_rows: 30');
  return dir.write('job.yaml', text);
}

/** Scores the job in a single run, in a folder of its own: what an engine's shards must leave too. */
export function singleRun(): { readonly whole: Workdir; readonly single: Ran } {
  const whole = workdir();
  const single = whole.call(['run', datedJob(whole), '--date', date, '--quiet']);
  assert.equal(single.code, 0, single.stderr);
  return { whole, single };
}
