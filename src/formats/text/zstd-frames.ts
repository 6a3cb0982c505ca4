import { InvalidError } from '../../errors.js';
import { mebibytes } from '../../text/units.js';

/** The most that a frame may ask its reader to hold, as for `zstd -d`: 128 MiB. */
const mostWindow = 2 ** 27;
/** The most that one block stands for (RFC 8878, section 3.1.1.2.4). */
const mostBlock = 128 * 1024;

/**
 * Yields the headers and blocks of Zstandard frames (RFC 8878, section 3.1), each block by itself, so that
 * what is decompressed of one piece is at most 128 KiB. Leaves out skippable frames. A frame of one block is
 * given a window of its size: the decompressor allocates the whole window for each frame, and moves it for
 * each block. Throws `InvalidError` for a frame whose window is too large, plain errors for other streams.
 */
export async function* zstdFrames(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const bytes = byteQueue(pieces);
  while (await bytes.has()) {
    const magic = await bytes.take(4);
    const number = magic.readUInt32LE(0);
    if ((number & 0xfffffff0) >>> 0 === 0x184d2a50) {
      await bytes.skip((await bytes.take(4)).readUInt32LE(0));
      continue;
    }
    if (number !== 0xfd2fb528) throw new Error('bytes that are not a frame');
    const flags = (await bytes.take(1))[0]!;
    const rest = await bytes.take(headerBytes(flags));
    const window = windowOf(flags, rest);
    if (window > mostWindow) throw tooWide(path, window);
    const hasChecksum = (flags & 4) !== 0;
    let block = await nextBlock(bytes);
    if (isLast(block) && (flags & 0x20) === 0) rest[0] = Math.min(rest[0]!, windowFor(block));
    yield Buffer.concat([magic, Uint8Array.of(flags), rest]);
    for (; !isLast(block); block = await nextBlock(bytes)) yield block;
    yield block;
    if (hasChecksum) yield await bytes.take(4);
  }
}

/** Returns how many bytes of a frame's header follow its flags. */
function headerBytes(flags: number): number {
  const isSingle = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3]!;
  const size = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
  return (isSingle ? 0 : 1) + dictionary + size;
}

/** Returns the bytes of a frame that its reader must hold; a frame of a single segment is held whole. */
function windowOf(flags: number, rest: Uint8Array): number {
  if ((flags & 0x20) === 0) {
    const base = 2 ** (10 + (rest[0]! >> 3));
    return base + (base / 8) * (rest[0]! & 7);
  }
  const start = [0, 1, 2, 4][flags & 3]!;
  const size = rest.subarray(start).reduceRight((sum, byte) => sum * 256 + byte, 0);
  return size + (flags >> 6 === 1 ? 256 : 0);
}

/** Returns a block with its header of three bytes. */
async function nextBlock(bytes: ByteQueue): Promise<Buffer> {
  const header = await bytes.take(3);
  const word = header.readUIntLE(0, 3);
  const type = (word >> 1) & 3;
  const size = word >> 3;
  if (type === 3 || size > mostBlock) throw new Error('a block of a reserved type or size');
  return Buffer.concat([header, await bytes.take(type === 1 ? 1 : size)]);
}

/** Returns the least window descriptor for a block: its size, or the maximum if it is compressed. */
function windowFor(block: Buffer): number {
  const word = block.readUIntLE(0, 3);
  const size = ((word >> 1) & 3) === 2 ? mostBlock : word >> 3;
  return Math.max(0, Math.ceil(Math.log2(size)) - 10) << 3;
}

function isLast(block: Uint8Array): boolean {
  return (block[0]! & 1) === 1;
}

function tooWide(path: string, window: number): InvalidError {
  const message = `${path} is compressed with a window of ${mebibytes(window)}, and at most ${mebibytes(mostWindow)} are read`;
  return new InvalidError('input-format', message, {
    file: path,
    hint: 'compress it again without "--long" or with a smaller one: zstd -d --long=31 --stdout FILE | zstd -o NEW',
  });
}

interface ByteQueue {
  /** Returns false at the end. */
  has(): Promise<boolean>;
  /** Returns the next `count` bytes in memory of their own; throws where the stream ends before. */
  take(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
}

function byteQueue(pieces: AsyncIterable<Uint8Array>): ByteQueue {
  const source = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;

  async function has(): Promise<boolean> {
    while (at === piece.length) {
      const next = await source.next();
      if (next.done === true) return false;
      piece = next.value;
      at = 0;
    }
    return true;
  }

  async function mustHave(): Promise<number> {
    if (at === piece.length && !(await has())) throw new Error('unexpected end of the stream');
    return piece.length - at;
  }

  return {
    has,
    async take(count) {
      const taken = Buffer.alloc(count);
      for (let filled = 0; filled < count; ) {
        const some = Math.min(await mustHave(), count - filled);
        taken.set(piece.subarray(at, at + some), filled);
        at += some;
        filled += some;
      }
      return taken;
    },
    async skip(count) {
      for (let left = count; left > 0; ) {
        const some = Math.min(await mustHave(), left);
        at += some;
        left -= some;
      }
    },
  };
}
