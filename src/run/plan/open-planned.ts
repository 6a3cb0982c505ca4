import type { SourceFinding } from '../../chunk/source-finding.js';
import type { ModelFacts } from '../../model/explain-model.js';
import { storedValue } from '../../repair/cell.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { NewRows } from '../slice/take-new.js';
import { fitPartition, type OpenPartition } from './open-partition.js';
import { passedOverFindings } from './passed-over.js';
import type { InputPlan } from './run-plan.js';
import { scoredRowsFindings } from './scored-rows-findings.js';

/** Opens an input of the plan and matches it with the contract. */
export async function openPartition(plan: InputPlan, input: InputFile): Promise<OpenPartition> {
  const opened = await fitPartition(await plan.sources.open(input), input, plan.contract);
  const beside = passedOverFindings(input, plan.job.input.onEmpty);
  const before = scoredRowsFindings(plan.job, plan, input);
  return {
    ...opened,
    context: { ...opened.context, newRows: newRowsOf(plan, input) },
    findings: [...opened.findings, ...beside, ...before, ...modelDoubts(plan.model)],
  };
}

/** Returns which rows of an input are new; null without a watermark. */
function newRowsOf({ job, contract, scoredRows }: InputPlan, { path }: InputFile): NewRows | null {
  const wanted = job.input.since?.watermark ?? null;
  const column = contract.columns.find((one) => one.contract.name === wanted)?.contract;
  if (column === undefined) return null;
  const sentinels = column.sentinels.map((value) =>
    storedValue(column.type, value, column.name, 'sentinels'),
  );
  const { name, type } = column;
  return { column: name, type, scored: scoredRows.get(path) ?? [], sentinels };
}

/**
 * Returns what a person must check before using any score of the model; every input reports it, but it counts
 * once.
 */
function modelDoubts(model: ModelFacts): SourceFinding[] {
  return model.doubts.map((sentence) => ({ code: 'model', level: 'check', sentence }));
}
