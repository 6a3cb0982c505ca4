import type { ColumnType } from '../../chunk/column.js';
import type { TensorType } from '../../chunk/tensor.js';
import type { ContractColumn, FeatureRequest } from '../../features/feature-request.js';
import { feedUnused } from '../../features/feed-unused.js';
import { listModelColumns, type ModelColumn } from '../../features/list-model-columns.js';
import { matchName } from '../../features/match-name.js';
import type { Job } from '../../job/job.js';
import type { ModelDescription } from '../../model/describe-model.js';
import type { Baseline } from '../../quality/baseline.js';
import { listedCategories } from './resolve-contract.js';

/**
 * Returns what decides the mapping of columns to the model's inputs. If the job names none of the model's columns, they are the model's
 * own; a matrix without a description is a list column only if the input file (`file`, empty if there is none) has one with its name.
 */
export function requestFeatures(
  job: Job,
  { inputs, signature }: ModelDescription,
  baseline: Baseline | null,
  file: readonly string[],
): FeatureRequest {
  const { mappings, constants } = feedUnused(inputs, job.model.inputs, job.model.constants);
  const declared: ContractColumn[] = job.columns.map(({ name, type, categories }) => ({
    name,
    type,
    categories: categories === null ? null : listedCategories(name, categories, baseline),
  }));
  const names = declared.map(({ name }) => name);
  const asked = listModelColumns(inputs, mappings, constants);
  const isInferred = asked.every(({ column }) => matchName(column, names) === null);
  const isNamed = (column: string) => mappings.some((one) => one.columns.some((c) => c.column === column));
  const isThere = ({ column, isVector }: ModelColumn) =>
    !isVector || isNamed(column) || file.length === 0 || matchName(column, file) !== null;
  const columns = isInferred ? [...declared, ...inferredColumns(asked.filter(isThere))] : declared;
  return { inputs, mappings, constants, columns, signature: signature?.columns ?? null, file };
}

/**
 * Returns the names of columns that a file of the job should have: the contract's, or the model's if it names none of them, and those that
 * are passed through.
 */
export function expectedNames(job: Job, { inputs }: ModelDescription): readonly string[] {
  const declared = job.columns.map(({ name }) => name);
  const asked = listModelColumns(inputs, job.model.inputs, job.model.constants);
  const isInferred = asked.every(({ column }) => matchName(column, declared) === null);
  const own = job.columns.map(({ source }) => source);
  const implied = isInferred ? asked.filter(({ isVector }) => !isVector).map(({ column }) => column) : [];
  return [...new Set([...own, ...implied, ...job.output.columns.filter((name) => !declared.includes(name))])];
}

/** Returns the model's columns, each once. Sets a type only if the planner would not infer it. */
function inferredColumns(asked: readonly ModelColumn[]): ContractColumn[] {
  const columns = new Map<string, ContractColumn>();
  for (const { column, type, isVector, categories } of asked) {
    if (columns.has(column)) continue;
    columns.set(column, { name: column, type: typeOf(type, isVector), categories });
  }
  return [...columns.values()];
}

function typeOf(tensor: TensorType, isVector: boolean): ColumnType | null {
  if (isVector) return 'list<float32>';
  return tensor === 'string' ? 'string' : null;
}
