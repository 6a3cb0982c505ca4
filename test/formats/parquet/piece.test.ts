import assert from 'node:assert/strict';
import { test } from 'node:test';
import { footerAround, footerBytes } from '../../../src/formats/parquet/piece.js';
import { thriftBytes } from '../../../src/formats/parquet/write-thrift.js';

const groupOf = (i: number) => ({
  field_1: [
    { field_2: 0n, field_3: { field_1: 6, field_3: ['a'], field_12: { field_5: Buffer.from(`${i}`) } } },
  ],
  field_3: BigInt(i),
});
const start = { field_1: 2, field_2: [{ field_4: 'schema', field_5: 1 }], field_3: 70n };
const end = { field_6: 'nightshift', field_7: [{ field_1: {} }] };

test('a footer around row groups that are bytes is the footer that their thrift gives', () => {
  for (const count of [0, 1, 14, 15, 300]) {
    const groups = Array.from({ length: count }, (_, i) => groupOf(i));
    const whole = footerBytes({ ...start, field_4: groups, ...end });
    assert.deepEqual(Buffer.from(footerAround(start, groups.map(thriftBytes), end)), Buffer.from(whole));
  }
});

test('a row group that is kept holds no memory of the piece it came from', () => {
  const piece = Buffer.alloc(1 << 20, 'x');
  const group = { field_1: [{ field_3: { field_12: { field_5: piece.subarray(0, 8) } } }] };
  const { buffer } = thriftBytes(group);
  assert.ok(buffer.byteLength < 100, `${buffer.byteLength}`);
});
