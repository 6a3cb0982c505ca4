import type { Column } from '../chunk/column.js';
import type { ColumnContract, RepairPlan } from './contract.js';
import type { Work } from './work.js';

/** One rule of the contract: three members, and siblings end in `satisfies Rule`. */
export interface Rule {
  /** Its file's name. */
  readonly name: string;
  /** The codes of the problems that it finds. */
  readonly codes: readonly string[];
  /** What it does with every chunk of a source, or null where the plan asks nothing of it; throws `InvalidError` naming column and option. */
  compile(plan: RepairPlan): Step | null;
}

export type Step = (work: Work) => void;
export type ColumnStep = (work: Work, column: Column) => void;

/** The step of a rule that looks at one column at a time, in the contract's order; null where no column asks for it. */
export function eachColumn(
  plan: RepairPlan,
  compile: (contract: ColumnContract) => ColumnStep | null,
): Step | null {
  const steps: { readonly name: string; readonly step: ColumnStep }[] = [];
  for (const contract of plan.columns) {
    const step = compile(contract);
    if (step !== null) steps.push({ name: contract.name, step });
  }
  if (steps.length === 0) return null;
  return (work) => {
    for (const { name, step } of steps) {
      const column = work.columns.get(name);
      if (column !== undefined) step(work, column);
    }
  };
}
