import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textPieces } from '../../../src/formats/text/byte-stream.js';
import { workdir } from '../../workdir.js';

const blockBytes = 131_072;

/** A Zstandard frame of so many blocks that each repeat a line end 131,072 times, which takes four bytes. */
function blankLines(blocks: number): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]);
  const body = Buffer.alloc(blocks * 4);
  for (let i = 0; i < blocks; i++) {
    body.writeUIntLE(Number(i === blocks - 1) | (1 << 1) | (blockBytes << 3), i * 4, 3);
    body[i * 4 + 3] = 10;
  }
  return Buffer.concat([head, body]);
}

test('timers and signals are heard while a few kilobytes become a gigabyte', async () => {
  const dir = workdir();
  const path = dir.write('in.csv.zst', blankLines(8_192));
  const start = performance.now();
  let last = start;
  let longest = 0;
  const tick = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(tick, 1);
  let bytes = 0;
  for await (const piece of textPieces(path, 'zstd', 'utf-8')) bytes += piece.length;
  tick();
  clearInterval(timer);
  dir.remove();
  assert.equal(bytes, 8_192 * blockBytes);
  const all = performance.now() - start;
  assert.ok(longest < all / 2, `${longest} of ${all} ms without a turn`);
});
