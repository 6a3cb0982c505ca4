import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable, type TransformOptions } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { createGunzip, type ZlibOptions } from 'node:zlib';
import { InvalidError, NightshiftError, TransientError, TruncatedError } from '../../errors.js';
import { cutOffHint } from '../positioned-file.js';
import { readFailure } from '../read-failure.js';
import { type RemoteFile, remoteFile } from '../remote-file.js';
import { remotePieces } from './remote-stream.js';
import { unzstd } from './unzstd.js';

/** A reader yields to signals and budgets after this long: kilobytes may expand to gigabytes. */
const turnMs = 20;

/** Returns a function that yields to the event loop if the last time was `turnMs` ago. */
function turns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < turnMs) return;
    await setImmediate();
    since = performance.now();
  };
}

export type Compression = 'none' | 'gzip' | 'zstd';

/** An input's bytes as UTF-8 (or unchanged, if the encoding is UTF-8), piece by piece. */
export interface ByteStream {
  /**
   * Fills `target` from `offset` on; returns the number of bytes, 0 at the end of input. Throws
   * `InvalidError` for a corrupt stream.
   */
  read(target: Buffer, offset: number): Promise<number>;
  close(): Promise<void>;
}

/** Returns the compression that an input's first bytes show. */
export function compressionOf(magic: Uint8Array): Compression {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return 'gzip';
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd) return 'zstd';
  return 'none';
}

/**
 * Opens an input at byte `start` of its text. Reads a plain file at its positions; streams a compressed or
 * converted one, and drops everything before `start`. An aborted `signal` ends the reading with its reason.
 * Uses up to 2 MiB of memory for any input, and up to 32 MiB of read-ahead for a remote one.
 */
export async function openBytes(
  path: string,
  compression: Compression,
  encoding: string,
  start: number,
  signal?: AbortSignal,
): Promise<ByteStream> {
  const fail = (cause: unknown): never => {
    throw readFailure(path, cause);
  };
  const remote = remoteFile(path);
  if (compression === 'none' && encoding === 'utf-8') {
    if (remote !== null) return pieceStream(path, remote.size, remotePieces(remote, start), signal);
    return plainStream(await open(path, 'r').catch(fail), start, fail, signal);
  }
  const { size } = remote ?? (await stat(path).catch(fail));
  const stream = pieceStream(path, size, textPieces(path, compression, encoding), signal);
  let left = start;
  const scrap = Buffer.allocUnsafe(Math.min(left, 65_536));
  while (left > 0) {
    const count = await stream.read(scrap.subarray(0, Math.min(left, scrap.length)), 0);
    if (count === 0) break;
    left -= count;
  }
  return stream;
}

/** Returns the bytes of an input that is in memory, from `start` on. */
export function memoryStream(bytes: Uint8Array, start: number): ByteStream {
  let position = start;
  return {
    async read(target, offset) {
      const count = Math.max(0, Math.min(bytes.length - position, target.length - offset));
      target.set(bytes.subarray(position, position + count), offset);
      position += count;
      return count;
    },
    async close() {},
  };
}

function plainStream(
  handle: FileHandle,
  start: number,
  fail: (cause: unknown) => never,
  signal: AbortSignal | undefined,
): ByteStream {
  let position = start;
  return {
    async read(target, offset) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(target, offset, target.length - offset, position).catch(fail);
      position += bytesRead;
      return bytesRead;
    },
    close: () => handle.close(),
  };
}

