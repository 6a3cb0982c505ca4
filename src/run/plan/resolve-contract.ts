import type { ColumnType } from '../../chunk/column.js';
import { defaultParse, type Exactness, type ParseOptions } from '../../chunk/read-plan.js';
import { InvalidError } from '../../errors.js';
import type { FeatureColumn } from '../../features/feature-plan.js';
import type { Format, SourceColumn } from '../../formats/format.js';
import type { Categories, Job, JobColumn } from '../../job/job.js';
import type { Baseline } from '../../quality/baseline.js';
import { baselineCategories, baselineFill } from '../../quality/suggestion.js';
import { foldName } from '../../repair/column-names.js';
import type { ColumnContract } from '../../repair/contract.js';
import { columnsOnlyDerivedFrom, inOrder, typeOfDerived, withDerived } from '../../repair/derivations.js';
import type { ValueType } from '../../repair/expression.js';
import { sourceFinder, yamlName } from '../../repair/match-columns.js';
import { plainContract } from '../../repair/plain-contract.js';

/** Texts that mean a missing value. Typed formats have nulls: there only a column's own list counts. */
interface NullTexts {
  readonly csv: readonly string[];
  readonly typed: readonly string[];
}

/** A column of the run: its contract, how its text is parsed, and its purpose. */
export interface RunColumn {
  readonly contract: ColumnContract;
  readonly nullValues: NullTexts;
  readonly parse: ParseOptions;
  /** True if `decimal: auto` leaves the mark to the file's sample. */
  readonly decimalAuto: boolean;
  readonly isFeature: boolean;
  readonly isCarried: boolean;
  /** Neither in the job nor in the model: passed through unchanged, and ignored by all rules. */
  readonly isOnlyCarried: boolean;
  /** How exactly the values must be kept, see `ReadColumn`. */
  readonly exact: Exactness | null;
}

/** Returns the columns that are read from the file. */
export function columnsToRead(columns: readonly RunColumn[]): readonly RunColumn[] {
  return columns.filter(({ contract }) => contract.derivation === null);
}

/** Returns the columns that are only passed through: each may share a column of the file with a feature. */
export function copiedNames(columns: readonly RunColumn[]): ReadonlySet<string> {
  return new Set(columns.filter(({ isOnlyCarried }) => isOnlyCarried).map(({ contract }) => contract.name));
}

/**
 * Returns the names under `redact`, those by which the contract calls the same columns (the job may name a
 * column as the file does, or in other case), and the columns derived from them.
 */
export function redactedNames(
  redact: readonly string[],
  columns: readonly RunColumn[],
  file: readonly SourceColumn[],
): readonly string[] {
  const findSource = sourceFinder(file);
  const sourceOf = (name: string) => findSource(name)?.name ?? null;
  const isSame = (named: string, { name, source }: ColumnContract) =>
    [name, source].map(foldName).includes(foldName(named)) ||
    (sourceOf(named) !== null && sourceOf(named) === sourceOf(source));
  const meant = redact.flatMap((named) =>
    columns.map(({ contract }) => contract).filter((contract) => isSame(named, contract)),
  );
  const named = new Set([...redact, ...meant.map(({ name }) => name)]);
  return [
    ...withDerived(
      named,
      columns.map(({ contract }) => contract),
    ),
  ];
}

/** Defaults of columns that the job does not describe, and the sources of values outside the job file. */
interface ContractSources {
  /** Columns that the model reads, with its requirements. */
  readonly needs: readonly FeatureColumn[];
  readonly baseline: Baseline | null;
  /** From the first input: types of columns that are only passed through. */
  readonly source: readonly SourceColumn[];
  /** What the output's format writes, see `Format`. */
  readonly writes: Format['writes'];
}

/**
 * Returns the contract of a run: the job's columns in its order, then the model's that the job does not name,
 * then those only passed through, with every reference to the model, the baseline or the file replaced by its
 * value.
 */
