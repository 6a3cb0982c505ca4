import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Endianness } from 'apache-arrow/fb/endianness';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Schema } from 'apache-arrow/fb/schema';
import { Builder, type Offset } from 'flatbuffers';
import { InvalidError } from '../../src/errors.js';
import { formats } from '../../src/formats/formats.js';
import { unreadableHint } from '../../src/repair/unreadable-hint.js';
import { temporaryFolder } from '../temporary-folder.js';
import { wholeTable } from './whole-table.js';

const rows = Array.from({ length: 60 }, (_, n) => n);
const files = [
  ['parquet', 'test/fixtures/rare.pyarrow.parquet'],
  ['arrow', 'test/fixtures/rare.pyarrow.arrow'],
] as const;
const folder = temporaryFolder('rare');

describe('types that few files have', () => {
  for (const [name, path] of files) {
    for (const chunkBytes of [1 << 20, 100]) {
      it(`${name}, slices of ${chunkBytes} bytes: durations are whole numbers of their units`, async () => {
        const { columns } = await wholeTable(await formats[name](), path, { chunkBytes });
        const expected = rows.map((n) => (n % 7 === 3 ? null : BigInt(n * 90 - 45)));
        for (const unit of ['s', 'ms', 'us', 'ns']) {
          assert.deepEqual(columns[`duration_${unit}`], expected, unit);
        }
      });
    }

    it(`${name}: unsigned numbers beyond 63 bits overflow as int64, and are exact as texts`, async () => {
      const format = await formats[name]();
      const asNumber = await wholeTable(format, path);
      assert.deepEqual(
        asNumber.problems,
        rows.map((n) => `${n}:overflow:uint64`),
      );
      const asText = await wholeTable(format, path, { plan: { uint64: { type: 'string' } } });
      assert.deepEqual(asText.problems, []);
      assert.deepEqual(
        asText.columns['uint64'],
        rows.map((n) => String(2n ** 64n - 1n - BigInt(n))),
      );
    });

    it(`${name}: bytes of one width are refused by a hint that fits them`, async () => {
      const { description } = await (await formats[name]()).open(path, { csv: {} });
      const column = description.columns.find((each) => each.name === 'bytes16')!;
      assert.equal(column.readable, false);
      assert.match(unreadableHint(column.native), /bytes as text/);
    });
  }

  it('arrow: run-end encoded columns of flat values are read, in slices that begin within a run too', async () => {
    const runs = (values: readonly unknown[]) =>
      rows.map((n) => values[[1, 2, 9, 10, 30, 59, 60].findIndex((end) => n < end)]);
    for (const chunkBytes of [1 << 20, 100]) {
      const { columns } = await wholeTable(await formats.arrow(), files[1][1], { chunkBytes });
      assert.deepEqual(columns['run_text'], runs(['a', null, 'NA', '', 'naïve', 'z', 'a']));
      assert.deepEqual(columns['run_float'], runs([0.5, 1.5, null, -2, 4, 5, 6]));
      assert.deepEqual(columns['run_bool'], runs([true, false, null, true, false, true, false]));
      assert.deepEqual(columns['run_day'], runs([0, 1, 2, 3, 4, 5, 6].map((day) => 18_262 + day)));
    }
  });

  it('arrow: big-endian data is unsupported, not corrupt', async () => {
    const path = join(folder, 'big.arrows');
    writeFileSync(path, emptyStream(Endianness.Big));
    await assert.rejects((await formats.arrow()).open(path, { csv: {} }), (error: InvalidError) => {
      assert.equal(error.reason, 'unsupported-arrow');
      assert.match(error.message, /big\.arrows is Arrow that cannot be read: its numbers are big-endian/);
      assert.doesNotMatch(error.message, /corrupt/);
      return error instanceof InvalidError;
    });
    writeFileSync(path, emptyStream(Endianness.Little));
    await (await formats.arrow()).open(path, { csv: {} });
  });
});

describe('the way out for a column that cannot be read', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['FIXED_LEN_BYTE_ARRAY(16)', /bytes as text/],
    ['FixedSizeBinary(20)', /bytes as text/],
    ['FIXED_LEN_BYTE_ARRAY(12) INTERVAL', /number of seconds/],
    ['Interval', /number of seconds/],
    ['STRUCT', /flatten/],
    ['MAP', /flatten/],
    ['LIST<BYTE_ARRAY STRING>', /flatten/],
    ['List<FixedSizeBinary(4)>', /flatten/],
    ['DenseUnion', /flatten/],
    ['BYTE_ARRAY GEOMETRY', /coordinates/],
    ['VARIANT', /separate columns/],
    ['BYTE_ARRAY BSON', /separate columns/],
    ['RunEndEncoded<List<Int32>>', /run-end|flatten/],
    ['encrypted INT32', /decrypt/],
  ];
  for (const [native, hint] of cases) {
    it(`fits ${native}`, () => assert.match(unreadableHint(native), hint));
  }
});

/** An Arrow stream without columns or rows. */
function emptyStream(endianness: Endianness): Buffer {
  const builder = new Builder(64);
  const fields = Schema.createFieldsVector(builder, []);
  Schema.startSchema(builder);
  Schema.addEndianness(builder, endianness);
  Schema.addFields(builder, fields);
  const schema = Schema.endSchema(builder);
  builder.finish(
    Message.createMessage(builder, MetadataVersion.V5, MessageHeader.Schema, schema, 0n, 0 as Offset),
  );
  const table = builder.asUint8Array();
  const start = Buffer.alloc(8);
  start.writeUInt32LE(0xffffffff, 0);
  start.writeInt32LE((table.length + 7) & ~7, 4);
  const padding = Buffer.alloc(((table.length + 7) & ~7) - table.length);
  return Buffer.concat([start, table, padding, Buffer.from('ffffffff00000000', 'hex')]);
}
