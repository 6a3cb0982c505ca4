import { InvalidError } from '../errors.js';
import type { RepairPlan } from './contract.js';
import { plainContract } from './plain-contract.js';
import { rules } from './rules.js';

/** One mistake in the contract, and its location. */
interface PlanMistake {
  readonly column: string | null;
  readonly rule: string | null;
  readonly message: string;
  readonly hint: string | null;
}

/** Returns everything that `createRepair` would refuse in a plan, each once; empty for a valid plan. */
export function planMistakes(plan: RepairPlan): readonly PlanMistake[] {
  const mistakes = new Map<string, PlanMistake>();
  const attempt = (part: RepairPlan, rule: string | null): void => {
    for (const { compile } of rules) {
      try {
        compile(part);
      } catch (error) {
        if (!(error instanceof InvalidError)) throw error;
        const { message, hint, location } = error;
        mistakes.set(`${location.column} ${message}`, {
          column: location.column ?? null,
          rule,
          message,
          hint,
        });
      }
    }
  };
  for (const column of plan.columns) {
    if (column.derivation === null) attempt({ ...plan, columns: [column], rules: [] }, null);
  }
  if (plan.columns.some(({ derivation }) => derivation !== null)) attempt({ ...plan, rules: [] }, null);
  const keys = plan.columns.filter(({ key }) => key);
  const plainKeys = keys.map(({ name, type, repeated }) => ({
    ...plainContract(name, type),
    key: true,
    repeated,
  }));
  attempt({ ...plan, columns: plainKeys, rules: [], absent: [] }, null);
  const plain = plan.columns.map(({ name, type }) => plainContract(name, type));
  for (const { name } of plan.rules) {
    const rules = plan.rules.filter((rule) => rule.name === name);
    attempt({ ...plan, columns: plain, rules, absent: [] }, name);
  }
  return [...mistakes.values()];
}
