import { readFile } from 'node:fs/promises';
import { type OnnxModel, readModel } from './read-model.js';
import { treeFormat } from './trees/read-trees.js';

/** Returns the files that hold weights of a graph, relative to its folder. */
export function locationsOf({ initializers }: OnnxModel): ReadonlySet<string> {
  const locations = [...initializers.values()].map(({ location }) => location);
  return new Set(locations.filter((location) => location !== null));
}

/**
 * Returns the files that hold weights of the model at `path`, relative to its folder. None for a file that is
 * not an ONNX model: describing it reports that. Cuts the graph only if it may name a file.
 */
export async function externalLocations(path: string): Promise<readonly string[]> {
  const bytes = await readFile(path);
  if (treeFormat(bytes) !== null || !bytes.includes('location')) return [];
  const model = await readModel(bytes, path).catch(() => null);
  return model === null ? [] : [...locationsOf(model)];
}
