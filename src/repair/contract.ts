import type { ColumnType } from '../chunk/column.js';

/**
 * A value in its column's own units: number for int32, float32, float64 and date (days since 1970-01-01), bigint for int64 and timestamp
 * (microseconds since then), boolean, string, numbers for list<float32>.
 */
export type Value = string | number | bigint | boolean | readonly number[];

/** The policy that puts a value in the cell. */
export interface Fill {
  readonly kind: 'fill';
  readonly value: Value;
}

export type Missing = { readonly kind: 'pass' | 'flag' | 'reject' } | Fill;
export type Unreadable = { readonly kind: 'flag' | 'reject' } | Fill;
export type Outside = { readonly kind: 'flag' | 'clamp' | 'null' | 'reject' } | Fill;
export type Unknown = { readonly kind: 'flag' | 'reject' } | Fill;
export type Absent = { readonly kind: 'fail' | 'missing' } | Fill;
export type Infinite = { readonly kind: 'missing' | 'flag' | 'reject' } | Fill;
export type Repeated = 'flag' | 'reject' | 'keep_last';

/** What one column must be, and what is done where it is not; plain data, with every word that needs the model or the baseline replaced by its value. */
export interface ColumnContract {
  readonly name: string;
  /** Its name in the file. */
  readonly source: string;
  readonly type: ColumnType;
  readonly key: boolean;
  readonly missing: Missing;
  readonly unreadable: Unreadable;
  /** Both ends included, null is open; in the column's own units. */
  readonly range: { readonly low: number | bigint | null; readonly high: number | bigint | null } | null;
  readonly outside: Outside;
  /** Known values as text (numbers in decimal), in the order that gives them their places. */
  readonly categories: readonly string[] | null;
  readonly unknown: Unknown;
  /** Other ways to write a value: each text in `from` means `value`. */
  readonly aliases: readonly { readonly value: string; readonly from: readonly string[] }[];
  /** What is overlooked when a text is compared with the categories and aliases. */
  readonly match: readonly ('trim' | 'case' | 'nfc')[];
  readonly absent: Absent;
  /** Values that mean a missing one. */
  readonly sentinels: readonly Value[];
  /** A regular expression (with the `u` flag) that the whole text must match. */
  readonly pattern: string | null;
  /** In code points, both included. */
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly disallowed: 'flag' | 'null' | 'reject';
  readonly infinity: Infinite;
  readonly repeated: Repeated;
}

/** A condition over the columns of one row; the row has a problem where it holds. */
export interface RowRule {
  readonly name: string;
  readonly when: string;
  readonly then: 'flag' | 'reject';
}

/** What a model's input can take of a column, beside whether it may be missing; rows that hold anything else cannot be scored. */
export interface FeatureLimit {
  readonly column: string;
  /** The whole numbers that it can hold, both ends included; null: all. */
  readonly holds: { readonly low: number; readonly high: number } | null;
  /** Lists: how many items; null: any. */
  readonly items: number | null;
  /** Strings: the only ones that the model does not fail on; null: it takes any. */
  readonly onlyKnown: readonly string[] | null;
}

/** All that repair needs to know about one source; plain data, sent to workers. */
export interface RepairPlan {
  readonly columns: readonly ColumnContract[];
  readonly rules: readonly RowRule[];
  /** Columns whose model input cannot hold a missing value: a row that still misses one is rejected. */
  readonly cannotBeMissing: readonly string[];
  /** What else the model's inputs cannot take. */
  readonly limits: readonly FeatureLimit[];
  /** Columns of the contract that this source does not have. */
  readonly absent: readonly string[];
  /** Whether what each changed cell became is kept. */
  readonly audit: boolean;
  /** Columns whose values must not leave the chunk. */
  readonly redact: readonly string[];
}

/** The contract that asks nothing of a column but its type: what every key of the job file defaults to. */
export function plainContract(name: string, type: ColumnType): ColumnContract {
  return {
    name,
    source: name,
    type,
    key: false,
    missing: { kind: 'pass' },
    unreadable: { kind: 'flag' },
    range: null,
    outside: { kind: 'flag' },
    categories: null,
    unknown: { kind: 'flag' },
    aliases: [],
    match: ['trim'],
    absent: { kind: 'fail' },
    sentinels: [],
    pattern: null,
    minLength: null,
    maxLength: null,
    disallowed: 'flag',
    infinity: { kind: 'missing' },
    repeated: 'flag',
  };
}

/** The values that a column may hold beside its categories because its own policies put them there, in a fixed order. */
export function admittedValues(contract: ColumnContract): readonly string[] {
  const policies = [contract.unknown, contract.missing, contract.unreadable, contract.absent];
  const values = policies.flatMap((policy) => (policy.kind === 'fill' ? [String(policy.value)] : []));
  return [...new Set(values)].filter((value) => contract.categories?.includes(value) !== true);
}
