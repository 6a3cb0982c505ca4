import { deflateRawSync, gzipSync } from 'node:zlib';
import { littleEndian, type Piece, repeated } from './pieces.js';

/** A run of one byte, or bytes as they are. */
export type Run = Uint8Array | { readonly byte: number | string; readonly times: number };

const mostInBlock = 128 * 1024;

/**
 * Returns a Zstandard frame (RFC 8878): runs as RLE blocks, four bytes for each 128 KiB; other bytes as raw
 * blocks. `windowLog` is what the frame asks a reader to hold, `contentSize` what it claims to contain.
 */
export function zstdFrame(
  runs: readonly Run[],
  { windowLog = 20, contentSize }: { readonly windowLog?: number; readonly contentSize?: bigint } = {},
): Uint8Array {
  const blocks: { readonly type: 0 | 1; readonly size: number; readonly body: Uint8Array }[] = [];
  for (const run of runs) {
    const length = run instanceof Uint8Array ? run.length : run.times;
    for (let at = 0; at < length; at += mostInBlock) {
      const size = Math.min(mostInBlock, length - at);
      if (run instanceof Uint8Array) blocks.push({ type: 0, size, body: run.subarray(at, at + size) });
      else blocks.push({ type: 1, size, body: repeated(run.byte, 1) });
    }
  }
  const header = Uint8Array.of(
    ...[0x28, 0xb5, 0x2f, 0xfd],
    contentSize === undefined ? 0 : 0xc0,
    (windowLog - 10) << 3,
  );
  return Buffer.concat([
    header,
    ...(contentSize === undefined ? [] : [littleEndian(contentSize, 8)]),
    ...blocks.flatMap(({ type, size, body }, i) => [
      littleEndian((size << 3) | (type << 1) | (i === blocks.length - 1 ? 1 : 0), 3),
      body,
    ]),
  ]);
}

/** Returns a skippable frame that claims `size` bytes and has `body`. */
export function skippableFrame(size: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([littleEndian(0x184d2a50, 4), littleEndian(size, 4), body]);
}

/** Returns gzip members that stand for `times` times the same bytes. */
export function gzipMembers(bytes: Uint8Array, times: number): Piece {
  return { bytes: gzipSync(bytes, { level: 1 }), times };
}

/** Returns one gzip member of zeros whose checksum is left wrong, as only a reader at its end can tell. */
export function gzipZeros(bytes: number): Uint8Array {
  const block = deflateRawSync(new Uint8Array(2 ** 20), { finishFlush: 3 });
  const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
  const blocks = Array.from({ length: bytes / 2 ** 20 }, () => block);
  return Buffer.concat([header, ...blocks, Uint8Array.of(3, 0), littleEndian(0, 4), littleEndian(bytes, 4)]);
}

/** Returns an LZ4 frame of zeros in blocks of 4 MiB. */
export function lz4Zeros(bytes: number): Uint8Array {
  const block = (size: number): Uint8Array => {
    // One literal, a match at distance 1 of all that is left but five bytes, five literals.
    const match = size - 6 - 4 - 15;
    const extra = [...new Uint8Array(Math.floor(match / 255)).fill(255), match % 255];
    const body = Uint8Array.from([0x1f, 0, 1, 0, ...extra, 0x50, 0, 0, 0, 0, 0]);
    return Buffer.concat([littleEndian(body.length, 4), body]);
  };
  const full = block(2 ** 22);
  const rest = bytes % 2 ** 22;
  return Buffer.concat([
    Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73),
    ...Array.from({ length: Math.floor(bytes / 2 ** 22) }, () => full),
    rest === 0 ? new Uint8Array(0) : block(rest),
    littleEndian(0, 4),
  ]);
}
