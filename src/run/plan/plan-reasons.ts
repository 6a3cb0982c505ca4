import type { ColumnType } from '../../chunk/column.js';
import { InvalidError } from '../../errors.js';
import { decisionSentence } from '../../features/decide.js';
import type { FeaturePart, FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import type { Job, JobReasons } from '../../job/job.js';
import type { ModelDescription } from '../../model/describe-model.js';
import type { ModelFacts } from '../../model/explain-model.js';
import type { ReasonSplit } from '../../model/scorer.js';
import { explainBytes } from '../../model/trees/explain-limits.js';
import { columnsOf } from '../../repair/expression.js';
import { parseExpression } from '../../repair/parse-expression.js';
import { type ReasonPlan, reasonFields } from '../slice/list-reasons.js';
import type { RunColumn } from './resolve-contract.js';

/** The meaning of `output.reasons` for a model. */
export interface PlannedReasons {
  /** Which of the model's raw scores is split, and to which features the terms of a linear model belong. */
  readonly split: ReasonSplit;
  readonly plan: ReasonPlan;
  /** A description for people. */
  readonly sentence: string;
}

/**
 * Plans the reasons of a job, if it asks for them. Throws `InvalidError` if this model or contract cannot
 * provide them.
 */
export function planReasons(
  { output }: Job,
  description: ModelDescription,
  features: FeaturePlan,
  outputs: OutputPlan,
  columns: readonly RunColumn[],
): PlannedReasons | null {
  const { reasons } = output;
  if (reasons === null) return null;
  const isTrees = description.trees !== null;
  const sum = isTrees ? sumOf(reasons, description) : linearSum(reasons, description);
  const { names, places } = isTrees ? { names: namesOf(features), places: {} } : linearFeatures(features);
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
    split: { sum, features: names.length, places },
    plan: { top, when, columns: read, features: names, fields: reasonFields(top) },
    sentence: `reasons: ${what} that moved the raw score${which} most, ${isTrees ? 'exact Shapley values' : 'terms of the linear model'}, for ${rows}`,
  };
}

/** Adds the columns beside the scores to the facts of a model: decisions and reasons. */
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
    // The memory plan counts a model twice; the tables for reasons exist once, and a linear model is opened
    // once more.
    heldBytes: facts.trees === null ? 2 * facts.heldBytes : facts.heldBytes + explainBytes / 2,
    notes: [...facts.notes, ...decided, reasons.sentence],
  };
}

/** Returns which of a model's raw scores to split. */
function sumOf({ class: asked }: JobReasons, { path, trees, outputs }: ModelDescription): number {
  const fail = failure(path);
  if (trees === null) throw new Error('the model has no file of trees');
  if (trees.refusesReasons !== null)
    return fail(
      `"output.reasons" cannot split the raw scores of model "${path}": ${trees.refusesReasons}`,
      'train without it, or remove "output.reasons"',
    );
  if (trees.sums === 1) {
    const isBinary = outputs.some(({ classLabels }) => classLabels?.length === 2);
    if (asked === null || (isBinary && String(asked) === '1')) return 0;
    return fail(
      `"output.reasons.class" must be ${isBinary ? "1, the class of the model's only raw score" : 'omitted for a model with one raw score'}, found ${JSON.stringify(asked)}`,
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

function failure(path: string): (message: string, hint: string) => never {
  return (message, hint) => {
    throw new InvalidError('bad-reasons', message, { file: path, hint });
  };
}

/** Returns which of the sums of an ONNX model's linear model to split. */
function linearSum(
  { class: asked }: JobReasons,
  { path, linear, keptTrees, rewrites }: ModelDescription,
): number {
  const fail = failure(path);
  if (typeof linear === 'string') {
    const hasTrees = keptTrees.length > 0 || rewrites.some(({ kind }) => kind === 'walk-trees');
    return hasTrees
      ? fail(
          `"output.reasons" cannot split the trees of model "${path}": an ONNX graph does not say how many training rows reached each node`,
          `give the trainer's own file as "model.path" (model.txt, model.json, model.ubj), or remove "output.reasons"`,
        )
      : fail(
          `"output.reasons" needs a linear model, or the trees of a LightGBM or XGBoost file; model "${path}" is neither: ${linear}`,
          'remove "output.reasons"',
        );
  }
  const { sums, classes } = linear;
  const isBinary = classes?.length === 2;
  if (sums === 1 || (isBinary && sums === 2)) {
    const label = isBinary ? classes[1]! : null;
    if (asked === null || (label !== null && String(asked) === label)) return sums - 1;
    return fail(
      `"output.reasons.class" must be ${label === null ? 'omitted for a model with one raw score' : `${label}, the class of the model's only raw score`}, found ${JSON.stringify(asked)}`,
      label === null
        ? 'remove "output.reasons.class"'
        : `contributions to class ${classes![0]!} are the same with the opposite sign`,
    );
  }
  const names = classes?.length === sums ? classes : Array.from({ length: sums }, (_, i) => String(i));
  const sum = asked === null ? -1 : names.indexOf(String(asked));
  if (sum >= 0) return sum;
  return fail(
    `"output.reasons.class" must be one of the model's classes or targets, ${names.slice(0, 20).join(', ')}, found ${asked === null ? 'none' : JSON.stringify(asked)}`,
    'each has a raw score of its own; choose the one to explain',
  );
}

/** Returns a linear model's features (columns or categories), and that of each element of each input. */
function linearFeatures({ tensors, constants, widths }: FeaturePlan): {
  readonly names: readonly string[];
  readonly places: Readonly<Record<string, readonly number[]>>;
} {
  const indices = new Map<string, number>();
  const places: Record<string, number[]> = {};
  const placeOf = (name: string): number => {
    const index = indices.get(name) ?? indices.size;
    indices.set(name, index);
    return index;
  };
  for (const { input, parts } of tensors)
    places[input] = [...parts]
      .sort((a, b) => a.at - b.at)
      .flatMap((part) =>
        // The weights of a string belong to one column.
        part.kind === 'weight' ? Array.from({ length: part.width }, () => part.column) : namesOfPart(part),
      )
      .map(placeOf);
  for (const input of Object.keys(constants))
    places[input] ??= Array.from({ length: widths[input] ?? constants[input]!.data.length }, () =>
      placeOf(input),
    );
  return { names: [...indices.keys()], places };
}

/**
 * Returns the names of the model's features as in the mapping: columns, with the category or the index where
 * one feeds several.
 */
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
