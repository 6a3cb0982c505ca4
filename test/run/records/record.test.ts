import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gatherQuality } from '../../../src/run/finish/gather-quality.js';
import { holdPartition, readHeldInput } from '../../../src/run/publish/commit.js';
import { layoutOf } from '../../../src/run/records/layout.js';
import {
  entryOf,
  type PartitionRecord,
  readInput,
  readRecord,
  readRecords,
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
      record,
    }));
    sums.push(await gatherQuality(layout, covered));
  }
  assert.equal(sums[0]!.quality.rows.read, 600);
  assert.deepEqual(sums[0], sums[1]);
  dir.remove();
});

test('the input of a record is read without its quality, also where a part of the input has that name', async () => {
  const dir = workdir();
  const layout = layoutOf(dir.path, 'csv');
  mkdirSync(layout.records, { recursive: true });
  mkdirSync(layout.intents, { recursive: true });
  mkdirSync(layout.held, { recursive: true });
  for (const notes of [['renamed'], [], ['a,"quality":{', '},"quality":'], ['x'.repeat(200_000)]]) {
    const record = recordOf('a', 1);
    const whole = { ...record, input: { ...record.input, notes } };
    await writeRecord(layout, whole);
    assert.deepEqual(await readInput(layout, 'a'), whole.input);
    await holdPartition(layout, { record: whole, moves: [], stale: [] });
    assert.deepEqual(await readHeldInput(layout, 'a'), whole.input);
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
