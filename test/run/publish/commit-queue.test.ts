import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { noRows } from '../../../src/chunk/row-counts.js';
import { TransientError } from '../../../src/errors.js';
import { type Commits, createCommits } from '../../../src/run/publish/commit-queue.js';
import type { Intent } from '../../../src/run/records/intent.js';
import { layoutOf, openRunFolder } from '../../../src/run/records/layout.js';
import { textOf } from '../../../src/run/records/record.js';
import { type Workdir, workdir } from '../../workdir.js';

const names = ['a', 'b', 'c'];

interface Made {
  readonly dir: Workdir;
  readonly commits: Commits;
  readonly decided: string[];
  add(partition: string): Promise<void>;
}

/** A run folder with a staged file for each partition, and the commits of a run. */
async function made(signal: AbortSignal, holds = false): Promise<Made> {
  const dir = workdir();
  const layout = layoutOf(join(dir.path, 'out'), 'csv');
  await openRunFolder(layout);
  for (const name of names) dir.write(`out/_nightshift/staging/${name}/0`, name);
  const commits = createCommits({ layout, holds, signal, partitions: names });
  const decided: string[] = [];
  const add = (partition: string) =>
    commits.add({
      intent: intentOf(partition),
      atOnce: false,
      decided: () => {
        decided.push(partition);
      },
    });
  return { dir, commits, decided, add };
}

function intentOf(partition: string): Intent {
  const record: Intent['record'] = {
    version: 1,
    partition,
    state: 'published',
    failure: null,
    attempts: 0,
    runId: 'r',
    identity: { input: { bytes: 9, mtimeMs: 1, sha256: null }, model: 'm', job: 'j', program: '0' },
    input: {
      path: `in/${partition}.csv`,
      format: 'csv',
      bytes: 9,
      details: {},
      notes: [],
      findings: [],
      fingerprint: null,
    },
    outputs: [],
    rows: noRows,
    quality: null,
    skipped: {},
    gates: [],
    startedAt: '2013-01-05T02:00:00.000Z',
    durationMs: 4,
  };
  const moves = [{ from: `${partition}/0`, to: `part-${partition}.csv`, bytes: partition.length }];
  return { record, text: textOf(record), moves, stale: [] };
}

const own = (dir: Workdir, folder: string) => readdirSync(join(dir.path, 'out/_nightshift', folder));
const parts = (dir: Workdir) => readdirSync(join(dir.path, 'out')).filter((name) => name.startsWith('part'));
const never = new AbortController().signal;

test('partitions wait for those that are to come, and are published together', async () => {
  const { dir, commits, decided, add } = await made(never);
  const first = [add('a'), add('b')];
  assert.deepEqual([own(dir, 'intents'), parts(dir)], [[], []]);
  commits.ended('c');
  await Promise.all(first);
  assert.deepEqual(decided, ['a', 'b']);
  assert.deepEqual(parts(dir), ['part-a.csv', 'part-b.csv']);
  assert.deepEqual(own(dir, 'partitions'), ['a.json', 'b.json']);
  assert.deepEqual([own(dir, 'intents'), own(dir, 'staging')], [[], ['c']]);
  dir.remove();
});

test('a partition does not wait long for one that does not come', async () => {
  const { dir, add } = await made(never);
  await add('b');
  assert.deepEqual(own(dir, 'partitions'), ['b.json']);
  dir.remove();
});

for (const lost of names)
  test(`of partitions that are committed together only that one fails which cannot be published: "${lost}"`, async () => {
    const { dir, decided, add } = await made(never);
    rmSync(join(dir.path, 'out/_nightshift/staging', lost, '0'));
    const ended = await Promise.allSettled(names.map(add));
    const others = names.filter((name) => name !== lost);
    assert.deepEqual(
      ended.map(({ status }) => status),
      names.map((name) => (name === lost ? 'rejected' : 'fulfilled')),
    );
    assert.deepEqual([...new Set(decided)].sort(), names);
    assert.deepEqual(
      own(dir, 'partitions'),
      others.map((name) => `${name}.json`),
    );
    assert.deepEqual(own(dir, 'intents'), [`${lost}.json`], 'the next run decides about it');
    dir.remove();
  });

test('partitions are held, each in a file of its own, that are not to be published yet', async () => {
  const { dir, decided, add } = await made(never, true);
  await Promise.all(names.map(add));
  assert.deepEqual(decided, names);
  assert.deepEqual(own(dir, 'held'), ['a.json', 'b.json', 'c.json']);
  assert.deepEqual([own(dir, 'intents'), parts(dir)], [[], []]);
  dir.remove();
});

test('a run that is stopped commits what is ready, unless it has lost its claim', async () => {
  for (const reason of ['disk-full', 'claim-lost'] as const) {
    const run = new AbortController();
    const { dir, decided, add } = await made(run.signal);
    const ready = Promise.allSettled([add('a'), add('b')]);
    run.abort(new TransientError(reason, 'stopped'));
    const statuses = (await ready).map(({ status }) => status);
    const isCommitted = reason === 'disk-full';
    assert.deepEqual(statuses, isCommitted ? ['fulfilled', 'fulfilled'] : ['rejected', 'rejected']);
    assert.deepEqual(decided, isCommitted ? ['a', 'b'] : []);
    assert.deepEqual(own(dir, 'partitions'), isCommitted ? ['a.json', 'b.json'] : []);
    assert.deepEqual(own(dir, 'intents'), []);
    dir.remove();
  }
});

test('a partition that may be large waits for no others, and takes along those that wait', async () => {
  const { dir, commits, add } = await made(never);
  mkdirSync(join(dir.path, 'out/_nightshift/staging/large'));
  dir.write('out/_nightshift/staging/large/0', 'large');
  const waits = add('a');
  await Promise.all([waits, commits.add({ intent: intentOf('large'), atOnce: true, decided: () => {} })]);
  assert.deepEqual(own(dir, 'partitions'), ['a.json', 'large.json']);
  assert.ok(commits.hasRoom());
  dir.remove();
});
