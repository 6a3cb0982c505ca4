import type { BinSum } from '../../src/quality/bin-sum.js';
import { createBinPacker } from '../../src/quality/column-bins.js';
import { fullPrecision, type Sketch } from '../../src/quality/sketch.js';

/** Adds bins of full precision to the only column of a sum. */
export function addBins(sum: BinSum, keys: readonly number[], counts: readonly number[]): void {
  const packer = createBinPacker();
  packer.add('raw', 'x', {
    precision: fullPrecision,
    keys: Int32Array.from(keys),
    counts: Float64Array.from(counts),
    registers: null,
  });
  sum.add(packer.packed());
}

/** The bins of that column. */
export function sumOfBins(sum: BinSum): Sketch {
  return sum.column('raw', 'x')!.sketch;
}
