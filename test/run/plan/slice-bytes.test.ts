import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sliceBytes } from '../../../src/run/plan/slice-bytes.js';

const bytesOf = (columns: number, chunkBytes: number) =>
  sliceBytes({
    job: { run: { chunkBytes } },
    contract: { columns: Array.from({ length: columns }) },
  } as unknown as Parameters<typeof sliceBytes>[0]);

test('a slice has more bytes than "chunk_bytes" from 129 columns on, at most four times as many', () => {
  assert.deepEqual(
    [1, 128, 129, 257, 500, 5_000].map((columns) => bytesOf(columns, 4096)),
    [4096, 4096, 8192, 12_288, 16_384, 16_384],
  );
});

test('a slice has at most the largest "chunk_bytes", 256 MiB', () => {
  assert.equal(bytesOf(500, 100 * 2 ** 20), 256 * 2 ** 20);
  assert.equal(bytesOf(500, 256 * 2 ** 20), 256 * 2 ** 20);
});
