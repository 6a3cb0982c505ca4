import { loadZstd } from '../decompress-zstd.js';
import { zstdFrames } from './zstd-frames.js';

/** The decompressor has at most so many pieces of text of the part that it was given last. */
const mostLeft = 16;

/**
 * Yields the text of Zstandard frames, at most 128 KiB at a time; calls `takeTurn` after each block. Holds a frame's
 * window meanwhile. Throws what `zstdFrames` throws, and plain errors for invalid blocks and checksums.
 */
export async function* unzstd(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  takeTurn: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const decoder = await loadZstd();
  /** The next part, until the decompressor takes it: once it has yielded all text of the one before. */
  const waiting: Uint8Array[] = [];
  const texts = decoder.decodeStreaming(taken(waiting));
  // It does not look at errors, but yields nothing from then on.
  let isStuck = false;
  const next = (): Uint8Array | null => {
    const before = waiting.length;
    const { value: text, done } = texts.next();
    if (done === true) return null;
    const isNothing = text.length === 0 && waiting.length === before;
    if (isNothing && isStuck) throw new Error('a block or a checksum that is not valid');
    isStuck = isNothing;
    return text;
  };
  try {
    for await (const part of zstdFrames(path, pieces)) {
      waiting.push(part);
      while (waiting.length > 0) {
        const text = next();
        if (text !== null && text.length > 0) yield text;
      }
      await takeTurn();
    }
    for (let text = next(); text !== null; text = next()) if (text.length > 0) yield text;
  } finally {
    release(texts);
  }
}

function* taken(waiting: Uint8Array[]): Generator<Uint8Array> {
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) yield part;
}

/** Lets the decompressor come to its end, where it frees its memory; it complains if that is early. */
function release(texts: Generator<Uint8Array>): void {
  try {
    for (let i = 0; i < mostLeft && texts.next().done !== true; i++);
  } catch {}
}
