import type { OutputBatch, OutputField } from '../chunk/batch.js';
import type { Origin } from '../chunk/chunk.js';
import type { Column, TextColumn } from '../chunk/column.js';
import type { Problems } from '../chunk/problem.js';
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
 * One row per cell of a scored row whose value was changed, in row order and then in the order of the changes: a cell that was changed twice has two.
 * `row` is the source's; `became` is missing where the cell became missing.
 */
export function auditRows(
  problems: Problems,
  became: readonly Became[],
  { status }: RowStatus,
  file: string,
  origin: Origin,
): OutputBatch {
  const changes: number[] = [];
  for (let i = 0; i < became.length; i++) {
    if (became[i] !== undefined && status?.[problems.rows[i]!] !== 3) changes.push(i);
  }
  changes.sort((a, b) => problems.rows[a]! - problems.rows[b]! || a - b);
  const values = BigInt64Array.from(changes, (i) => BigInt(origin.firstRow + problems.rows[i]!));
  const row: Column = { type: 'int64', length: changes.length, values, validity: null };
  const columns = [
    constantColumn('string', changes.length, file, []),
    row,
    textColumn(changes.map((i) => problems.kinds[i]!.column)),
    textColumn(changes.map((i) => problems.kinds[i]!.code)),
    textColumn(changes.map((i) => asText(problems.found[i]!))),
    textColumn(changes.map((i) => asText(became[i]!))),
  ];
  return { rows: changes.length, columns };
}

function asText(value: Exclude<Became, undefined>): string | null {
  return value === null ? null : String(value);
}

function textColumn(texts: readonly (string | null)[]): TextColumn {
  const parts = texts.map((text) => Buffer.from(text ?? ''));
  const offsets = new Int32Array(texts.length + 1);
  const validity = new Uint8Array((texts.length + 7) >> 3);
  for (const [i, text] of texts.entries()) {
    offsets[i + 1] = offsets[i]! + parts[i]!.length;
    if (text !== null) validity[i >> 3]! |= 1 << (i & 7);
  }
  const isFull = texts.every((text) => text !== null);
  return {
    type: 'string',
    layout: 'text',
    length: texts.length,
    offsets,
    bytes: Buffer.concat(parts),
    validity: isFull ? null : validity,
  };
}
