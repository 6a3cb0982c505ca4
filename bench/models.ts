import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { Column } from '../src/chunk/column.js';
import type { Feeds, TensorData } from '../src/chunk/tensor.js';
import { createFeeds } from '../src/features/create-feeds.js';
import type { FeaturePlan } from '../src/features/feature-plan.js';
import { planFeatures } from '../src/features/plan-features.js';
import { planOutputs } from '../src/features/plan-outputs.js';
import { readOutputs } from '../src/features/read-outputs.js';
import { describeModel, type ModelDescription } from '../src/model/describe-model.js';
import { openScorer } from '../src/model/open-scorer.js';
import { openSession } from '../src/model/open-session.js';
import { planScorer } from '../src/model/plan-scorer.js';
import { type PreparedModel, prepareModel } from '../src/model/prepare-model.js';
import { cellsOf, numberFeatures, readTable, textFeatures } from '../test/samples/samples.js';
import { median } from './measure.js';

const usage = `node dist/bench/models.js [--rounds 7] [--rows 100000] [--batch 2048|auto] [--python PYTHON] [--soak 10000]
Rows/s of the sample models on one thread, from columns in memory to columns of scores, beside what the bare session gives on tensors that are
ready, the same with strings fed as they are, and Python's onnxruntime (where PYTHON has it). Ways take turns, each round is timed in processor time, so that
a busy machine hurts them alike; rates are medians, shares are medians of each round's share. --soak also runs that many batches and prints the memory.`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    rows: { type: 'string', default: '100000' },
    batch: { type: 'string', default: '2048' },
    python: { type: 'string', default: '' },
    soak: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

/** The sample's first day, over and over. */
function flights(rows: number, categories: ReadonlyMap<string, readonly string[]>): Map<string, Column> {
  const table = readTable('flights/2013-01-01.csv');
  const columns = new Map<string, Column>();
  for (const name of numberFeatures) {
    const cells = cellsOf(table, name);
    const values = Float32Array.from({ length: rows }, (_, row) => {
      const text = cells[row % cells.length]!;
      return text === '' ? Number.NaN : Number(text);
    });
    columns.set(name, { type: 'float32', length: rows, values, validity: null });
  }
  for (const name of textFeatures) {
    const cells = cellsOf(table, name);
    const dictionary = [...categories.get(name)!];
    const codes = Int32Array.from({ length: rows }, (_, row) =>
      dictionary.indexOf(cells[row % cells.length]!),
    );
    columns.set(name, {
      type: 'string',
      layout: 'dictionary',
      length: rows,
      codes,
      dictionary,
      validity: null,
    });
  }
  return columns;
}

interface Way {
  readonly name: string;
  run(): Promise<void>;
  close(): Promise<void>;
}

interface Bench {
  readonly prepared: PreparedModel;
  readonly features: FeaturePlan;
  readonly columns: Map<string, Column>;
  readonly rows: number;
}

async function prepare(
  model: string,
  columns: Map<string, Column>,
  rows: number,
  rewrite: 'auto' | 'off',
): Promise<Bench> {
  const described = await describeModel(`data-samples/models/${model}.onnx`);
  const request = {
    mappings:
      described.inputs.length > 1
        ? []
        : [
            {
              input: 'features',
              columns: [...numberFeatures, ...textFeatures].map((column) => ({ column, oneHot: false })),
              packed: true,
            },
          ],
    constants: [],
    columns: [...columns].map(([name, column]) => ({
      name,
      type: column.type,
      categories: column.type === 'string' && column.layout === 'dictionary' ? column.dictionary : null,
    })),
    signature: null,
    file: [],
  };
  const { widths, constants, fixedRows } = planFeatures({ ...request, inputs: described.inputs });
  const batchRows = options.batch === 'auto' ? 'auto' : Number(options.batch);
  const shape = { widths, constants };
  const prepared = await prepareModel({
    description: described,
    shape,
    fixedRows,
    rewrite,
    batchRows,
    threads: 1,
  });
  return {
    prepared,
    features: planFeatures({ ...request, inputs: prepared.description.inputs }),
    columns,
    rows,
  };
}

/** From columns to columns of scores, as a worker does it. */
async function whole(name: string, { prepared, features, columns, rows }: Bench): Promise<Way> {
  const outputs = planOutputs(prepared.description.outputs, [
    { column: 'label', from: prepared.description.outputs[0]!.name, class: null, range: null },
    { column: 'probability', from: 'probabilities', class: 1, range: { low: 0, high: 1 } },
  ]);
  const scorer = await openScorer(planScorer(prepared, outputs.fetched, features, 1));
  return {
    name,
    async run() {
      const { fetches } = await scorer.score(createFeeds(features, columns, rows), rows);
      readOutputs(outputs, fetches, rows);
    },
    close: () => scorer.close(),
  };
}

