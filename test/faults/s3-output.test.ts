import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobInS3, leftAt, publishedAt, putDays } from '../s3-bucket.js';
import { type Fault, s3Server } from '../s3-server.js';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { points } from './commit-points.js';
import { full, published, sampleRun } from './made-job.js';
import { random } from './random.js';

const server = await s3Server({ page: 5 });
const inProcess = { workers: 1, isolation: 'none' } as const;
const wishes = full ? { workers: 2 } : inProcess;

/** Hashes of a run without S3; times its length. */
function undisturbed(held: boolean): Record<string, string> {
  const dir = workdir();
  const ran = dir.call(['run', auditedHere(dir, held), '--quiet']);
  assert.equal(ran.code, 0, ran.stderr);
  return published(dir);
}

function auditedHere(dir: Workdir, held: boolean): string {
  return dir.write(
    'audited.yaml',
    `audit: true\n${dir.read(sampleRun(dir, { ...inProcess, held }).slice(dir.path.length + 1))}`,
  );
}

const start = (dir: Workdir, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  dir.start([...args, '--quiet'], { ...server.env, ...env });

async function endsWell(dir: Workdir, args: readonly string[]): Promise<ReturnType<typeof lastLine>> {
  const ran = await start(dir, args).ended;
  assert.equal(ran.code, 0, said(ran));
  return lastLine(ran);
}

/** Starts a call and kills it after `ms`; returns true if it was still running. */
async function killAfter(dir: Workdir, args: readonly string[], ms: number): Promise<boolean> {
  const { pid, ended } = start(dir, args);
  await sleep(ms);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
  return (await ended).signal === 'SIGKILL';
}

const expected = undisturbed(true);
before(() => putDays(server));

describe('a crash between two steps of the commit in S3', () => {
  for (const { at, held, quick } of points) {
    if (!full && quick === undefined) continue;
    it(`is recovered by the next run: after "${at}"${held ? ', held for the run' : ''}`, async () => {
      server.fault(() => null);
      server.clear('crash/');
      const dir = workdir();
      const job = jobInS3(dir, 'crash', { ...wishes, held });
      const crashed = await start(dir, ['run', job], { NIGHTSHIFT_CRASH_AT: at }).ended;
      assert.equal(crashed.signal, 'SIGKILL', said(crashed));
      assert.equal(server.contents('crash/_SUCCESS').size, 0);
      await endsWell(dir, ['run', job]);
      assert.deepEqual(publishedAt(server, 'crash'), expected);
      assert.deepEqual(leftAt(server, 'crash'), []);
    });
  }
});

describe('a run folder in S3 whose runs are killed', () => {
  const kills = Number(process.env['KILLS'] ?? (full ? 50 : 10));

  it(`is made whole by one more run: ${kills} kills`, { timeout: full ? 3_600_000 : 900_000 }, async (t) => {
    server.fault(() => null);
    const next = random(20130105);
    const dir = workdir();
    const start = performance.now();
    const timed = jobInS3(dir, 'timed', wishes);
    await endsWell(dir, ['run', timed]);
    let ms = performance.now() - start;
    let killed = 0;
    for (let trial = 0; killed < kills; trial++) {
      const out = `kills-${trial}`;
      const job = jobInS3(dir, out, { ...wishes, held: trial % 2 === 0 });
      for (let hits = 0; hits < 2; ) {
        const from = next() < 0.5 ? 0.45 : 0;
        if (await killAfter(dir, ['run', job], ms * (from + (1.05 - from) * next()))) {
          killed++;
          hits++;
          continue;
        }
        ms *= 0.95;
        break;
      }
      await endsWell(dir, ['run', job]);
      assert.deepEqual(publishedAt(server, out), expected, out);
      assert.deepEqual(leftAt(server, out), [], out);
      server.clear(`${out}/`);
    }
    t.diagnostic(`${killed} kills: all published bytes equal, every last run ended with 0`);
  });
});

describe('requests that fail while a run publishes to S3', () => {
  const kinds: readonly (readonly Fault[])[] = [
    ['SlowDown', 'lost', 'InternalError', 'reset', 'cut', 'slow'],
    ['lost'],
  ];
  for (const [i, faults] of kinds.entries()) {
    it(`are repeated: every third, ${faults.join(', ')}`, async () => {
      const out = `faults-${i}`;
      const dir = workdir();
      let bad = 0;
      server.fault((count) => (count % 3 === 2 ? faults[bad++ % faults.length]! : null));
      await endsWell(dir, ['run', jobInS3(dir, out, wishes)]);
      server.fault(() => null);
      assert.deepEqual(publishedAt(server, out), expected);
      assert.deepEqual(leftAt(server, out), []);
    });
  }
});

describe('a run that writes to S3 and is asked to end', () => {
  it('ends in order with 143: no claim and no mark is left, and the next run completes it', async () => {
    const dir = workdir();
    const job = jobInS3(dir, 'asked', wishes);
    let pid = 0;
    let uploads = 0;
    // The signal comes while the first partition is uploaded.
    server.fault((_, { method, url = '' }) => {
      const isUpload = method === 'PUT' && url.startsWith('/b/asked/_nightshift/staging/');
      if (isUpload && uploads++ === 0) process.kill(pid, 'SIGTERM');
      return null;
    });
    const run = start(dir, ['run', job]);
    pid = run.pid;
    const ended = await run.ended;
    server.fault(() => null);
    assert.equal(ended.code, 143, said(ended));
    assert.deepEqual(
      leftAt(server, 'asked').filter((name) => /^(claims|attempts)\//.test(name)),
      [],
    );
    await endsWell(dir, ['run', job]);
    assert.deepEqual(publishedAt(server, 'asked'), expected);
    assert.deepEqual(leftAt(server, 'asked'), []);
  });
});

describe('calls that come at once for one run folder in S3', () => {
  it('two runs: one runs, the other ends with 5 and names it', async () => {
    server.fault(() => null);
    const dir = workdir();
    const job = jobInS3(dir, 'two', wishes);
    const both = await Promise.all([start(dir, ['run', job]).ended, start(dir, ['run', job]).ended]);
    const codes = both.map(({ code }) => code).sort();
    assert.ok(codes[0] === 0 && (codes[1] === 5 || codes[1] === 0), both.map(said).join('\n'));
    for (const ran of both.filter(({ code }) => code === 5)) assert.equal(lastLine(ran).reason, 'locked');
    assert.deepEqual(publishedAt(server, 'two'), expected);
    assert.deepEqual(leftAt(server, 'two'), []);
  });

  const shards = full ? 8 : 3;
  const kills = full ? 50 : 2;
  // Each day of CSV in so many files: a few partitions for each shard.
  const files = full ? 11 : 1;
  const title = `${shards} shards, ${kills} kills: no partition twice, none lost`;
  it(title, { timeout: 1_800_000 }, async (t) => {
    server.fault(() => null);
    const local = workdir();
    const samples = join(process.cwd(), 'data-samples/flights');
    mkdirSync(join(local.path, 'in'));
    const put = (name: string, bytes: Uint8Array | string) => {
      writeFileSync(join(local.path, 'in', name), bytes);
      server.put(`shards-in/${name}`, bytes);
    };
    for (const name of readdirSync(samples).filter((one) => one.startsWith('2013'))) {
      const bytes = readFileSync(join(samples, name));
      if (files === 1 || !name.endsWith('.csv')) put(name, bytes);
      const [head, ...rows] = bytes.toString().trimEnd().split('\n');
      for (let file = 0; file < files && files > 1 && name.endsWith('.csv'); file++)
        put(`${file}-${name}`, [head, ...rows.filter((_, row) => row % files === file), ''].join('\n'));
    }
    const partitions = readdirSync(join(local.path, 'in')).length;
    // Of a hundred rows two may be rejected.
    const within = (dir: Workdir, job: string, input: string) => {
      const text = dir.read(job).replace(/path: \S*(?:flights|data)\/\S*/, `path: ${input}`);
      return dir.write(job, text.replace(/max_rejected: \S+/, 'max_rejected: 20%'));
    };
    auditedHere(local, true);
    const whole = local.call(['run', within(local, 'audited.yaml', 'in'), '--quiet']);
    assert.equal(whole.code, 0, said(whole));
    const dir = workdir();
    jobInS3(dir, 'shards', inProcess);
    const job = within(dir, 'shards.yaml', 's3://b/shards-in');
    const planned = await dir.start(['plan', job, '--save'], server.env).ended;
    assert.equal(planned.code, 0, planned.stderr);
    const next = random(19);
    let left = kills;
    let killed = 0;
    const copied = new Map<string, number>();
    server.fault((_, { method, url = '' }) => {
      const [, partition] = /^\/b\/shards\/part-([^?]*)/.exec(url) ?? [];
      if (method === 'PUT' && partition !== undefined)
        copied.set(partition, (copied.get(partition) ?? 0) + 1);
      return null;
    });
    const shard = async (i: number) => {
      for (;;) {
        const args = ['run', job, '--shard', `${i + 1}/${shards}`];
        if (left-- <= 0) return endsWell(dir, args);
        if (await killAfter(dir, args, full ? 500 + 12_000 * next() : 500 + 2500 * next())) killed++;
      }
    };
    await Promise.all(Array.from({ length: shards }, (_, i) => shard(i)));
    const ended = await endsWell(dir, ['finish', job]);
    assert.equal(ended.partitions.published + ended.partitions.skipped, partitions);
    assert.deepEqual(publishedAt(server, 'shards'), published(local));
    assert.deepEqual(leftAt(server, 'shards'), []);
    assert.equal(copied.size, partitions);
    // A commit that was killed after a copy repeats it: the same bytes, to the same name.
    const again = [...copied.values()].reduce((sum, count) => sum + count - 1, 0);
    assert.ok(again <= killed, `${again} copies were made again after ${killed} kills`);
    t.diagnostic(`${killed} kills; ${again} copies made again`);
    const requests: string[] = [];
    server.fault((_, { method, url = '' }) => {
      requests.push(`${method} ${url}`);
      return null;
    });
    await endsWell(dir, ['run', job, '--shard', `1/${shards}`]);
    const guards = requests.filter((one) => one.includes('/claims/guard') && !one.includes('/guard-shard-'));
    assert.deepEqual(guards, [], 'a shard does not wait for the guard of all');
    const records = requests.filter((one) => /^GET .*\/partitions\/[^?]/.test(one));
    t.diagnostic(`a shard with nothing to do: ${requests.length} requests, ${records.length} of records`);
  });
});
