import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelRun, oneProcess, rowsOf } from '../faults/made-job.js';
import { workdir } from '../workdir.js';

test('a value given under the name of a secret is shown by no command, on stdout or stderr', () => {
  const dir = workdir();
  dir.write('in/hunter2xyz/a.csv', rowsOf(3));
  const job = modelRun(dir, 'ends-its-process', oneProcess);
  const text = dir.read('job.yaml').replace('in/*.csv', `"in/\${password}/*.csv"`);
  dir.write('job.yaml', text.replace('path: out', `path: "out/\${password}"`));
  const commands = [['run'], ['plan'], ['status'], ['status', '--json'], ['check'], ['check', '--json']];
  for (const [command, ...more] of commands) {
    const ran = dir.call([command!, job, ...more, '--set', 'password=hunter2xyz']);
    assert.equal(ran.code, 0, `${command}: ${ran.stderr}`);
    assert.ok(ran.stdout.includes('***') || command === 'check', `${command}: ${ran.stdout}`);
    assert.ok(
      !`${ran.stdout}${ran.stderr}`.includes('hunter2xyz'),
      `${command} ${more.join(' ')}: ${ran.stdout}`,
    );
  }
  dir.remove();
});
