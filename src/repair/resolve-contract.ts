import type { ColumnType } from '../chunk/column.js';
import { InvalidError } from '../errors.js';
import type { ColumnContract, Missing, Value } from './contract.js';

/** A column of the job file, where some words still stand for what the model or the baseline knows. */
export interface ColumnDraft extends Omit<ColumnContract, 'type' | 'categories' | 'missing'> {
  /** Null: what the model's input says, else string. */
  readonly type: ColumnType | null;
  readonly categories:
    | { readonly kind: 'list'; readonly values: readonly string[] }
    | { readonly kind: 'model' | 'baseline' }
    | null;
  readonly missing:
    | Missing
    | { readonly kind: 'fill-from-baseline'; readonly statistic: 'mean' | 'median' | 'mode' };
}

/** What others know of a column; null where they do not. */
export interface ColumnKnowledge {
  readonly modelType: ColumnType | null;
  readonly modelCategories: readonly string[] | null;
  /** The column in the baseline, or null where there is none. */
  readonly baseline: {
    readonly mean: number | null;
    readonly median: number | null;
    readonly mode: string | number | bigint | boolean | null;
    readonly categories: readonly string[] | null;
  } | null;
}

/** The draft with every word replaced by its value; throws `InvalidError` naming the column where nobody knows it. */
export function resolveContract(draft: ColumnDraft, known: ColumnKnowledge): ColumnContract {
  const type = draft.type ?? known.modelType ?? 'string';
  return {
    ...draft,
    type,
    categories: draft.categories === null ? null : resolveCategories(draft, known),
    missing: resolveMissing(draft, type, known),
  };
}

function resolveCategories({ name, categories }: ColumnDraft, known: ColumnKnowledge): readonly string[] {
  if (categories!.kind === 'list') return categories!.values;
  const values = categories!.kind === 'model' ? known.modelCategories : (known.baseline?.categories ?? null);
  if (values !== null) return values;
  throw new InvalidError(
    'unknown-categories',
    `"categories" must be known by the ${categories!.kind}, found none for column "${name}"`,
    { column: name, hint: 'list them in the job file' },
  );
}

function resolveMissing({ name, missing }: ColumnDraft, type: ColumnType, known: ColumnKnowledge): Missing {
  if (missing.kind !== 'fill-from-baseline') return missing;
  const { statistic } = missing;
  const value = known.baseline === null ? null : known.baseline[statistic];
  if (value === null) {
    throw new InvalidError(
      'unknown-statistic',
      `"missing" must be filled with a ${statistic} that the baseline has, found none for column "${name}"`,
      { column: name, hint: 'write the value, or run nightshift profile and name its file under "baseline"' },
    );
  }
  return { kind: 'fill', value: inType(value, type) };
}

/** A statistic is a float64 (or a text); whole-number columns take the nearest whole number. */
function inType(value: string | number | bigint | boolean, type: ColumnType): Value {
  if (type === 'string') return String(value);
  if (type === 'boolean') return typeof value === 'boolean' ? value : Number(value) >= 0.5;
  if (type === 'int64' || type === 'timestamp')
    return typeof value === 'bigint' ? value : BigInt(Math.round(Number(value)));
  return type === 'int32' || type === 'date' ? Math.round(Number(value)) : Number(value);
}
