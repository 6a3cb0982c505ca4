import {
  ABSENT,
  BOOLEAN,
  CODES,
  COLUMN_BYTES,
  COLUMN_FLAGS,
  COUNTS,
  DATE,
  DECIMAL,
  END_STRIDE,
  ENDS,
  EXTRA,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  KIND,
  MISSING,
  NEXT_ROW,
  NULLS,
  RESULT,
  SLOW,
  START_STRIDE,
  STARTS,
  TEXTS,
  TIMESTAMP,
  VALIDITY,
  VALUES,
  WORDS,
} from '../layout.js';
import {
  booleanLoop,
  type ColumnLoop,
  dateLoop,
  float32Loop,
  float64Loop,
  int32Loop,
  int64Loop,
  timestampLoop,
} from './columns.js';
import type { PlainMemory } from './memory.js';
import { codesLoop, textsLoop } from './strings.js';

/** The twin of `readColumns`: each column from its first row to its last. */
export function columnsReader(memory: PlainMemory): (columns: number, count: number, rows: number) => number {
  const loops = new Map<number, ColumnLoop>([
    [FLOAT32, float32Loop(memory)],
    [FLOAT64, float64Loop(memory)],
    [INT32, int32Loop(memory)],
    [INT64, int64Loop(memory)],
    [BOOLEAN, booleanLoop(memory)],
    [DATE, dateLoop(memory)],
    [TIMESTAMP, timestampLoop(memory)],
    [CODES, codesLoop(memory)],
    [TEXTS, textsLoop(memory)],
  ]);
  return (columns, count, rows) => {
    const { i32 } = memory;
    for (let index = 0; index < count; index++) {
      const at = columns + index * COLUMN_BYTES;
      const slot = (offset: number): number => i32[(at + offset) >> 2]!;
      memory.decimal = slot(DECIMAL);
      memory.nulls = slot(NULLS);
      memory.words = slot(WORDS);
      memory.flags = slot(COLUMN_FLAGS);
      i32.fill(0, RESULT / 4, RESULT / 4 + 3);
      const read = loops.get(slot(KIND))!;
      const reached =
        read(
          slot(STARTS),
          slot(START_STRIDE),
          slot(ENDS),
          slot(END_STRIDE),
          slot(NEXT_ROW),
          rows,
          slot(VALUES),
          slot(VALIDITY),
          slot(EXTRA),
        ) ?? rows;
      for (const kind of [MISSING, SLOW, ABSENT]) i32[(at + COUNTS) / 4 + kind]! += i32[RESULT / 4 + kind]!;
      i32[(at + NEXT_ROW) >> 2] = reached;
      if (reached < rows) return index;
    }
    return -1;
  };
}
