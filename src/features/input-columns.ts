import type { FeaturePlan } from './feature-plan.js';

/** The columns that feed each input of the model, in the input's order: behind a matrix there are many. */
export function inputColumns({
  tensors,
}: Pick<FeaturePlan, 'tensors'>): { readonly input: string; readonly columns: readonly string[] }[] {
  return tensors.map(({ input, parts }) => {
    const names = parts.flatMap((part) => (part.kind === 'fill' ? [] : [part.column]));
    return { input, columns: [...new Set(names)] };
  });
}
