import type { ProblemKind } from '../../chunk/problem.js';
import type { ReadColumn } from '../../chunk/read-plan.js';
import type { CellCode } from './parse-cell.js';

/** Problems in reading one value: of a text, or of a value that has a type. */
export type ValueCode = CellCode | 'invalid-utf8';

/**
 * Returns the problem kind of a code in a column, worded alike for all formats.
 */
function cellProblem(column: ReadColumn, code: ValueCode): ProblemKind {
  return {
    code,
    column: column.name,
    expected: expected(column, code),
    outcome: code === 'number-format' ? 'repaired' : 'flagged',
  };
}

/** Returns `cellProblem` of a column, which makes the kind of each code once. */
export function cellProblems(column: ReadColumn): (code: ValueCode) => ProblemKind {
  const made = new Map<ValueCode, ProblemKind>();
  return (code) => {
    let kind = made.get(code);
    if (kind === undefined) made.set(code, (kind = cellProblem(column, code)));
    return kind;
  };
}

function expected(column: ReadColumn, code: ValueCode): string {
  const { layouts, trueValues, falseValues, zone } = column.parse;
  if (code === 'invalid-utf8') return 'text in UTF-8';
  if (code === 'overflow') {
    const wayOut = column.type === 'int64' ? ' ("type: string" keeps larger ones exactly)' : '';
    return `a number that ${column.type} can hold${wayOut}`;
  }
  if (code === 'shortened') return `a value that ${column.type} holds exactly ("type: string" keeps it)`;
  if (code === 'number-ambiguous') return 'a number with a decimal mark set by "decimal"';
  if (code === 'mixed-units')
    return "a number with the sign of the column's other numbers: one currency, or percent throughout";
  if (code === 'date-ambiguous') return 'a date with an order of day and month set by "layouts"';
  if (code === 'time-skipped') return `a time that the clocks of ${zone} show, or one with its offset`;
  if (code === 'time-repeated') return `a time that the clocks of ${zone} show once, or one with its offset`;
  switch (column.type) {
    case 'boolean':
      return `one of ${[...trueValues, ...falseValues].join(', ')}`;
    case 'date':
    case 'timestamp':
      return `a ${column.type} as ISO 8601${layouts.length > 0 ? ` or ${layouts.join(' or ')}` : ''}`;
    case 'int32':
    case 'int64':
      return `a whole number (${column.type})`;
    case 'list<float32>':
      return 'a list of numbers';
    default:
      return `a number (${column.type})`;
  }
}
