import { ModelFault } from './model-value.js';
import type { TreeTable } from './tree-table.js';

/** A model of trees as stored in its file, from any trainer. */
export interface TreeModel {
  /** A noun phrase for messages: `a LightGBM model`. */
  readonly format: string;
  /** The trainer and its version, as far as the file says it. */
  readonly producer: string;
  readonly objective: string;
  readonly table: TreeTable;
  readonly features: readonly TreeFeature[];
  /** True if the names are the trainer's own numbering, because it was trained on a matrix without names. */
  readonly isUnnamed: boolean;
  /** Divisor of the sums before `answer`: the number of trees of an average, else 1. */
  readonly divisor: number;
  readonly answer: Answer;
  /** Remarks for the user about how the file was read. */
  readonly notes: readonly string[];
}

/** A feature in the order of training. */
export interface TreeFeature {
  readonly name: string;
  /** The categories whose indices the trees know, as in the data frame; null for plain numbers. */
  readonly categories: readonly string[] | readonly number[] | null;
}

/** The function that turns sums into answers, from the objective. */
export type Answer =
  | { readonly kind: 'score'; readonly link: Link }
  /** The probability of the second of two classes. */
  | { readonly kind: 'binary'; readonly link: Link }
  /** One probability for each class; `softmax` of all sums, or a link for each. */
  | { readonly kind: 'classes'; readonly link: Link | { readonly kind: 'softmax' } }
  /** A class by the sign of the sum. */
  | { readonly kind: 'sign' };

/** A function of one sum. */
export type Link =
  | { readonly kind: 'identity' }
  | { readonly kind: 'sigmoid'; readonly slope: number }
  | { readonly kind: 'exp' }
  | { readonly kind: 'log1p-exp' }
  /** The square with the sign of the sum. */
  | { readonly kind: 'signed-square' };

export const identity: Link = { kind: 'identity' };

/**
 * Number of training rounds to score: as many as the trainer's own `predict` uses, all of the file, or the
 * first few.
 */
export type Rounds = 'auto' | 'all' | number;

/** Returns the number of rounds to score out of `all`; throws if the file has fewer than requested. */
export function roundsOf(asked: Rounds, all: number, best: number | null): number {
  if (asked === 'auto') return best ?? all;
  if (asked === 'all') return all;
  if (asked > all) throw new ModelFault(`"model.rounds" asks for ${asked} rounds, but the file has ${all}`);
  return asked;
}

/** Returns the names unchanged. Throws if two features have one name: a column could feed the wrong one. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new ModelFault(`two of its features are named "${name}"`);
    seen.add(name);
  }
  return names;
}

/** Checks the categories of one feature: texts, or numbers (true and false count as 1 and 0), each once. */
export function categoriesOf(
  values: readonly unknown[],
  where: string,
): readonly string[] | readonly number[] {
  const texts = values.every((value) => typeof value === 'string');
  const numbers = values.every((value) => typeof value === 'number' || typeof value === 'boolean');
  if (!texts && !numbers) throw new ModelFault(`the categories of ${where} are neither texts nor numbers`);
  if (new Set<unknown>(values).size !== values.length)
    throw new ModelFault(`the categories of ${where} hold one of them twice`);
  return texts ? values.map(String) : values.map(Number);
}
