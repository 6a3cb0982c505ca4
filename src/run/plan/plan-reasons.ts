import type { ColumnType } from '../../chunk/column.js';
import { InvalidError } from '../../errors.js';
import { decisionSentence } from '../../features/decide.js';
import type { FeaturePart, FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import type { Job, JobReasons } from '../../job/job.js';
import type { ModelDescription } from '../../model/describe-model.js';
import type { ModelFacts } from '../../model/explain-model.js';
import { explainBytes } from '../../model/trees/explain-limits.js';
import { columnsOf } from '../../repair/expression.js';
import { parseExpression } from '../../repair/parse-expression.js';
import { type ReasonPlan, reasonFields } from '../slice/list-reasons.js';
import type { RunColumn } from './resolve-contract.js';

/** What `output.reasons` means for a model. */
export interface PlannedReasons {
  /** Which of the model's raw scores is split. */
  readonly sum: number;
  readonly plan: ReasonPlan;
  /** What is written, for people. */
  readonly sentence: string;
}

/** Plans the reasons of a job, if it asks for them. Throws `InvalidError` where this model or contract cannot give them. */
export function planReasons(
  { output }: Job,
  description: ModelDescription,
  features: FeaturePlan,
  outputs: OutputPlan,
  columns: readonly RunColumn[],
): PlannedReasons | null {
  const { reasons } = output;
  if (reasons === null) return null;
  const sum = sumOf(reasons, description);
  const contract = columns.map(({ contract: { name, type } }) => [name, type] as const);
  const scores = outputs.fields.map(({ name, type }) => [name, type as ColumnType] as const);
  const types = new Map<string, ColumnType>([...contract, ...scores]);
  const when =
    reasons.when === null ? null : parseExpression(reasons.when, types, 'output.reasons.when', 'reasons');
  const scored = new Set(scores.map(([name]) => name));
  const read = when === null ? [] : columnsOf(when).filter((name) => !scored.has(name));
  const { top } = reasons;
  const what = top === 1 ? 'the feature' : `the ${top} features`;
  const which = reasons.class === null ? '' : ` of class ${JSON.stringify(reasons.class)}`;
  const rows = reasons.when === null ? 'each row' : `rows where ${reasons.when}`;
  return {
    sum,
    plan: { top, when, columns: read, features: namesOf(features), fields: reasonFields(top) },
    sentence: `reasons: ${what} that moved the raw score${which} most, exact Shapley values, for ${rows}`,
  };
}

/** Adds what is written beside the scores to the facts of a model: decisions and reasons. */
export function withAdded(
  facts: ModelFacts,
  { columns }: OutputPlan,
  reasons: PlannedReasons | null,
): ModelFacts {
  const decided = columns.flatMap(({ name, decisions }) =>
    decisions === null ? [] : [decisionSentence(name, decisions)],
  );
  if (reasons === null) return { ...facts, notes: [...facts.notes, ...decided] };
  return {
    ...facts,
    // The plan of memory takes a model twice; the tables for reasons exist once.
    heldBytes: facts.heldBytes + explainBytes / 2,
    notes: [...facts.notes, ...decided, reasons.sentence],
  };
}

/** Returns which of a model's raw scores to split. */
function sumOf({ class: asked }: JobReasons, { path, trees, outputs }: ModelDescription): number {
  const fail = (message: string, hint: string): never => {
    throw new InvalidError('bad-reasons', message, { file: path, hint });
  };
  if (trees === null)
    return fail(
      `"output.reasons" needs the trees of a LightGBM or XGBoost file, and model "${path}" is ONNX`,
      `give the trainer's own file as "model.path" (model.txt, model.json, model.ubj), or remove "output.reasons"`,
    );
  if (trees.refusesReasons !== null)
    return fail(
      `"output.reasons" cannot split the raw scores of model "${path}": ${trees.refusesReasons}`,
      'train without it, or remove "output.reasons"',
    );
  if (trees.sums === 1) {
    const isBinary = outputs.some(({ classLabels }) => classLabels?.length === 2);
    if (asked === null || (isBinary && String(asked) === '1')) return 0;
    return fail(
      `"output.reasons.class" must be ${isBinary ? "1, the class of the model's one raw score" : 'omitted for a model with one raw score'}, found ${JSON.stringify(asked)}`,
      isBinary
        ? 'contributions to class 0 are the same with the opposite sign'
        : 'remove "output.reasons.class"',
    );
  }
  const sum = asked === null ? Number.NaN : Number(asked);
  if (Number.isInteger(sum) && sum >= 0 && sum < trees.sums && String(asked).trim() !== '') return sum;
  const found = asked === null ? 'none' : JSON.stringify(asked);
  return fail(
    `"output.reasons.class" must be one of the model's classes or targets, 0 to ${trees.sums - 1}, found ${found}`,
    'each has a raw score of its own; choose the one to explain',
  );
}

/** Returns the names of the model's features as in the mapping: columns, with the category or the place where one feeds several. */
function namesOf({ tensors }: FeaturePlan): readonly string[] {
  return tensors.flatMap(({ parts }) => [...parts].sort((a, b) => a.at - b.at).flatMap(namesOfPart));
}

function namesOfPart(part: FeaturePart): readonly string[] {
  switch (part.kind) {
    case 'one-hot':
      return part.categories.map((category) => `${part.column}=${category}`);
    case 'list':
    case 'weight':
      return Array.from({ length: part.width }, (_, i) => `${part.column}[${i}]`);
    case 'fill':
      return part.values.map((value) => `constant ${value}`);
    default:
      return [part.column];
  }
}
