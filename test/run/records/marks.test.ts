import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  areAllScored,
  disjoint,
  type MarkCounts,
  type RecordedMarks,
  rangesOf,
  type ScoredRange,
  showMark,
  takenRanges,
} from '../../../src/run/records/marks.js';
import { takeNew } from '../../../src/run/slice/take-new.js';
import { type Cell, chunkOf } from '../../repair/tables.js';
import fc from '../../seeded.js';

const types = {
  int32: (value: number) => value,
  int64: (value: number) => BigInt(value) * 10n ** 15n,
  float64: (value: number) => value / 7,
  date: (value: number) => value,
  timestamp: (value: number) => BigInt(value),
  string: (value: number) => String.fromCodePoint(value < 0 ? 0xff00 - value : 0x1f600 + value),
} as const;

type Step =
  | { readonly does: 'append'; readonly values: readonly number[] }
  | { readonly does: 'run' | 'delete'; readonly date: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('append' as const),
      values: fc.array(fc.integer({ min: -9, max: 20 }), { maxLength: 5 }),
    }),
    fc.record({ does: fc.constantFrom('run' as const, 'run' as const, 'delete' as const), date: fc.nat(4) }),
  ),
  { maxLength: 30 },
);

test('no row is in two run folders, and each one that is in none was counted as late', () => {
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(types) as (keyof typeof types)[])), steps, (type, all) => {
      const cells: Cell[] = [];
      const records = new Map<number, RecordedMarks>();
      const published = new Map<number, readonly number[]>();
      for (const step of all) {
        if (step.does === 'append') cells.push(...step.values.map((value): Cell => types[type](value)));
        else if (step.does === 'delete') {
          records.delete(step.date);
          published.delete(step.date);
        } else {
          const others = [...records].filter(([date]) => date !== step.date);
          const scored: ScoredRange[] = disjoint(
            others.flatMap(([date, record]) => rangesOf(record, String(date))),
          );
          const chunk = chunkOf({ at: { type, cells } }, cells.length);
          const taken = takeNew(chunk, { column: 'at', type, scored, sentinels: [] });
          const marks: MarkCounts = taken.marks!;
          const record = takenRanges({ column: 'at', type }, scored, marks);
          assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
          records.set(step.date, record);
          published.set(step.date, [...(taken.chunk.origin.places ?? cells.keys())]);
          const rows = [...published.values()].flat();
          assert.equal(new Set(rows).size, rows.length, 'a row is scored twice');
          const late = scored.reduce((sum, range, i) => sum + marks.leftOut[i]! - range.rows, 0);
          assert.equal(rows.length + late, cells.length, 'a row is lost in silence');
          if (rows.length === cells.length) {
            const ranges = disjoint([...records].flatMap(([date, one]) => rangesOf(one, String(date))));
            assert.ok(areAllScored(ranges, record));
          }
          const other = disjoint(others.flatMap(([, one]) => rangesOf(one, '')));
          if (taken.chunk.rows > 0)
            assert.ok(!areAllScored(other, record), 'a file with new rows is skipped');
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('joins ranges that overlap, as after a folder was restored, and not those that only touch', () => {
  const range = (after: number | null, to: number, rows: number) => ({ after, to, rows, by: '' });
  assert.deepEqual(disjoint([range(10, 20, 1), range(null, 10, 5), range(null, 12, 6)]), [
    range(null, 20, 6),
  ]);
  assert.deepEqual(disjoint([range(10, 20, 1), range(null, 10, 5)]), [range(null, 10, 5), range(10, 20, 1)]);
});

test('shows marks as people write them', () => {
  assert.equal(showMark('timestamp', 1_357_000_000_000_001n), '2013-01-01T00:26:40.000001Z');
  assert.equal(showMark('date', 1), '1970-01-02');
  assert.equal(showMark('string', Buffer.from('b\n')), 'b\\u000a');
});
