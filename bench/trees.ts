import { parseArgs } from 'node:util';
import type { Column } from '../src/chunk/column.js';
import type { TensorData } from '../src/chunk/tensor.js';
import { createFeeds } from '../src/features/create-feeds.js';
import { planFeatures } from '../src/features/plan-features.js';
import { planOutputs } from '../src/features/plan-outputs.js';
import { describeModel } from '../src/model/describe-model.js';
import { explainModel } from '../src/model/explain-model.js';
import { openScorer } from '../src/model/open-scorer.js';
import { planScorer } from '../src/model/plan-scorer.js';
import { prepareModel } from '../src/model/prepare-model.js';
import type { Scorer } from '../src/model/scorer.js';
import { makeModelFile, mlNode } from '../test/model/make-model.js';
import { cellsOf, numberFeatures, readTable, textFeatures } from '../test/samples/samples.js';
import { median } from './measure.js';

const usage = `node dist/bench/trees.js [MODEL.onnx] [--rounds 7] [--rows 65536] [--data flights|random] [--batch 2048] [--made 500x255,100x5000]
Processor time of a graph with tree ensembles (one matrix of float32) from columns in memory to scores, one thread: our loops and the runtime take
turns. Says whether all answers are the same bits. Without a model: the sample's, then random trees as \`--made\` says, TREESxLEAVES over random rows.`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    rows: { type: 'string', default: '65536' },
    data: { type: 'string', default: 'flights' },
    batch: { type: 'string', default: '2048' },
    made: { type: 'string', default: '500x255,100x5000' },
    help: { type: 'boolean', default: false },
  },
});

/** The features of the sample's first day, over and over, texts as places in their sorted list. */
function flights(rows: number): Float32Array[] {
  const table = readTable('flights/2013-01-01.csv');
  const column = (name: string, read: (text: string) => number) => {
    const values = cellsOf(table, name).map((text) => (text === '' ? Number.NaN : read(text)));
    return Float32Array.from({ length: rows }, (_, row) => values[row % values.length]!);
  };
  return [
    ...numberFeatures.map((name) => column(name, Number)),
    ...textFeatures.map((name) => {
      const sorted = [...new Set(cellsOf(table, name))].sort();
      return column(name, (text) => sorted.indexOf(text));
    }),
  ];
}

/** Returns the same numbers from 0 to 1 in every run. */
function numbers(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Writes a regressor of `trees` trees of `leaves` leaves each, whose splits are random. */
async function madeModel(trees: number, leaves: number): Promise<string> {
  const [features, next] = [12, numbers()];
  const rows: { tree: number; id: number; feature: number; value: number; mode: string; ids: number[] }[] =
    [];
  const grow = (tree: number, size: number, first: number): number => {
    const id = rows.length - first;
    const mode = size === 1 ? 'LEAF' : 'BRANCH_LEQ';
    const row = {
      tree,
      id,
      feature: Math.floor(next() * features),
      value: next() * 4 - 2,
      mode,
      ids: [0, 0],
    };
    rows.push(row);
    if (size === 1) return id;
    const left = Math.min(size - 1, Math.max(1, Math.round(size * (0.3 + 0.4 * next()))));
    row.ids = [grow(tree, left, first), grow(tree, size - left, first)];
    return id;
  };
  for (let tree = 0; tree < trees; tree++) grow(tree, leaves, rows.length);
  const ends = rows.filter(({ mode }) => mode === 'LEAF');
  const node = mlNode('TreeEnsembleRegressor', ['x'], ['score'], {
    nodes_treeids: rows.map(({ tree }) => tree),
    nodes_nodeids: rows.map(({ id }) => id),
    nodes_featureids: rows.map(({ feature }) => feature),
    nodes_values: Float32Array.from(rows, ({ value }) => value),
    nodes_modes: rows.map(({ mode }) => mode),
    nodes_truenodeids: rows.map(({ ids }) => ids[0]!),
    nodes_falsenodeids: rows.map(({ ids }) => ids[1]!),
    target_treeids: ends.map(({ tree }) => tree),
    target_nodeids: ends.map(({ id }) => id),
    target_ids: ends.map(() => 0),
    target_weights: Float32Array.from(ends, ({ value }) => value),
    n_targets: 1,
  });
  return makeModelFile({
    inputs: { x: ['float32', 'N', features] },
    outputs: { score: ['float32', 'N', 1] },
    nodes: [node],
  });
}

/** Normal numbers, a tenth missing. */
function random(rows: number, features: number): Float32Array[] {
  const next = numbers();
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: features }, () =>
    Float32Array.from({ length: rows }, () => (next() < 0.1 ? Number.NaN : normal())),
  );
}

