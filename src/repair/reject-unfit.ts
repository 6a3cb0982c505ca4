import type { ListColumn, StringColumn } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { cellAt } from './cell.js';
import type { FeatureLimit } from './contract.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { isDead, note, type Work } from './work.js';

/**
 * Rejects rows with values that the model's input does not accept: a number too large, a list of another
 * length, a string it fails on.
 */
export const rejectUnfit = {
  name: 'reject-unfit',
  codes: ['out-of-range', 'disallowed', 'unknown-category'],
  compile: (plan) =>
    eachColumn(plan, ({ name }) => {
      const limit = plan.limits.find(({ column }) => column === name);
      return limit === undefined ? null : stepOf(limit);
    }),
} satisfies Rule;

function stepOf({ column: name, holds, items, onlyKnown }: FeatureLimit): ColumnStep {
  const reject = (code: string, expected: string): ProblemKind => ({
    code,
    column: name,
    expected,
    outcome: 'rejected',
  });
  const outside = reject(
    'out-of-range',
    `${holds?.low} to ${holds?.high}, all that the model's input can hold`,
  );
  const length = reject('disallowed', `a list of ${items} items, as the model's input takes`);
  const unknown = reject('unknown-category', 'a string that the model knows, since it fails on others');
  const known = new Set(onlyKnown);
  return (work, column) => {
    if (column.type === 'list<float32>') {
      if (items !== null) eachOtherLength(work, column, items, (row) => noteCell(work, column, length, row));
    } else if (column.type === 'string') {
      if (onlyKnown !== null) eachUnknown(column, known, (row) => noteCell(work, column, unknown, row));
    } else if (holds !== null) {
      const { values } = column;
      for (let row = 0; row < column.length; row++) {
        const value = values[row]!;
        if (value < holds.low || value > holds.high) noteCell(work, column, outside, row);
      }
    }
  };
}

function noteCell(work: Work, column: Parameters<ColumnStep>[1], kind: ProblemKind, row: number): void {
  if (isPresent(column.validity, row) && !isDead(work, row))
    note(work, kind, row, cellAt(column, row), undefined);
}

function eachOtherLength(
  { rows }: Work,
  { offsets }: ListColumn,
  items: number,
  visit: (row: number) => void,
): void {
  for (let row = 0; row < rows; row++) if (offsets[row + 1]! - offsets[row]! !== items) visit(row);
}

/** Checks the dictionary first; walks the codes only if it contains an unknown string. */
function eachUnknown(column: StringColumn, known: ReadonlySet<string>, visit: (row: number) => void): void {
  if (column.layout === 'text') {
    const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
    for (let row = 0; row < column.length; row++) {
      if (!known.has(bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]))) visit(row);
    }
    return;
  }
  const isUnknown = column.dictionary.map((text) => !known.has(text));
  if (!isUnknown.includes(true)) return;
  for (let row = 0; row < column.length; row++) if (isUnknown[column.codes[row]!] === true) visit(row);
}
