import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../src/chunk/column.js';
import { selectRows } from '../../src/chunk/select-rows.js';
import { allPresent, markMissing } from '../../src/chunk/validity.js';
import { openCountLoops } from '../../src/kernels/open-count-loops.js';
import { plainCountLoops } from '../../src/kernels/plain/count-loops.js';
import { createCellCounter, orderedCells } from '../../src/quality/count-by-cell.js';
import { type CountMemory, countMemory } from '../../src/quality/count-memory.js';
import { createProfiler, wholeProfile } from '../../src/quality/profile-column.js';
import { segmentPrecision, segmentProfile } from '../../src/quality/segment.js';
import { seededRandom } from './made-columns.js';

const rows = 20_001;
const random = seededRandom(7);
const of = Uint8Array.from({ length: rows }, () => Math.floor(random() * 5));
// The rows of cell 4 are not counted.
const cells = orderedCells(of, 4);
const unions = [[0, 1], [2], [0, 1, 2, 3], [3]];

const validity = allPresent(rows);
for (let row = 0; row < rows; row += 37) markMissing(validity, row);
const orMissing = (value: number, row: number) => (row % 37 === 0 ? Number.NaN : value);
const fields = { length: rows, validity } as const;
const floats = (make: (row: number) => number) => Array.from({ length: rows }, (_, row) => make(row));

const columns: Readonly<Record<string, Column>> = {
  scores: {
    ...fields,
    type: 'float32',
    values: Float32Array.from(floats((row) => orMissing(random(), row))),
  },
  signed: {
    type: 'float64',
    length: rows,
    validity: null,
    values: Float64Array.from(
      floats((row) => [Number.NaN, Number.POSITIVE_INFINITY, -0, -2, 1e-310][row % 50] ?? random() * 20 - 10),
    ),
  },
  'one outlier': {
    type: 'float64',
    length: rows,
    validity: null,
    values: Float64Array.from(floats((row) => (row === 0 ? 1e15 : random()))),
  },
  small: {
    ...fields,
    type: 'int32',
    values: Int32Array.from(floats((row) => (row % 37 === 0 ? 0 : row % 9))),
  },
  long: {
    ...fields,
    type: 'int64',
    values: BigInt64Array.from(
      floats((row) => row - 9000),
      (value) => BigInt(value) * 1_000_003n,
    ),
  },
  flags: { ...fields, type: 'boolean', values: Uint8Array.from(floats((row) => Number(row % 37 > 20))) },
  texts: {
    ...fields,
    type: 'string',
    layout: 'dictionary',
    dictionary: ['a', 'b', 'ä', 'unknown'],
    codes: Int32Array.from(floats((row) => (row % 37 === 0 ? -1 : row % 4))),
  },
  'too many bins': {
    type: 'float64',
    length: rows,
    validity: null,
    values: Float64Array.from(floats(() => (random() - 0.5) * 10 ** (600 * random() - 300))),
  },
};

/** Returns a profile with rounded sums, because they are added in a different order. */
function rounded(profile: ReturnType<typeof wholeProfile>) {
  const { numbers } = profile;
  if (numbers === null) return profile;
  const about = (value: number) => Number(value.toPrecision(9));
  return {
    ...profile,
    numbers: {
      ...numbers,
      carry: 0,
      sum: about(numbers.sum + numbers.carry),
      squares: about(numbers.squares),
    },
  };
}

test('counting whole columns between leaves nothing behind in the memory that both use', () => {
  const fields = Object.entries(columns).map(([name, { type }]) => ({
    name,
    type,
    categories: null,
    redact: false,
  }));
  const countAll = (memory: CountMemory, isBetween: boolean) => {
    const profiler = createProfiler(fields, memory);
    const counter = createCellCounter(fields, memory);
    return Object.entries(columns).map(([name, column]) => {
      if (isBetween) profiler.profile('too many bins', columns['too many bins']!);
      const parts: unknown[] = [];
      counter.count(name, column, cells, unions, (_, part) => parts.push(wholeProfile(part)));
      return parts;
    });
  };
  const alone = countAll(countMemory(openCountLoops()), false);
  assert.deepEqual(countAll(countMemory(openCountLoops()), true), alone);
});

for (const [name, column] of Object.entries(columns)) {
  test(`${name}: each union is counted as if its rows had been selected, by both kinds of loops`, () => {
    const field = { name, type: column.type, categories: name === 'texts' ? 3 : null, redact: false };
    for (const loops of [openCountLoops(), plainCountLoops()]) {
      const memory = countMemory(loops);
      let counted = 0;
      createCellCounter([field], memory).count(name, column, cells, unions, (i, part) => {
        const mine = wholeProfile(part);
        const among = Int32Array.from(of.keys()).filter((row) => unions[i]!.includes(of[row]!));
        const plain = createProfiler([field], countMemory(plainCountLoops()));
        const expected = plain.count(name, selectRows(column, among), segmentPrecision);
        assert.deepEqual(rounded(mine), rounded(segmentProfile(wholeProfile(expected))), `union ${i}`);
        counted++;
      });
      assert.equal(counted, unions.length);
    }
  });
}
