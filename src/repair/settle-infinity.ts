import type { Float32Column, Float64Column, ListColumn } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { cellAt, fillOf, showStored } from './cell.js';
import type { ColumnContract, Policy } from './contract.js';
import { editColumn } from './edit-column.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { boundsOf, survey } from './survey.js';
import { note } from './work.js';

/** Handles infinite numbers, and vectors that contain one. */
export const settleInfinity = {
  name: 'settle-infinity',
  codes: ['infinite'],
  compile: (plan) => eachColumn(plan, compileColumn),
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    readonly infinity: Policy<'missing' | 'flag' | 'reject'>;
  }
}

export const noInfinities = { infinity: { kind: 'missing' } } satisfies Partial<ColumnContract>;

function compileColumn(contract: ColumnContract): ColumnStep | null {
  const { name, type, infinity } = contract;
  if (type !== 'float32' && type !== 'float64' && type !== 'list<float32>') return null;
  const bounds = boundsOf(contract);
  const fill = fillOf(type, infinity, name, 'infinity');
  const kind: ProblemKind = {
    code: 'infinite',
    column: name,
    expected: type === 'list<float32>' ? 'finite numbers' : 'a finite number',
    outcome: fill !== null ? 'repaired' : infinity.kind === 'reject' ? 'rejected' : 'flagged',
  };
  return (work, found) => {
    const column = found as Float32Column | Float64Column | ListColumn;
    const isClean =
      column.type === 'list<float32>' ? isAllFinite(column) : !survey(work, name, column, bounds).hasInfinite;
    if (isClean) return;
    const edit = editColumn(column);
    let changed = false;
    for (let row = 0; row < column.length; row++) {
      if (!isInfinite(column, row) || !isPresent(column.validity, row)) continue;
      const text = cellAt(column, row);
      if (infinity.kind === 'flag' || infinity.kind === 'reject') {
        note(work, kind, row, text, undefined);
        continue;
      }
      changed = true;
      note(work, kind, row, text, fill === null ? null : showStored(type, fill));
      if (fill === null) edit.clear(row);
      else edit.put(row, fill);
    }
    if (changed) work.columns.set(name, edit.done());
  };
}

function isInfinite(column: Float32Column | Float64Column | ListColumn, row: number): boolean {
  if (column.type !== 'list<float32>') return Math.abs(column.values[row]!) === Number.POSITIVE_INFINITY;
  for (let i = column.offsets[row]!; i < column.offsets[row + 1]!; i++) {
    if (Math.abs(column.items[i]!) === Number.POSITIVE_INFINITY) return true;
  }
  return false;
}

function isAllFinite({ items, offsets, length }: ListColumn): boolean {
  for (let i = offsets[0]!; i < offsets[length]!; i++) {
    if (Math.abs(items[i]!) === Number.POSITIVE_INFINITY) return false;
  }
  return true;
}
