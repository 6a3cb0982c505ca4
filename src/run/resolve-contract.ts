import type { ColumnType } from '../chunk/column.js';
import { defaultParse, type ParseOptions } from '../chunk/read-plan.js';
import { InvalidError } from '../errors.js';
import type { SourceColumn } from '../formats/format.js';
import type { Job, JobColumn, Statistic } from '../job/job.js';
import type { Baseline, BaselineColumn } from '../quality/baseline.js';
import { type ColumnContract, plainContract } from '../repair/contract.js';
import { inferContract, type ModelColumn } from '../repair/infer-contract.js';

/** A column of the run: what it must be, how its text is read, and what it is for. */
export interface RunColumn {
  readonly contract: ColumnContract;
  readonly nullValues: readonly string[];
  readonly parse: ParseOptions;
  /** Whether `decimal: auto` leaves the mark to what the file's sample says. */
  readonly decimalAuto: boolean;
  readonly isFeature: boolean;
  readonly isCarried: boolean;
}

/** What a column that the job does not describe defaults to, and where each word that is not in the job file comes from. */
export interface ContractSources {
  /** Columns that the model reads, with what its graph says of them. */
  readonly model: readonly ModelColumn[];
  readonly baseline: Baseline | null;
  /** Of the first input: types of columns that are only carried through. */
  readonly source: readonly SourceColumn[];
}

/**
 * The contract of a run: the job's columns in its order, then the model's that the job does not name, then those that are only carried through, with
 * every word that needs the model, the baseline or the file replaced by its value.
 */
export function resolveContract(job: Job, sources: ContractSources): readonly RunColumn[] {
  const inferred = new Map(inferContract(sources.model).map((contract) => [contract.name, contract]));
  const carried = new Set(job.output.columns);
  const describe = (contract: ColumnContract, column: JobColumn | null): RunColumn => ({
    contract,
    nullValues: column?.nullValues ?? job.input.csv.nullValues,
    parse: parseOptions(column),
    decimalAuto: column === null || column.decimal === 'auto',
    isFeature: inferred.has(contract.name),
    isCarried: carried.has(contract.name),
  });
  const declared = job.columns.map((column) =>
    describe(resolveColumn(column, inferred.get(column.name) ?? null, sources), column),
  );
  const names = new Set(job.columns.map(({ name }) => name));
  const implied = [...inferred.values()].filter(({ name }) => !names.has(name));
  for (const { name } of implied) names.add(name);
  const others = job.output.columns.filter((name) => !names.has(name));
  return [
    ...declared,
    ...implied.map((contract) => describe(contract, null)),
    ...others.map((name) => describe(plainContract(name, sourceType(name, sources.source)), null)),
  ];
}

function resolveColumn(
  column: JobColumn,
  inferred: ColumnContract | null,
  { model, baseline }: ContractSources,
): ColumnContract {
  const {
    nullValues: _n,
    decimal: _d,
    layouts: _l,
    zone: _z,
    trueValues: _t,
    falseValues: _f,
    ...same
  } = column;
  const { maxNull: _mn, maxUnknown: _mu, maxDrift: _md, ...contract } = same;
  const type = column.type ?? inferred?.type ?? 'string';
  const known = baseline?.columns.find(({ name }) => name === column.name) ?? null;
  return {
    ...contract,
    type,
    range: column.range ?? (column.type === null ? (inferred?.range ?? null) : null),
    categories: categoriesOf(column, model, known),
    missing:
      column.missing.kind === 'fill-from-baseline'
        ? { kind: 'fill', value: typed(statisticOf(column.name, column.missing.statistic, known), type) }
        : column.missing,
  };
}

function categoriesOf(
  { name, categories }: JobColumn,
  model: readonly ModelColumn[],
  baseline: BaselineColumn | null,
): readonly string[] | null {
  const ofModel = model.find(({ column }) => column === name)?.categories ?? null;
  if (categories === null) return ofModel;
  if (categories.kind === 'list') return categories.values;
  if (categories.kind === 'model')
    return ofModel ?? refuse(name, '"categories" cannot be had from the model');
  const listed = baseline?.values?.listed.map(([value]) => value);
  return listed ?? refuse(name, '"categories" cannot be had from the baseline');
}

function statisticOf(name: string, statistic: Statistic, baseline: BaselineColumn | null): number | string {
  const { numbers, values } = baseline ?? {};
  const mode = values?.listed[0]?.[0];
  const found = {
    mean: numbers?.mean,
    median: numbers?.quantiles['p50'],
    mode: mode ?? numbers?.quantiles['p50'],
  }[statistic];
  return found ?? refuse(name, `the ${statistic} that "missing" fills in cannot be had from the baseline`);
}

function refuse(column: string, what: string): never {
  throw new InvalidError('contract-unresolved', `column "${column}": ${what}`, {
    column,
    hint: 'write the values into the job file, or make a baseline with: nightshift profile JOB',
  });
}

/** A statistic of the baseline in the column's own units. */
function typed(value: number | string, type: ColumnType): number | bigint | string {
  if (typeof value === 'string') return value;
  if (type === 'int64' || type === 'timestamp') return BigInt(Math.round(value));
  return type === 'int32' || type === 'date' ? Math.round(value) : value;
}

function parseOptions(column: JobColumn | null): ParseOptions {
  if (column === null) return defaultParse;
  return {
    decimal: column.decimal === ',' ? ',' : '.',
    layouts: column.layouts,
    zone: column.zone,
    trueValues: column.trueValues ?? defaultParse.trueValues,
    falseValues: column.falseValues ?? defaultParse.falseValues,
  };
}

function sourceType(name: string, source: readonly SourceColumn[]): ColumnType {
  const fold = (text: string) => text.trim().toLowerCase();
  const found =
    source.find((column) => column.name === name) ?? source.find((c) => fold(c.name) === fold(name));
  return found?.type ?? 'string';
}
