import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { TransientError } from '../../../src/errors.js';
import { takeLock } from '../../../src/run/publish/lock.js';
import { temporaryFolder } from '../../temporary-folder.js';

const fresh = () => join(temporaryFolder('lock'), '_nightshift', 'lock.json');

function ownerFile(path: string, owner: object): void {
  writeFileSync(path, JSON.stringify(owner));
}

describe('takeLock', () => {
  it('refuses a second run at once, names the first, and lets it in after a release', async () => {
    const path = fresh();
    const first = await takeLock(path, 'run-1');
    await assert.rejects(takeLock(path, 'run-2'), (error: unknown) => {
      assert.ok(error instanceof TransientError);
      assert.equal(error.exitCode, 5);
      assert.match(error.message, /run run-1 \(process \d+ on /);
      return true;
    });
    await first.release();
    assert.ok(!existsSync(path));
    await (await takeLock(path, 'run-2')).release();
  });

  it('takes over the lock of a process that is dead, or whose pid another process has now', async () => {
    for (const processStart of [null, '1']) {
      const path = fresh();
      await (await takeLock(path, 'run-0')).release();
      const { pid } = spawnSync('true');
      const owner = { runId: 'dead', pid, host: hostname(), startedAt: 'then', processStart };
      ownerFile(path, processStart === null ? owner : { ...owner, pid: process.pid });
      await (await takeLock(path, 'run-1')).release();
    }
  });

  it('lets exactly one of many take a dead lock over', async () => {
    const path = fresh();
    await (await takeLock(path, 'run-0')).release();
    const { pid } = spawnSync('true');
    ownerFile(path, { runId: 'dead', pid, host: hostname(), startedAt: 'then', processStart: null });
    const tries = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => takeLock(path, `run-${i}`)));
    assert.equal(tries.filter((t) => t.status === 'fulfilled').length, 1);
    for (const t of tries)
      if (t.status === 'rejected') assert.ok(t.reason instanceof TransientError, String(t.reason));
  });

  it('leaves no takeover folder behind that a power cut brought back, however young it is', async () => {
    for (const ageMs of [60_000, 4_800, -3_600_000]) {
      const path = fresh();
      await (await takeLock(path, 'run-0')).release();
      const right = `${path}.takeover`;
      mkdirSync(right);
      const made = new Date(Date.now() - ageMs);
      utimesSync(right, made, made);
      await (await takeLock(path, 'run-1')).release();
      assert.ok(!existsSync(right), `${ageMs} ms old`);
    }
  });

  it('respects another host until its heart has stopped for a minute', async () => {
    const path = fresh();
    await (await takeLock(path, 'run-0')).release();
    ownerFile(path, { runId: 'far', pid: 1, host: 'another-host', startedAt: 'now', processStart: null });
    await assert.rejects(takeLock(path, 'run-1'), /another-host/);
    const { utimes } = await import('node:fs/promises');
    const old = new Date(Date.now() - 61_000);
    await utimes(path, old, old);
    await (await takeLock(path, 'run-1')).release();
  });
});
