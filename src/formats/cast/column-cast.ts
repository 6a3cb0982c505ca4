import type { Column } from '../../chunk/column.js';
import type { Problems } from '../../chunk/problem.js';
import type { ReadColumn } from '../../chunk/read-plan.js';
import { endlessRoom, type SliceRoom } from '../slice-room.js';
import { cellProblems } from '../text/cell-problem.js';
import type { ArrowArray } from './arrow-array.js';
import { castBoolean } from './cast-boolean.js';
import { castByText } from './cast-by-text.js';
import { castList } from './cast-list.js';
import type { CastMemory } from './cast-memory.js';
import { castFloat, castInt32, castInt64 } from './cast-number.js';
import { castString } from './cast-string.js';
import { castDate, castTimestamp } from './cast-time.js';
import { scratch } from './scratch.js';
import { stringMemory } from './string-memory.js';

/** Casts rows to a column of the plan's type and records unreadable values; valid until the next call. */
type ColumnCast = (array: ArrowArray, problems: Problems) => Column;

/**
 * Creates the cast of one column's chunks, with one rule for all types: a value reads like its text in a CSV
 * file (chunk/column.ts has the units), except that numbers, dates and strings of the plan's kind are
 * converted directly, without text. So whole floats are whole numbers and booleans are 0 and 1, NaN is
 * missing, values that do not fit are `overflow`, and values of another kind are `unreadable`. Clean numbers
 * cost about 1 ns a row.
 */
export function columnCast(column: ReadColumn, room: Pick<SliceRoom, 'take'> = endlessRoom): ColumnCast {
  const kindOf = cellProblems(column);
  let noted: Problems | null = null;
  const memory: CastMemory = {
    column,
    scratch: scratch(),
    strings: stringMemory(column),
    room,
    note(code, row, found) {
      if (noted !== null) noted.add(kindOf(code), row, found);
    },
  };
  return (array, problems) => {
    noted = problems;
    return cast(array, memory);
  };
}

function cast(array: ArrowArray, memory: CastMemory): Column {
  const target = memory.column.type;
  const { kind } = array.type.kind === 'dictionary' ? array.type.value : array.type;
  const number =
    kind === 'int' ||
    kind === 'float' ||
    kind === 'decimal' ||
    kind === 'bool' ||
    kind === 'duration' ||
    kind === 'null';
  const time = kind === 'date' || kind === 'timestamp' || kind === 'null';
  if (target === 'string') return castString(array, memory);
  if (target === 'list<float32>' && (kind === 'list' || kind === 'null')) return castList(array, memory);
  if (target === 'boolean' && number) return castBoolean(array, memory);
  if (target === 'date' && time) return castDate(array, memory);
  if (target === 'timestamp' && time) return castTimestamp(array, memory);
  if (number && (target === 'float32' || target === 'float64')) return castFloat(array, target, memory);
  if (number && target === 'int32') return castInt32(array, memory);
  if (number && target === 'int64') return castInt64(array, memory);
  return castByText(array, memory);
}
