import type { ColumnType } from '../../chunk/column.js';
import { defaultParse, type ParseOptions } from '../../chunk/read-plan.js';
import { InvalidError } from '../../errors.js';
import type { FeatureColumn } from '../../features/feature-plan.js';
import type { SourceColumn } from '../../formats/format.js';
import type { Categories, Job, JobColumn } from '../../job/job.js';
import type { Baseline } from '../../quality/baseline.js';
import { baselineCategories, baselineFill } from '../../quality/suggestion.js';
import { type ColumnContract, type Missing, plainContract } from '../../repair/contract.js';

/** Texts that mean a missing value. Formats of typed columns have nulls of their own: there only a column's own list counts. */
export interface NullTexts {
  readonly csv: readonly string[];
  readonly typed: readonly string[];
}

/** A column of the run: what it must be, how its text is read, and what it is for. */
export interface RunColumn {
  readonly contract: ColumnContract;
  readonly nullValues: NullTexts;
  readonly parse: ParseOptions;
  /** Whether `decimal: auto` leaves the mark to what the file's sample says. */
  readonly decimalAuto: boolean;
  readonly isFeature: boolean;
  readonly isCarried: boolean;
  /** Neither of the job nor of the model: it is carried through as it stands, and no rule looks at it. */
  readonly isOnlyCarried: boolean;
}

/** What a column that the job does not describe defaults to, and where each word that is not in the job file comes from. */
export interface ContractSources {
  /** Columns that the model reads, with what it asks of them. */
  readonly needs: readonly FeatureColumn[];
  readonly baseline: Baseline | null;
  /** Of the first input: types of columns that are only carried through. */
  readonly source: readonly SourceColumn[];
}

/**
 * The contract of a run: the job's columns in its order, then the model's that the job does not name, then those that are only carried through, with
 * every word that needs the model, the baseline or the file replaced by its value.
 */
export function resolveContract(
  job: Job,
  { needs, baseline, source }: ContractSources,
): readonly RunColumn[] {
  const needed = new Map(needs.map((need) => [need.name, need]));
  const carried = new Set(job.output.columns);
  const describe = (
    contract: ColumnContract,
    column: JobColumn | null,
    isOnlyCarried = false,
  ): RunColumn => ({
    contract,
    nullValues: nullTexts(column?.nullValues ?? null, job.input.csv.nullValues, contract),
    parse: parseOptions(column),
    decimalAuto: column === null || column.decimal === 'auto',
    isFeature: needed.has(contract.name),
    isCarried: carried.has(contract.name),
    isOnlyCarried,
  });
  const declared = job.columns.map((column) =>
    describe(resolveColumn(column, needed.get(column.name) ?? null, baseline), column),
  );
  const names = new Set(job.columns.map(({ name }) => name));
  const implied = needs.filter(({ name }) => !names.has(name));
  for (const { name } of implied) names.add(name);
  const others = job.output.columns.filter((name) => !names.has(name));
  return [
    ...declared,
    ...implied.map((need) => describe(impliedContract(need), null)),
    ...others.map((name) => describe(plainContract(name, sourceType(name, source)), null, true)),
  ];
}

/** A word of the job's list that the column's categories or aliases name is a value, unless the column's own list says otherwise. */
function nullTexts(
  own: readonly string[] | null,
  csv: readonly string[],
  { categories, aliases }: ColumnContract,
): NullTexts {
  if (own !== null) return { csv: own, typed: own };
  const named = [...(categories ?? []), ...aliases.flatMap(({ value, from }) => [value, ...from])];
  const words = new Set(named.map((word) => word.trim()));
  return { csv: csv.filter((text) => text === '' || !words.has(text)), typed: [] };
}

function resolveColumn(
  column: JobColumn,
  need: FeatureColumn | null,
  baseline: Baseline | null,
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
  const type = column.type ?? need?.type ?? 'string';
  return {
    ...contract,
    type,
    categories: categoriesOf(column, need, baseline),
    missing: missingOf(column, type, baseline),
  };
}

function categoriesOf(
  { name, categories }: JobColumn,
  need: FeatureColumn | null,
  baseline: Baseline | null,
): readonly string[] | null {
  if (categories === null) return need?.categories ?? null;
  const listed = listedCategories(name, categories, baseline) ?? need?.categories ?? null;
  return listed ?? refuse(name, 'the model has no categories for this column');
}

/** The categories that the job or the baseline lists; null where they are the model's to say. */
export function listedCategories(
  name: string,
  categories: Categories,
  baseline: Baseline | null,
): readonly string[] | null {
  if (categories.kind === 'model') return null;
  if (categories.kind === 'list') return categories.values;
  const known = baseline?.columns.find((column) => column.name === name);
  const listed = known === undefined ? null : baselineCategories(known, baseline!.minCount);
  return listed ?? refuse(name, 'the baseline has no categories for this column');
}

function missingOf({ name, missing }: JobColumn, type: ColumnType, baseline: Baseline | null): Missing {
  if (missing.kind !== 'fill-from-baseline') return missing;
  const known = baseline?.columns.find((column) => column.name === name);
  const value = known === undefined ? null : baselineFill(known, missing.statistic);
  if (value === null) {
    return refuse(name, `the baseline has no ${missing.statistic} of this column for "missing" to fill in`);
  }
  return { kind: 'fill', value: typeof value === 'number' ? inUnits(value, type) : value };
}

function refuse(column: string, what: string): never {
  throw new InvalidError('contract-unresolved', `column "${column}": ${what}`, {
    column,
    hint: 'write the values into the job file, or make a baseline with: nightshift profile JOB',
  });
}

/** A statistic of the baseline in the column's own units. */
function inUnits(value: number, type: ColumnType): number | bigint {
  if (type === 'int64' || type === 'timestamp') return BigInt(Math.round(value));
  return type === 'int32' || type === 'date' ? Math.round(value) : value;
}

/** The contract that the model implies for a column of which the job says nothing. */
function impliedContract({ name, type, categories }: FeatureColumn): ColumnContract {
  return { ...plainContract(name, type), categories: type === 'list<float32>' ? null : categories };
}

function parseOptions(column: JobColumn | null): ParseOptions {
  if (column === null) return defaultParse;
  return {
    decimal: column.decimal === ',' ? ',' : '.',
    grouping: 'certain',
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
