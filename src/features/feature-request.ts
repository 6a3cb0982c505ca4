import type { ColumnType } from '../chunk/column.js';
import type { FeatureInput } from './feature-input.js';
import type { FeatureColumn } from './feature-plan.js';
import type { MappingMistake } from './mapping-error.js';
import type { FeatureConstant } from './plan-constant.js';

/** The job's mapping for one input: one column, or a matrix of them in order. */
export interface FeatureMapping {
  readonly input: string;
  readonly columns: readonly { readonly column: string; readonly oneHot: boolean }[];
  /** True if it was written as a list: a matrix, even of one column. */
  readonly packed: boolean;
}

/** A column of the contract, as far as features need it. */
export interface ContractColumn {
  readonly name: string;
  /** Null: to be inferred. */
  readonly type: ColumnType | null;
  /** Known values in the order of their indices; null if the contract lists none. */
  readonly categories: readonly string[] | null;
}

/** Everything that decides the mapping of columns to inputs. */
export interface FeatureRequest {
  readonly inputs: readonly FeatureInput[];
  readonly mappings: readonly FeatureMapping[];
  readonly constants: readonly FeatureConstant[];
  readonly columns: readonly ContractColumn[];
  /** Columns that the model's own signature declares (MLflow), or null. */
  readonly signature: readonly { readonly name: string; readonly type: ColumnType }[] | null;
  /** Names of the input file's columns, for suggestions; empty without a file. */
  readonly file: readonly string[];
}

/** Inputs of the planning and its results so far. */
export interface Planning {
  readonly request: FeatureRequest;
  readonly mistakes: MappingMistake[];
  readonly needs: Map<string, FeatureColumn>;
  /** Types from the contract or the signature. */
  readonly types: ReadonlyMap<string, ColumnType | null>;
}

/** A column that feeds an input, and how. */
export interface Source {
  readonly column: string;
  readonly oneHot: boolean;
}
