import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noRows } from '../../src/chunk/row-counts.js';
import type { RunEvent } from '../../src/run-event.js';
import { showCount, showDuration, trackProgress } from '../../src/telemetry/progress-state.js';
import fc from '../seeded.js';

const planned = (partitions: number, skipped: number, bytes: number): RunEvent => ({
  kind: 'planned',
  runId: 'r',
  partitions,
  skipped,
  bytes,
  workers: 2,
});
const started = (partition: string, bytes: number): RunEvent => ({
  kind: 'partition-started',
  partition,
  bytes,
});
const scored = (partition: string, rows: number, bytes: number | null, rejected = 0): RunEvent => ({
  kind: 'slice-scored',
  partition,
  rows,
  rejected,
  bytes,
});
const ended = (partition: string): RunEvent => ({
  kind: 'partition-ended',
  partition,
  state: 'published',
  rows: { ...noRows, read: 0, rejected: 0 },
  message: null,
  durationMs: 1,
});

test('measures bytes of input, and shows speed and remaining time', () => {
  let now = 0;
  const state = trackProgress(() => now);
  state.observe(planned(3, 1, 1_000));
  assert.deepEqual(state.figures(), {
    partitionsEnded: 0,
    partitions: 2,
    rows: 0,
    rejected: 0,
    rowsPerSecond: 0,
    done: 0,
    etaMs: null,
  });
  state.observe(started('a', 400));
  now = 2_000;
  state.observe(scored('a', 5_000, 200));
  assert.deepEqual(state.figures(), {
    partitionsEnded: 0,
    partitions: 2,
    rows: 5_000,
    rejected: 0,
    rowsPerSecond: 2_500,
    done: 0.2,
    etaMs: 8_000,
  });
  state.observe(ended('a'));
  assert.equal(state.figures().done, 0.4);
  assert.equal(state.figures().partitionsEnded, 1);
});

test('a partition that is tried again does not count twice', () => {
  const state = trackProgress(() => 1);
  state.observe(planned(1, 0, 100));
  state.observe(started('a', 100));
  state.observe(scored('a', 10, 60));
  state.observe(started('a', 100));
  assert.equal(state.figures().done, 0);
  state.observe(scored('a', 10, 90));
  state.observe(scored('a', 10, 90));
  assert.equal(state.figures().done, 1);
});

test('rows of a partition that is scored again from its begin count once, rejected ones too', () => {
  let now = 0;
  const state = trackProgress(() => now);
  state.observe(planned(2, 0, 200));
  state.observe(started('a', 100));
  state.observe(scored('a', 50, 100, 2));
  state.observe(started('b', 100));
  state.observe(scored('b', 40, 60, 7));
  state.observe(started('b', 100));
  assert.deepEqual([state.figures().rows, state.figures().rejected], [50, 2]);
  now = 1_000;
  state.observe(scored('b', 40, 60, 3));
  const { rows, rejected, rowsPerSecond } = state.figures();
  assert.deepEqual([rows, rejected], [90, 5]);
  assert.equal(rowsPerSecond, 130, 'the work was done twice');
});

test('promises neither a share nor a time while it reads an input of unknown size', () => {
  let now = 0;
  const state = trackProgress(() => now);
  state.observe(planned(2, 0, 200));
  state.observe(started('packed', 100));
  now = 2_000;
  state.observe(scored('packed', 1_000, null));
  const { done, etaMs, rows, rowsPerSecond } = state.figures();
  assert.deepEqual([done, etaMs, rows, rowsPerSecond], [null, null, 1_000, 500]);
  state.observe(ended('packed'));
  assert.equal(state.figures().done, 0.5);
  assert.equal(state.figures().etaMs, 2_000);
});

test('the speed is that of the last half minute', () => {
  let now = 0;
  const state = trackProgress(() => now);
  state.observe(planned(1, 0, 1_000_000));
  state.observe(started('a', 1_000_000));
  for (let second = 1; second <= 100; second++) {
    now = second * 1_000;
    state.observe(scored('a', second <= 50 ? 1_000 : 10, 1_000));
  }
  assert.ok(Math.abs(state.figures().rowsPerSecond - 10) < 1);
});

test('whatever happens, the share done stays between nothing and all', () => {
  const partition = fc.constantFrom('a', 'b', 'c');
  const event = fc.oneof(
    fc.tuple(partition, fc.nat(50)).map(([name, bytes]) => started(name, bytes)),
    fc.tuple(partition, fc.nat(9), fc.nat(60)).map(([name, rows, bytes]) => scored(name, rows, bytes)),
    partition.map(ended),
  );
  fc.assert(
    fc.property(fc.array(event), fc.nat(100), (events, bytes) => {
      let now = 0;
      const state = trackProgress(() => (now += 100));
      for (const each of [planned(3, 0, bytes), ...events]) {
        state.observe(each);
        const { done, etaMs, rowsPerSecond } = state.figures();
        assert.ok(done !== null && done >= 0 && done <= 1);
        assert.ok(etaMs === null || (etaMs >= 0 && Number.isFinite(etaMs)));
        assert.ok(Number.isFinite(rowsPerSecond));
      }
    }),
  );
});

test('durations and counts are short enough for a line', () => {
  assert.deepEqual([0, 59_400, 65_000, 3_600_000, 7_620_000].map(showDuration), [
    '0s',
    '59s',
    '1m 05s',
    '1h 00m',
    '2h 07m',
  ]);
  assert.deepEqual([0, 950, 12_345, 3_370_000, 999_600, 2e9].map(showCount), [
    '0',
    '950',
    '12.3 k',
    '3.37 M',
    '1.00 M',
    '2.00 G',
  ]);
});
