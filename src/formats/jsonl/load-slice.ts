import type { ByteSlice } from '../../chunk/slice.js';
import { sliceFile } from '../text/slice-file.js';

/** Loads slices of one file, one at a time. */
interface SliceLoader {
  /**
   * Returns at most `most` bytes of a slice, valid until the next call; throws `TransientError` if it shrank.
   */
  load(slice: ByteSlice, most: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Returns the loader for the file at `path`, opened for the first slice that does not carry its bytes. */
export function sliceLoader(path: string): SliceLoader {
  const file = sliceFile(path);
  let memory = Buffer.alloc(0);
  return {
    async load({ start, end, bytes }, most) {
      if (bytes !== null)
        return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(most, bytes.byteLength));
      const length = Math.min(most, end - start);
      if (memory.length < length) memory = Buffer.allocUnsafe(length);
      const loaded = memory.subarray(0, length);
      await file.fill(loaded, start);
      return loaded;
    },
    close: () => file.close(),
  };
}
