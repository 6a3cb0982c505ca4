import type { LimitGate } from '../job/job.js';
import { type GateContext, type GateResult, limitGate } from './gate.js';
import type { ProblemCount } from './problem-count.js';
import type { SliceQuality } from './slice-quality.js';
import { shownText } from './wording.js';

/** Gates on the problems of single columns; `columns` lists those with their own limit. */
export interface ProblemGates {
  readonly maxProblems: LimitGate;
  readonly maxRepeated: LimitGate;
  readonly columns: readonly {
    readonly name: string;
    readonly maxProblems: LimitGate | null;
    readonly maxUnknown: LimitGate;
  }[];
}

/** Problems covered by other gates (missing values, model outputs, absent columns), and certain readings. */
const countedElsewhere: ReadonlySet<string> = new Set([
  'missing',
  'sentinel',
  'truncated-row',
  'absent-column',
  'model-error',
  'model-nan',
  'model-infinite',
  'model-out-of-range',
  'category-alias',
  'number-format',
  'stray-quote',
  'text-after-quote',
]);

const keyCodes: ReadonlySet<string> = new Set(['repeated-key', 'missing-key']);

const unknownCodes: ReadonlySet<string> = new Set(['unknown-category', 'unmapped-value']);

/** Words for values or rows with a problem; any other code is used as it is. */
const phrases: Readonly<Record<string, string>> = {
  'unknown-category': 'unknown values',
  'unmapped-value': 'values that are not under "map"',
  'undefined-value': 'rows where the expression has no value',
  'out-of-range': 'values out of range',
  missing: 'missing values',
  unreadable: 'unreadable values',
  overflow: 'values too large for the type',
  'mixed-units': 'numbers in doubt because others have another currency or percent sign',
  shortened: 'values with more digits than their type holds',
  'date-ambiguous': 'ambiguous dates',
  infinite: 'infinite values',
  disallowed: 'values that do not match the pattern',
  'repeated-key': 'rows with a repeated key',
  'missing-key': 'rows without a key',
  'short-row': 'rows with missing cells',
  'long-row': 'rows with surplus cells',
  'truncated-row': 'a row cut off at the end of the file',
  'invalid-utf8': 'texts that are not UTF-8',
  'invalid-json': 'lines that are not JSON',
  'not-an-object': 'lines that are not objects',
  'repeated-name': 'keys that an object has twice',
};

/** One kind of problem in one column, with any outcome. */
interface ColumnProblem {
  readonly code: string;
  readonly column: string | null;
  readonly count: number;
  readonly samples: ProblemCount['samples'];
}

/**
 * Checks each kind of problem in each column against its limit, most frequent first. Returns the closed
 * gates, or one that passed if a limit is set and none closed.
 */
export function problemGates(
  { rows, problems }: SliceQuality,
  gates: ProblemGates,
  context: GateContext,
): GateResult[] {
  const results = columnProblems(problems).flatMap((problem) => {
    const { code, column, count } = problem;
    const limit = problemLimit(problem, gates);
    if (limit === null || limit.gate === 'max_unknown') return [];
    const { gate, limits } = limit;
    const result = limitGate(context, gate, column, limits, count, rows.read, problemPhrase(problem));
    return result === null ? [] : [{ ...result, code }];
  });
  return ['max_repeated', 'max_problems'].flatMap((gate) => {
    const ofGate = results.filter((result) => result.gate === gate);
    const closed = ofGate.filter(({ passed }) => !passed);
    return closed.length > 0 ? closed : ofGate.slice(0, 1);
  });
}

/** Returns the gate for a kind of problem; null if it is counted elsewhere. */
export function problemLimit(
  { code, column }: Pick<ColumnProblem, 'code' | 'column'>,
  { maxProblems, maxRepeated, columns }: ProblemGates,
): { readonly gate: string; readonly limits: LimitGate } | null {
  if (countedElsewhere.has(code)) return null;
  const contract = columns.find(({ name }) => name === column);
  if (unknownCodes.has(code) && contract !== undefined && isSet(contract.maxUnknown))
    return { gate: 'max_unknown', limits: contract.maxUnknown };
  if (keyCodes.has(code)) return { gate: 'max_repeated', limits: maxRepeated };
  return { gate: 'max_problems', limits: contract?.maxProblems ?? maxProblems };
}

function isSet({ warn, fail }: LimitGate): boolean {
  return warn !== null || fail !== null;
}

/** Counts the problems by code and column alone, most frequent first. */
export function columnProblems(problems: readonly ProblemCount[]): ColumnProblem[] {
  const byKey = new Map<string, ColumnProblem>();
  for (const { code, column, count, samples } of problems) {
    const key = JSON.stringify([code, column]);
    const before = byKey.get(key);
    byKey.set(key, {
      code,
      column,
      count: count + (before?.count ?? 0),
      samples: [...(before?.samples ?? []), ...samples],
    });
  }
  return [...byKey.values()].sort((a, b) => b.count - a.count);
}

/** `unknown values of carrier ("QQQ", "ZZZ")`. */
export function problemPhrase({ code, column, samples }: ColumnProblem): string {
  const what = phrases[code] ?? code;
  const of = column === null ? '' : what.startsWith('rows') ? ` (${column})` : ` of ${column}`;
  const found = [...new Set(samples.flatMap(({ found }) => (found === null ? [] : [found])))].slice(0, 3);
  const isValue = column !== null && found.length > 0;
  return `${what}${of}${isValue ? `, such as ${found.map((text) => `"${shownText(text, 40)}"`).join(', ')}` : ''}`;
}
