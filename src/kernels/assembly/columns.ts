import {
  BOOLEAN,
  CODES,
  COLUMN_BYTES,
  COLUMN_FLAGS,
  COUNTS,
  DATE,
  DECIMAL,
  ENDS,
  END_STRIDE,
  EXTRA,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  KIND,
  NEXT_ROW,
  NULLS,
  RESULT,
  STARTS,
  START_STRIDE,
  TIMESTAMP,
  TILE_ROWS,
  VALIDITY,
  VALUES,
  WORDS,
} from '../layout';
import { setColumn } from './cell';
import { float32, float64, int32, int64 } from './numbers';
import { date, timestamp } from './times';
import { boolean, codes, texts } from './words';

/**
 * Reads all rows of the `count` columns described from `columns` on, tile by tile, from the progress of each.
 * Stops at a column whose table is half full and returns its index; -1 at the end.
 */
export function readColumns(columns: usize, count: i32, rows: usize): i32 {
  if (count == 0) return -1;
  // If one column stopped, those after it are a tile behind those before it.
  let from = <usize>load<u32>(columns + <usize>(count - 1) * COLUMN_BYTES, NEXT_ROW);
  while (from < rows) {
    const to = min<usize>(rows, from + TILE_ROWS);
    for (let i = 0; i < count; i++) {
      if (!readTile(columns + <usize>i * COLUMN_BYTES, to)) return i;
    }
    from = to;
  }
  return -1;
}

/** Reads one column's rows up to `to`; returns false if its table is half full before. */
function readTile(column: usize, to: usize): bool {
  const from = <usize>load<u32>(column, NEXT_ROW);
  if (from >= to) return true;
  setColumn(load<i32>(column, DECIMAL), load<u32>(column, NULLS), load<u32>(column, WORDS), load<i32>(column, COLUMN_FLAGS));
  store<u64>(RESULT, load<u64>(column, COUNTS));
  store<u32>(RESULT + 8, load<u32>(column, COUNTS + 8));
  const reached = readCells(
    load<i32>(column, KIND),
    load<u32>(column, STARTS),
    load<u32>(column, START_STRIDE),
    load<u32>(column, ENDS),
    load<u32>(column, END_STRIDE),
    from,
    to,
    load<u32>(column, VALUES),
    load<u32>(column, VALIDITY),
    load<u32>(column, EXTRA),
  );
  store<u64>(column, load<u64>(RESULT), COUNTS);
  store<u32>(column, load<u32>(RESULT + 8), COUNTS + 8);
  store<u32>(column, <u32>reached, NEXT_ROW);
  return reached == to;
}

/** Reads the cells of rows `[from, to)`; returns the row it reached. */
function readCells(kind: i32, starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, extra: usize): usize {
  switch (kind) {
    case FLOAT32:
      float32(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case FLOAT64:
      float64(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case INT32:
      int32(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case INT64:
      int64(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case BOOLEAN:
      boolean(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case DATE:
      date(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case TIMESTAMP:
      timestamp(starts, startStride, ends, endStride, from, to, values, validity, extra);
      break;
    case CODES:
      return codes(starts, startStride, ends, endStride, from, to, values, validity, extra);
    default:
      texts(starts, startStride, ends, endStride, from, to, values, validity, extra);
  }
  return to;
}
