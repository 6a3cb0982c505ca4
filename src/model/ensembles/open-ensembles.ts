import type { Tensor } from 'onnxruntime-node';
import { type GraphNode, readModel } from '../read-model.js';
import { type ModelSession, openRuntime } from '../runtime-session.js';
import type { Reals } from '../trees/walk-trees.js';
import {
  type CutEnsemble,
  cutEnsembles,
  featureElement,
  findEnsembles,
  graphOfOne,
} from './cut-ensembles.js';
import { type EnsembleScorer, openEnsembleScorer, type ScoreWhole } from './ensemble-scorer.js';
import { readEnsemble } from './read-ensemble.js';

/**
 * Opens the graph `bytes` of the model at `path` with the ensembles whose first outputs are `names` scored by
 * our loops: the runtime computes the parts before and after them, in separate sessions. Throws `ModelFault`
 * for an ensemble that the loops do not score.
 */
export async function openEnsembles(
  bytes: Uint8Array,
  path: string,
  names: readonly string[],
  threads: number,
): Promise<ModelSession> {
  const model = await readModel(bytes, path);
  const nodes = findEnsembles(model).filter(({ outputs }) => names.includes(outputs[0]!));
  const cut = cutEnsembles(model, nodes);
  const open: ModelSession[] = [];
  const session = async (source: Uint8Array) => {
    const opened = await openRuntime(source, path, threads);
    open.push(opened);
    return opened;
  };
  const release = async () => {
    for (const one of open) await one.release();
  };
  try {
    const head = cut.head === null ? null : await session(cut.head);
    const tail = await session(cut.tail);
    const scorers: Scored[] = [];
    for (const ensemble of cut.ensembles) {
      const element = featureElement(model, ensemble.node);
      const whole = scoreWhole(() => session(graphOfOne(model, ensemble.node)), ensemble.node, element);
      const scorer = await openEnsembleScorer(
        readEnsemble(model, ensemble.node, element),
        session,
        tail,
        whole,
      );
      scorers.push({ ...ensemble, element, scorer });
    }
    return {
      inputNames: model.inputs.map(({ name }) => name).filter((name) => !model.initializers.has(name)),
      outputNames: model.outputs.map(({ name }) => name),
      async run(feeds, fetches) {
        const features = head === null ? {} : await head.run(feedsOf(head, feeds), featureFetches(scorers));
        const given: Record<string, Tensor> = { ...feeds };
        for (const one of scorers) await score(one, (features[one.input] ?? feeds[one.input])!, given);
        return tail.run(feedsOf(tail, given), fetches);
      },
      tensor: tail.tensor,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Scores rows with an ensemble in a session of the runtime, which is opened when it is needed first. */
function scoreWhole(
  open: () => Promise<ModelSession>,
  { inputs, outputs }: GraphNode,
  element: string,
): ScoreWhole {
  let session: ModelSession | null = null;
  const scores = outputs.at(-1)!;
  return async (features, rows, width) => {
    session ??= await open();
    const fed = session.tensor(element as 'float32', features, [rows, width]);
    const answers = await session.run({ [inputs[0]!]: fed }, { [scores]: null });
    return answers[scores]!.data as Reals;
  };
}

interface Scored extends CutEnsemble {
  readonly element: string;
  readonly scorer: EnsembleScorer;
}

/** Scores the rows of a tensor of features, and adds the answers to the feeds of the rest. */
async function score(
  { element, scorer, scores, labels, input }: Scored,
  features: Tensor,
  feeds: Record<string, Tensor>,
): Promise<void> {
  const { dims, data, type } = features;
  if (dims.length !== 2 || type !== element)
    throw new Error(
      `the features "${input}" of the trees are ${type}[${dims.join(', ')}], not a matrix of ${element}`,
    );
  const answers = await scorer.score(data as Float32Array | Float64Array, dims[0]!, dims[1]!);
  if (scores !== null) feeds[scores] = answers.scores;
  if (labels !== null) feeds[labels] = answers.labels!;
}

function featureFetches(scorers: readonly Scored[]): Record<string, null> {
  return Object.fromEntries(scorers.filter(({ isFed }) => !isFed).map(({ input }) => [input, null]));
}

function feedsOf(
  { inputNames }: ModelSession,
  feeds: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const own: Record<string, Tensor> = {};
  for (const name of inputNames) if (feeds[name] !== undefined) own[name] = feeds[name];
  return own;
}
