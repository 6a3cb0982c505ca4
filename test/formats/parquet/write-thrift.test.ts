import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import type { Thrift } from '../../../src/formats/parquet/read-footer.js';
import { thriftBytes } from '../../../src/formats/parquet/write-thrift.js';

const value = fc.letrec((tie) => ({
  struct: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 60 }), tie('any')), { selector: ([field]) => field })
    .map((fields) =>
      Object.fromEntries(fields.sort(([a], [b]) => a - b).map(([field, any]) => [`field_${field}`, any])),
    ),
  any: fc.oneof(
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: 0n, max: 300n }),
    fc.double({ noInteger: true, noNaN: true }).filter(Number.isFinite),
    fc.boolean(),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.uint8Array(),
    fc.constant(undefined),
    fc.array(fc.integer(), { maxLength: 20 }),
    fc.array(fc.bigInt({ min: 0n, max: 2n ** 50n }), { maxLength: 20 }),
    fc.array(fc.string(), { maxLength: 20 }),
    fc.array(fc.boolean(), { maxLength: 20 }),
    fc.array(tie('struct'), { maxLength: 20 }),
    tie('struct'),
  ),
})).struct;

test('a struct is written as hyparquet-writer writes it', () => {
  fc.assert(
    fc.property(value, (struct) => {
      const writer = new ByteWriter();
      serializeTCompactProtocol(writer, struct as Thrift);
      assert.deepEqual(Buffer.from(thriftBytes(struct as Thrift)), Buffer.from(writer.getBytes()));
    }),
  );
});

test('a struct of many megabytes is written whole', () => {
  const big = {
    field_1: Buffer.alloc(1 << 24, 7),
    field_2: Array.from({ length: 100_000 }, (_, i) => ({ field_1: i })),
  };
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, big);
  assert.ok(Buffer.from(thriftBytes(big)).equals(writer.getBytes()));
});
