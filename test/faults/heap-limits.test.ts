import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastLine, workdir } from '../workdir.js';
import { modelRun } from './made-job.js';

// V8 aborts a process beyond its heap limit, which follows the container's memory: nothing may get there.

const smallHeap = { NODE_OPTIONS: '--max-old-space-size=160' };

describe('what would fill the heap of a process ends the run with 6, not with an abort', () => {
  for (const command of ['run', 'check'])
    it(`${command}: a file of 200,000 columns`, () => {
      const dir = workdir();
      modelRun(dir, 'never-ends', 'run: { workers: 1, retries: 0 }\n');
      const names = Array.from({ length: 200_000 }, (_, i) => `c${i}`);
      dir.write('in/a.csv', `id,x,${names}\n1,2,${names.map(() => '3')}\n`);
      const ran = dir.nightshift([command, 'job.yaml'], smallHeap);
      assert.equal(ran.code, 6, ran.stdout + ran.stderr);
      assert.match(ran.stdout + ran.stderr, /a\.csv: a table of 200,002 columns takes more memory than/);
      dir.remove();
    });

  it('a model of two million small objects', () => {
    const dir = workdir();
    const objects = Array.from({ length: 1_900_000 }, () => '{"a":"b"}');
    dir.write('m.json', `{"learner":{"x":[${objects}]},"version":[3,2,0]}`);
    dir.write('in.csv', 'x\n1\n');
    dir.write(
      'job.yaml',
      'name: j\ninput: { path: in.csv }\nmodel: { path: m.json }\noutput: { path: out }\n',
    );
    const ran = dir.nightshift(['run', 'job.yaml', '--json'], smallHeap);
    assert.equal(ran.code, 6, ran.stderr);
    assert.equal(lastLine(ran).reason, 'memory-budget');
    assert.match(ran.stderr + ran.stdout, /reading the model takes more memory than/);
    dir.remove();
  });
});
