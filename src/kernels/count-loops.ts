/**
 * The loops that count a column's values, block by block in one small memory that does not grow: in
 * WebAssembly, and a plain twin with identical results to the last bit. The memory map is in
 * `count-layout.ts`; a block starts at INPUT (validity bits at PRESENT) and has at most BLOCK_ROWS rows.
 */
export interface CountLoops {
  readonly kind: 'simd' | 'plain';
  readonly buffer: ArrayBuffer;

  /** Clears the first `slots` slots of SMALL. */
  clearSmall(slots: number): void;
  /**
   * Count small whole numbers (and NONE, INFINITE) in SMALL, and write the rest to NUMBERS; return its size.
   */
  smallFloats32(rows: number): number;
  smallFloats64(rows: number): number;
  smallInts32(rows: number, mayMiss: boolean): number;
  smallInts64(rows: number, mayMiss: boolean): number;
  /** Counts codes from -1 on in SMALL. */
  codes(rows: number): void;
  /**
   * Writes the small whole numbers that occurred to INPUT, ascending, as int32, and their counts to NUMBERS;
   * returns how many.
   */
  gatherSmall(): number;

  /**
   * Write a block's finite numbers to NUMBERS, count others in NONE and INFINITE; return the number written.
   */
  floats32(rows: number): number;
  floats64(rows: number): number;
  ints32(rows: number, mayMiss: boolean): number;
  ints64(rows: number, mayMiss: boolean): number;
  /**
   * Computes sum, extremes, squared distances, low bits and wholeness of NUMBERS (not empty) into the result
   * slots.
   */
  measure(rows: number): void;

  /** Clears bins and hashes; bins begin at `precision` mantissa bits. */
  beginBins(precision: number): void;
  /** Counts NUMBERS into bins, and makes bins one bit coarser while there are too many. */
  bins(rows: number): void;
  /** Counts the values of `gatherSmall` into bins, and records their hashes. */
  smallBins(found: number): void;
  precisionLeft(): number;
  /** Writes keys and counts of the bins to KEYS and COUNTS, ascending; returns how many there are. */
  sortBins(): number;
  /** Records the hashes of NUMBERS in RANKS. */
  hashes(rows: number): void;

  /** Clears the counts of the first `cells` cells, and all bins. */
  beginCells(cells: number): void;
  /**
   * Orders a block's rows by CELLS (0 to `cells`): writes them to ROWS_BY_CELL, ascending in each cell, and
   * each cell's start to CELL_STARTS.
   */
  orderCells(rows: number, cells: number): void;
  /**
   * Count a block by cell, whose rows are in ROWS_BY_CELL: bins of CELL_PRECISION, and the figures of the
   * cells' numbers; return 1 if there are more bins than CELL_BINS, else 0.
   */
  cellFloats32(): number;
  cellFloats64(): number;
  cellInts32(mayMiss: boolean): number;
  cellInts64(mayMiss: boolean): number;
  /** Clears SUMS, and adds a cell's counts to it. */
  beginSums(): void;
  addCell(cell: number): void;
  /** Writes the bins' keys to KEYS, ascending, and their numbers to COUNTS; returns how many there are. */
  sortCellBins(): number;
  /**
   * Writes keys and counts of SUMS to OTHER_KEYS and OTHER_COUNTS as `sortCellBins` does; returns how many.
   */
  gatherSums(bins: number): number;

  /** Computes lengths and hashes of texts (bytes at INPUT, offsets at NUMBERS); adds to the result slots. */
  texts(rows: number, mayMiss: boolean): void;
}
