import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { leftovers, modelRun, oneProcess, published, rowsOf } from './made-job.js';

const names = ['a', 'b', 'c', 'd'];

/** Four small inputs, which one run commits together. */
function smallFiles(more = oneProcess): Workdir {
  const dir = workdir();
  modelRun(dir, 'never-ends', more);
  // Keys would be searched in all inputs first.
  dir.write('job.yaml', dir.read('job.yaml').replace(', key: true', ''));
  for (const [i, name] of names.entries()) dir.write(`in/${name}.csv`, rowsOf(20 + i));
  return dir;
}

function undisturbed(): Record<string, string> {
  const dir = smallFiles();
  assert.equal(dir.call(['run', 'job.yaml']).code, 0);
  const hashes = published(dir);
  dir.remove();
  return hashes;
}

/** Kills a run at a step of the commit of all four; `left` is what it then leaves in `intents/`. */
function killAt(at: string, left: Record<string, string[]> = { 'a.json': names }): Workdir {
  // Under load the first may have waited long enough to be committed without the others.
  for (let tries = 0; tries < 10; tries++) {
    const dir = smallFiles();
    const crashed = dir.nightshift(['run', 'job.yaml', '--quiet'], { NIGHTSHIFT_CRASH_AT: at });
    assert.equal(crashed.signal, 'SIGKILL', crashed.stderr);
    const staged = readdirSync(join(dir.path, 'out/_nightshift/staging'));
    if (staged.length === names.length && isDeepStrictEqual(intentsIn(dir), left)) return dir;
    dir.remove();
  }
  throw new Error(`no run was killed after "${at}" in the commit of all`);
}

function intentsIn(dir: Workdir): Record<string, string[]> {
  const files = readdirSync(join(dir.path, 'out/_nightshift/intents'));
  return Object.fromEntries(
    files.map((name) => {
      const { intents, record } = JSON.parse(dir.read(`out/_nightshift/intents/${name}`));
      return [
        name,
        intents?.map((one: { record: { partition: string } }) => one.record.partition) ?? [record.partition],
      ];
    }),
  );
}

describe('small partitions that are committed together', () => {
  const expected = undisturbed();

  for (const at of ['staged', 'intended', 'moved-0', 'moved-1', 'synced', 'recorded', 'forgotten'])
    it(`are all completed, or all scored again, by the next run: killed after "${at}"`, () => {
      const isDecided = at !== 'staged';
      const dir = at === 'staged' || at === 'forgotten' ? killAt(at, {}) : killAt(at);
      const again = dir.call(['run', 'job.yaml']);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(lastLine(again).partitions.skipped, isDecided ? names.length : 0);
      assert.deepEqual(published(dir), expected);
      assert.deepEqual(leftovers(dir), []);
      dir.remove();
    });

  it('are each scored again alone where their staged files were lost', () => {
    const dir = killAt('intended');
    rmSync(join(dir.path, 'out/_nightshift/staging/c/0'));
    const again = dir.call(['run', 'job.yaml']);
    assert.match(again.stderr, /\\"c\\" could not be published completely/);
    assert.equal(lastLine(again).partitions.skipped, names.length - 1);
    assert.deepEqual(published(dir), expected);
    assert.deepEqual(leftovers(dir), []);
    dir.remove();
  });

  it('are each left to the run that claims them', () => {
    const dir = killAt('intended');
    assert.equal(dir.call(['run', 'job.yaml', '--partition', 'b']).code, 0);
    assert.deepEqual(intentsIn(dir), { 'a.json': ['a'], 'c.json': ['c'], 'd.json': ['d'] });
    assert.deepEqual(readdirSync(join(dir.path, 'out/_nightshift/partitions')), ['b.json']);
    const again = dir.call(['run', 'job.yaml']);
    assert.equal(lastLine(again).partitions.skipped, names.length);
    assert.deepEqual(published(dir), expected);
    assert.deepEqual(leftovers(dir), []);
    dir.remove();
  });

  it('are all retried where a killed run decided to publish them', () => {
    const dir = killAt('intended');
    const retried = dir.call(['retry', 'job.yaml']);
    assert.equal(retried.code, 0, retried.stderr);
    assert.equal(
      lastLine(retried).partitions.skipped,
      names.length,
      'all of them, by carrying out the intents',
    );
    assert.deepEqual(published(dir), expected);
    dir.remove();
  });
});
