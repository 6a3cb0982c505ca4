import type { ProblemKind } from '../chunk/problem.js';
import { eachMissing } from './missing-rows.js';
import { eachColumn, type Rule } from './rule.js';
import { isDead, note } from './work.js';

/** Rejects rows with cells still missing although the model's input type cannot hold missing values. */
export const rejectMissing = {
  name: 'reject-missing',
  codes: ['missing'],
  compile: (plan) =>
    eachColumn(plan, ({ name, missing, key }) => {
      const isRejected = missing.kind === 'reject' && !key;
      if (isRejected || !plan.cannotBeMissing.includes(name)) return null;
      const kind: ProblemKind = {
        code: 'missing',
        column: name,
        expected: "a value, since the model's input cannot be missing",
        outcome: 'rejected',
      };
      return (work, column) =>
        eachMissing(column.validity, column.length, (row) => {
          if (!isDead(work, row)) note(work, kind, row, null, undefined);
        });
    }),
} satisfies Rule;
