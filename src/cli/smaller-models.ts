import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { withFewerTrees } from '../model/ensembles/fewer-trees.js';
import { type Int8Version, withInt8Weights } from '../model/int8-weights.js';
import { isTreeFile } from '../model/trees/is-tree-file.js';
import { writeNamed } from '../storage/durable.js';
import { printable } from '../text/printable.js';
import type { ChosenCandidate } from './compare-candidates.js';

/** Shares of the trees of an ONNX model to try. */
const triedShares = [1 / 4, 1 / 2];

/**
 * Returns each candidate, followed by its copies with fewer trees if it is an ONNX model of boosted trees, and
 * with int8 weights if it has large ones, written into a folder; and why there is no int8 version.
 */
export async function smallerModels(
  given: readonly ChosenCandidate[],
  folder: () => Promise<string>,
): Promise<{ readonly models: readonly ChosenCandidate[]; readonly notes: readonly string[] }> {
  const models: ChosenCandidate[] = [];
  const kinds = new Set<Int8Version['kind']>();
  for (const [i, candidate] of given.entries()) {
    models.push(candidate);
    const { path } = candidate.job.model;
    if (isTreeFile(path)) kinds.add('none');
    const isOnnx = !isTreeFile(path) && extname(path).toLowerCase() === '.onnx';
    // The comparison itself reports a file that cannot be read.
    const bytes = isOnnx ? await readFile(path).catch(() => null) : null;
    if (bytes === null) continue;
    const add = async (setting: string, part: string, smaller: Uint8Array): Promise<void> => {
      const stem = `${basename(path, extname(path))}.${part}.onnx`;
      const file = join(await folder(), `${i}-${stem}`);
      await writeNamed(file, smaller);
      models.push({
        name: `${candidate.name}@${setting}`,
        job: { ...candidate.job, model: { ...candidate.job.model, path: file, sha256: null } },
        edits: candidate.edits,
        made: { bytes: smaller, path: join(dirname(path), stem) },
      });
    };
    const int8 = await withInt8Weights(bytes, path);
    kinds.add(int8.kind);
    if (int8.kind === 'made') await add('int8', 'int8', int8.bytes);
    for (const { trees, bytes: fewer } of await withFewerTrees(bytes, path, triedShares))
      await add(`trees=${trees}`, `${trees}-trees`, fewer);
  }
  const [own] = given as readonly [ChosenCandidate];
  return { models, notes: int8Notes(kinds, printable(own.job.model.path)) };
}

function int8Notes(kinds: ReadonlySet<Int8Version['kind']>, path: string): readonly string[] {
  if (kinds.has('made') || kinds.has('already') || kinds.size === 0) return [];
  if (kinds.has('elsewhere'))
    return [
      `no int8 version is among them: onnxruntime.quantization.quantize_dynamic in Python makes one of ${path}, and --models compares it`,
    ];
  return [
    'no int8 version is among them: the model has no large matrix, table, convolution or recurrent layer that int8 makes smaller or faster',
  ];
}
