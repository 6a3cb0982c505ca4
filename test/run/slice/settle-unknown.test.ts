import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProfiler } from '../../../src/quality/profile-column.js';
import { settleUnknown } from '../../../src/run/slice/settle-unknown.js';
import { columnOf } from '../../repair/tables.js';

function profileOf(cells: readonly (string | null)[]) {
  const column = columnOf({ type: 'string', cells, categories: ['AA', 'UA'] });
  const profiler = createProfiler([{ name: 'c', type: 'string', categories: 2, redact: false }]);
  return profiler.profile('c', column);
}

test('an alias that repair settled is not unknown, whatever reading saw', () => {
  const read = profileOf(['AA', 'aa', 'United', null]);
  assert.equal(read.unknown, 2);
  const [settled] = settleUnknown([read], []);
  assert.equal(settled!.unknown, 0);
  assert.deepEqual(settled!.unknownValues, { values: [], counts: [], total: 0, error: 0 });
});

test('counts of repair replace those of the reader, by name and in total', () => {
  const values = [{ value: 'ZZ', count: 2 }];
  const [settled] = settleUnknown(
    [profileOf(['ZZ', 'ZZ', 'aa'])],
    [{ column: 'c', total: 5, values, unlisted: 3 }],
  );
  assert.equal(settled!.unknown, 5);
  assert.deepEqual(settled!.unknownValues, { values: ['ZZ'], counts: [2], total: 5, error: 3 });
});

test('no value is listed where all are withheld, and the total stays exact', () => {
  const [settled] = settleUnknown([profileOf(['ZZ'])], [{ column: 'c', total: 1, values: [], unlisted: 1 }]);
  assert.equal(settled!.unknown, 1);
  assert.equal(settled!.unknownValues, null);
});

test('a profile without unknown values is left as it is', () => {
  const read = profileOf(['AA', 'UA']);
  assert.equal(settleUnknown([read], [])[0], read);
});
