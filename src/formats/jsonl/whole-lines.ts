import type { ByteStream } from '../text/byte-stream.js';

/** Bytes of a file that begin and end with a line. */
interface LineBlock {
  readonly bytes: Buffer;
  /** Offset of its end in the text. */
  readonly end: number;
}

/**
 * Yields a stream from `start` on in blocks of whole lines, valid until the next; reads `blockBytes` at once,
 * and leaves out lines of more than `maxRowBytes`.
 */
export async function* wholeLines(
  stream: ByteStream,
  start: number,
  maxRowBytes: number,
  blockBytes: number,
): AsyncGenerator<LineBlock> {
  let held = Buffer.allocUnsafe(2 * blockBytes);
  let count = 0;
  let at = start;
  let isLeftOut = false;
  for (;;) {
    if (count === held.length) {
      const wider = Buffer.allocUnsafe(2 * held.length);
      held.copy(wider, 0, 0, count);
      held = wider;
    }
    const read = await stream.read(held.subarray(0, Math.min(held.length, count + blockBytes)), count);
    if (read === 0) break;
    at += read;
    let from = 0;
    count += read;
    if (isLeftOut) {
      const end = held.subarray(0, count).indexOf(10);
      from = end < 0 ? count : end + 1;
      isLeftOut = end < 0;
    }
    const last = held.subarray(0, count).lastIndexOf(10) + 1;
    if (last > from) yield { bytes: held.subarray(from, last), end: at - (count - last) };
    from = Math.max(from, last);
    if (count - from > maxRowBytes) {
      isLeftOut = true;
      from = count;
    }
    held.copyWithin(0, from, count);
    count -= from;
  }
  if (count > 0) yield { bytes: held.subarray(0, count), end: at };
}
