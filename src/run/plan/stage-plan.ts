import type { OutputField } from '../../chunk/batch.js';
import type { FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import { rankFields } from '../../features/rank-scores.js';
import type { Job } from '../../job/job.js';
import { planScorer } from '../../model/plan-scorer.js';
import type { PreparedModel } from '../../model/prepare-model.js';
import type { ProfileField } from '../../quality/profile-column.js';
import { noteFields } from '../slice/note-rows.js';
import type { StagePlan } from '../slice/score-slice.js';
import type { PlannedReasons } from './plan-reasons.js';
import type { RunColumn } from './resolve-contract.js';

/**
 * Returns the plan that every worker needs, from the decisions about the model and the columns. `threads` is
 * per session.
 */
export function stagePlan(
  job: Job,
  prepared: PreparedModel,
  features: FeaturePlan,
  outputs: OutputPlan,
  columns: readonly RunColumn[],
  threads: number,
  segments: StagePlan['segments'],
  reasons: PlannedReasons | null,
): StagePlan {
  const carried = job.output.columns;
  const byName = new Map(columns.map((column) => [column.contract.name, column]));
  const carriedFields = carried.map((name): OutputField => {
    const { contract } = byName.get(name)!;
    return { name, type: contract.type, dictionary: contract.categories !== null };
  });
  const outputFields = outputs.fields;
  const ranks = new Set(
    outputs.columns.flatMap(({ name, decisions }) =>
      decisions === null ? [] : rankFields(name, decisions).map((field) => field.name),
    ),
  );
  return {
    scorer: planScorer(
      prepared,
      outputs.fetched,
      features,
      threads,
      job.redact.length > 0,
      job.model.rounds,
      reasons?.split ?? null,
    ),
    features,
    outputs,
    format: job.output.format,
    write: { csv: { formulas: job.output.formulas } },
    fields: [...carriedFields, ...outputFields, ...(reasons?.plan.fields ?? []), ...noteFields],
    carried,
    segments,
    reasons: reasons?.plan ?? null,
    challengers: [],
    profiled: columns.map((column) => profileField(column, job.redact)),
    derived: columns.flatMap(({ contract }) => (contract.derivation === null ? [] : [contract.name])),
    // The numbers of ranks are the same for every partition of one size.
    profiledOutputs: outputFields
      .filter(({ name }) => !ranks.has(name))
      .map((field) => ({
        name: field.name,
        type: field.type as ProfileField['type'],
        categories: null,
        redact: false,
      })),
  };
}

function profileField({ contract }: RunColumn, redact: readonly string[]): ProfileField {
  const { name, type, categories } = contract;
  return { name, type, categories: categories?.length ?? null, redact: redact.includes(name) };
}
