import type { CsvKernel } from '../../kernels/csv-kernel.js';
import type { ByteStream } from '../text/byte-stream.js';
import type { HoleFinder } from './holes.js';
import { slack } from './row-reader.js';

/** Bytes that the window holds beyond the longest row. */
const largestBlock = 2 * 1024 * 1024;

/** The bytes of the input in memory: `[0, end)` of `bytes()`, which begin at `base` of the text. */
export interface Window {
  readonly base: number;
  readonly end: number;
  /** True if the text to cut ends at `end`. */
  readonly atEnd: boolean;
  bytes(): Buffer;
  /** Allocates the memory; call it once, after the kernel is prepared. */
  open(): void;
  /** Drops everything before `keep` and reads on until the window is full or the text ends. */
  fill(keep: number): Promise<void>;
}

/**
 * Creates a window of `maxRowBytes` and 2 MiB, at most `mostBytes`, on the text between two offsets; passes
 * all that it reads to `holes`.
 */
export function openWindow(
  stream: ByteStream,
  { firstByte, stopByte }: { readonly firstByte: number; readonly stopByte: number | null },
  maxRowBytes: number,
  kernel: CsvKernel | null,
  mostBytes: number,
  holes: HoleFinder,
): Window {
  const size = Math.min(mostBytes, maxRowBytes + slack + Math.min(largestBlock, 4 * maxRowBytes));
  let memory: Buffer = Buffer.alloc(0);
  let base = firstByte;
  let end = 0;
  let atEnd = false;
  return {
    get base() {
      return base;
    },
    get end() {
      return end;
    },
    get atEnd() {
      return atEnd;
    },
    bytes: () => memory,
    open() {
      const view = kernel === null ? Buffer.allocUnsafe(size) : kernel.input(size);
      memory = Buffer.from(view.buffer, view.byteOffset, size);
    },
    async fill(keep) {
      memory.copyWithin(0, keep, end);
      base += keep;
      end -= keep;
      while (end < size && !atEnd) {
        const room = stopByte === null ? size : Math.min(size, stopByte - base);
        const count = room > end ? await stream.read(memory.subarray(0, room), end) : 0;
        if (count === 0) atEnd = true;
        else holes.look(memory.subarray(end, end + count), base + end);
        end += count;
      }
    },
  };
}

/** Reads on past the line at `from`, which exceeds the window; returns where the next one begins. */
export async function skipLine(window: Window, from: number, loneCr: boolean): Promise<number> {
  for (;;) {
    const bytes = window.bytes().subarray(0, window.end);
    const lf = bytes.indexOf(10, from);
    const cr = loneCr ? bytes.indexOf(13, from) : -1;
    if (cr >= 0 && (lf < 0 || cr < lf)) {
      if (cr + 1 < window.end) return bytes[cr + 1] === 10 ? cr + 2 : cr + 1;
      if (window.atEnd) return cr + 1;
      await window.fill(cr);
    } else {
      if (lf >= 0) return lf + 1;
      if (window.atEnd) return window.end;
      await window.fill(window.end);
    }
    from = 0;
  }
}
