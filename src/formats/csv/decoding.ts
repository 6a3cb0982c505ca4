import type { Problems } from '../../chunk/problem.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import type { ByteFit } from './byte-fit.js';
import type { Dialect } from './dialect.js';
import type { Marks } from './marks.js';
import type { NarrowBlock } from './narrow-block.js';
import type { RowLocations } from './row-locations.js';
import type { RowReader } from './row-reader.js';
import type { StructureKinds } from './structure-problems.js';

/** How the rows of a source are read: the same for all of its slices. */
export interface Reading {
  readonly kernel: CsvKernel;
  readonly reader: RowReader;
  readonly dialect: Dialect;
  readonly marks: Marks;
  readonly hasQuotedColumns: boolean;
  /** Tests how cells fit their columns; never called if the dialect has no shapes. */
  readonly fitAt: ByteFit;
  readonly kinds: StructureKinds;
  /** Contract or file names by the column's index in the file. */
  readonly names: readonly string[];
}

/** A slice being decoded: its bytes are in the kernel's memory, and its rows are added run by run. */
export interface Decoding extends Reading {
  readonly problems: Problems;
  readonly cutOff: boolean;
  /** End of its bytes; followed by an LF. */
  readonly end: number;
  readonly scans: boolean;
  /** How the block was rewritten for the kernel, null if it was not. */
  readonly narrow: NarrowBlock | null;
  /** Location of rows that the repair lane read: start and end by row. */
  readonly repaired: RowLocations;
  bytes: Buffer;
  memoryBytes: number;
}

/** Call this when the kernel's memory may have moved, because rows were added or examined. */
export function refresh(decoding: Decoding): void {
  if (decoding.kernel.memoryBytes === decoding.memoryBytes) return;
  const view = decoding.kernel.block();
  decoding.memoryBytes = decoding.kernel.memoryBytes;
  decoding.bytes = Buffer.from(view.buffer, view.byteOffset, view.length);
  decoding.reader.reset(decoding.bytes, decoding.end, true);
}
