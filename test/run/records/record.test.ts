import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { qualityToWrite } from '../../../src/quality/slice-quality.js';
import { gatherQuality } from '../../../src/run/finish/gather-quality.js';
import { holdPartitions } from '../../../src/run/publish/commit.js';
import type { Gathered } from '../../../src/run/records/gathered.js';
import type { Intent } from '../../../src/run/records/intent.js';
import { layoutOf } from '../../../src/run/records/layout.js';
import { readRecords } from '../../../src/run/records/read-records.js';
import { recentRecords } from '../../../src/run/records/recent-records.js';
import {
  entryOf,
  type PartitionRecord,
  readRecord,
  textOf,
  writeRecord,
} from '../../../src/run/records/record.js';
import { madeDay } from '../../quality/made-run.js';
import { workdir } from '../../workdir.js';

/** The record of a published partition of 200 rows whose columns were matched with some trouble. */
function recordOf(partition: string, seed: number): PartitionRecord {
  const quality = madeDay(200, seed);
  return {
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
      details: { quality },
      notes: ['renamed'],
      findings: [],
      fingerprint: null,
    },
    outputs: [],
    rows: { read: 200, scored: 200, repaired: 0, flagged: 0, rejected: 0, skipped: 0 },
    quality,
    skipped: { blank: { count: 1, lines: [seed] } },
    gates: [{ gate: 'max_flagged', passed: true } as never, { gate: 'max_rejected', passed: false } as never],
    startedAt: '2013-01-05T02:00:00.000Z',
    durationMs: 4,
  };
}

test('what a run keeps of a partition in memory does not grow with its columns', () => {
  const record = recordOf('a', 1);
  assert.ok(JSON.stringify(record).length > 20_000);
  assert.ok(JSON.stringify(entryOf(record)).length < 600);
  assert.deepEqual(
    entryOf(record).closed.map(({ gate }) => gate),
    ['max_rejected'],
  );
});

test('the quality of a run is read back in the order of the plan, whichever partition was done first', async () => {
  const dir = workdir();
  const sums = [];
  for (const [name, order] of Object.entries({ there: [1, 2, 3], back: [3, 2, 1] })) {
    const layout = layoutOf(`${dir.path}/${name}`, 'csv');
    mkdirSync(layout.records, { recursive: true });
    for (const seed of order) await writeRecord(layout, recordOf(`day-${seed}`, seed));
    const covered = [...(await readRecords(layout)).values()].map((record) => ({
      partition: record.partition,
      state: 'published' as const,
      failure: null,
      entries: null,
    }));
    sums.push(await gatherQuality(layout, covered));
  }
  assert.equal(sums[0]!.quality.rows.read, 600);
  const written = ({ quality, inputs, ...rest }: Gathered) =>
    JSON.stringify([rest, qualityToWrite(quality), [...inputs.values()]]);
  assert.equal(written(sums[1]!), written(sums[0]!));
  const days = ['day-1', 'day-2', 'day-3'];
  for (const order of [
    [1, 2, 3],
    [3, 1, 2],
  ]) {
    const recent = recentRecords(days);
    for (const seed of order) recent.add(intentOf(recordOf(`day-${seed}`, seed)));
    assert.equal(written(recent.gathered(days)!), written(sums[0]!));
  }
  dir.remove();
});

function intentOf(record: PartitionRecord): Intent {
  return { record, text: textOf(record), moves: [], stale: [] };
}

test('a run reads records back if it did not score all partitions, or they end far from the order of the plan', () => {
  const days = Array.from({ length: 80 }, (_, i) => `day-${i}`);
  const record = { ...recordOf('', 1), quality: null };
  const late = recentRecords(days);
  for (const partition of days.slice(1)) late.add(intentOf({ ...record, partition }));
  late.add(intentOf({ ...record, partition: days[0]! }));
  assert.equal(late.gathered(days), null);
  const some = recentRecords(days);
  for (const partition of days.slice(0, 79)) some.add(intentOf({ ...record, partition }));
  assert.equal(some.gathered(days.slice(0, 79)), null);
  some.add(intentOf({ ...record, partition: days[79]! }));
  assert.equal(some.gathered(days.slice(0, 79)), null);
  assert.notEqual(some.gathered(days), null);
});

