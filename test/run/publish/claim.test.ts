import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TransientError } from '../../../src/errors.js';
import { claimPartitions, liveClaims } from '../../../src/run/publish/claim.js';
import { type Layout, layoutOf, openRunFolder } from '../../../src/run/records/layout.js';
import { until } from '../../until.js';
import { workdir } from '../../workdir.js';

async function emptyFolder(): Promise<Layout> {
  const layout = layoutOf(workdir().path, 'csv');
  await openRunFolder(layout);
  return layout;
}

function isInUse(by: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof TransientError &&
    error.reason === 'locked' &&
    error.message.startsWith(`partitions of this call are in use by run ${by} (process ${process.pid} on `);
}

/** A claim on `partitions` whose owner is not this process, its heart last beaten `ageMs` ago. */
function leaveClaim(layout: Layout, owner: object, partitions: readonly string[], ageMs = 0): string {
  const path = join(layout.claims, 'other.json');
  const said = { runId: 'other', startedAt: '2013-01-04', processStart: null, ...owner, partitions };
  writeFileSync(path, JSON.stringify(said));
  const beaten = new Date(Date.now() - ageMs);
  utimesSync(path, beaten, beaten);
  return path;
}

test('of two calls for some partitions that share one the second is refused, naming the first', async () => {
  const layout = await emptyFolder();
  const first = await claimPartitions(layout, 'first', ['a', 'b']);
  await assert.rejects(claimPartitions(layout, 'second', ['b', 'c']), isInUse('first'));
  const third = await claimPartitions(layout, 'third', ['c', 'd']);
  await assert.rejects(claimPartitions(layout, 'second', ['b', 'c']), isInUse('first'));
  await first.release();
  await assert.rejects(claimPartitions(layout, 'second', ['b', 'c']), isInUse('third'));
  await third.release();
  const second = await claimPartitions(layout, 'second', ['b', 'c']);
  await second.release();
  assert.deepEqual(await liveClaims(layout), []);
});

test('of many calls that come at once for the same partition exactly one gets it', async () => {
  const layout = await emptyFolder();
  const calls = Array.from({ length: 8 }, (_, i) => claimPartitions(layout, `run-${i}`, ['x', `own-${i}`]));
  const ended = await Promise.allSettled(calls);
  assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const one of ended) {
    if (one.status === 'rejected') assert.ok(one.reason instanceof TransientError, String(one.reason));
    else await one.value.release();
  }
});

const shardOf = (index: number, plan = '0123456789abcdef') => ({ shard: `shard-${index}-of-100-${plan}` });

test('a hundred shards that start at once all get their partitions, while the guard of other calls is taken', async () => {
  const layout = await emptyFolder();
  const guard = join(layout.claims, 'guard');
  const { pid } = process;
  writeFileSync(
    guard,
    JSON.stringify({ runId: 'busy', pid, host: hostname(), startedAt: '', processStart: null }),
  );
  const claims = await Promise.all(
    Array.from({ length: 100 }, (_, i) => claimPartitions(layout, `run-${i}`, [`p${i}`], shardOf(i + 1))),
  );
  rmSync(guard);
  assert.equal((await liveClaims(layout)).length, 100);
  await assert.rejects(claimPartitions(layout, 'whole', null), TransientError);
  await assert.rejects(claimPartitions(layout, 'single', ['p7']), isInUse('run-7'));
  await assert.rejects(claimPartitions(layout, 'again', ['p7'], shardOf(8)), isInUse('run-7'));
  const changed = shardOf(9, 'fedcba9876543210');
  await assert.rejects(claimPartitions(layout, 'changed', ['p7', 'new'], changed), isInUse('run-7'));
  await (await claimPartitions(layout, 'other', ['new'], changed)).release();
  for (const claim of claims) await claim.release();
  assert.deepEqual(readdirSync(layout.claims), []);
});

test('a shard that is started twice runs once; a shard and a call for everything never run both', async () => {
  for (let trial = 0; trial < 20; trial++) {
    const layout = await emptyFolder();
    const calls = [
      claimPartitions(layout, 'shard', ['a', 'b'], shardOf(1)),
      claimPartitions(layout, 'twin', ['a', 'b'], shardOf(1)),
      claimPartitions(layout, 'sibling', ['c'], shardOf(2)),
      ...(trial % 2 === 0 ? [claimPartitions(layout, 'whole', null)] : []),
    ];
    const got = (await Promise.allSettled(calls)).map((one) =>
      one.status === 'fulfilled' ? one.value : null,
    );
    const [shard, twin, sibling, whole = null] = got;
    assert.ok(shard === null || twin === null, 'the shard runs twice');
    if (trial % 2 === 1) assert.ok((shard ?? twin) !== null && sibling !== null, 'nobody stands in the way');
    if (whole !== null) assert.deepEqual([shard, twin, sibling], [null, null, null]);
    for (const claim of got) await claim?.release();
    assert.deepEqual(readdirSync(layout.claims), []);
  }
});

