import type { TensorType } from '../chunk/tensor.js';
import { type FeatureInput, inputShape, isOpenInput } from './feature-input.js';
import type { FeatureMapping } from './feature-request.js';

/** A column that the model reads, according to its graph. */
export interface ModelColumn {
  readonly column: string;
  readonly type: TensorType;
  /** True if its list fills a whole matrix. */
  readonly isVector: boolean;
  /** The values that the graph's encoders know, without the empty one; null if they do not say. */
  readonly categories: readonly string[] | null;
}

/**
 * Returns the columns that a model reads if no contract says more, in the order of its inputs: the job's
 * mapping, else an input's own name, else the names that the model stores for a matrix. A matrix without
 * names is one list column named after the input.
 */
export function listModelColumns(
  inputs: readonly FeatureInput[],
  mappings: readonly FeatureMapping[],
  constants: readonly { readonly input: string }[],
): ModelColumn[] {
  const columns: ModelColumn[] = [];
  for (const input of inputs) {
    if (constants.some((constant) => constant.input === input.name) || !isOpenInput(input)) continue;
    const { width } = inputShape(input);
    const mapping = mappings.find((candidate) => candidate.input === input.name);
    const names = mapping?.columns.map(({ column }) => column) ?? input.featureNames ?? [input.name];
    const isVector = names.length === 1 && width !== 1 && mapping?.packed !== true && input.type !== 'string';
    for (const [k, column] of names.entries()) {
      const use = input.uses?.[k];
      const known = use === undefined || use.unknown === null ? null : use.categories;
      const oneHot = mapping?.columns[k]?.oneHot ?? false;
      columns.push({
        column,
        type: oneHot || use?.unknown === 'missing' ? 'string' : input.type,
        isVector,
        categories: known?.filter((text) => text !== '') ?? null,
      });
    }
  }
  return columns;
}
