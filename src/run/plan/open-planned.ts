import type { SourceFinding } from '../../chunk/source-finding.js';
import type { ModelFacts } from '../../model/explain-model.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { fitPartition, type OpenPartition } from './open-partition.js';
import { passedOverFindings } from './passed-over.js';
import type { InputPlan } from './run-plan.js';

/** Opens an input of the plan and matches it with the contract. */
export async function openPartition(plan: InputPlan, input: InputFile): Promise<OpenPartition> {
  const opened = await fitPartition(await plan.sources.open(input), input, plan.contract);
  const beside = passedOverFindings(input, plan.job.input.onEmpty);
  return { ...opened, findings: [...opened.findings, ...beside, ...modelDoubts(plan.model)] };
}

/**
 * Returns what a person must check before using any score of the model; every input reports it, but it counts
 * once.
 */
function modelDoubts(model: ModelFacts): SourceFinding[] {
  return model.doubts.map((sentence) => ({ code: 'model', level: 'check', sentence }));
}
