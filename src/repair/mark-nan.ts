import { isPresent } from '../chunk/validity.js';
import { editColumn } from './edit-column.js';
import { eachColumn, type Rule } from './rule.js';
import { boundsOf, survey } from './survey.js';

/** Marks NaN in a file as missing, like any other missing value and no problem in itself. */
export const markNan = {
  name: 'mark-nan',
  codes: [],
  compile: (plan) =>
    eachColumn(plan, (contract) => {
      if (contract.type !== 'float32' && contract.type !== 'float64') return null;
      const bounds = boundsOf(contract);
      return (work, column) => {
        if (column.type !== 'float32' && column.type !== 'float64') return;
        if (!survey(work, contract.name, column, bounds).hasNaN) return;
        const edit = editColumn(column);
        for (let row = 0; row < column.length; row++) {
          if (!Number.isNaN(column.values[row]!) || !isPresent(column.validity, row)) continue;
          edit.clear(row);
        }
        work.columns.set(contract.name, edit.done());
      };
    }),
} satisfies Rule;
