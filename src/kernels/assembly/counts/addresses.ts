// The addresses of ../../count-layout.ts, typed as addresses.
import {
  INPUT as INPUT_AT,
  PRESENT as PRESENT_AT,
  NUMBERS as NUMBERS_AT,
  SMALL as SMALL_AT,
  BANK_BYTES as BANK_BYTES_AT,
  TABLE as TABLE_AT,
  KEYS as KEYS_AT,
  COUNTS as COUNTS_AT,
  OTHER_KEYS as OTHER_KEYS_AT,
  OTHER_COUNTS as OTHER_COUNTS_AT,
  DIGITS as DIGITS_AT,
  RANKS as RANKS_AT,
  RESULT as RESULT_AT,
  CELLS as CELLS_AT,
  ROWS_BY_CELL as ROWS_BY_CELL_AT,
  CELL_STARTS as CELL_STARTS_AT,
  CELL_FIGURES as CELL_FIGURES_AT,
  CELL_KEYS as CELL_KEYS_AT,
  BITS_OF_BINS as BITS_OF_BINS_AT,
  CELL_COUNTS as CELL_COUNTS_AT,
  SUMS as SUMS_AT,
} from '../../count-layout';

export const INPUT: usize = INPUT_AT;
export const PRESENT: usize = PRESENT_AT;
export const NUMBERS: usize = NUMBERS_AT;
export const SMALL: usize = SMALL_AT;
export const BANK_BYTES: usize = BANK_BYTES_AT;
export const TABLE: usize = TABLE_AT;
export const KEYS: usize = KEYS_AT;
export const COUNTS: usize = COUNTS_AT;
export const OTHER_KEYS: usize = OTHER_KEYS_AT;
export const OTHER_COUNTS: usize = OTHER_COUNTS_AT;
export const DIGITS: usize = DIGITS_AT;
export const RANKS: usize = RANKS_AT;
export const RESULT: usize = RESULT_AT;
export const CELLS: usize = CELLS_AT;
export const ROWS_BY_CELL: usize = ROWS_BY_CELL_AT;
export const CELL_STARTS: usize = CELL_STARTS_AT;
export const CELL_FIGURES: usize = CELL_FIGURES_AT;
export const CELL_KEYS: usize = CELL_KEYS_AT;
export const BITS_OF_BINS: usize = BITS_OF_BINS_AT;
export const CELL_COUNTS: usize = CELL_COUNTS_AT;
export const SUMS: usize = SUMS_AT;
