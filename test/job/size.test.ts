import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSize, showSize } from '../../src/job/size.js';
import fc from '../seeded.js';

const sizes: readonly (readonly [text: string | number, bytes: number | null])[] = [
  ['4MiB', 4_194_304],
  ['1GiB', 1_073_741_824],
  ['64KB', 64_000],
  ['64KiB', 65_536],
  ['1.5 GB', 1_500_000_000],
  ['12B', 12],
  ['12', 12],
  [12, 12],
  ['0.1KiB', null],
  ['4M', null],
  ['4mib', null],
  ['-1KB', null],
  ['', null],
  ['MiB', null],
  ['1e3KB', null],
  ['9999999TiB', null],
  [1.5, null],
];
for (const [text, bytes] of sizes) {
  test(`reads the size ${JSON.stringify(text)} as ${bytes}`, () => assert.equal(parseSize(text), bytes));
}

test('shows sizes so that whole ones read back', () => {
  assert.equal(showSize(4_194_304), '4 MiB');
  assert.equal(showSize(1_610_612_736), '1.5 GiB');
  assert.equal(showSize(12), '12 B');
  fc.assert(
    fc.property(fc.nat(1023), fc.constantFrom(1, 2 ** 10, 2 ** 20, 2 ** 30), (figure, unit) => {
      assert.equal(parseSize(showSize(figure * unit)), figure * unit);
    }),
  );
});
