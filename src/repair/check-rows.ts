import type { ColumnType } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { InvalidError } from '../errors.js';
import type { RepairPlan, RowRule } from './contract.js';
import { evaluator } from './evaluate-expression.js';
import { columnsOf } from './expression.js';
import { parseExpression } from './parse-expression.js';
import type { Rule, Step } from './rule.js';
import { showRow } from './show-row.js';
import { isDead, note } from './work.js';

/**
 * Checks conditions over several columns, on repaired values: a row that meets one has a problem; one with a
 * missing value in it does not.
 */
export const checkRows = {
  name: 'check-rows',
  codes: ['rule'],
  compile(plan) {
    const columns = new Map(plan.columns.map(({ name, type }) => [name, type]));
    const steps = plan.rules.map((rule) => compileRule(rule, columns, plan));
    if (steps.length === 0) return null;
    return (work) => {
      for (const step of steps) step(work);
    };
  },
} satisfies Rule;

/** Compiles one rule to a step; throws `InvalidError` naming it. */
function compileRule(rule: RowRule, columns: ReadonlyMap<string, ColumnType>, plan: RepairPlan): Step {
  if (plan.rules.some((other) => other !== rule && other.name === rule.name)) {
    throw new InvalidError('bad-rule', `rule "${rule.name}" must have a unique name`, {
      hint: 'rename one of the two: problems are counted by name',
    });
  }
  const expression = parseExpression(rule.when, columns, rule.name);
  const evaluate = evaluator(expression);
  const shown = columnsOf(expression).filter((name) => !plan.redact.includes(name));
  const kind: ProblemKind = {
    code: 'rule',
    column: rule.name,
    expected: `not ${rule.when}`,
    outcome: rule.then === 'flag' ? 'flagged' : 'rejected',
  };
  return (work) => {
    const truths = evaluate(work);
    for (let row = 0; row < work.rows; row++) {
      if (truths[row] === 1 && !isDead(work, row))
        note(work, kind, row, showRow(work, shown, row), undefined);
    }
  };
}
