import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { withFewerTrees } from '../model/ensembles/fewer-trees.js';
import { quantizable } from '../model/quantizable.js';
import { isTreeFile } from '../model/trees/is-tree-file.js';
import { writeNamed } from '../storage/durable.js';
import { printable } from '../text/printable.js';
import type { ChosenCandidate } from './compare-candidates.js';

/** Shares of the trees of an ONNX model to try. */
const triedShares = [1 / 4, 1 / 2];

/**
 * Returns each candidate, followed by its copies with fewer trees, written into a folder, if it is an ONNX
 * model of boosted trees; and what can be said about smaller versions that are not among them.
 */
export async function smallerModels(
  given: readonly ChosenCandidate[],
  folder: () => Promise<string>,
): Promise<{ readonly models: readonly ChosenCandidate[]; readonly notes: readonly string[] }> {
  const models: ChosenCandidate[] = [];
  const kinds = new Set<'yes' | 'no' | 'is'>();
  for (const [i, candidate] of given.entries()) {
    models.push(candidate);
    const { path } = candidate.job.model;
    if (isTreeFile(path)) kinds.add('no');
    const isOnnx = !isTreeFile(path) && extname(path).toLowerCase() === '.onnx';
    // The comparison itself reports a file that cannot be read.
    const bytes = isOnnx ? await readFile(path).catch(() => null) : null;
    if (bytes === null) continue;
    kinds.add(await quantizable(bytes, path));
    for (const { trees, bytes: fewer } of await withFewerTrees(bytes, path, triedShares)) {
      const stem = `${basename(path, extname(path))}.${trees}-trees.onnx`;
      const file = join(await folder(), `${i}-${stem}`);
      await writeNamed(file, fewer);
      models.push({
        name: `${candidate.name}@trees=${trees}`,
        job: { ...candidate.job, model: { ...candidate.job.model, path: file, sha256: null } },
        edits: candidate.edits,
        made: { bytes: fewer, path: join(dirname(path), stem) },
      });
    }
  }
  const [own] = given as readonly [ChosenCandidate];
  return { models, notes: int8Notes(kinds, printable(own.job.model.path)) };
}

function int8Notes(kinds: ReadonlySet<'yes' | 'no' | 'is'>, path: string): readonly string[] {
  if (kinds.has('is') || kinds.size === 0) return [];
  if (kinds.has('yes'))
    return [
      `no int8 version is among them: onnxruntime.quantization.quantize_dynamic in Python makes one of ${path}, and --models compares it`,
    ];
  return [
    'no int8 version is among them: the model has no matrix product, convolution or recurrent layer that int8 makes smaller or faster',
  ];
}
