import type { ColumnType, NumberColumn } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { badContract } from './bad-contract.js';
import { fillOf, type Stored, showStored, storedValue } from './cell.js';
import type { ColumnContract, Policy } from './contract.js';
import { editColumn } from './edit-column.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { boundsOf, survey } from './survey.js';
import { note } from './work.js';

/** Handles numbers, dates and timestamps outside their range; `settle-infinity` handles infinite ones. */
export const clampRange = {
  name: 'clamp-range',
  codes: ['out-of-range'],
  compile: (plan) => eachColumn(plan, compileColumn),
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    /** Both ends included, null is open; in the column's own units. */
    readonly range: { readonly low: number | bigint | null; readonly high: number | bigint | null } | null;
    readonly outside: Policy<'flag' | 'clamp' | 'null' | 'reject'>;
  }
}

export const anyValue = { range: null, outside: { kind: 'flag' } } satisfies Partial<ColumnContract>;

function compileColumn(contract: ColumnContract): ColumnStep | null {
  const { name, type, range, outside } = contract;
  if (range === null || (range.low === null && range.high === null)) return null;
  if (type === 'string' || type === 'boolean' || type === 'list<float32>') {
    throw badContract(
      name,
      'range',
      `needs a column of numbers or dates, found type ${type}`,
      type === 'string' ? 'use "categories" or "pattern"' : 'leave it out',
    );
  }
  const bounds = boundsOf(contract);
  const end = (bound: number | bigint | null, open: number): number | bigint =>
    bound === null ? open : (storedValue(type, bound, name, 'range') as number | bigint);
  const low = end(range.low, Number.NEGATIVE_INFINITY);
  const high = end(range.high, Number.POSITIVE_INFINITY);
  if (low > high) {
    throw badContract(name, 'range', `must begin below its end, found ${low} to ${high}`, 'swap the two');
  }
  const fill = fillOf(type, outside, name, 'outside');
  const kind: ProblemKind = {
    code: 'out-of-range',
    column: name,
    expected: describe(type, range.low === null ? null : low, range.high === null ? null : high),
    outcome: outside.kind === 'flag' ? 'flagged' : outside.kind === 'reject' ? 'rejected' : 'repaired',
  };
  return (work, found) => {
    const column = found as NumberColumn;
    if (!survey(work, name, column, bounds).hasOutside) return;
    const edit = editColumn(column);
    let changed = false;
    for (let row = 0; row < column.length; row++) {
      const value = column.values[row]!;
      if (!(value < low || value > high) || !isPresent(column.validity, row)) continue;
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) continue;
      const text = showStored(type, value);
      if (outside.kind === 'flag' || outside.kind === 'reject') {
        note(work, kind, row, text, undefined);
        continue;
      }
      changed = true;
      if (outside.kind === 'null') {
        note(work, kind, row, text, null);
        edit.clear(row);
        continue;
      }
      const became = fill ?? (value < low ? low : high);
      note(work, kind, row, text, showStored(type, became));
      edit.put(row, became);
    }
    if (changed) work.columns.set(name, edit.done());
  };
}

function describe(type: ColumnType, low: Stored | null, high: Stored | null): string {
  if (low === null) return `at most ${showStored(type, high!)}`;
  if (high === null) return `at least ${showStored(type, low)}`;
  return `from ${showStored(type, low)} to ${showStored(type, high)}`;
}
