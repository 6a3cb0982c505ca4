import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompressionType } from 'apache-arrow/fb/compression-type';
import { decompress } from '../../../src/formats/arrow/decompress.js';
import { lz4Zeros, zstdFrame } from '../../faults/bombs/compressed.js';

describe('a compressed buffer', () => {
  // The bytes with which the decompressor's end is marked are bytes like any other.
  for (const byte of [0, 0x5a, 0xa5])
    it(`of bytes ${byte} in ZSTD has exactly the bytes that it declares`, () => {
      const frame = zstdFrame([{ byte: String.fromCharCode(byte), times: 1 }, Buffer.alloc(999, byte)]);
      const plain = decompress(CompressionType.ZSTD, frame, 1_000);
      assert.equal(plain.length, 1_000);
      assert.throws(() => decompress(CompressionType.ZSTD, frame, 1_001), /less than 1001 bytes/);
      assert.throws(() => decompress(CompressionType.ZSTD, frame, 5_000), /less than 5000 bytes/);
      assert.throws(() => decompress(CompressionType.ZSTD, frame, 900), /more than 900 bytes|bounds/);
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
