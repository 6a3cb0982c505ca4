import type { Column, ColumnType, StringListColumn } from './column.js';

/** One column of the scored output, as it is to be written. */
export interface OutputField {
  readonly name: string;
  readonly type: ColumnType | 'list<string>';
  /** Whether Parquet should try a dictionary: only for columns of few values (measured: 5 M rows/s with one, 14 M without). */
  readonly dictionary: boolean;
}

/** Scored rows of one slice in input order, one column per field and in the fields' order. */
export interface OutputBatch {
  readonly rows: number;
  readonly columns: readonly (Column | StringListColumn)[];
}
