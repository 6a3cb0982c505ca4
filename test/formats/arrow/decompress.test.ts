import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { CompressionType } from 'apache-arrow/fb/compression-type';
import { arrow } from '../../../src/formats/arrow/arrow.js';
import { decompress } from '../../../src/formats/arrow/decompress.js';
import { loadZstd } from '../../../src/formats/decompress-zstd.js';
import { lz4Zeros, zstdFrame } from '../../faults/bombs/compressed.js';
import { wholeTable } from '../whole-table.js';

describe('a compressed buffer', () => {
  before(loadZstd);

  for (const byte of [0, 0x5a, 0xa5])
    it(`of bytes ${byte} in ZSTD has exactly the bytes that it declares`, () => {
      const frame = zstdFrame([{ byte: String.fromCharCode(byte), times: 1 }, Buffer.alloc(999, byte)]);
      const plain = decompress(CompressionType.ZSTD, frame, 1_000);
      assert.equal(plain.length, 1_000);
      assert.throws(() => decompress(CompressionType.ZSTD, frame, 1_001), /not of 1001 bytes/);
      assert.throws(() => decompress(CompressionType.ZSTD, frame, 5_000), /not of 5000 bytes/);
      assert.throws(() => decompress(CompressionType.ZSTD, frame, 900), /not of 900 bytes/);
    });

  it('in ZSTD that ends within its last block is refused', () => {
    const frame = zstdFrame([Buffer.alloc(999, 'abc')]);
    for (let end = 1; end < frame.length; end++)
      assert.throws(() => decompress(CompressionType.ZSTD, frame.subarray(0, end), 999), /not of 999 bytes/);
  });

  it('in LZ4 has exactly the bytes that it declares', () => {
    const frame = lz4Zeros(2 ** 22 + 1_000);
    assert.deepEqual(
      decompress(CompressionType.LZ4_FRAME, frame, 2 ** 22 + 1_000),
      new Uint8Array(2 ** 22 + 1_000),
    );
    for (const size of [1_000, 2 ** 22, 2 ** 23])
      assert.throws(() => decompress(CompressionType.LZ4_FRAME, frame, size), /LZ4/);
  });
});

it('a file with ZSTD buffers of more than one block is read (it was refused as corrupt)', async () => {
  const { columns } = await wholeTable(arrow, 'test/fixtures/texts-zstd.pyarrow.arrow', {
    all: { layout: 'text' },
  });
  assert.deepEqual(
    columns['text'],
    Array.from({ length: 15_000 }, (_, i) => `text ${i}`),
  );
});
