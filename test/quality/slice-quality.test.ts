import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createBinSum } from '../../src/quality/bin-sum.js';
import { createBinPacker } from '../../src/quality/column-bins.js';
import { absentColumn, type ColumnProfile } from '../../src/quality/column-profile.js';
import { packLight, unpackLight } from '../../src/quality/light-quality.js';
import { mean, standardDeviation } from '../../src/quality/number-profile.js';
import { createProfiler } from '../../src/quality/profile-column.js';
import { createQualitySum } from '../../src/quality/quality-sum.js';
import {
  emptyQuality,
  mergeQuality,
  qualityToWrite,
  type SliceQuality,
  usedColumn,
} from '../../src/quality/slice-quality.js';
import { mostFrequent } from '../../src/quality/top-values.js';
import fc from '../seeded.js';
import {
  numbersColumn,
  partsOf,
  profileOf,
  qualityOf,
  seededNormal,
  seededRandom,
  textsColumn,
} from './made-columns.js';

interface Rows {
  readonly delay: readonly (number | null)[];
  readonly carrier: readonly (string | null)[];
  /** True if repair filled the delays, so that the model got values that differ from those read. */
  readonly filled: boolean;
  readonly absent: boolean;
}

const rows: fc.Arbitrary<Rows> = fc.nat({ max: 40 }).chain((count) =>
  fc.record({
    delay: fc.array(fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), {
      minLength: count,
      maxLength: count,
    }),
    carrier: fc.array(fc.option(fc.constantFrom('AA', 'B6', 'ZZ')), { minLength: count, maxLength: count }),
    filled: fc.boolean(),
    absent: fc.boolean(),
  }),
);

function qualityOfRows({ delay, carrier, filled, absent }: Rows): SliceQuality {
  const filling = numbersColumn(delay.map((value) => value ?? 0));
  return {
    ...qualityOf([
      profileOf(numbersColumn(delay), { name: 'delay' }),
      profileOf(textsColumn(carrier, ['AA', 'B6']), { name: 'carrier', categories: 2 }),
      absent ? absentColumn('extra', 'float64', delay.length) : profileOf(filling, { name: 'extra' }),
    ]),
    used: filled ? [profileOf(filling, { name: 'delay' })] : [],
  };
}

/** Returns the part of a quality that must not depend on the merging; sums only within rounding. */
function essence(quality: SliceQuality): unknown {
  const ofColumn = (profile: ColumnProfile | null) => {
    if (profile === null) return null;
    const { numbers, values, unknownValues, ...rest } = profile;
    return {
      ...rest,
      values: values === null ? null : mostFrequent(values, 99),
      unknownValues: unknownValues === null ? null : mostFrequent(unknownValues, 99),
      numbers: numbers === null ? null : { ...numbers, sum: 0, carry: 0, squares: 0 },
    };
  };
  const { raw, rows } = quality;
  return { rows, raw: raw.map(ofColumn), used: raw.map(({ name }) => ofColumn(usedColumn(quality, name))) };
}

/** Fails unless both are equal, except for sums, which may differ by the largest rounding error. */
function assertSame(one: SliceQuality, other: SliceQuality): void {
  assert.deepEqual(essence(one), essence(other));
  one.raw.forEach(({ numbers }, i) => {
    const same = other.raw[i]!.numbers;
    if (numbers === null || same === null || numbers.count === 0) return;
    const greatest = Math.max(Math.abs(numbers.min!), Math.abs(numbers.max!));
    assert.ok(Math.abs(mean(numbers)! - mean(same)!) <= 1e-12 * greatest);
  });
}

test('merging is associative and order-free', () => {
  fc.assert(
    fc.property(rows, rows, rows, (a, b, c) => {
      const [x, y, z] = [qualityOfRows(a), qualityOfRows(b), qualityOfRows(c)];
      const merged = mergeQuality(mergeQuality(x, y), z);
      assertSame(mergeQuality(x, mergeQuality(y, z)), merged);
      assertSame(mergeQuality(z, mergeQuality(y, x)), merged);
    }),
  );
});

test('merged slices have the profile of all their rows', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const both = qualityOfRows({
        delay: [...a.delay, ...b.delay],
        carrier: [...a.carrier, ...b.carrier],
        filled: a.filled,
        absent: a.absent,
      });
      const merged = mergeQuality(
        qualityOfRows(a),
        qualityOfRows({ ...b, filled: a.filled, absent: a.absent }),
      );
      assertSame(merged, both);
      const [one, two] = [merged.raw[0]!.numbers!, both.raw[0]!.numbers!];
      const deviation = standardDeviation(two);
      if (deviation !== null) {
        assert.ok(Math.abs(standardDeviation(one)! - deviation) <= 1e-9 * deviation + 1e-9);
      }
    }),
  );
});