test('records are held in memory as far as there is room, without their quality', () => {
  const days = Array.from({ length: 10 }, (_, i) => `day-${i}`);
  const recent = recentRecords(days);
  const text = 'x'.repeat(4_000_000);
  for (const partition of days) {
    recent.add({ record: { ...recordOf(partition, 1) }, text, moves: [], stale: [] });
  }
  assert.equal(recent.intentOf('day-0')!.record.quality, null);
  assert.equal(recent.intentOf('day-0')!.text, text);
  assert.equal(recent.intentOf('day-9'), null);
});

test('the inputs of gathered records are kept as they were, whatever they call things and however large', async () => {
  const dir = workdir();
  const layout = layoutOf(dir.path, 'csv');
  mkdirSync(layout.records, { recursive: true });
  mkdirSync(layout.intents, { recursive: true });
  mkdirSync(layout.held, { recursive: true });
  mkdirSync(layout.staging, { recursive: true });
  for (const notes of [['renamed'], [], ['a,"quality":{', '},"quality":'], ['x'.repeat(200_000)]]) {
    const record = recordOf('a', 1);
    const whole = { ...record, input: { ...record.input, details: { first: 1 }, notes } };
    await writeRecord(layout, whole);
    const one = { partition: 'a', failure: null, entries: null };
    assert.deepEqual(
      (await gatherQuality(layout, [{ ...one, state: 'published' }])).inputs.get('a'),
      whole.input,
    );
    await holdPartitions(layout, [{ record: whole, text: null, moves: [], stale: [] }]);
    assert.deepEqual((await gatherQuality(layout, [{ ...one, state: 'held' }])).inputs.get('a'), whole.input);
  }
  dir.remove();
});

test('a record is read back as it was, and so is one of an earlier version, with its sketches as lists', async () => {
  const dir = workdir();
  const layout = layoutOf(dir.path, 'csv');
  mkdirSync(layout.records, { recursive: true });
  const made = recordOf('a', 1);
  const record = { ...made, input: { ...made.input, details: {} } };
  await writeRecord(layout, record);
  const path = `${layout.records}/a.json`;
  const { size } = statSync(path);
  assert.deepEqual(await readRecord(layout, 'a'), record);
  writeFileSync(path, JSON.stringify(record));
  assert.deepEqual(await readRecord(layout, 'a'), record);
  assert.ok(size < 0.8 * statSync(path).size);
  dir.remove();
});

test('records are read without their quality, whatever else has that name', async () => {
  const dir = workdir();
  const layout = layoutOf(dir.path, 'csv');
  mkdirSync(layout.records, { recursive: true });
  const plain = recordOf('a', 1);
  const nested: PartitionRecord = {
    ...recordOf('b', 2),
    input: { ...plain.input, path: 'in/,"quality":.csv', details: { first: 1, quality: 2, skipped: 3 } },
    gates: [{ gate: 'max_rejected', quality: 1, skipped: 2, passed: false } as never],
  };
  const failed: PartitionRecord = { ...recordOf('c', 3), state: 'failed', quality: null };
  for (const record of [plain, nested, failed]) await writeRecord(layout, record);
  const entries = await readRecords(layout);
  for (const record of [plain, nested, failed])
    assert.deepEqual(entries.get(record.partition), entryOf(record));
});

test('what is kept of a record does not depend on what its input calls things', async () => {
  const dir = workdir();
  const layout = layoutOf(dir.path, 'csv');
  mkdirSync(layout.records, { recursive: true });
  const keys = {
    a: 1,
    notes: [{}],
    outputs: [{ b: 1, notes: [] }],
    quality: { c: 1, skipped: 2 },
    details: 3,
  };
  const message = 'no ,"quality": or ,\\"notes": in "x","details":{ of ,"outputs":[';
  const finding = { code: 'x', level: 'check', sentence: message, notes: [], outputs: [] } as never;
  const made = Array.from({ length: 8 }, (_, i): PartitionRecord => {
    const record = recordOf(`day-${i}`, i);
    const odd = {
      details: i & 1 ? keys : { first: 1, ...keys },
      notes: i & 2 ? [message] : [],
      findings: i & 4 ? [finding] : [],
    };
    const failure = { reason: 'unexpected', message, hint: message, exitCode: 1 } as const;
    const much = 'x'.repeat(i === 7 ? 200_000 : 1);
    return { ...record, failure, input: { ...record.input, ...odd, path: `${message}${much}` } };
  });
  for (const record of made) await writeRecord(layout, record);
  const read = [...(await readRecords(layout)).values()];
  assert.deepEqual(read, made.map(entryOf));
});
