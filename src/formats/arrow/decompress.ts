import { CompressionType } from 'apache-arrow/fb/compression-type';
import { decompressZstd, loadZstd } from '../decompress-zstd.js';
import { withBytes } from '../fetched-file.js';
import type { PositionedFile } from '../positioned-file.js';
import { batchAt, type IpcIndex } from './read-messages.js';
import { NotRead } from './read-schema.js';

/** Loads what the first record batch of a file is compressed with; its other batches are compressed alike. */
export async function loadCodec(file: PositionedFile, { batches: [first] }: IpcIndex): Promise<void> {
  if (first === undefined) return;
  const codec = await withBytes(file, () => batchAt(file, first).compression()?.codec());
  if (codec === CompressionType.ZSTD) await loadZstd();
}

/** Decompresses a buffer of a record batch to `size` bytes; throws plain errors on invalid data. */
export function decompress(codec: CompressionType, bytes: Uint8Array, size: number): Uint8Array {
  if (codec === CompressionType.LZ4_FRAME) return decompressLz4Frame(bytes, size);
  if (codec !== CompressionType.ZSTD)
    throw new NotRead(`its compression number ${codec} is of a later version of Arrow`);
  return decompressZstd(bytes, size);
}

/** Reads one LZ4 frame (LZ4 Frame Format Description 1.6.4); skips checksums, checks sizes. */
function decompressLz4Frame(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 7 || view.getUint32(0, true) !== 0x184d2204)
    throw new Error('a buffer that is not an LZ4 frame');
  const flags = bytes[4]!;
  if (flags >> 6 !== 1) throw new Error(`LZ4 frame version ${flags >> 6}`);
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
  const plain = new Uint8Array(size);
  let written = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw new Error('an LZ4 frame without its end mark');
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) break;
    const length = header & 0x7fffffff;
    if (at + length > bytes.length) throw new Error('an LZ4 block that is cut off');
    const block = bytes.subarray(at, at + length);
    if ((header & 0x80000000) === 0) written = decompressBlock(block, plain, written);
    else {
      if (written + length > size) throw new Error('an LZ4 frame that is larger than declared');
      plain.set(block, written);
      written += length;
    }
    at += length + blockChecksum;
  }
  if (written !== size) throw new Error(`an LZ4 frame of ${written} bytes, but ${size} were declared`);
  return plain;
}

/** Reads one LZ4 block (LZ4 Block Format Description) to `plain` from `written` on; returns the end. */
function decompressBlock(block: Uint8Array, plain: Uint8Array, written: number): number {
  let at = 0;
  let to = written;
  while (at < block.length) {
    const token = block[at++]!;
    let literals = token >> 4;
    if (literals === 15) for (let more = 255; more === 255; literals += more) more = block[at++] ?? 0;
    if (at + literals > block.length || to + literals > plain.length)
      throw new Error('an LZ4 block is corrupt');
    for (const end = to + literals; to < end; ) plain[to++] = block[at++]!;
    if (at >= block.length) break;
    const from = to - (block[at]! | (block[at + 1]! << 8));
    at += 2;
    let match = token & 15;
    if (match === 15) for (let more = 255; more === 255; match += more) more = block[at++] ?? 0;
    match += 4;
    if (from < 0 || from === to || to + match > plain.length) throw new Error('an LZ4 block is corrupt');
    for (let i = from, end = to + match; to < end; ) plain[to++] = plain[i++]!;
  }
  return to;
}
