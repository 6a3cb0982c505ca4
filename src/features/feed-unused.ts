import type { TensorType } from '../chunk/tensor.js';
import type { FeatureMapping, FeatureRequest } from './feature-request.js';
import type { FeatureConstant } from './plan-constant.js';

interface UnusedInput {
  readonly name: string;
  readonly type: TensorType;
  readonly isUsed: boolean;
}

/**
 * Returns mappings and constants in which unused inputs are fed from constants: the runtime requires them,
 * but their columns need not exist, and a bad value in them must not reject a row.
 */
export function feedUnused(
  inputs: readonly UnusedInput[],
  mappings: readonly FeatureMapping[],
  constants: readonly FeatureConstant[],
): Pick<FeatureRequest, 'mappings' | 'constants'> {
  const unused = inputs.filter(
    ({ name, isUsed }) => !isUsed && !constants.some(({ input }) => input === name),
  );
  if (unused.length === 0) return { mappings, constants };
  const names = new Set(unused.map(({ name }) => name));
  return {
    mappings: mappings.filter(({ input }) => !names.has(input)),
    constants: [...constants, ...unused.map(({ name, type }) => ({ input: name, value: nothing(type) }))],
  };
}

function nothing(type: TensorType): FeatureConstant['value'] {
  return type === 'string' ? '' : type === 'bool' ? false : 0;
}