test('a column that repair changed in one slice only is what the model got in all', () => {
  const base = { carrier: ['AA', null], absent: true } as const;
  const read = qualityOfRows({ ...base, delay: [1, 2], filled: false });
  const repaired = qualityOfRows({ ...base, delay: [null, 4], filled: true });
  const merged = mergeQuality(read, repaired);
  assert.equal(usedColumn(merged, 'delay')!.missing, 0);
  assert.equal(usedColumn(merged, 'delay')!.numbers!.sum, 7);
  assert.equal(merged.raw[0]!.missing, 1);
  assert.equal(merged.used.length, 1);
});

test('a quality without its bins is the same when it is unpacked, also after it went to another process', () => {
  fc.assert(
    fc.property(rows, (a) => {
      const { light } = partsOf(qualityOfRows(a));
      const { raw, used, outputs, ...others } = unpackLight(structuredClone(packLight(light)));
      const unpacked = { ...others, raw: [...raw], used: [...used], outputs: [...outputs] };
      assert.ok(isDeepStrictEqual(unpacked, light));
    }),
  );
});

test('slices have the same quality whichever workers added up their bins, and whenever these were given away', () => {
  const slices = fc.array(fc.tuple(rows, fc.nat({ max: 2 }), fc.boolean()), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(slices, (list) => {
      const sum = createQualitySum();
      const workers = [0, 1, 2].map(createBinSum);
      for (const [a, worker, gives] of list) {
        const { light, bins } = partsOf(qualityOfRows(a));
        sum.add(light);
        workers[worker]!.add(bins);
        if (!gives) continue;
        const given = worker === 0 ? [workers[worker]!.take()] : workers[worker]!.takeParts(1);
        for (const part of given) sum.addBins(structuredClone(part));
      }
      const [first, ...others] = workers.reverse();
      for (const part of first!.takeParts(1)) sum.addBins(part);
      for (const worker of others) sum.addBins(worker.take());
      assert.ok(isDeepStrictEqual(sum.quality(), list.map(([a]) => qualityOfRows(a)).reduce(mergeQuality)));
    }),
  );
});

test('qualities that are added with their bins, as they are or as in a file, are merged one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(rows, fc.boolean()), { minLength: 1, maxLength: 9 }), (list) => {
      const sum = createQualitySum();
      for (const [a, isWritten] of list) {
        const quality = qualityOfRows(a);
        sum.addWhole(isWritten ? JSON.parse(JSON.stringify(qualityToWrite(quality))) : quality);
      }
      assert.ok(isDeepStrictEqual(sum.quality(), list.map(([a]) => qualityOfRows(a)).reduce(mergeQuality)));
    }),
  );
});

test('bins that a worker counts no finer than what it holds come to the same', () => {
  const field = { name: 'delay', type: 'float64', categories: null, redact: false } as const;
  const random = seededRandom(7);
  const normal = seededNormal(random);
  const slices = Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: 700 }, () => (i % 3 === 0 ? Math.round(normal() * 100) : normal() * 10 ** (i % 5))),
  );
  const sum = createQualitySum();
  const workers = [0, 1].map(() => ({ sum: createBinSum(), profiler: createProfiler([field]) }));
  for (const [i, values] of slices.entries()) {
    const { sum: held, profiler } = workers[i % 2]!;
    const packer = createBinPacker();
    const { light, bins } = profiler.count('delay', numbersColumn(values), held.finest('raw', 'delay'));
    packer.add('raw', 'delay', bins);
    held.add(packer.packed());
    sum.add(qualityOf([light]));
    if (i % 5 === 4) sum.addBins(held.take());
  }
  for (const { sum: held } of workers) sum.addBins(held.take());
  const plain = slices
    .map((values) => qualityOf([profileOf(numbersColumn(values), field)]))
    .reduce(mergeQuality);
  assert.ok(plain.raw[0]!.numbers!.sketch.precision < 10);
  assert.deepEqual(sum.quality(), plain);
});

test('an empty quality changes nothing, and all of it survives JSON', () => {
  fc.assert(
    fc.property(rows, (a) => {
      const quality = qualityOfRows(a);
      assert.ok(isDeepStrictEqual(mergeQuality(emptyQuality(), quality), quality));
      assert.ok(isDeepStrictEqual(mergeQuality(quality, emptyQuality()), quality));
      assert.ok(isDeepStrictEqual(JSON.parse(JSON.stringify(quality)), quality));
    }),
  );
});
