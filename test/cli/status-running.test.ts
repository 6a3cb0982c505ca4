import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanDay, csvOf, resample } from '../golden/made-days.js';
import { until } from '../until.js';
import { sampleJob, workdir } from '../workdir.js';

test('status of a run that is under way names the run and the partitions that it works on', async () => {
  const dir = workdir();
  try {
    dir.write(
      'job.yaml',
      sampleJob('flight-delay', [
        [/path: .*date\}\*/, 'path: in'],
        [/path: .*date=.*/, 'path: out'],
      ]),
    );
    for (const name of ['a', 'b'])
      dir.write(`in/${name}.csv`, csvOf(resample(cleanDay, 20_000, name.charCodeAt(0))));
    const run = dir.start(['run', 'job.yaml', '--workers', '1']);
    const marks = join(dir.path, 'out/_nightshift/attempts');
    // A mark that is created but not yet written says nothing.
    const isWritten = (name: string) =>
      name.endsWith('.json') && (statSync(join(marks, name), { throwIfNoEntry: false })?.size ?? 0) > 0;
    const hasBegun = () => existsSync(marks) && readdirSync(marks).some(isWritten);
    await until(hasBegun, 'the run does not begin');
    process.kill(run.pid, 'SIGSTOP');
    const asked = dir.nightshift(['status', 'job.yaml']);
    const machine = dir.nightshift(['status', 'job.yaml', '--json']);
    process.kill(run.pid, 'SIGCONT');
    const ended = await run.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(asked.stdout, /^run \d{8}T\d{6}Z-[0-9a-f]{6} is in progress on .* since 20/m);
    assert.match(asked.stdout, /^[ab] +running .* a run is working on it$/m);
    const report = JSON.parse(machine.stdout) as {
      running: readonly { run_id: string }[];
      partitions: readonly { partition: string; state: string }[];
    };
    assert.equal(report.running.length, 1);
    const states = report.partitions.map(({ state }) => state);
    assert.ok(states.includes('running'), machine.stdout);
    assert.ok(
      states.every((state) => state === 'running' || state === 'not-started'),
      machine.stdout,
    );
    const after = dir.nightshift(['status', 'job.yaml']).stdout;
    assert.doesNotMatch(after, /in progress|running/);
  } finally {
    dir.remove();
  }
});
