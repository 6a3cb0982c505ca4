// Read by tsc and asc: untyped integer constants only. The counting loops' memory, 1,216 KiB.

/** Rows counted at a time, and bytes of text. */
export const BLOCK_ROWS = 8192;
export const BLOCK_BYTES = 65536;

/** Address of the result slots. For `measure`, 64-bit floats, then 32-bit: */
export const RESULT = 64;
export const SUM = 0;
export const LEAST = 1;
export const GREATEST = 2;
export const SQUARES = 3;
/** The low words of all values, or-ed; and 1 if all values are whole. */
export const LOW_BITS = 8;
export const IS_WHOLE = 9;
/** For `texts`: their number, the sum of their lengths (a float), the smallest and the largest. */
export const TEXTS = 8;
export const SHORTEST = 9;
export const LONGEST = 10;

/** Start of a block of a column, 64 KiB; later the values that `gatherSmall` found. */
export const INPUT = 4096;
/** Its validity bits, 1 KiB. */
export const PRESENT = 73728;
/** A block's finite numbers as float64, never -0; offsets of texts; later counts of gathered values. */
export const NUMBERS = 77824;

/** Two tables of counts, used alternately so that equal neighbours do not wait: small numbers, or codes. */
export const SMALL = 143360;
export const BANK_BYTES = 65600;
/** Whole numbers with a slot, from SMALLEST on; then counts of missing or NaN, and of infinite values. */
export const SMALLEST = -4096;
export const SMALL_SIZE = 16384;
export const NONE = 16384;
export const INFINITE = 16385;

/** Bins as pairs of key and count in an open-addressing table; a slot with count 0 is empty. */
export const TABLE = 278528;
export const SLOTS = 4096;
/** The same, sorted, and the space for sorting: 16 KiB each. */
export const KEYS = 311296;
export const COUNTS = 327680;
export const OTHER_KEYS = 344064;
export const OTHER_COUNTS = 360448;
/** Counts of each digit of a key, for sorting: 1 KiB. */
export const DIGITS = 376832;
/** Maximum number of bins with values, and mantissa bits of a full key (quality/sketch.ts). */
export const MOST_BINS = 2048;
export const FULL_PRECISION = 20;

/** One byte for each register of HyperLogLog, see quality/distinct.ts. */
export const RANKS = 409600;
export const RANK_BITS = 11;

/** The cell of each row of a block, one byte each; the number of cells for rows of no cell. */
export const CELLS = 413696;
export const MOST_CELLS = 32;
/** A block's rows, 16 bits each, cell by cell; and each cell's start, 32 bits each, and the last end. */
export const ROWS_BY_CELL = 442368;
export const CELL_STARTS = 423936;
/** Figures of each cell, 64-bit floats. */
export const CELL_FIGURES = 421888;
export const CELL_BYTES = 64;
export const CELL_COUNT = 0;
export const CELL_SUM = 1;
export const CELL_SQUARES = 2;
export const CELL_LEAST = 3;
export const CELL_GREATEST = 4;
/** 1 if a value was not whole. */
export const CELL_FRACTIONS = 5;
/** How often each bin occurred in each cell, and in a union: missing or NaN, infinite, then the bins. */
export const CELL_COUNTS = 458752;
export const CELL_BINS = 2048;
export const FIRST_BIN = 2;
export const SUMS = 425984;
/** Mantissa bits of the keys of these bins. */
export const CELL_PRECISION = 6;
/** The number of each bin by its leading bits, 16 bits each (0: not used); and these bits of each bin. */
export const CELL_KEYS = 720896;
export const BITS_OF_BINS = 434176;

export const PAGES = 19;
