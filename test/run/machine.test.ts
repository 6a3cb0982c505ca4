import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { readMachine } from '../../src/run/machine.js';

function groupWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'nightshift-machine-'));
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
});
