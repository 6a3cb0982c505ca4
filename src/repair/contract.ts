import type { ColumnType } from '../chunk/column.js';

/**
 * A value in its column's own units: number for int32, float32, float64 and date (days since 1970-01-01), bigint for int64 and timestamp
 * (microseconds since then), boolean, string, numbers for list<float32>.
 */
export type Value = string | number | bigint | boolean | readonly number[];

/** The policy that writes a value into the cell. */
export interface Fill {
  readonly kind: 'fill';
  readonly value: Value;
}

export type Missing = { readonly kind: 'pass' | 'flag' | 'reject' } | Fill;
type Unreadable = { readonly kind: 'flag' | 'reject' } | Fill;
type Outside = { readonly kind: 'flag' | 'clamp' | 'null' | 'reject' } | Fill;
type Unknown = { readonly kind: 'flag' | 'reject' } | Fill;
type Absent = { readonly kind: 'fail' | 'missing' } | Fill;
type Infinite = { readonly kind: 'missing' | 'flag' | 'reject' } | Fill;
export type Repeated = 'flag' | 'reject' | 'keep_last';

/** How the values of a column are computed from other columns of its row; plain data. */
export interface Derivation {
  /** An expression over columns of the contract. */
  readonly from: string;
  /** The values by the text of what `from` gives; null: that is the value. */
  readonly map: readonly { readonly from: string; readonly to: Value }[] | null;
}

/**
 * Requirements of one column, and what to do about violations; plain data, with every reference to the model or the baseline replaced by
 * its value.
 */
export interface ColumnContract {
  readonly name: string;
  /** Its name in the file. */
  readonly source: string;
  /** Null for a column that is read from the file. */
  readonly derivation: Derivation | null;
  readonly type: ColumnType;
  readonly key: boolean;
  readonly missing: Missing;
  readonly unreadable: Unreadable;
  /** Both ends included, null is open; in the column's own units. */
  readonly range: { readonly low: number | bigint | null; readonly high: number | bigint | null } | null;
  readonly outside: Outside;
  /** Known values as text (numbers in decimal); their order defines their codes. */
  readonly categories: readonly string[] | null;
  readonly unknown: Unknown;
  /** Other spellings of a value: each text in `from` means `value`. */
  readonly aliases: readonly { readonly value: string; readonly from: readonly string[] }[];
  /** Differences to ignore when a text is compared with the categories and aliases. */
  readonly match: readonly ('trim' | 'case' | 'nfc')[];
  readonly absent: Absent;
  /** Values that mean a missing value. */
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

/** A condition over the columns of one row; a row that meets it has a problem. */
export interface RowRule {
  readonly name: string;
  readonly when: string;
  readonly then: 'flag' | 'reject';
}

/** Values of a column that a model's input accepts, besides missing ones; rows with other values cannot be scored. */
export interface FeatureLimit {
  readonly column: string;
  /** The whole numbers that it can hold, both ends included; null: all. */
  readonly holds: { readonly low: number; readonly high: number } | null;
  /** Lists: required number of items; null: any. */
  readonly items: number | null;
  /** Strings: the only ones on which the model does not fail; null: it accepts any. */
  readonly onlyKnown: readonly string[] | null;
}

/** Everything that repair needs to know about one source; plain data, sent to workers. */
export interface RepairPlan {
  readonly columns: readonly ColumnContract[];
  readonly rules: readonly RowRule[];
  /** Columns whose model input cannot hold a missing value: a row that still lacks one is rejected. */
  readonly cannotBeMissing: readonly string[];
  /** Other limits of the model's inputs. */
  readonly limits: readonly FeatureLimit[];
  /** Columns of the contract that this source does not have. */
  readonly absent: readonly string[];
  /** True if the new value of each changed cell is recorded. */
  readonly audit: boolean;
  /** Columns whose values must not leave the chunk. */
  readonly redact: readonly string[];
}

/** Returns a contract that requires nothing of a column but its type: the default of every key of the job file. */
export function plainContract(name: string, type: ColumnType): ColumnContract {
  return {
    name,
    source: name,
    derivation: null,
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

/** Returns the values that a column may hold besides its categories because its own policies write them, in a fixed order. */
export function admittedValues(contract: ColumnContract): readonly string[] {
  const policies = [contract.unknown, contract.missing, contract.unreadable, contract.absent];
  const values = policies.flatMap((policy) => (policy.kind === 'fill' ? [String(policy.value)] : []));
  return [...new Set(values)].filter((value) => contract.categories?.includes(value) !== true);
}
