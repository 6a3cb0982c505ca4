import type { Problems } from '../../chunk/problem.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import type { ByteFit } from './byte-fit.js';
import type { Dialect } from './dialect.js';
import type { NarrowBlock } from './narrow-block.js';
import type { RowPlaces } from './row-places.js';
import type { Marks, RowReader } from './row-reader.js';
import type { StructureKinds } from './structure-problems.js';

/** A slice being decoded: its bytes lie in the kernel's memory, its rows are added one run after another. */
export interface Decoding {
  readonly kernel: CsvKernel;
  readonly reader: RowReader;
  readonly dialect: Dialect;
  readonly marks: Marks;
  readonly hasQuotedColumns: boolean;
  /** How cells fit their columns; never asked where the dialect has no shapes. */
  readonly fitAt: ByteFit;
  readonly kinds: StructureKinds;
  readonly problems: Problems;
  /** Contract or file names by the column's place in the file. */
  readonly names: readonly string[];
  readonly cutOff: boolean;
  /** Where its bytes end; an LF stands there. */
  readonly end: number;
  readonly scans: boolean;
  /** How the block was rewritten for the kernel, null where it was not. */
  readonly narrow: NarrowBlock | null;
  /** Where rows that were read by the repair lane lie: start and end by row. */
  readonly repaired: RowPlaces;
  bytes: Buffer;
  memoryBytes: number;
}

/** To be called when the kernel's memory may have moved, since rows were added or looked at. */
export function refresh(decoding: Decoding): void {
  if (decoding.kernel.memoryBytes === decoding.memoryBytes) return;
  const view = decoding.kernel.block();
  decoding.memoryBytes = decoding.kernel.memoryBytes;
  decoding.bytes = Buffer.from(view.buffer, view.byteOffset, view.length);
  decoding.reader.reset(decoding.bytes, decoding.end, true);
}
