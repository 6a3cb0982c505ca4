import type { FeaturePlan } from './feature-plan.js';

/** Returns the columns that feed each input of the model, in the order of the input: several for a matrix. */
export function inputColumns({
  tensors,
}: Pick<FeaturePlan, 'tensors'>): { readonly input: string; readonly columns: readonly string[] }[] {
  return tensors.map(({ input, parts }) => {
    const names = parts.flatMap((part) => (part.kind === 'fill' ? [] : [part.column]));
    return { input, columns: [...new Set(names)] };
  });
}