/** The session alone on tensors that are ready: what the runtime gives at best. */
async function bare({ prepared, features, columns, rows }: Bench): Promise<Way> {
  const { path } = prepared.description;
  const session = await openSession({ path, sha256: null, rewrites: prepared.report.rewrites, threads: 1 });
  const feeds = createFeeds(features, columns, rows);
  const size = prepared.report.batchRows;
  const ready: ReturnType<typeof wrap>[] = [];
  for (let from = 0; from < rows; from += size) ready.push(wrap(feeds(from, Math.min(rows, from + size))));
  function wrap(batch: Feeds) {
    const tensors = Object.entries(batch).map(([name, { type, dims, data }]) => {
      const own = Array.isArray(data) ? data : (data as Float32Array).slice();
      return [name, session.tensor(type, own as TensorData['data'], dims)] as const;
    });
    return Object.fromEntries(tensors);
  }
  const names = prepared.description.outputs.map(({ name }) => name);
  return {
    name: 'bare session, tensors ready',
    async run() {
      for (const tensors of ready) {
        await session.run(tensors, Object.fromEntries(names.map((name) => [name, null])));
      }
    },
    close: () => session.release(),
  };
}

/** Rows/s of each way in each round. */
async function compare(model: string, ways: readonly Way[], rows: number): Promise<number[][]> {
  const rates = ways.map((): number[] => []);
  for (const { run } of ways) await run();
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [i, { run }] of ways.entries()) {
      const start = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(start);
      rates[i]!.push((rows / (user + system)) * 1e6);
    }
  }
  for (const [i, { name }] of ways.entries())
    console.log(`${model.padEnd(20)} ${name.padEnd(34)} ${millions(median(rates[i]!))}`);
  return rates;
}

function python(model: string, description: ModelDescription, columns: Map<string, Column>): number | null {
  const cells = (name: string): (number | string | null)[] => {
    const column = columns.get(name)!;
    if (column.type === 'string' && column.layout === 'dictionary') {
      return Array.from(column.codes, (code) => column.dictionary[code]!);
    }
    return Array.from((column as { values: Float32Array }).values, (value) =>
      Number.isNaN(value) ? null : value,
    );
  };
  const asked = {
    model: description.path,
    columns: Object.fromEntries(description.inputs.map(({ name }) => [name, cells(name)])),
    // Python cannot fetch a matrix behind a ZipMap: it gets the label alone, which is the same work.
    outputs: [description.outputs[0]!.name],
    batches: [2048, 8192, 65_536],
    rounds: Number(options.rounds),
  };
  const ran = spawnSync(options.python, ['bench/peers/infer.py'], { input: `${JSON.stringify(asked)}\n` });
  if (ran.status !== 0) {
    console.log(`Python did not run: ${String(ran.stderr).trim().split('\n').at(-1)}`);
    return null;
  }
  const rates = JSON.parse(String(ran.stdout)) as Record<string, number>;
  for (const [batch, rate] of Object.entries(rates)) {
    console.log(`${model.padEnd(20)} ${`Python, batches of ${batch}`.padEnd(34)} ${millions(rate)}`);
  }
  return Math.max(...Object.values(rates));
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2).padStart(7)} M rows/s`;
}

async function main(): Promise<void> {
  const rows = Number(options.rows);
  const pipeline = await describeModel('data-samples/models/flight-delay.onnx');
  const categories = new Map(pipeline.inputs.map(({ name, categories: known }) => [name, known ?? []]));
  const columns = flights(rows, categories);
  const linear = await prepare('flight-delay', columns, rows, 'auto');
  const strings = await prepare('flight-delay', columns, rows, 'off');
  const ways = [
    await whole('ours', linear),
    await whole('ours, strings as they are', strings),
    await bare(linear),
  ];
  const rates = await compare('flight-delay', ways, rows);
  const trees = await prepare('flight-delay-trees', columns, Math.ceil(rows / 5), 'auto');
  const some = cut(columns, trees.rows);
  const treeWays = [
    await whole('ours', { ...trees, columns: some }),
    await bare({ ...trees, columns: some }),
  ];
  const treeRates = await compare('flight-delay-trees', treeWays, trees.rows);
  if (options.python !== '') {
    const peer = python('flight-delay', pipeline, columns);
    if (peer !== null)
      console.log(`ours is ${(median(rates[0]!) / peer).toFixed(1)} times Python's best (goal 3)`);
  }
  const shares = treeRates[0]!.map((rate, round) => rate / treeRates[1]![round]!);
  console.log(`trees: ours is ${median(shares).toFixed(3)} of the bare session (goal 0.97)`);
  if (Number(options.soak) > 0) await soak(ways[0]!, linear);
  for (const way of [...ways, ...treeWays]) await way.close();
}

function cut(columns: ReadonlyMap<string, Column>, rows: number): Map<string, Column> {
  return new Map<string, Column>(
    [...columns].map(([name, column]): [string, Column] => {
      if (column.type === 'float32')
        return [name, { ...column, length: rows, values: column.values.subarray(0, rows) }];
      if (column.type === 'string' && column.layout === 'dictionary') {
        return [name, { ...column, length: rows, codes: column.codes.subarray(0, rows) }];
      }
      return [name, column];
    }),
  );
}

/** Memory after every tenth of many batches. */
async function soak({ run }: Way, { prepared, rows }: Bench): Promise<void> {
  const perRun = Math.ceil(rows / prepared.report.batchRows);
  const runs = Math.ceil(Number(options.soak) / perRun);
  for (let i = 0; i < runs; i++) {
    await run();
    if (i % Math.ceil(runs / 10) === 0 || i === runs - 1) {
      console.log(
        `after ${String((i + 1) * perRun).padStart(6)} batches ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
      );
    }
  }
}

if (options.help) console.log(usage);
else await main();
