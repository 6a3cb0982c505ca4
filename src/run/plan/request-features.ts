import type { ColumnType } from '../../chunk/column.js';
import type { TensorType } from '../../chunk/tensor.js';
import type { ContractColumn, FeatureRequest } from '../../features/feature-request.js';
import { feedUnused } from '../../features/feed-unused.js';
import { listModelColumns, type ModelColumn } from '../../features/list-model-columns.js';
import { matchName, namesLike, nearestName } from '../../features/match-name.js';
import type { Job } from '../../job/job.js';
import type { ModelDescription } from '../../model/describe-model.js';
import type { Baseline } from '../../quality/baseline.js';
import { columnsOnlyDerivedFrom } from '../../repair/derivations.js';
import { listedCategories } from './resolve-contract.js';

/**
 * Returns the request that decides the mapping of columns to the model's inputs: the job's columns, and the
 * model's columns that no column of the job means. A matrix without a description is a list column only if
 * the input file (`file`, empty if there is none) has one with its name.
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
  const asked = listModelColumns(inputs, mappings, constants);
  const isNamed = (column: string) => mappings.some((one) => one.columns.some((c) => c.column === column));
  const isThere = ({ column, isVector }: ModelColumn) =>
    !isVector || isNamed(column) || file.length === 0 || matchName(column, file) !== null;
  const implied = impliedColumns(job, asked).filter(
    (one) => isThere(one) && !isMisspelt(one.column, asked, declared, file),
  );
  const columns = [...declared, ...inferredColumns(implied)];
  return { inputs, mappings, constants, columns, signature: signature?.columns ?? null, file };
}

/**
 * Returns the model's columns that no column of the job means. A column of the job that is exactly one of the
 * model's means no other: naming `a` implies nothing about `A`.
 */
function impliedColumns({ columns }: Job, asked: readonly ModelColumn[]): readonly ModelColumn[] {
  const names = new Set(columns.map(({ name }) => name));
  const exact = new Set(asked.map(({ column }) => column));
  const others = [...names].filter((name) => !exact.has(name));
  return asked.filter(({ column }) => !names.has(column) && namesLike(column, others).length === 0);
}

/**
 * Returns true if the file has no column of this name, but one that the job names almost like it and that
 * feeds nothing: then the job is wrong, and the mapping reports it.
 */
function isMisspelt(
  wanted: string,
  asked: readonly ModelColumn[],
  declared: readonly ContractColumn[],
  file: readonly string[],
): boolean {
  if (namesLike(wanted, file).length > 0) return false;
  const models = asked.map(({ column }) => column);
  const free = declared.filter(
    ({ name }) => namesLike(name, models).length === 0 && namesLike(name, file).length > 0,
  );
  return (
    nearestName(
      wanted,
      free.map(({ name }) => name),
    ) !== null
  );
}

/**
 * Returns the names of columns that a file should have: the contract's, the model's, sources of derived ones,
 * and those passed through.
 */
export function expectedNames(job: Job, { inputs }: ModelDescription): readonly string[] {
  const declared = job.columns.map(({ name }) => name);
  const asked = listModelColumns(inputs, job.model.inputs, job.model.constants);
  const own = job.columns.filter(({ derivation }) => derivation === null).map(({ source }) => source);
  const implied = impliedColumns(job, asked).filter(({ isVector }) => !isVector);
  return [
    ...new Set([
      ...own,
      ...implied.map(({ column }) => column),
      ...columnsOnlyDerivedFrom(job.columns, new Set(declared)).keys(),
      ...job.output.columns.filter((name) => !declared.includes(name)),
    ]),
  ];
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
