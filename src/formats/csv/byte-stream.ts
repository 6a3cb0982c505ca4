import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { InvalidError, TransientError } from '../../errors.js';

export type Compression = 'none' | 'gzip' | 'zstd';

/** An input's bytes as UTF-8 (or as they are, where the encoding is UTF-8), one piece after another. */
export interface ByteStream {
  /** Fills `target` from `offset` on, at most to its end; the number of bytes, 0 at the end of input. Throws `InvalidError` for a corrupt stream. */
  read(target: Buffer, offset: number): Promise<number>;
  close(): Promise<void>;
}

/** The compression that an input's first bytes name. */
export function compressionOf(magic: Uint8Array): Compression {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return 'gzip';
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd) return 'zstd';
  return 'none';
}

/**
 * Opens an input at byte `start` of its text. A plain file is read at its positions; a compressed or converted one is streamed, and what lies before
 * `start` is read and dropped. Memory stays at a few pieces of 64 KiB whatever the input holds.
 */
export async function openBytes(
  path: string,
  compression: Compression,
  encoding: string,
  start: number,
): Promise<ByteStream> {
  if (compression === 'none' && encoding === 'utf-8') return plainStream(await open(path, 'r'), start);
  const stream = pieceStream(path, textPieces(path, compression, encoding));
  let left = start;
  const scrap = Buffer.allocUnsafe(Math.min(left, 65_536));
  while (left > 0) {
    const count = await stream.read(scrap.subarray(0, Math.min(left, scrap.length)), 0);
    if (count === 0) break;
    left -= count;
  }
  return stream;
}

function plainStream(handle: FileHandle, start: number): ByteStream {
  let position = start;
  return {
    async read(target, offset) {
      const { bytesRead } = await handle.read(target, offset, target.length - offset, position);
      position += bytesRead;
      return bytesRead;
    },
    close: () => handle.close(),
  };
}

function pieceStream(path: string, pieces: AsyncGenerator<Uint8Array>): ByteStream {
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;
  return {
    async read(target, offset) {
      while (at === piece.length) {
        const next = await pieces.next().catch((cause: unknown) => {
          throw streamError(path, cause);
        });
        if (next.done) return 0;
        piece = next.value;
        at = 0;
      }
      const count = Math.min(piece.length - at, target.length - offset);
      target.set(piece.subarray(at, at + count), offset);
      at += count;
      return count;
    },
    async close() {
      await pieces.return(undefined);
    },
  };
}

function streamError(path: string, cause: unknown): Error {
  if (cause instanceof InvalidError || cause instanceof TransientError) return cause;
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  if (code.startsWith('E')) {
    return new TransientError('input-unreadable', `${path} could not be read, ${message}`, {
      file: path,
      cause,
    });
  }
  const cut = code === 'Z_BUF_ERROR' || /unexpected (end|EOF)/i.test(message);
  return new InvalidError(
    cut ? 'input-cut-off' : 'input-corrupt',
    `${path} is ${cut ? 'cut off within its compressed data' : 'not well-formed compressed data'}`,
    { file: path, cause, hint: 'write the file again, or run again when it is complete' },
  );
}

/** The text of an input as UTF-8 pieces. */
export async function* textPieces(
  path: string,
  compression: Compression,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const raw = rawPieces(path, compression);
  if (encoding === 'utf-8') yield* raw;
  else yield* converted(raw, encoding);
}

async function* rawPieces(path: string, compression: Compression): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  try {
    if (compression === 'gzip') {
      const gunzip = createGunzip();
      file.on('error', (error) => gunzip.destroy(error));
      yield* file.pipe(gunzip) as AsyncIterable<Uint8Array>;
    } else if (compression === 'zstd') yield* unzstd(file);
    else yield* file as AsyncIterable<Uint8Array>;
  } finally {
    file.destroy();
  }
}

/** Fed in small bites, since a few bytes of a hostile stream may stand for megabytes. */
const biteBytes = 1024;

async function* unzstd(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const out: Uint8Array[] = [];
  const decompress = new Decompress((piece) => {
    if (piece.length > 0) out.push(piece);
  });
  for await (const piece of file) {
    for (let at = 0; at < piece.length; at += biteBytes) {
      decompress.push(piece.subarray(at, at + biteBytes));
      yield* out.splice(0);
    }
  }
  decompress.push(new Uint8Array(0), true);
  yield* out.splice(0);
}

async function* converted(pieces: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = await textDecoder(encoding);
  for await (const piece of pieces) {
    const text = decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    if (text !== '') yield Buffer.from(text, 'utf8');
  }
  const rest = decoder.end();
  if (rest) yield Buffer.from(rest, 'utf8');
}

/** A streaming decoder of an encoding; throws `InvalidError` for one that nobody knows. */
export async function textDecoder(
  encoding: string,
): Promise<{ write(bytes: Buffer): string; end(): string | undefined }> {
  const { default: iconv } = await import('iconv-lite');
  if (!iconv.encodingExists(encoding)) {
    throw new InvalidError('csv-option', `"csv.encoding" must be an encoding's IANA name, found ${encoding}`);
  }
  return iconv.getDecoder(encoding);
}
