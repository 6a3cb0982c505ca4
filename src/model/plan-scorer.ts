import type { TensorType } from '../chunk/tensor.js';
import type { PreparedModel } from './prepare-model.js';
import type { ReasonSplit, ScorerPlan } from './scorer.js';
import type { Rounds } from './trees/tree-model.js';

/** Rows of each worker whose trees the runtime scores as well. */
const checkedRows = 256;

/**
 * Returns the plan with which workers open their scorer: prepared model, wanted outputs, constant feeds, and
 * whether messages may quote rows.
 */
export function planScorer(
  { description, report }: PreparedModel,
  fetched: readonly { readonly name: string; readonly type: TensorType }[],
  features: { readonly fixedRows: number | null; readonly constants: Readonly<Record<string, unknown>> },
  threads: number,
  withholdsMessages = false,
  rounds: Rounds = 'auto',
  reasons: ReasonSplit | null = null,
): ScorerPlan {
  return {
    path: description.path,
    sha256: description.sha256,
    rewrites: report.rewrites,
    checkedRows,
    threads,
    outputs: fetched,
    batchRows: report.batchRows,
    fixedRows: features.fixedRows,
    constants: Object.keys(features.constants),
    withholdsMessages,
    ...(description.trees === null ? {} : { trees: { rounds, reasons: reasons?.sum ?? null } }),
    ...(description.trees !== null || reasons === null ? {} : { linear: reasons }),
  };
}