function pieceStream(
  path: string,
  bytes: number,
  pieces: AsyncGenerator<Uint8Array>,
  signal: AbortSignal | undefined,
): ByteStream {
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;
  const takeTurn = turns();
  return {
    async read(target, offset) {
      await takeTurn();
      signal?.throwIfAborted();
      while (at === piece.length) {
        const next = await pieces.next().catch(async (cause: unknown) => {
          throw (await whileGrowing(path, bytes)) ?? streamError(path, cause);
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

/** How long a truncated file is watched. */
const watchMs = 300;

/** Returns the error for a file that is still being written; null if it has not changed. */
async function whileGrowing(path: string, bytes: number): Promise<TransientError | null> {
  // A remote input is read as it was listed.
  if (remoteFile(path) !== null) return null;
  await setTimeout(watchMs);
  const { size } = await stat(path).catch(() => ({ size: bytes }));
  if (size === bytes) return null;
  return new TransientError(
    'input-changed',
    `${path} changed while it was read, from ${bytes} to ${size} bytes`,
    {
      file: path,
      hint: 'run again when it is complete',
    },
  );
}

function streamError(path: string, cause: unknown): Error {
  if (cause instanceof NightshiftError) return cause;
  const { code, message = '' } = cause as { code?: unknown; message?: string };
  const failure = readFailure(path, cause);
  if (failure instanceof InvalidError || failure instanceof TransientError) return failure;
  if (code === 'Z_BUF_ERROR' || /unexpected (end|EOF)/i.test(message)) {
    const cut = `${path} is cut off within its compressed data; its transfer may be incomplete`;
    return new TruncatedError('input-cut-off', cut, { file: path, cause, hint: cutOffHint });
  }
  return new InvalidError('corrupt-input', `${path} is not well-formed compressed data`, {
    file: path,
    cause,
    hint: 'copy the file again, then run again',
  });
}

/** Size of pieces of gzip: with Node's default of 16 KiB each piece costs a call to the thread pool. */
const gzipPieceBytes = 256 * 1024;
/** Amount of text that is decompressed ahead while the caller works. */
const gzipAheadBytes = 512 * 1024;
// Passed to the stream, although the types of Node 20 do not declare it.
const gzipOptions: ZlibOptions & TransformOptions = {
  chunkSize: gzipPieceBytes,
  readableHighWaterMark: gzipAheadBytes,
};

/** Yields the text of an input as UTF-8 pieces. */
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
  const remote = remoteFile(path);
  const file = remote === null ? localPieces(path, compression) : readAhead(remote);
  try {
    if (compression === 'gzip') {
      const gunzip = createGunzip(gzipOptions);
      file.on('error', (error) => gunzip.destroy(error));
      yield* file.pipe(gunzip) as AsyncIterable<Uint8Array>;
    } else if (compression === 'zstd') yield* unzstd(path, file as AsyncIterable<Uint8Array>, turns());
    else yield* file as AsyncIterable<Uint8Array>;
  } finally {
    file.destroy();
  }
}

function localPieces(path: string, compression: Compression): Readable {
  return createReadStream(path, compression === 'gzip' ? { highWaterMark: gzipPieceBytes } : {});
}

function readAhead(remote: RemoteFile): Readable {
  return Readable.from(remotePieces(remote, 0), { objectMode: false, highWaterMark: 1 });
}

async function* converted(pieces: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = await textDecoder(encoding);
  for await (const piece of pieces) {
    const text = decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    if (text.length > 0) yield text;
  }
  const rest = decoder.end();
  if (rest.length > 0) yield rest;
}

/** Decodes an encoding to UTF-8; invalid input becomes a byte that is not UTF-8, so its row is reported. */
interface TextDecoder {
  write(bytes: Buffer): Buffer;
  end(): Buffer;
}

const unreadable = Buffer.from('\ufffd').toString('latin1');

function marked(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return text.includes('\ufffd')
    ? Buffer.from(bytes.toString('latin1').replaceAll(unreadable, '\xff'), 'latin1')
    : bytes;
}

/**
 * Creates a streaming decoder of any encoding that iconv-lite or the platform (WHATWG's Encoding Standard)
 * knows; throws `InvalidError` for an unknown one.
 */
export async function textDecoder(encoding: string): Promise<TextDecoder> {
  const { default: iconv } = await import('iconv-lite');
  const standard = standardName(encoding);
  const name = [encoding, standard].find((one) => one !== null && iconv.encodingExists(one)) ?? null;
  if (name === null && standard !== null) return platformDecoder(standard);
  if (name === null || noText.test(encoding)) {
    throw new InvalidError('csv-option', `"csv.encoding" must be a known encoding, found "${encoding}"`, {
      hint: 'give its IANA name, such as windows-1250, iso-8859-2, koi8-r, macintosh, cp850, shift_jis or gbk',
    });
  }
  const decoder = iconv.getDecoder(name);
  const isWide = /^utf-?16/i.test(name);
  let count = 0;
  return {
    write(bytes) {
      count += bytes.length;
      return marked(decoder.write(bytes));
    },
    end() {
      const rest = decoder.end() ?? '';
      return marked(isWide && count % 2 === 1 ? `${rest}\ufffd` : rest);
    },
  };
}

/** Names that iconv-lite knows but that are not text encodings. */
const noText = /^(?:base64|hex|internal)$/i;

/** Returns the standard's name of an encoding, null if it has none. */
function standardName(label: string): string | null {
  try {
    return new globalThis.TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

function platformDecoder(encoding: string): TextDecoder {
  const decoder = new globalThis.TextDecoder(encoding);
  return {
    write: (bytes) => marked(decoder.decode(bytes, { stream: true })),
    end: () => marked(decoder.decode()),
  };
}
