import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openBytes } from '../../../src/formats/text/byte-stream.js';
import { zstdFrames } from '../../../src/formats/text/zstd-frames.js';
import { skippableFrame, zstdFrame } from '../../faults/bombs/compressed.js';
import { temporaryFolder } from '../../temporary-folder.js';

const ascii = (text: string) => Buffer.from(text);

/** Reads a compressed file whole. */
async function textOf(bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(), 'in.zst');
  writeFileSync(path, bytes);
  const stream = await openBytes(path, 'zstd', 'utf-8', 0);
  const text = Buffer.alloc(2 ** 20);
  let length = 0;
  for (let count = -1; count !== 0; length += count) count = await stream.read(text, length);
  await stream.close();
  return text.toString('utf8', 0, length);
}

/** Frames in pieces of `size` bytes. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function partsOf(bytes: Uint8Array, size: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of zstdFrames('in.zst', inPieces(bytes, size))) parts.push(part);
  return parts;
}

describe('frames of Zstandard', () => {
  const frames = Buffer.concat([
    zstdFrame([ascii('a,b\n'), { byte: 'c', times: 300_000 }]),
    skippableFrame(5, ascii('to go')),
    zstdFrame([ascii('one block')]),
    zstdFrame([{ byte: '-', times: 3 }], { contentSize: 3n }),
  ]);

  it('are read one after another, without the skippable ones', async () => {
    assert.equal(await textOf(frames), `a,b\n${'c'.repeat(300_000)}one block---`);
  });

  it('are found in pieces of any size', async () => {
    const whole = Buffer.concat(await partsOf(frames, frames.length));
    for (const size of [1, 2, 3, 7]) assert.deepEqual(Buffer.concat(await partsOf(frames, size)), whole);
  });

  it('of one block have a window of its size', async () => {
    const [header] = await partsOf(zstdFrame([{ byte: 'a', times: 5_000 }], { windowLog: 27 }), 64);
    assert.equal(header![5]! >> 3, 3);
  });

  it('whose window is larger than 128 MiB are refused, also after the first', async () => {
    const wide = zstdFrame([ascii('a'), ascii('b')], { windowLog: 30 });
    for (const bytes of [wide, Buffer.concat([zstdFrame([ascii('x\n')]), wide])])
      await assert.rejects(
        textOf(bytes),
        /in\.zst is compressed with a window of 1024 MiB, and at most 128 MiB/,
      );
    assert.equal(await textOf(zstdFrame([ascii('a'), ascii('b')], { windowLog: 27 })), 'ab');
  });

  it('that are cut off anywhere are named', async () => {
    for (const end of [2, 5, 9, frames.length - 20, frames.length - 1])
      await assert.rejects(textOf(frames.subarray(0, end)), /cut off within its compressed data/, `${end}`);
  });

  it('followed by other bytes, or with a block that is too large, are refused', async () => {
    const block = Buffer.from(zstdFrame([ascii('abc')]));
    block.writeUInt8(0xff, 8);
    for (const bytes of [Buffer.concat([frames, ascii('other bytes')]), block])
      await assert.rejects(textOf(bytes), /is not well-formed compressed data/);
  });
});
