import type { Column, ColumnType, StringListColumn } from './column.js';

/** One column of the scored output. */
export interface OutputField {
  readonly name: string;
  readonly type: ColumnType | 'list<string>';
  /**
   * True if Parquet should try a dictionary: for few distinct values (measured: 5 M rows/s, 14 M without).
   */
  readonly dictionary: boolean;
}

/** Scored rows of one slice in input order, one column per field, in the order of the fields. */
export interface OutputBatch {
  readonly rows: number;
  readonly columns: readonly (Column | StringListColumn)[];
}