export function resolveContract(
  job: Job,
  { needs, baseline, source, writes }: ContractSources,
): readonly RunColumn[] {
  const needed = new Map(needs.map((need) => [need.name, need]));
  const carried = new Set(job.output.columns);
  const findSource = sourceFinder(source);
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
    exact: isOnlyCarried ? 'all' : isExact(contract) ? 'digits' : null,
  });
  const isExact = ({ name, key }: ColumnContract) =>
    carried.has(name) || key || name === job.input.since?.watermark;
  const wide = <Need extends FeatureColumn | null>(need: Need): Need =>
    need?.type === 'float32' && carried.has(need.name) && findSource(need.name)?.type !== 'float32'
      ? { ...need, type: 'float64' }
      : need;
  const names = new Set(job.columns.map(({ name }) => name));
  const implied = needs.filter(({ name }) => !names.has(name)).map((need) => impliedContract(wide(need)));
  for (const { name } of implied) names.add(name);
  const sources = sourcesOfDerived(job, names, source);
  for (const { name } of sources) names.add(name);
  const types = typesOfColumns(job, [...implied, ...sources], (name) => wide(needed.get(name) ?? null));
  const declared = job.columns.map((column) =>
    describe(
      resolveColumn(
        { ...column, type: types.get(column.name)! },
        wide(needed.get(column.name) ?? null),
        baseline,
      ),
      column,
    ),
  );
  const others = job.output.columns.filter((name) => !names.has(name));
  return [
    ...declared,
    ...implied.map((contract) => describe(contract, null)),
    ...sources.map((contract) => describe(contract, null)),
    ...others.map((name) => describe(plainContract(name, carriedType(findSource(name), writes)), null, true)),
  ];
}

/**
 * Returns the columns that are read only because others are derived from them. Their types are those of the
 * file; if it has no type or a text, those that the expressions need.
 */
function sourcesOfDerived(
  job: Job,
  known: ReadonlySet<string>,
  source: readonly SourceColumn[],
): readonly ColumnContract[] {
  const findSource = sourceFinder(source);
  return [...columnsOnlyDerivedFrom(job.columns, known)].map(([name, wanted]) => {
    const found = findSource(name);
    // JSON has no times: its texts are read as the expressions need, like those of CSV.
    const isText = found?.type === 'string' && wanted !== null;
    const type = (isText ? null : found?.type) ?? (wanted === null ? null : typeOfValues[wanted]);
    if (type !== null) return plainContract(name, type);
    if (found === undefined && source.length > 0) {
      throw new InvalidError('absent-column', `column "${name}" under "from" must be in the file`, {
        column: name,
        hint: 'correct the name in the expression',
      });
    }
    throw new InvalidError(
      'bad-derivation',
      `column "${name}" is only named under "from", where its type is not certain`,
      { column: name, hint: `say how to read it: columns: { ${yamlName(name)}: { type: float64 } }` },
    );
  });
}

/** Texts of a file are read as timestamps where a date would do: they may include a time. */
const typeOfValues: Readonly<Record<ValueType, ColumnType>> = {
  number: 'float64',
  string: 'string',
  boolean: 'boolean',
  date: 'timestamp',
  timestamp: 'timestamp',
};

/** Returns the types of all columns, derived ones after those that they read. */
function typesOfColumns(
  { columns }: Job,
  others: readonly ColumnContract[],
  needOf: (name: string) => FeatureColumn | null,
): ReadonlyMap<string, ColumnType> {
  const types = new Map(others.map(({ name, type }) => [name, type]));
  for (const { name, type, derivation } of columns) {
    if (derivation === null) types.set(name, type ?? needOf(name)?.type ?? 'string');
  }
  for (const column of inOrder(columns))
    types.set(column.name, typeOfDerived(column, column.type, needOf(column.name)?.type ?? null, types));
  return types;
}

/** Null texts of the job that are categories or aliases are values, unless the column's own list has them. */
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

/** Returns the categories that the job or the baseline lists; null if the model determines them. */
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

function missingOf(
  { name, missing }: JobColumn,
  type: ColumnType,
  baseline: Baseline | null,
): ColumnContract['missing'] {
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
    hint: 'write the values into the job file, or create a baseline with: nightshift profile JOB',
  });
}

/** Converts a statistic of the baseline to the column's own units. */
function inUnits(value: number, type: ColumnType): number | bigint {
  if (type === 'int64' || type === 'timestamp') return BigInt(Math.round(value));
  return type === 'int32' || type === 'date' ? Math.round(value) : value;
}

/** Returns the contract that the model implies for a column without an entry in the job. */
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

/**
 * Returns the type that carries a column: an output of texts holds unsigned numbers beyond int64 unchanged.
 */
function carriedType(found: SourceColumn | undefined, writes: Format['writes']): ColumnType {
  if (writes === 'texts' && found?.type === 'int64' && /UINT_64|UInt64/.test(found.native)) return 'string';
  return found?.carried ?? found?.type ?? 'string';
}
