import type { Column } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import type { OutputColumn, ScoreProblem } from './output-plan.js';

/**
 * Records NaN, infinite and out-of-range scores of one column; a vector by its first bad item. One comparison
 * per value.
 */
export function checkScores(output: OutputColumn, column: Column, problems: ScoreProblem[]): void {
  const { range } = output;
  const low = range?.low ?? Number.NEGATIVE_INFINITY;
  const high = range?.high ?? Number.POSITIVE_INFINITY;
  const kinds = problemKinds(output);
  const judge = (row: number, found: number): void => {
    const kind = Number.isNaN(found) ? kinds.nan : Number.isFinite(found) ? kinds.outside : kinds.infinite;
    problems.push({ kind, row, found });
  };
  switch (column.type) {
    case 'float32':
    case 'float64': {
      const values = column.values;
      for (let row = 0; row < column.length; row++) {
        const value = values[row]!;
        // False for NaN; `value - value` is NaN for infinities.
        if (!(value >= low && value <= high) || value - value !== 0) judge(row, value);
      }
      return;
    }
    case 'int32': {
      if (range === null) return;
      for (let row = 0; row < column.length; row++) {
        const value = column.values[row]!;
        if (value < low || value > high) judge(row, value);
      }
      return;
    }
    case 'int64': {
      if (range === null) return;
      for (let row = 0; row < column.length; row++) {
        const value = Number(column.values[row]!);
        if (value < low || value > high) judge(row, value);
      }
      return;
    }
    case 'list<float32>': {
      const { items, offsets } = column;
      for (let row = 0; row < column.length; row++) {
        for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
          const value = items[i]!;
          if (!(value >= low && value <= high) || value - value !== 0) {
            judge(row, value);
            break;
          }
        }
      }
      return;
    }
    default:
      return;
  }
}

function problemKinds({
  name,
  range,
}: OutputColumn): Readonly<Record<'nan' | 'infinite' | 'outside', ProblemKind>> {
  const kind = (code: string, expected: string): ProblemKind => ({
    code,
    column: name,
    expected,
    outcome: 'flagged',
  });
  const [low, high] = [range?.low ?? null, range?.high ?? null];
  const bounds =
    low === null ? `at most ${high}` : high === null ? `at least ${low}` : `from ${low} to ${high}`;
  return {
    nan: kind('model-nan', 'a number'),
    infinite: kind('model-infinite', 'a finite number'),
    outside: kind('model-out-of-range', bounds),
  };
}
