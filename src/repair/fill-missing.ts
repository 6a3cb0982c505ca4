import type { ProblemKind } from '../chunk/problem.js';
import { fillOf, showStored } from './cell.js';
import type { ColumnContract, Policy, RepairPlan } from './contract.js';
import { editColumn } from './edit-column.js';
import { eachMissing } from './missing-rows.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { isDead, note } from './work.js';

/** Handles missing cells, by the file or by earlier rules: fill, flag or reject; `pass` leaves them. */
export const fillMissing = {
  name: 'fill-missing',
  codes: ['missing'],
  compile: (plan) => eachColumn(plan, (contract) => compileColumn(contract, plan)),
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    readonly missing: Policy<'pass' | 'flag' | 'reject'>;
  }
}

export const passMissing = { missing: { kind: 'pass' } } satisfies Partial<ColumnContract>;

function compileColumn({ name, type, key, missing }: ColumnContract, plan: RepairPlan): ColumnStep | null {
  const fill = fillOf(type, missing, name, 'missing');
  // An absent column already has a problem in every row; a missing key has its own code.
  const isSaid = plan.absent.includes(name) ? missing.kind !== 'reject' : key && fill === null;
  if (missing.kind === 'pass' || isSaid) return null;
  const kind: ProblemKind = {
    code: 'missing',
    column: name,
    expected: 'a value',
    outcome: fill !== null ? 'repaired' : missing.kind === 'flag' ? 'flagged' : 'rejected',
  };
  const became = fill === null ? undefined : showStored(type, fill);
  return (work, column) => {
    if (column.validity === null) return;
    const edit = fill === null ? null : editColumn(column);
    eachMissing(column.validity, column.length, (row) => {
      if (isDead(work, row)) return;
      note(work, kind, row, null, became);
      edit?.put(row, fill!);
    });
    if (edit !== null) work.columns.set(name, edit.done());
  };
}
