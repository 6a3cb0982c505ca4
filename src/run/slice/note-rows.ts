import type { OutputField } from '../../chunk/batch.js';
import { type Origin, sourceRow } from '../../chunk/chunk.js';
import type { DictionaryColumn, Int64Column, StringListColumn } from '../../chunk/column.js';
import type { Problems } from '../../chunk/problem.js';
import { annotateRows } from '../../repair/annotate-rows.js';
import type { RowStatus } from '../../repair/row-status.js';

/** Columns that are appended to every scored row, in this order. */
export const noteFields: readonly OutputField[] = [
  { name: '_row_status', type: 'string', dictionary: true },
  { name: '_problems', type: 'list<string>', dictionary: true },
  { name: '_source_file', type: 'string', dictionary: true },
  { name: '_source_row', type: 'int64', dictionary: false },
];

/** Returns the columns of `noteFields` for the kept rows. */
export function noteRows(
  problems: Problems,
  status: RowStatus,
  rows: number,
  file: string,
  origin: Pick<Origin, 'firstRow' | 'places'>,
): readonly [DictionaryColumn, StringListColumn, DictionaryColumn, Int64Column] {
  const notes = annotateRows(problems, status, rows);
  const length = notes.status.length;
  return [
    notes.status,
    notes.problems,
    {
      type: 'string',
      layout: 'dictionary',
      length,
      codes: new Int32Array(length),
      dictionary: [file],
      validity: null,
    },
    sourceRows(status.kept, length, origin),
  ];
}

/** Written as two 32-bit halves: a BigInt per row would cost ten times as much. */
function sourceRows(
  kept: Int32Array | null,
  length: number,
  origin: Pick<Origin, 'firstRow' | 'places'>,
): Int64Column {
  const values = new BigInt64Array(length);
  const halves = new Uint32Array(values.buffer);
  for (let i = 0; i < length; i++) {
    const row = sourceRow(origin, kept === null ? i : kept[i]!);
    halves[2 * i] = row;
    halves[2 * i + 1] = row / 4294967296;
  }
  return { type: 'int64', length, values, validity: null };
}
