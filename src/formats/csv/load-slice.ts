import type { ByteSlice } from '../../chunk/slice.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import { sliceFile } from '../text/slice-file.js';

/** Loads slices of one file into a kernel's memory, one at a time. */
interface SliceLoader {
  /**
   * Returns the kernel's memory from the slice on. Throws `TransientError` if the file has become shorter.
   */
  load(slice: ByteSlice): Promise<Buffer>;
  close(): Promise<void>;
}

/** Returns the loader for the file at `path`, opened for the first slice that does not carry its bytes. */
export function sliceLoader(path: string, kernel: CsvKernel): SliceLoader {
  const file = sliceFile(path);
  return {
    async load({ start, end, bytes }) {
      const length = bytes?.length ?? end - start;
      const view = kernel.input(length);
      const memory = Buffer.from(view.buffer, view.byteOffset, view.length);
      if (bytes !== null) memory.set(bytes);
      else await file.fill(memory.subarray(0, length), start);
      return memory;
    },
    close: () => file.close(),
  };
}
