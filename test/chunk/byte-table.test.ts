import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteTable } from '../../src/chunk/byte-table.js';
import fc from '../seeded.js';

test('numbers distinct bytes in the order in which they came', () => {
  const bytes = fc.uint8Array({ maxLength: 20, max: 3 });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 300 }), (values) => {
      const table = byteTable();
      const known = new Map<string, number>();
      for (const value of values) {
        const key = Buffer.from(value).toString('hex');
        if (!known.has(key)) known.set(key, known.size);
        const padded = Uint8Array.of(9, ...value, 9);
        const id = table.id(padded, 1, 1 + value.length);
        assert.equal(id, known.get(key));
        assert.equal(Buffer.from(table.text(id)).toString('hex'), key);
      }
      assert.equal(table.size, known.size);
    }),
  );
});

test('finds a hundred thousand strings again', () => {
  const table = byteTable();
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < 100_000; i++) {
      const bytes = Buffer.from(`N${i * 7919}X`);
      assert.equal(table.id(bytes, 0, bytes.length), i);
    }
  }
  assert.equal(table.text(99_999), `N${99_999 * 7919}X`);
});
