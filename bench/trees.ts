import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Column } from '../src/chunk/column.js';
import { createFeeds } from '../src/features/create-feeds.js';
import { planFeatures } from '../src/features/plan-features.js';
import { planOutputs } from '../src/features/plan-outputs.js';
import { describeModel } from '../src/model/describe-model.js';
import { openScorer } from '../src/model/open-scorer.js';
import { planScorer } from '../src/model/plan-scorer.js';
import { prepareModel } from '../src/model/prepare-model.js';
import { attributeOf, type OnnxModel, readModel, textsOf, toNumber } from '../src/model/read-model.js';
import type { Scorer } from '../src/model/scorer.js';
import { treeWay } from '../src/model/trees/open-tree-kernel.js';
import { createTreeScorer } from '../src/model/trees/open-tree-scorer.js';
import type { TreeModel } from '../src/model/trees/tree-model.js';
import { defaultLeft, rule, type TreeTable, tableBuilder } from '../src/model/trees/tree-table.js';
import { cellsOf, numberFeatures, readTable, textFeatures } from '../test/samples/samples.js';
import { median } from './measure.js';

const usage = `node dist/bench/trees.js [MODEL.onnx] [--rounds 7] [--rows 65536] [--data flights|random]
Processor time of a tree ensemble (BRANCH_LEQ, one matrix of float32) from columns in memory to scores, one thread: our loops and the runtime
take turns. Prints the largest difference of an answer from the runtime's.`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    rows: { type: 'string', default: '65536' },
    data: { type: 'string', default: 'flights' },
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

/** Normal numbers, a tenth missing. */
function random(rows: number, features: number): Float32Array[] {
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: features }, () =>
    Float32Array.from({ length: rows }, () => (next() < 0.1 ? Number.NaN : normal())),
  );
}

/** Reads the only ensemble of a graph into a table: sums of class 1, or of the only target. */
function tableOf(model: OnnxModel): { table: TreeTable; isClassifier: boolean } {
  const node = model.nodes.find(({ op }) => op.startsWith('TreeEnsemble'))!;
  const isClassifier = node.op === 'TreeEnsembleClassifier';
  const ints = (name: string) => (attributeOf(model, node, name)?.ints ?? []).map(toNumber);
  const floats = (name: string) => attributeOf(model, node, name)?.floats ?? [];
  const prefix = isClassifier ? 'class' : 'target';
  const modes = textsOf(model, node, 'nodes_modes')!;
  const [trees, ids, features] = [ints('nodes_treeids'), ints('nodes_nodeids'), ints('nodes_featureids')];
  const [lefts, rights, tracks] = [
    ints('nodes_truenodeids'),
    ints('nodes_falsenodeids'),
    ints('nodes_missing_value_tracks_true'),
  ];
  const values = floats('nodes_values');
  const width = features.reduce((most, one) => Math.max(most, one), 0) + 1;
  const builder = tableBuilder('float32', width, 1);
  const weights = new Map<string, number>();
  const [leafTrees, leafNodes, leafWeights] = [
    ints(`${prefix}_treeids`),
    ints(`${prefix}_nodeids`),
    floats(`${prefix}_weights`),
  ];
  for (const [i, weight] of Array.from(leafWeights).entries())
    weights.set(`${leafTrees[i]} ${leafNodes[i]}`, weight);
  const places = new Map<number, number[]>();
  for (const [i, tree] of trees.entries()) {
    const list = places.get(tree);
    if (list === undefined) places.set(tree, [i]);
    else list.push(i);
  }
  for (const [tree, list] of places) {
    const at = new Map(list.map((i) => [ids[i]!, i]));
    const child = (id: number) => (modes[at.get(id)!] === 'LEAF' ? ~id : id);
    const dense = <T>(read: (i: number) => T) =>
      Array.from({ length: list.reduce((most, i) => Math.max(most, ids[i]!), 0) + 1 }, (_, id) =>
        read(at.get(id)!),
      );
    builder.add({
      group: 0,
      root: child(0),
      feature: dense((i) => features[i]!),
      threshold: dense((i) => values[i]!),
      left: dense((i) => child(lefts[i]!)),
      right: dense((i) => child(rights[i]!)),
      rule: dense((i) => rule.atMostNanMissing + (tracks[i] === 1 ? defaultLeft : 0)),
      set: () => new Uint32Array(0),
      leaves: dense((i) => weights.get(`${tree} ${ids[i]}`) ?? 0),
      linear: null,
    });
  }
  const base = floats('base_values');
  return { table: builder.build(Float64Array.of(base[0] ?? 0)), isClassifier };
}

