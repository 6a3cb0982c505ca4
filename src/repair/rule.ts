import type { Column } from '../chunk/column.js';
import type { ColumnContract, RepairPlan } from './contract.js';
import type { Work } from './work.js';

/** One rule of the contract: three members; siblings end in `satisfies Rule`. */
export interface Rule {
  /** Its file's name. */
  readonly name: string;
  /** The codes of the problems that it finds. */
  readonly codes: readonly string[];
  /**
   * Returns its step for a source's chunks, null if unused; throws `InvalidError` naming column and option.
   */
  compile(plan: RepairPlan): Step | null;
}

export type Step = (work: Work) => void;
export type ColumnStep = (work: Work, column: Column) => void;

/** Returns the step of a rule that handles one column at a time; null if no column uses it. */
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
