import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { leftovers, published } from '../faults/made-job.js';
import { lastLine, main, type Ran, workdir } from '../workdir.js';
import { date, datedJob, singleRun } from './dated-job.js';
import { startedOrSkipped, startGuard } from './engines.js';
import { startSlurm, whyNoSlurm } from './start-slurm.js';

describe('an array of four Slurm tasks', { skip: whyNoSlurm() ?? false }, () => {
  const root = workdir().path;
  const guard = startGuard(root);
  after(() => guard.stop());

  it('with one of them killed and queued again alone, finished by dependency, leaves what a single run leaves', {
    timeout: 300_000,
  }, async (t) => {
    const slurm = await startedOrSkipped(t, 'Slurm', () => startSlurm(root, guard));
    if (slurm === null) return;
    const { whole, single } = singleRun();
    const dir = workdir();
    const job = datedJob(dir);
    // Kills itself in the middle of a commit, once, in task 2.
    const program = `#!/bin/sh
if [ "$SLURM_ARRAY_TASK_ID" = 2 ] && [ ! -e ${dir.path}/killed ]; then touch ${dir.path}/killed; export NIGHTSHIFT_CRASH_AT=staged; fi
exec ${process.execPath} ${main} "$@"
`;
    chmodSync(dir.write('bin/nightshift', program), 0o755);
    const env = { ...slurm.env, PATH: `${dir.path}/bin:${process.env['PATH']}` };
    const submit = join(process.cwd(), 'examples/slurm/submit.sh');
    const submitted = spawnSync(submit, [job, date, '4'], { cwd: dir.path, env, encoding: 'utf8' });
    assert.equal(submitted.status, 0, submitted.stderr);
    const [array, finish] = submitted.stdout.trim().split(' ') as [string, string];
    let states: Record<string, string> = {};
    for (let tries = 0; tries < 2000 && !['COMPLETED', 'FAILED'].includes(states[finish]!); tries++) {
      await sleep(100);
      states = { ...slurm.states(array), ...slurm.states(finish) };
    }
    const logs = [0, 1, 2, 3].map((i) => dir.readOr(`nightshift-${array}_${i}.log`, ''));
    assert.deepEqual(
      [...new Set(Object.values(states))],
      ['COMPLETED'],
      `${JSON.stringify(states)}\n${logs.join('\n')}`,
    );
    assert.ok(existsSync(join(dir.path, 'killed')));
    const ended = { stdout: dir.read(`nightshift-finish-${finish}.log`) } as Ran;
    assert.equal(lastLine(ended).exit_code, 0);
    assert.deepEqual(lastLine(ended).rows, lastLine(single).rows);
    assert.deepEqual(published(dir), published(whole));
    assert.deepEqual(leftovers(dir), []);
  });
});