async function main(): Promise<void> {
  if (options.help) {
    console.log(usage);
    return;
  }
  const [given] = positionals;
  await compare(given ?? 'data-samples/models/flight-delay-trees.onnx', options.data, given);
  if (given !== undefined) return;
  for (const size of options.made.split(',')) {
    const [trees, leaves] = size.split('x').map(Number) as [number, number];
    await compare(await madeModel(trees, leaves), 'random', `${trees} random trees of ${leaves} leaves`);
  }
}

/** Compares our loops and the runtime for one model. */
async function compare(path: string, kind: string, title = path): Promise<void> {
  const rows = Number(options.rows);
  const description = await describeModel(path);
  const { name: input, dims } = description.inputs[0]!;
  const width = dims?.at(-1);
  if (typeof width !== 'number') throw new Error(`${path} does not say how many features it takes`);
  const data = kind === 'flights' ? flights(rows) : random(rows, width);
  const names = data.map((_, i) => `x${i}`);
  const columns = new Map<string, Column>(
    data.map((values, i) => [names[i]!, { type: 'float32', length: rows, values, validity: null }]),
  );
  const features = planFeatures({
    inputs: description.inputs,
    mappings: [{ input, columns: names.map((column) => ({ column, oneHot: false })), packed: true }],
    constants: [],
    columns: names.map((name) => ({ name, type: 'float32' as const, categories: null })),
    signature: null,
    file: [],
  });
  const open = async (rewrite: 'auto' | 'off') => {
    const shape = { widths: features.widths, constants: {} };
    const batchRows = Number(options.batch);
    const asked = { description, shape, fixedRows: null, rewrite, batchRows, threads: 1 };
    const prepared = await prepareModel(asked, 'here');
    for (const fact of explainModel(prepared, asked).rewrites) console.log(`${rewrite}: ${fact}`);
    for (const fact of explainModel(prepared, asked).unused) console.log(`${rewrite}: ${fact}`);
    const { fetched } = planOutputs(prepared.description.outputs, []);
    return openScorer(planScorer(prepared, fetched, features, 1));
  };
  const [runtime, ours] = [await open('off'), await open('auto')];
  const time = async (scorer: Scorer) => {
    const start = process.cpuUsage();
    const { fetches } = await scorer.score(createFeeds(features, columns, rows), rows);
    const { user, system } = process.cpuUsage(start);
    return { ms: (user + system) / 1000, fetches };
  };
  const shares: number[] = [];
  const [runtimeMs, oursMs]: [number[], number[]] = [[], []];
  let different = 0;
  for (let round = -1; round < Number(options.rounds); round++) {
    const a = await time(runtime);
    const b = await time(ours);
    for (const [name, { data: expected }] of Object.entries(a.fetches)) {
      const [left, right] = [bytesOf(expected), bytesOf(b.fetches[name]!.data)];
      if (left.compare(right) !== 0) different++;
    }
    if (round < 0) continue;
    shares.push(a.ms / b.ms);
    runtimeMs.push(a.ms);
    oursMs.push(b.ms);
  }
  const perRow = (ms: number[]) => `${((median(ms) * 1e6) / rows).toFixed(0)} ns a row`;
  console.log(
    `${title}: runtime ${perRow(runtimeMs)}, ours ${perRow(oursMs)}: ${median(shares).toFixed(2)} times (median of ${shares.length} pairs, ${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)})`,
  );
  console.log(different === 0 ? 'all answers are the same bits' : `${different} outputs DIFFER`);
  await runtime.close();
  await ours.close();
}

function bytesOf(data: TensorData['data']): Buffer {
  if (!ArrayBuffer.isView(data)) return Buffer.from(JSON.stringify(data));
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

await main();
