import assert from 'node:assert/strict';
import { test } from 'node:test';
import pLimit from 'p-limit';
import type { ByteSlice } from '../../../src/chunk/slice.js';
import { type BinSum, createBinSum } from '../../../src/quality/bin-sum.js';
import { packLight } from '../../../src/quality/light-quality.js';
import { mergeQuality, type SliceQuality } from '../../../src/quality/slice-quality.js';
import {
  createPartitionProfiles,
  type PartitionProfiles,
} from '../../../src/run/score/partition-profiles.js';
import type { HeldBins, SliceResult } from '../../../src/run/slice/slice-result.js';
import { numbersColumn, partsOf, profileOf, qualityOf } from '../../quality/made-columns.js';

const slice = (index: number) => ({ kind: 'bytes', index, bytes: null, inputBytes: 600 }) as ByteSlice;
const qualities = [0, 1, 2, 3, 4].map((i) =>
  qualityOf([profileOf(numbersColumn([i, i + 0.5, 100 * i]), { name: 'x' })]),
);
const whole = qualities.reduce(mergeQuality);
const limit = pLimit(2);

/** A worker that holds the bins of slices. */
function worker(): { score(index: number): SliceResult; give(): HeldBins } {
  const sum: BinSum = createBinSum();
  let slices: number[] = [];
  const give = () => {
    const held = { slices, bins: sum.take() };
    slices = [];
    return held;
  };
  return {
    score(index) {
      const { light, bins } = partsOf(qualities[index]!);
      sum.add(bins);
      slices.push(index);
      const quality = packLight(light);
      return {
        rows: null!,
        scored: null,
        rejects: null,
        audit: null,
        quality,
        bins: null,
        challengers: [],
        keys: null,
        ranked: [],
        marks: null,
      };
    },
    give,
  };
}

/** Adds the five slices, scored by two workers in turn, and counts how often a slice is scored again. */
function addAll(profiles: PartitionProfiles) {
  const workers = [worker(), worker()];
  const scoredAgain: number[] = [];
  for (const index of qualities.keys()) {
    const again = async () => {
      scoredAgain.push(index);
      const other = worker();
      return { ...other.score(index), bins: other.give() };
    };
    profiles.add(slice(index), { result: workers[index % 2]!.score(index), again });
  }
  return { workers, scoredAgain };
}

const isWhole = (quality: SliceQuality) => assert.deepEqual(quality, whole);

test('what the workers hold is asked for once, at the end', async () => {
  const profiles = createPartitionProfiles(1000);
  const { workers, scoredAgain } = addAll(profiles);
  const drop = async () => {
    for (const one of workers) profiles.gathered(one.give());
  };
  isWhole(await profiles.finish(drop, limit));
  assert.deepEqual(scoredAgain, []);
});

test('what was given away needs no question', async () => {
  const profiles = createPartitionProfiles(1000);
  const { workers } = addAll(profiles);
  for (const one of workers) profiles.gathered(one.give());
  isWhole(await profiles.finish(() => assert.fail('asked'), limit));
});

test('what a dead worker held is scored again, and what it still said too late counts for nothing', async () => {
  const profiles = createPartitionProfiles(1000);
  const { workers, scoredAgain } = addAll(profiles);
  const late = workers[1]!.give();
  const drop = async () => {
    profiles.gathered(workers[0]!.give());
    setImmediate(() => profiles.gathered(late));
  };
  isWhole(await profiles.finish(drop, limit));
  assert.deepEqual(scoredAgain, [1, 3]);
  profiles.gathered(late);
  isWhole(await profiles.finish(drop, limit));
});

test('bins that come twice are an error, not a wrong profile', async () => {
  const profiles = createPartitionProfiles(1000);
  const { workers } = addAll(profiles);
  const held = workers[0]!.give();
  const drop = async () => {
    for (const one of [held, held, workers[1]!.give()]) profiles.gathered(one);
  };
  await assert.rejects(profiles.finish(drop, limit), /slice 0 came twice/);
});

test('a first slice and one whose bytes cannot be read again come with their bins', () => {
  const profiles = createPartitionProfiles(1000);
  assert.equal(profiles.handOver(slice(0)), true);
  assert.equal(profiles.handOver({ ...slice(0), inputBytes: 400 }), false);
  assert.equal(profiles.handOver(slice(1)), false);
  assert.equal(profiles.handOver({ ...slice(1), bytes: new Uint8Array(1) }), true);
});
