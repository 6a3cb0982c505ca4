import type { OnnxModel } from '../read-model.js';
import { ModelFault } from '../trees/model-value.js';
import { treeWay } from '../trees/open-tree-kernel.js';
import { chainedEnsemble, featureElement, findEnsembles } from './cut-ensembles.js';
import { readEnsemble } from './read-ensemble.js';

/** A tree ensemble that is cut out of the graph and scored by our loops. */
export interface WalkedTrees {
  readonly kind: 'walk-trees';
  /** The first output of its node, which names it. */
  readonly output: string;
  readonly trees: number;
  readonly mostLeaves: number;
  readonly way: 'quick' | 'walk' | 'plain';
}

/** A tree ensemble that the runtime scores, with the reason; printed by `check`. */
export interface KeptTrees {
  /** The first output of its node. */
  readonly output: string;
  readonly reason: string;
}

/** Each ensemble costs a pass over the rows, and its part of a proof. */
const mostEnsembles = 16;

/** Finds the ensembles of a graph whose trees our loops can score, and the obstacles to others. */
export function findWalks(model: OnnxModel): {
  readonly walks: readonly WalkedTrees[];
  readonly kept: readonly KeptTrees[];
} {
  const walks: WalkedTrees[] = [];
  const kept: KeptTrees[] = [];
  const nodes = findEnsembles(model);
  const keepAll = (reason: string) => nodes.map(({ outputs }) => ({ output: outputs[0]!, reason }));
  if (nodes.length > mostEnsembles)
    return { walks, kept: keepAll(`the graph has ${nodes.length} ensembles, more than ${mostEnsembles}`) };
  if (nodes.length > 1 && chainedEnsemble(model, nodes) !== null)
    return { walks, kept: keepAll('one ensemble takes the answers of another') };
  for (const node of nodes) {
    const output = node.outputs[0] ?? '';
    try {
      const { table } = readEnsemble(model, node, featureElement(model, node));
      const { roots, mostLeaves } = table;
      walks.push({ kind: 'walk-trees', output, trees: roots.length, mostLeaves, way: treeWay(table) });
    } catch (error) {
      if (!(error instanceof ModelFault) && !(error instanceof RangeError)) throw error;
      kept.push({ output, reason: error.message });
    }
  }
  return { walks, kept };
}
