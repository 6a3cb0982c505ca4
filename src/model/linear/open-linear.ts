import { setImmediate } from 'node:timers/promises';
import type { Feeds } from '../../chunk/tensor.js';
import { framed, nodesBefore, partOf, producersOf, valueInfo } from '../graph-part.js';
import { attributeType, field } from '../onnx-schema.js';
import { bytesOf } from '../open-session.js';
import { padFeeds } from '../pad-feeds.js';
import { type OnnxModel, readModel } from '../read-model.js';
import { openRuntime } from '../runtime-session.js';
import type { ReasonSplit, Scorer, ScorerPlan } from '../scorer.js';
import { type LinearForm, readLinear } from './read-linear.js';

/** Splits the sums of a linear model into one term for each feature. */
interface LinearExplainer {
  readonly explain: NonNullable<Scorer['explain']>;
  close(): Promise<void>;
}

/**
 * Opens the part of the graph that computes the linear model's inputs, and its sums before the link. The term
 * of a column is its value times its weight; the base value is the intercept. Costs a run of that part for
 * each batch.
 */
export async function openLinear(
  plan: ScorerPlan,
  { sum, features, places }: ReasonSplit,
): Promise<LinearExplainer> {
  const model = await readModel(await bytesOf(plan), plan.path);
  const form = readLinear(model);
  if (typeof form === 'string')
    throw new Error(`"${plan.path}" is no longer linear after its rewrite: ${form}`);
  const graph = linearGraph(model, form);
  const session = await openRuntime(graph.bytes, plan.path, plan.threads);
  const constants = new Set(plan.constants);
  const count = form.origins.length;
  const weights = form.weights.subarray(sum * count, (sum + 1) * count);
  const target = Int32Array.from(form.origins, ({ input, element }) => places[input]![element]!);
  const base = form.intercepts[sum]!;
  // One row alone may be added in another order; see `openScorer`.
  const batchRows = plan.fixedRows ?? Math.max(2, plan.batchRows);
  const contributions = new Float64Array(batchRows * features);
  const sums = new Float64Array(batchRows);

  /** Splits rows `[from, to)` to index `at` of the batch; a row on which the model fails has no sum. */
  const split = async (source: (from: number, to: number) => Feeds, from: number, to: number, at: number) => {
    const feeds = source(from, to);
    const length = plan.fixedRows ?? Math.max(2, to - from);
    const given = to - from < length ? padFeeds(feeds, to - from, length, constants) : feeds;
    const tensors = Object.fromEntries(
      session.inputNames.map((name) => [
        name,
        session.tensor(given[name]!.type, given[name]!.data, given[name]!.dims),
      ]),
    );
    const run = session.run(tensors, { [graph.values]: null, [graph.sums]: null });
    const fetched = await run.catch(() => null);
    if (fetched === null) {
      if (to - from === 1) sums[at] = Number.NaN;
      else {
        const middle = (from + to) >> 1;
        await split(source, from, middle, at);
        await split(source, middle, to, at + middle - from);
      }
      return;
    }
    const values = fetched[graph.values]!.data as Float64Array;
    const raw = fetched[graph.sums]!.data as Float64Array;
    for (let row = 0; row < to - from; row++) {
      const out = (at + row) * features;
      for (let i = 0; i < count; i++)
        contributions[out + target[i]!]! += weights[i]! * values[row * count + i]!;
      sums[at + row] = raw[row * form.sums + sum]!;
    }
  };

  return {
    async explain(source, rows, take) {
      for (let from = 0; from < rows; from += batchRows) {
        const to = Math.min(rows, from + batchRows);
        contributions.fill(0);
        await split(source, from, to, 0);
        take(from, to, { base, contributions, sums });
        if (to < rows) await setImmediate();
      }
    },
    close: () => session.release(),
  };
}

/** Returns the graph of the values and the sums of a linear model, both as float64, and their names. */
function linearGraph(
  model: OnnxModel,
  form: LinearForm,
): { readonly bytes: Uint8Array; readonly values: string; readonly sums: string } {
  const { codec } = model;
  const [values, sums, plain, added] = ['values', 'sums', 'float32', 'added'].map(
    (name) => `nightshift_linear_${name}`,
  ) as [string, string, string, string];
  const cast = (input: string, output: string, to: number) =>
    framed(
      field.graph.node,
      codec.encode('NodeProto', {
        op_type: 'Cast',
        input: [input],
        output: [output],
        attribute: [{ name: 'to', type: attributeType.int, i: to }],
      }),
    );
  const float64 = 11;
  const last: Uint8Array[] = [];
  if (form.raw === null) {
    // The runtime's classifier and regressor both multiply in float32.
    const floats = (name: string, numbers: Float64Array) => ({
      name,
      type: attributeType.floats,
      floats: [...numbers],
    });
    const regressor = codec.encode('NodeProto', {
      op_type: 'LinearRegressor',
      domain: 'ai.onnx.ml',
      input: [plain],
      output: [added],
      attribute: [
        floats('coefficients', form.weights),
        floats('intercepts', form.intercepts),
        { name: 'targets', type: attributeType.int, i: form.sums },
      ],
    });
    last.push(cast(form.values, plain, 1), framed(field.graph.node, regressor));
    last.push(cast(plain, values, float64), cast(added, sums, float64));
  } else last.push(cast(form.values, values, float64), cast(form.raw, sums, float64));
  for (const name of [values, sums]) last.push(framed(field.graph.output, valueInfo(model, name, 'float64')));
  const needed = form.raw === null ? [form.values] : [form.values, form.raw];
  const nodes = new Set(nodesBefore(producersOf(model), needed, new Set()));
  return { bytes: partOf(model, nodes, needed, [], last), values, sums };
}
