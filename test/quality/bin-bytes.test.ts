import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BinBytes, mergeBins, readBins, roomFor, writeBins } from '../../src/quality/bin-bytes.js';
import { createBinSum } from '../../src/quality/bin-sum.js';
import { createBinPacker } from '../../src/quality/column-bins.js';
import { raiseRanks, raiseWritten, registers, writeRegisters } from '../../src/quality/distinct.js';
import { createProfiler } from '../../src/quality/profile-column.js';
import { fullPrecision, maxBins } from '../../src/quality/sketch.js';
import fc from '../seeded.js';
import { numbersColumn, seededNormal, seededRandom } from './made-columns.js';

const greatestKey = 2047 * 2 ** fullPrecision;

const count = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 300 }) },
  fc.integer({ min: 1, max: 2 ** 52 }),
);
const key = fc.oneof(
  fc.integer({ min: -400, max: 400 }),
  fc.integer({ min: -greatestKey, max: greatestKey }),
  fc.constantFrom(-greatestKey, 0, greatestKey),
);
const bins = fc
  .array(fc.tuple(key, count), { maxLength: 600 })
  .map((list) => new Map([...list].sort(([a], [b]) => a - b)));

function bytesOf(map: ReadonlyMap<number, number>): BinBytes {
  const bytes = new Uint8Array(roomFor(map.size));
  return {
    bytes,
    start: 0,
    end: writeBins(bytes, 0, [...map.keys()], [...map.values()], map.size),
    bins: map.size,
  };
}

function mapOf(of: BinBytes): Map<number, number> {
  const [keys, counts]: [number[], number[]] = [[], []];
  readBins(of, keys, counts);
  assert.equal(keys.length, of.bins);
  return new Map(keys.map((one, i) => [one, counts[i]!]));
}

test('bins are read as they were written', () => {
  fc.assert(fc.property(bins, (some) => assert.deepEqual([...mapOf(bytesOf(some))], [...some])));
});

test('merged bins are all bins of both, in order, with the counts of both', () => {
  fc.assert(
    fc.property(bins, bins, (one, other) => {
      const both = new Map(one);
      for (const [at, more] of other) both.set(at, (both.get(at) ?? 0) + more);
      const expected = [...both].sort(([a], [b]) => a - b);
      assert.deepEqual([...mapOf(mergeBins(bytesOf(one), bytesOf(other)))], expected);
    }),
  );
});

test('registers are raised by those that were written, few or many', () => {
  const some = fc.array(fc.tuple(fc.nat({ max: registers - 1 }), fc.integer({ min: 1, max: 22 })), {
    maxLength: 700,
  });
  fc.assert(
    fc.property(some, some, fc.boolean(), (mine, others, isBounded) => {
      const [ranks, more] = [mine, others].map((list) => {
        const made = new Uint8Array(registers);
        for (const [slot, rank] of list) made[slot] = rank;
        return made;
      }) as [Uint8Array, Uint8Array];
      const bytes = new Uint8Array(registers + 3);
      const end = writeRegisters(bytes, 3, more, isBounded ? others.length : registers);
      assert.ok(end - 3 <= registers);
      const expected = ranks.slice();
      raiseRanks(expected, more);
      raiseWritten(ranks, bytes, 3, end);
      assert.deepEqual(ranks, expected);
    }),
  );
});

test('a worker holds at most 5 bytes a bin and one a register of a column of many different numbers', () => {
  const field = { name: 'x', type: 'float64', categories: null, redact: false } as const;
  const normal = seededNormal(seededRandom(11));
  const profiler = createProfiler([field]);
  const sum = createBinSum();
  const packer = createBinPacker();
  for (let slice = 0; slice < 64; slice++) {
    const column = numbersColumn(Array.from({ length: 1000 }, () => normal() * 1000));
    packer.clear();
    packer.add('raw', 'x', profiler.count('x', column, sum.finest('raw', 'x')).bins);
    assert.ok(packer.length() <= 5 * 1000 + registers);
    sum.add(packer.packed());
  }
  const { bytes } = sum.take();
  const most = 5 * maxBins + registers;
  assert.ok(bytes.length > registers && bytes.length < most, `${bytes.length} bytes`);
  assert.ok(bytes.buffer.byteLength < 2 * most);
});
