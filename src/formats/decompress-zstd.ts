import type { ZSTDDecoder } from 'zstddec/stream';

let decoder: ZSTDDecoder | null = null;

/**
 * Returns the decompressor, which is loaded once: a few milliseconds. It keeps as much memory as the largest content,
 * or all windows of streams at a time, take.
 */
export async function loadZstd(): Promise<ZSTDDecoder> {
  if (decoder !== null) return decoder;
  const { ZSTDDecoder } = await import('zstddec/stream');
  const loaded = new ZSTDDecoder();
  await loaded.init();
  decoder = loaded;
  return loaded;
}

/**
 * Decompresses Zstandard to `size` bytes, which were declared; throws plain errors on invalid data, and unless
 * `loadZstd` was awaited before.
 */
export function decompressZstd(bytes: Uint8Array, size: number): Uint8Array {
  if (decoder === null) throw new Error('ZSTD is not loaded');
  if (size === 0) return new Uint8Array(0);
  // Corrupt or larger data decodes to another number of bytes.
  const plain = decoder.decode(bytes, size);
  if (plain.length !== size)
    throw new Error(`a ZSTD buffer that is corrupt, or not of ${size} bytes as declared`);
  return plain;
}
