import type { Feeds } from '../../chunk/tensor.js';
import { tensorCache } from '../open-scorer.js';
import { bytesOf, type SessionPlan } from '../open-session.js';
import { readModel } from '../read-model.js';
import { openRuntime } from '../runtime-session.js';
import { ModelFault } from '../trees/model-value.js';
import type { Reals } from '../trees/walk-trees.js';
import type { SummedTrees } from './compare-trees.js';
import { cutEnsembles, featureElement, findEnsembles } from './cut-ensembles.js';
import { readEnsemble } from './read-ensemble.js';

/** The trees of an ONNX graph, and the computation of their features. */
interface OpenExport extends SummedTrees {
  /** Returns the features that the trees take, row by row; valid until the next call. */
  features(feeds: Feeds): Promise<{ readonly values: Reals; readonly width: number }>;
  close(): Promise<void>;
}

/** Opens the only ensemble of a graph. Throws `ModelFault` for none or several, and for unsupported trees. */
export async function openExport(plan: SessionPlan): Promise<OpenExport> {
  const bytes = await bytesOf({ ...plan, rewrites: [] });
  const model = await readModel(bytes, plan.path);
  const nodes = findEnsembles(model);
  if (nodes.length !== 1)
    throw new ModelFault(
      nodes.length === 0
        ? 'its graph has no trees'
        : `its graph has ${nodes.length} ensembles of trees, not one`,
    );
  const [node] = nodes as [(typeof nodes)[0]];
  const element = featureElement(model, node);
  const { table, finish } = readEnsemble(model, node, element);
  const { ensembles, head } = cutEnsembles(model, nodes);
  const { input } = ensembles[0]!;
  const session = head === null ? null : await openRuntime(head, plan.path, plan.threads);
  const tensors = session === null ? null : tensorCache(session);
  return {
    table,
    divisor: finish.divisor,
    async features(feeds) {
      const fed =
        session === null ? feeds[input] : (await session.run(tensors!(feeds), { [input]: null }))[input];
      if (fed === undefined) throw new Error(`nothing feeds the features "${input}" of the trees`);
      const [rows = 0, width = 0] = fed.dims;
      if (fed.dims.length !== 2 || fed.type !== element || width < table.features)
        throw new Error(
          `the features "${input}" of the trees are ${fed.type}[${fed.dims.join(', ')}], not ${table.features} or more of ${element}`,
        );
      return { values: (fed.data as Reals).subarray(0, rows * width), width };
    },
    close: async () => session?.release(),
  };
}
