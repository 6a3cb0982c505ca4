import type { OutputBatch, OutputField } from '../chunk/batch.js';
import { type Origin, sourceRow } from '../chunk/chunk.js';
import type { Column, DictionaryColumn } from '../chunk/column.js';
import type { Problems } from '../chunk/problem.js';
import { markPresent } from '../chunk/validity.js';
import { constantColumn } from './fill-absent.js';
import type { RowStatus } from './row-status.js';
import type { Became } from './work.js';

/** The columns of an audit file. */
export const auditFields: readonly OutputField[] = [
  { name: 'file', type: 'string', dictionary: true },
  { name: 'row', type: 'int64', dictionary: false },
  { name: 'column', type: 'string', dictionary: true },
  { name: 'code', type: 'string', dictionary: true },
  { name: 'found', type: 'string', dictionary: false },
  { name: 'became', type: 'string', dictionary: false },
];

/**
 * Returns one row per changed cell of a scored row, by row and then by change: a cell that was changed twice
 * has two. `row` is the source's; `became` is missing if the cell became missing.
 */
export function auditRows(
  problems: Problems,
  became: readonly Became[],
  { status }: RowStatus,
  file: string,
  origin: Origin,
): OutputBatch {
  const changes = changesByRow(problems, became, status);
  const values = BigInt64Array.from(changes, (i) => BigInt(sourceRow(origin, problems.row(i))));
  const row: Column = { type: 'int64', length: changes.length, values, validity: null };
  const columns = [
    constantColumn('string', changes.length, file, []),
    row,
    textColumn(changes.map((i) => problems.kind(i).column)),
    textColumn(changes.map((i) => problems.kind(i).code)),
    textColumn(changes.map((i) => asText(problems.found(i)))),
    textColumn(changes.map((i) => asText(became[i]!))),
  ];
  return { rows: changes.length, columns };
}

/**
 * Returns the indices of the reported changes among the problems, by row and then by index, sorted as numbers
 * that hold both.
 */
function changesByRow(
  problems: Problems,
  became: readonly Became[],
  status: RowStatus['status'],
): readonly number[] {
  const count = became.length;
  const keys: number[] = [];
  for (let i = 0; i < count; i++) {
    const row = problems.row(i);
    if (became[i] !== undefined && status?.[row] !== 3) keys.push(row * count + i);
  }
  return Array.from(Float64Array.from(keys).sort(), (key) => key % count);
}

function asText(value: Exclude<Became, undefined>): string | null {
  return value === null ? null : String(value);
}

/** Builds a dictionary column: the same few texts recur again and again. */
function textColumn(texts: readonly (string | null)[]): DictionaryColumn {
  const length = texts.length;
  const known = new Map<string, number>();
  const codes = new Int32Array(length).fill(-1);
  const validity = new Uint8Array((length + 7) >> 3);
  let missing = 0;
  for (let i = 0; i < length; i++) {
    const text = texts[i]!;
    if (text === null) {
      missing++;
      continue;
    }
    let code = known.get(text);
    if (code === undefined) known.set(text, (code = known.size));
    codes[i] = code;
    markPresent(validity, i);
  }
  const dictionary = [...known.keys()];
  return {
    type: 'string',
    layout: 'dictionary',
    length,
    codes,
    dictionary,
    validity: missing === 0 ? null : validity,
  };
}