test('the guard of a shard that was killed is removed by the next call for everything', async () => {
  const layout = await emptyFolder();
  writeFileSync(join(layout.claims, 'guard-shard-1-of-100-0123456789abcdef'), '');
  await (await claimPartitions(layout, 'whole', null)).release();
  assert.deepEqual(readdirSync(layout.claims), []);
});

test('of calls for some partitions that end together exactly one, the last, gets the whole', async () => {
  const layout = await emptyFolder();
  const names = ['a', 'b', 'c', 'd', 'e'];
  const claims = await Promise.all(names.map((name) => claimPartitions(layout, `run-${name}`, [name])));
  const widened = await Promise.all(claims.map((claim) => claim.widen()));
  assert.equal(widened.filter((isLast) => isLast).length, 1, 'whoever is not the last has left by then');
  assert.equal((await liveClaims(layout)).length, 1);
  await assert.rejects(claimPartitions(layout, 'late', ['z']), TransientError);
  for (const claim of claims) await claim.release();
  assert.deepEqual(await liveClaims(layout), []);
});

test('a process number of another process space says nothing: its claim holds while its heart beats', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  const layout = await emptyFolder();
  const { pid } = spawnSync('true');
  const owner = { pid, host: hostname(), processSpace: 'pid:[1]' };
  leaveClaim(layout, owner, ['b'], 10_000);
  await assert.rejects(claimPartitions(layout, 'second', ['b']), TransientError);
  leaveClaim(layout, owner, ['b'], 70_000);
  await (await claimPartitions(layout, 'second', ['b'])).release();
});

test('a run whose claim was taken away is informed', async () => {
  const layout = await emptyFolder();
  const path = join(layout.claims, 'first.json');
  const losses: Error[] = [];
  const claim = await claimPartitions(layout, 'first', ['a'], {
    beatMs: 20,
    onLost: (error) => losses.push(error),
  });
  const written = statSync(path).mtimeMs;
  await until(() => statSync(path).mtimeMs > written, 'the claim has no heartbeat');
  assert.equal(losses.length, 0);
  rmSync(path);
  await until(() => losses.length > 0, 'the loss is not reported');
  const [lost] = losses;
  assert.ok(lost instanceof TransientError);
  assert.equal(lost.reason, 'claim-lost');
  await claim.release();
});

test('a claim that shares a partition is dropped when its owner is dead, on this host at once', async () => {
  const layout = await emptyFolder();
  const { pid } = spawnSync('true');
  const path = leaveClaim(layout, { pid, host: hostname() }, ['b']);
  const claim = await claimPartitions(layout, 'second', ['b', 'c']);
  assert.equal(existsSync(path), false);
  await claim.release();
});

test('a claim of another host holds for a minute after its last heartbeat', async () => {
  const layout = await emptyFolder();
  const owner = { pid: 1, host: 'elsewhere' };
  leaveClaim(layout, owner, ['b'], 50_000);
  await assert.rejects(claimPartitions(layout, 'second', ['b', 'c']), /process 1 on elsewhere/);
  leaveClaim(layout, owner, ['b'], 70_000);
  await (await claimPartitions(layout, 'second', ['b', 'c'])).release();
});

test('a claim of another host from the future holds only while its heart beats', async () => {
  const leave = async () => {
    const layout = await emptyFolder();
    return { layout, path: leaveClaim(layout, { pid: 1, host: 'elsewhere' }, ['b'], -3_600_000) };
  };
  const [still, alive] = await Promise.all([leave(), leave()]);
  const beating = setInterval(() => {
    const now = new Date(Date.now() + 3_600_000);
    utimesSync(alive.path, now, now);
  }, 500);
  // Each is watched for one and a half beats, side by side.
  const [claim] = await Promise.all([
    claimPartitions(still.layout, 'second', ['b']),
    assert.rejects(claimPartitions(alive.layout, 'third', ['b']), /process 1 on elsewhere/),
  ]);
  clearInterval(beating);
  assert.equal(existsSync(still.path), false);
  await claim.release();
});

test('a file among the claims that is no claim is removed', async () => {
  const layout = await emptyFolder();
  for (const junk of ['', '{"pid', '[]', 'null', '{"partitions": 7}']) {
    const path = join(layout.claims, 'other.json');
    writeFileSync(path, junk);
    await (await claimPartitions(layout, 'second', null)).release();
    assert.equal(existsSync(path), false, junk);
  }
});

test('a guard that names nobody and comes from the future is taken over', async () => {
  const layout = await emptyFolder();
  const guard = join(layout.claims, 'guard');
  writeFileSync(guard, '');
  const later = new Date(Date.now() + 3_600_000);
  utimesSync(guard, later, later);
  await (await claimPartitions(layout, 'second', null)).release();
  assert.equal(existsSync(guard), false);
});
