import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../../src/errors.js';
import { selectInputs } from '../../../src/run/plan/select-inputs.js';

function inputs(names: readonly string[]) {
  return names.map((partition) => ({
    path: `/in/${partition}.csv`,
    name: `${partition}.csv`,
    bytes: 1,
    mtimeMs: 0,
    refusal: null,
    partition,
  }));
}

const days = [
  '2013-01-04',
  '2013-01-05',
  '2013-01-06',
  '2013-01-07',
  '2013-01-08',
  '2013-01-09',
  '2013-02-01',
];

function refusal(names: readonly string[], partition: string): InvalidError {
  try {
    selectInputs(inputs(names), { partition, shard: null, failedOnly: false }, new Set());
  } catch (error) {
    assert.ok(error instanceof InvalidError);
    return error;
  }
  assert.fail('nothing was refused');
}

test('a glob that matches no partition is refused with the names that there are', () => {
  const { message, hint } = refusal(days, '2014*');
  assert.equal(message, '"--partition" matches none of 7 partitions, found 2014*');
  assert.equal(hint, 'there are 2013-01-04, 2013-01-05, 2013-01-06, 2013-01-07, 2013-01-08 and 2 more');
});

test('a name that is nearly one of a partition is suggested', () => {
  assert.equal(refusal(['a'], 'b').hint, 'the only one is a');
  assert.equal(refusal(days, '2013-1-09').hint?.split('? ')[0], 'did you mean 2013-01-09');
  const file = refusal(['flights-4', 'flights-5'], 'flights-5.csv');
  assert.equal(file.hint, 'did you mean flights-5? there are flights-4 and flights-5');
});
