import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { storedOf } from '../../repair/cell.js';
import { dictionaryOf } from '../../repair/dictionary.js';
import { evaluator } from '../../repair/evaluate-expression.js';
import { truth } from '../../repair/vectors.js';
import type { SegmentEntry } from './segment-plan.js';

/** Adds to each row's cell the number of its segment of an entry, times `stride`. */
export type AssignRows = (chunk: Pick<Chunk, 'rows' | 'columns'>, cells: Uint8Array, stride: number) => void;

/**
 * Compiles an entry: rows that meet its condition are in segment 0, others in 1; values that are not listed
 * are in the segment after all listed ones.
 */
export function assignRows(entry: SegmentEntry): AssignRows {
  if (entry.kind === 'condition') {
    const evaluate = evaluator(entry.expression);
    return (chunk, cells, stride) => addUnmet(evaluate(chunk), cells, stride);
  }
  const { slice, values } = entry;
  return ({ columns }, cells, stride) => {
    const column = columns.get(slice);
    if (column === undefined || column.type === 'list<float32>') addToAll(cells, values.length * stride);
    else if (column.type === 'string') assignTexts(column, values, cells, stride);
    else assignNumbers(column, values, cells, stride);
  };
}

/** Adds `stride` where a condition is not met: four rows at a time, by the lowest bit of `truth.yes`. */
function addUnmet(truths: Uint8Array, cells: Uint8Array, stride: number): void {
  const fours = cells.length >> 2;
  const cellWords = new Int32Array(cells.buffer, cells.byteOffset, fours);
  const truthWords = new Int32Array(truths.buffer, truths.byteOffset, fours);
  for (let i = 0; i < fours; i++) cellWords[i]! += stride * (~truthWords[i]! & 0x01010101);
  for (let row = 4 * fours; row < cells.length; row++) if (truths[row] !== truth.yes) cells[row]! += stride;
}

function addToAll(cells: Uint8Array, step: number): void {
  for (let row = 0; row < cells.length; row++) cells[row]! += step;
}

function assignTexts(
  column: Column & { readonly type: 'string' },
  values: readonly string[],
  cells: Uint8Array,
  stride: number,
): void {
  const { codes, dictionary } = column.layout === 'dictionary' ? column : dictionaryOf(column, []);
  const known = new Map(values.map((value, segment) => [value, segment]));
  const steps = Uint8Array.from(
    ['', ...dictionary],
    (text, i) => stride * (i === 0 ? values.length : (known.get(text) ?? values.length)),
  );
  for (let row = 0; row < cells.length; row++) cells[row]! += steps[codes[row]! + 1]!;
}

function assignNumbers(
  column: Exclude<Column, { readonly type: 'string' | 'list<float32>' }>,
  values: readonly string[],
  cells: Uint8Array,
  stride: number,
): void {
  const known = new Map(values.map((value, segment) => [storedOf(column.type, value), segment]));
  for (let row = 0; row < cells.length; row++) {
    const segment = isPresent(column.validity, row) ? known.get(column.values[row]!) : undefined;
    cells[row]! += stride * (segment ?? values.length);
  }
}
