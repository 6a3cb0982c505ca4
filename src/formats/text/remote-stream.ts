import type { RemoteFile } from '../remote-file.js';

/**
 * The first piece is small, because opening an input reads little; each further piece is twice as large, up
 * to 8 MiB.
 */
const firstPieceBytes = 256 * 1024;
const mostPieceBytes = 8 * 1024 * 1024;
/** Maximum number of pieces that are read ahead, side by side: 32 MiB. */
const mostAhead = 4;

/**
 * Yields the bytes of an input from `start` on, in order. Reads ahead as far as the caller has read before:
 * one piece after the first, then two, up to four. Ending the iteration early stops the requests in progress.
 */
export async function* remotePieces(file: RemoteFile, start: number): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const ahead: Promise<Uint8Array>[] = [];
  let next = start;
  let size = firstPieceBytes;
  let depth = 1;
  try {
    for (;;) {
      while (ahead.length < depth && next < file.size) {
        const end = Math.min(file.size, next + size);
        const piece = file.read(next, end, stop.signal);
        // The failure is reported where the promise is awaited.
        piece.catch(() => {});
        ahead.push(piece);
        next = end;
        size = Math.min(mostPieceBytes, 2 * size);
      }
      const first = ahead.shift();
      if (first === undefined) return;
      yield await first;
      depth = Math.min(mostAhead, depth + 1);
    }
  } finally {
    stop.abort();
  }
}
