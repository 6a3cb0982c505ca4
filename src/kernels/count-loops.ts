/**
 * The loops that count a column's values, block by block in one small memory that does not grow: in WebAssembly, and their plain twin, which gives
 * the same to the last bit. The memory map is in `count-layout.ts`; a block is placed at INPUT (validity bits at PRESENT) and has at most BLOCK_ROWS rows.
 */
export interface CountLoops {
  readonly kind: 'simd' | 'plain';
  readonly buffer: ArrayBuffer;

  /** Forgets what was counted at the first `places` places of SMALL. */
  clearSmall(places: number): void;
  /** Count small whole numbers (and NONE, INFINITE) at SMALL, and put what else there is to NUMBERS; give how many those are. */
  smallFloats32(rows: number): number;
  smallFloats64(rows: number): number;
  smallInts32(rows: number, mayMiss: boolean): number;
  smallInts64(rows: number, mayMiss: boolean): number;
  /** Counts codes from -1 on at SMALL. */
  codes(rows: number): void;
  /** Writes the small whole numbers that occurred to INPUT, ascending, as 32-bit integers, and how often to NUMBERS; gives how many. */
  gatherSmall(): number;

  /** Put the finite, present numbers of a block to NUMBERS, and count the others at NONE and INFINITE; give how many were put. */
  floats32(rows: number): number;
  floats64(rows: number): number;
  ints32(rows: number, mayMiss: boolean): number;
  ints64(rows: number, mayMiss: boolean): number;
  /** Sum, extremes, squared distances from the mean, low bits and wholeness of NUMBERS, to the result slots; at least one row. */
  measure(rows: number): void;

  /** Forgets bins and hashes; bins begin at `precision` mantissa bits. */
  beginBins(precision: number): void;
  /** Counts NUMBERS into bins, coarser by one bit as often as there are too many. */
  bins(rows: number): void;
  /** The same for what `gatherSmall` found, and notes its hashes. */
  smallBins(found: number): void;
  binsUsed(): number;
  precisionLeft(): number;
  /** Writes keys and counts of the bins to KEYS and COUNTS, ascending; gives how many. */
  sortBins(): number;
  /** Notes the hashes of NUMBERS at RANKS. */
  hashes(rows: number): void;

  /** Lengths and hashes of texts whose bytes stand at INPUT and whose offsets at NUMBERS; adds to the result slots. */
  texts(rows: number, mayMiss: boolean): void;
}
