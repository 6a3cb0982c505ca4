import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, ColumnType } from '../../src/chunk/column.js';
import { allPresent, markMissing } from '../../src/chunk/validity.js';
import { openCountLoops } from '../../src/kernels/open-count-loops.js';
import { plainCountLoops } from '../../src/kernels/plain/count-loops.js';
import { countMemory } from '../../src/quality/count-memory.js';
import { createProfiler } from '../../src/quality/profile-column.js';
import fc from '../seeded.js';
import { seededRandom } from './made-columns.js';

const simd = openCountLoops();
const memories = [simd, plainCountLoops()].map(countMemory);

/** The compiled loops and their twin must give the same profile, to the last bit of its sums. */
function assertTwins(column: Column, categories: number | null = null): void {
  const [one, other] = memories.map((memory) => {
    const profiler = createProfiler([{ name: 'x', type: column.type, categories, redact: false }], memory);
    // The second time begins with what the first has learnt.
    return [profiler.profile('x', column), profiler.profile('x', column)];
  });
  assert.deepEqual(one, other);
  assert.deepEqual(one![0], one![1]);
}

function validityOf(missing: readonly boolean[]): Uint8Array | null {
  if (!missing.includes(true)) return null;
  const validity = allPresent(missing.length);
  missing.forEach((isMissing, row) => {
    if (isMissing) markMissing(validity, row);
  });
  return validity;
}

function numeric(type: ColumnType, list: readonly number[], missing: readonly boolean[]): Column {
  const length = list.length;
  const validity = validityOf(missing);
  const at = (missingValue: number) => list.map((value, row) => (missing[row] ? missingValue : value));
  switch (type) {
    case 'float32':
      return { type, length, values: Float32Array.from(at(Number.NaN)), validity };
    case 'float64':
      return { type, length, values: Float64Array.from(at(Number.NaN)), validity };
    case 'int32':
      return { type, length, values: Int32Array.from(at(0)), validity };
    default: {
      const whole = at(0).map((value) =>
        BigInt.asIntN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0)),
      );
      return { type: 'int64', length, values: BigInt64Array.from(whole), validity };
    }
  }
}

const number = fc.oneof(
  fc.integer({ min: -5000, max: 13_000 }),
  fc.double({ noDefaultInfinity: false }),
  fc.constantFrom(
    0,
    -0,
    0.5,
    -4096,
    -4097,
    12_287,
    12_288,
    5e-324,
    2 ** 40,
    -(2 ** 62),
    Number.POSITIVE_INFINITY,
  ),
);

test('the compiled loops are there to be held against their twin', () => {
  assert.equal(simd.kind, 'simd');
});

for (const type of ['float32', 'float64', 'int32', 'int64'] as const) {
  test(`numbers of ${type} are counted by the compiled loops as by their plain twin`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, fc.boolean()), { maxLength: 60 }),
        fc.boolean(),
        (rows, mayMiss) => {
          assertTwins(
            numeric(
              type,
              rows.map(([value]) => value),
              rows.map(([, missing]) => mayMiss && missing),
            ),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test(`blocks of ${type} end where they must: all different, all small, mixed, over more than two blocks`, () => {
    const random = seededRandom(7);
    const kinds = [
      () => (random() - 0.3) * 1e5,
      () => Math.floor(random() * 9000),
      () => (random() < 0.7 ? 3 : random() * 1e9),
    ];
    for (const kind of kinds) {
      for (const rows of [8191, 8192, 20_003]) {
        const list = Array.from({ length: rows }, kind);
        assertTwins(
          numeric(
            type,
            list,
            list.map(() => false),
          ),
        );
        assertTwins(
          numeric(
            type,
            list,
            list.map(() => random() < 0.03),
          ),
        );
      }
    }
  });
}

test('codes and texts are counted by the compiled loops as by their plain twin', () => {
  const random = seededRandom(11);
  for (const rows of [0, 1, 7, 9000, 20_001]) {
    const missing = Array.from({ length: rows }, () => random() < 0.1);
    const dictionary = Array.from({ length: 40 }, (_, i) => `é${i}`.repeat(i % 5));
    const codes = Int32Array.from(missing, (isMissing) => (isMissing ? -1 : Math.floor(random() * 40)));
    const validity = validityOf(missing);
    assertTwins({ type: 'string', layout: 'dictionary', length: rows, codes, dictionary, validity }, 12);
    assertTwins(
      texts(missing.map((isMissing) => (isMissing ? null : 'aé€𝄞x'.slice(0, random() * 7) + random()))),
    );
  }
});

test('a dictionary and texts that do not fit the loops are counted all the same', () => {
  const dictionary = Array.from({ length: 20_000 }, (_, i) => String(i));
  const codes = Int32Array.from({ length: 30_000 }, (_, i) => (i % 20_001) - 1);
  const profile = createProfiler([{ name: 'x', type: 'string', categories: null, redact: false }]);
  const many = profile.profile('x', {
    type: 'string',
    layout: 'dictionary',
    length: codes.length,
    codes,
    dictionary,
    validity: validityOf([...codes].map((code) => code < 0)),
  });
  assert.equal(many.values!.total, 29_998);
  assert.equal(many.missing, 2);

  const long = ['a', 'é'.repeat(70_000), null, 'bc'];
  const all = profile.profile('x', texts([...long, ...Array.from({ length: 30 }, () => 'é'.repeat(9000))]));
  assert.deepEqual(all.lengths, { count: 33, min: 1, max: 70_000, sum: 3 + 70_000 + 30 * 9000 });
  const short = profile.profile('x', texts(['a', 'bc', 'é'.repeat(9000)]));
  const asLong = profile.profile(
    'x',
    texts(['a', 'bc', ...Array.from({ length: 30 }, () => 'é'.repeat(9000))]),
  );
  assert.equal(short.distinct, asLong.distinct);
});

function texts(values: readonly (string | null)[]): Column {
  const pieces = values.map((value) => Buffer.from(value ?? ''));
  const offsets = new Int32Array(values.length + 1);
  pieces.forEach((piece, row) => {
    offsets[row + 1] = offsets[row]! + piece.length;
  });
  const bytes = Buffer.concat(pieces);
  return {
    type: 'string',
    layout: 'text',
    length: values.length,
    offsets,
    bytes,
    validity: validityOf(values.map((value) => value === null)),
  };
}