async function main(): Promise<void> {
  if (options.help) {
    console.log(usage);
    return;
  }
  const path = positionals[0] ?? 'data-samples/models/flight-delay-trees.onnx';
  const rows = Number(options.rows);
  const model = await readModel(readFileSync(path), path);
  const { table, isClassifier } = tableOf(model);
  const data = options.data === 'flights' ? flights(rows) : random(rows, table.features);
  const names = data.map((_, i) => `x${i}`);
  const columns = new Map<string, Column>(
    data.map((values, i) => [names[i]!, { type: 'float32', length: rows, values, validity: null }]),
  );
  const described = await describeModel(path);
  const input = described.inputs[0]!.name;
  const request = {
    mappings: [{ input, columns: names.map((column) => ({ column, oneHot: false })), packed: true }],
    constants: [],
    columns: names.map((name) => ({ name, type: 'float32' as const, categories: null })),
    signature: null,
    file: [],
  };
  const features = planFeatures({ ...request, inputs: described.inputs });
  const asked = {
    description: described,
    shape: { widths: features.widths, constants: {} },
    fixedRows: null,
    rewrite: 'auto' as const,
    batchRows: 2048,
    threads: 1,
  };
  const prepared = await prepareModel(asked, 'here');
  const outputs = planOutputs(prepared.description.outputs, []).fetched.filter(
    ({ type }) => type === 'float32',
  );
  const runtime = await openScorer(planScorer(prepared, outputs, features, 1));
  const ours = oursOf(table, isClassifier, described.path);
  const feedsOf = (name: string) =>
    createFeeds(
      { ...features, tensors: features.tensors.map((tensor) => ({ ...tensor, input: name })) },
      columns,
      rows,
    );
  const time = async (scorer: Scorer, name: string) => {
    const start = process.cpuUsage();
    const scores = await scorer.score(feedsOf(name), rows);
    const { user, system } = process.cpuUsage(start);
    return { ms: (user + system) / 1000, scores };
  };
  const shares: number[] = [];
  const [runtimeMs, oursMs]: [number[], number[]] = [[], []];
  let difference = 0;
  for (let round = -1; round < Number(options.rounds); round++) {
    const a = await time(runtime, input);
    const b = await time(ours, 'features');
    const found = b.scores.fetches['score']!.data as Float32Array;
    const fetched = Object.values(a.scores.fetches).at(-1)!;
    const answers = fetched.data as Float32Array;
    const width = answers.length / rows;
    for (let row = 0; row < rows; row++)
      difference = Math.max(difference, Math.abs(answers[(row + 1) * width - 1]! - found[row]!));
    if (round < 0) continue;
    shares.push(a.ms / b.ms);
    runtimeMs.push(a.ms);
    oursMs.push(b.ms);
  }
  console.log(
    `${path}: ${table.roots.length} trees of up to ${table.mostLeaves} leaves, ${table.features} features; ${treeWay(table)}`,
  );
  const perRow = (ms: number[]) => `${((median(ms) * 1e6) / rows).toFixed(0)} ns a row`;
  console.log(
    `runtime ${perRow(runtimeMs)}, ours ${perRow(oursMs)}: ${median(shares).toFixed(2)} times (median of ${shares.length} pairs, ${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)})`,
  );
  console.log(`largest difference of an answer from the runtime's: ${difference.toExponential(1)}`);
  await runtime.close();
}

function oursOf(table: TreeTable, isClassifier: boolean, path: string): Scorer {
  const model: TreeModel = {
    format: '',
    producer: '',
    objective: '',
    table,
    features: Array.from({ length: table.features }, (_, i) => ({ name: `x${i}`, categories: null })),
    isUnnamed: true,
    divisor: 1,
    answer: { kind: 'score', link: isClassifier ? { kind: 'sigmoid', slope: 1 } : { kind: 'identity' } },
    notes: [],
  };
  return createTreeScorer(model, {
    path,
    sha256: null,
    rewrites: [],
    threads: 1,
    batchRows: 2048,
    fixedRows: null,
    constants: [],
    withholdsMessages: false,
    outputs: [{ name: 'score', type: 'float32' }],
  });
}

await main();
