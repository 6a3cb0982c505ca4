import { isOpenInput } from './feature-input.js';
import type { FeatureRequest } from './feature-request.js';
import { matchName } from './match-name.js';

/**
 * Returns names to suggest for a missing column: those of the file, or the contract, that feed nothing yet.
 */
export function freeNames(request: FeatureRequest): string[] {
  const { columns, file } = request;
  const contract = columns.map(({ name }) => name);
  const all = file.length === 0 ? contract : [...new Set([...contract, ...file])];
  const taken = new Set(wantedNames(request).flatMap((name) => matchName(name, all) ?? []));
  return all.filter((name) => !taken.has(name) && (file.length === 0 || matchName(name, file) !== null));
}

/** Returns the names of columns that may feed an input: the job's, a matrix's from the model, or its own. */
function wantedNames({ inputs, mappings, constants }: FeatureRequest): string[] {
  return inputs.flatMap((input) => {
    if (!isOpenInput(input) || constants.some((constant) => constant.input === input.name)) return [];
    const mapping = mappings.find((candidate) => candidate.input === input.name);
    return mapping?.columns.map(({ column }) => column) ?? [...(input.featureNames ?? []), input.name];
  });
}
