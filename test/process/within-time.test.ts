import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withinTime } from '../../src/process/within-time.js';

const manyWays = /^(?:(a+)+b)$/u;

describe('a bound on time', () => {
  it('lets work end, and its errors through', () => {
    let done = 0;
    assert.equal(
      withinTime(1000, () => {
        done++;
      }),
      true,
    );
    assert.equal(done, 1);
    const fail = () => {
      throw new RangeError('of its own');
    };
    assert.throws(() => withinTime(1000, fail), RangeError);
  });

  for (const [name, pattern] of [
    ['a repeat within a repeat', manyWays],
    ['alternatives that are the same', /^(?:(a|a)*b)$/u],
    ['repeats side by side', /^(?:a*a*a*a*a*a*a*a*b)$/u],
    ['a reference back', /^(?:(a*)*\1b)$/u],
  ] as const) {
    it(`breaks off one test of an expression: ${name}`, () => {
      const text = 'a'.repeat(2_000);
      assert.equal(
        withinTime(200, () => void pattern.test(text)),
        false,
      );
      assert.equal(
        withinTime(1000, () => void manyWays.test('aab')),
        true,
      );
    });
  }
});
