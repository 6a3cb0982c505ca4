import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echoModel, runJob } from '../golden/tiny-model.js';
import { workdir } from '../workdir.js';

test('status of many partitions shows those that need attention and the last ones, and all with --all', async () => {
  const dir = workdir();
  const names = Array.from({ length: 300 }, (_, i) => `p${String(i).padStart(3, '0')}`);
  for (const name of names) dir.write(`in/${name}.csv`, 'x\n1.5\n');
  dir.write('in/p007.csv', 'y\n1.5\n');
  dir.write('m.onnx', Buffer.from(await echoModel('x')));
  assert.equal(runJob(dir, { input: { path: 'in' } }, 'run', '--partition', 'p00[78]*').code, 4);
  const shown = (...more: string[]) => {
    const { stdout } = dir.call(['status', 'job.yaml', ...more]);
    return { stdout, names: stdout.match(/^p\d{3}(?= )/gm) };
  };
  const few = shown();
  assert.deepEqual(few.names, ['p007', 'p008', ...names.slice(-18)]);
  assert.match(few.stdout, /^20 of 300 partitions are shown: .*\(--all shows all\)$/m);
  assert.match(few.stdout, /^1 published, 1 failed, 298 not-started$/m);
  const all = shown('--all');
  assert.deepEqual(all.names, names);
  assert.doesNotMatch(all.stdout, /are shown/);
  const { partitions } = JSON.parse(dir.call(['status', 'job.yaml', '--json']).stdout) as {
    partitions: readonly object[];
  };
  assert.equal(partitions.length, 300);
});
