import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { Job } from '../../../src/job/job.js';
import { groupMemory, killCounter, memoryLimit, readMachine } from '../../../src/run/budgets/machine.js';
import { temporaryFolder } from '../../temporary-folder.js';

function groupWith(files: Record<string, string>): string {
  const root = temporaryFolder('machine');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  return root;
}

describe('readMachine', () => {
  it('takes the quota and the memory limit of a control group, not the host', async () => {
    const machine = await readMachine(groupWith({ 'cpu.max': '50000 100000', 'memory.max': '268435456' }));
    assert.deepEqual([machine.cores, machine.memoryBytes], [1, 268435456]);
  });

  it('reads version 1 of control groups too', async () => {
    const machine = await readMachine(
      groupWith({
        'cpu/cpu.cfs_quota_us': '100000',
        'cpu/cpu.cfs_period_us': '100000',
        'memory/memory.limit_in_bytes': '1000000',
      }),
    );
    assert.deepEqual([machine.cores, machine.memoryBytes], [1, 1000000]);
  });

  it('falls back to the machine where there is no limit', async () => {
    for (const root of [groupWith({ 'cpu.max': 'max 100000', 'memory.max': 'max' }), groupWith({})]) {
      const machine = await readMachine(root);
      assert.deepEqual([machine.cores, machine.memoryBytes], [availableParallelism(), totalmem()]);
    }
  });

  it('looks at the group of this process and at those above it: the tightest limit binds', async () => {
    const root = groupWith({
      'memory.max': 'max',
      'jobs/memory.max': '300000000',
      'jobs/night/memory.max': '200000000',
      'jobs/night/cpu.max': '100000 100000',
      'memory/night/memory.limit_in_bytes': '100000000',
      own: '4:memory:/night\n0::/jobs/night',
    });
    const machine = await readMachine(root, join(root, 'own'));
    assert.deepEqual([machine.cores, machine.memoryBytes, machine.isLimited], [1, 100000000, true]);
  });

  it('counts what the tightest group uses, less the files that are merely cached', async () => {
    const root = groupWith({
      'memory.current': '900',
      'night/memory.max': '1000',
      'night/memory.current': '800',
      'night/memory.stat': 'anon 500\ninactive_file 300\nactive_file 0',
      own: '0::/night',
    });
    assert.equal(await groupMemory(root, join(root, 'own')), 500);
  });
});

it('a run may use what its job allows, and never more than the machine has', () => {
  const limitOf = (allowed: number | 'auto') =>
    memoryLimit({ run: { memoryBytes: allowed } } as Job, { memoryBytes: 1000 });
  assert.deepEqual([limitOf('auto'), limitOf(600), limitOf(5000)], [1000, 600, 1000]);
});

describe('killCounter', () => {
  it("counts the kills in this process's own group each time, in version 2 or 1, and null without a group", async () => {
    const root = groupWith({
      'memory.events': 'oom_kill 9',
      'night/memory.events': 'max 3\noom_kill 1\noom_group_kill 0',
      own: '0::/night',
    });
    const count = killCounter(root, join(root, 'own'));
    const group = join(root, 'night/memory.events');
    assert.deepEqual(await count(), { group, kills: 1 });
    writeFileSync(group, 'oom_kill 2\n');
    assert.deepEqual(await count(), { group, kills: 2 });
    const old = groupWith({
      'memory/night/memory.oom_control': 'under_oom 0\noom_kill 4',
      own: '4:memory:/night',
    });
    assert.equal((await killCounter(old, join(old, 'own'))())?.kills, 4);
    assert.equal(await killCounter(groupWith({}))(), null);
  });
});
