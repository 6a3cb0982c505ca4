import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { workdir } from '../workdir.js';
import { modelRun, rowsOf } from './made-job.js';

const preload = fileURLToPath(new URL('./storage/fail-call.js', import.meta.url));

it('a disk that fails once under report or check ends them with 5 or is done without, never with 2', (t) => {
  const dir = workdir();
  t.after(() => dir.remove());
  modelRun(dir, 'never-ends', '');
  dir.write('job.yaml', dir.read('job.yaml').replace('quality: {', 'quality: { baseline: base.json,'));
  dir.write('in/a.csv', rowsOf(20));
  dir.write('first.yaml', dir.read('job.yaml').replace(' baseline: base.json,', ''));
  assert.equal(dir.call(['profile', 'first.yaml', '-o', 'base.json']).code, 0);
  assert.equal(dir.call(['run', 'first.yaml', '--quiet']).code, 0);
  const calls: [number[], ...string[]][] = [
    [[1, 2, 3], 'report', 'out', '-o', 'page.html'],
    [[15, 20, 21], 'check', 'job.yaml'],
  ];
  for (const [numbers, ...args] of calls)
    for (const n of numbers) {
      dir.remove('fault.log');
      const ran = dir.nightshift(args, {
        NODE_OPTIONS: `--import ${preload}`,
        FAULT_ROOT: dir.path,
        FAULT_AT: String(n),
        FAULT_CODE: 'EIO',
        FAULT_IN: 'main',
        FAULT_LOG: join(dir.path, 'fault.log'),
      });
      const where = `${args[0]}, call ${n} (${dir.readOr('fault.log', 'none')}): ${ran.stdout}${ran.stderr}`;
      assert.ok(dir.has('fault.log'), where);
      assert.ok(ran.code === 5 || ran.code === 0, `exit ${ran.code}; ${where}`);
    }
});
