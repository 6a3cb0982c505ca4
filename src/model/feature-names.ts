import { parseJson } from '../text/parse-json.js';
import type { MlflowSignature } from './read-mlmodel.js';

/** Metadata keys under which trainers store the order of a matrix's columns; `<input>.` may precede them. */
const featureNameKeys = ['feature_names', 'feature_names_in_', 'features', 'input_features', 'columns'];

/**
 * Returns the names of the columns of matrix inputs, in order: from the model's metadata (a JSON list, or
 * comma-separated names) or, for a model of one input, from its signature. Ignores a list whose length
 * differs from the matrix's width.
 */
export function featureNames(
  inputs: readonly { readonly name: string; readonly dims: readonly (number | string | null)[] | null }[],
  metadata: Readonly<Record<string, string>>,
  signature: MlflowSignature | null,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const matrices = inputs.filter(({ dims }) => dims === null || (dims.length === 2 && dims[1] !== 1));
  for (const { name, dims } of matrices) {
    const width = dims?.[1];
    const fits = (names: readonly string[] | null): names is readonly string[] =>
      names !== null && names.length > 0 && (typeof width !== 'number' || names.length === width);
    const keys = featureNameKeys.map((key) => `${name}.${key}`);
    if (matrices.length === 1) keys.push(...featureNameKeys);
    const lists = keys.map((key) => parseNames(metadata[key]));
    if (inputs.length === 1) lists.push(signature?.columns.map((column) => column.name) ?? null);
    const names = lists.find(fits);
    if (names !== undefined) found.set(name, names);
  }
  return found;
}

function parseNames(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  if (!text.trimStart().startsWith('[')) return text.split(',').map((name) => name.trim());
  try {
    const list: unknown = parseJson(text);
    return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : null;
  } catch {
    return null;
  }
}
