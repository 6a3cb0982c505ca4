import type { TensorType } from '../chunk/tensor.js';

/** An input of a model, as far as features need it; null: an open dimension or shape. */
export interface FeatureInput {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly (number | string | null)[] | null;
  /**
   * Strings: per column, the categories that the model's encoders know. Numbers: per element, the categories
   * whose indices are its values; they are texts if `unknown` is `missing`, else numbers.
   */
  readonly uses:
    | readonly {
        readonly categories: readonly string[];
        readonly unknown: 'zeros' | 'default' | 'error' | 'missing' | null;
      }[]
    | null;
  readonly hasEmptyCategory: boolean;
  /** Codes that replace strings. */
  readonly codes: {
    readonly dictionary: readonly string[];
    readonly unknown: number;
    readonly weights: { readonly width: number; readonly values: readonly number[] } | null;
  } | null;
  /** Names of a matrix's columns, in order. */
  readonly featureNames: readonly string[] | null;
}

/** Shape of an input: the number of values in a row; null if it takes any number. */
interface InputShape {
  readonly rank: number;
  readonly width: number | null;
  /** Dims after the rows, for rows of `width` values. */
  tail(width: number): number[];
}

/** Returns the shape of an input with an axis of rows; treats open rank as a matrix. */
export function inputShape({ dims }: FeatureInput): InputShape {
  if (dims === null) return { rank: 2, width: null, tail: (width) => [width] };
  const tail = dims.slice(1);
  const open = tail.filter((dim) => typeof dim !== 'number').length;
  const known = tail.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  return {
    rank: dims.length,
    width: open === 0 ? known : null,
    tail: (width) => tail.map((dim) => (typeof dim === 'number' ? dim : open === 1 ? width / known : 1)),
  };
}

/** Returns true if an input has an axis of rows at all. */
export function isOpenInput({ dims }: FeatureInput): boolean {
  return dims === null || dims.length > 0;
}

/** Formats the declared shape: `[N, 12]`. */
export function shapeText({ dims }: { readonly dims: FeatureInput['dims'] }): string {
  return dims === null ? 'of open shape' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}
