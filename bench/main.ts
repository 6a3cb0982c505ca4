import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchData } from './data.js';
import { type Measured, measure, median } from './measure.js';

const usage = `make bench, or: node dist/bench/main.js [options]
Scores 3.37 M flights (the year ten times over) per format and model and prints rows/s, MB/s and memory beside the floor (reading the bytes
only) and, where Python is set up, the peers. Everything is run in turn, round after round, so that ratios hold on a noisy machine.
  --formats csv,parquet,arrow   --models linear,trees,lightgbm,xgboost   --rounds 3   --workers auto
  --isolation process           or process,thread,none: each is a way of its own
  --peers polars,pyarrow        Python engines to run beside (see bench/peers/README.md); --python PATH, the interpreter that has them
  --peers polars,pyarrow+native,pyarrow+treelite   with the trainer's own predict or treelite instead of onnxruntime, for the models lightgbm and
                                xgboost; --trainers PATH, the interpreter that has these
  --reasons EXPRESSION          the same run with output.reasons { top: 3, when: EXPRESSION } as a way of its own
  --carry flight_id             the columns carried through: the peers write the key, the label and the probability
  --data FOLDER                 where the inputs are, or are made (default .cache/bench)`;

const { values: options } = parseArgs({
  options: {
    formats: { type: 'string', default: 'csv,parquet,arrow' },
    models: { type: 'string', default: 'linear,trees' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: 'auto' },
    isolation: { type: 'string', default: 'process' },
    peers: { type: 'string', default: '' },
    python: { type: 'string', default: 'python3' },
    trainers: { type: 'string', default: 'python3' },
    reasons: { type: 'string', default: '' },
    carry: { type: 'string', default: 'flight_id' },
    data: { type: 'string', default: '.cache/bench' },
    help: { type: 'boolean', default: false },
  },
});

interface Way {
  readonly name: string;
  readonly kind: 'floor' | 'ours' | 'reasons' | 'peer';
  run(): Promise<Measured>;
}

const jobs: Record<string, string> = {
  linear: 'jobs/flight-delay.yaml',
  trees: 'jobs/flight-delay-trees.yaml',
  lightgbm: 'jobs/flight-delay-trees.yaml',
  xgboost: 'jobs/flight-delay-trees.yaml',
};

/** Models in the trainers' own files, which bench/peers/train_native.py makes. */
const native: Record<string, string> = {
  lightgbm: resolve(options.data, 'model.txt'),
  xgboost: resolve(options.data, 'model.ubj'),
};

/** The sample job with another input, output and carried columns, as in a user's copy, with all checks. */
function benchJob(model: string, isolation: string, input: string, out: string, reasons: string): string {
  const carried = options.carry.split(',');
  const added = reasons === '' ? '' : `\n  reasons: ${JSON.stringify({ top: 3, when: reasons })}`;
  let text = readFileSync(jobs[model]!, 'utf8')
    .replace(/path: .*\.onnx/, (line) => (native[model] === undefined ? line : `path: ${native[model]}`))
    .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
    .replace(/path: .*flights.*/, `path: ${input}`)
    .replace(/path: \.\.\/scored.*/, `path: ${out}`)
    .replace(/columns: \[.*\].*/, `columns: [${carried.join(', ')}]${added}`)
    .replace(/workers: auto/, `workers: ${options.workers}\n  isolation: ${isolation}`);
  for (const name of ['flight', 'tailnum'])
    if (!carried.includes(name)) text = text.replace(new RegExp(`^  ${name}: .*\n`, 'm'), '');
  const path = `${out}.yaml`;
  writeFileSync(path, text);
  return path;
}

function floor(input: string): Way {
  const read =
    'const fs=require("fs"),b=Buffer.allocUnsafe(1<<22),f=fs.openSync(process.argv[1]);while(fs.readSync(f,b,0,b.length,null)>0);';
  return {
    name: 'floor: read the bytes',
    kind: 'floor',
    run: () => measure(process.execPath, ['-e', read, input]),
  };
}

function ours(model: string, isolation: string, input: string, place: string, reasons = ''): Way {
  const out = `${place}-${isolation}${reasons === '' ? '' : '-reasons'}`;
  const job = benchJob(model, isolation, input, out, reasons);
  return {
    name: reasons === '' ? `nightshift, ${isolation}` : 'with reasons',
    kind: reasons === '' ? 'ours' : 'reasons',
    run: () => {
      rmSync(out, { recursive: true, force: true });
      return measure(process.execPath, ['dist/src/main.js', 'run', job]);
    },
  };
}

/**
 * `name` is an engine, or `engine+native` or `engine+treelite` for a model in the trainer's file; onnxruntime
 * scores the sample's trees, as many and as large.
 */
function peer(name: string, model: string, format: string, input: string, out: string): Way {
  const [engine, predict] = name.split('+') as [string, string?];
  const trained = native[model];
  const args = ['bench/peers/score.py', '--engine', engine, '--format', format];
  args.push(
    '--model',
    trained === undefined ? model : 'trees',
    '--input',
    input,
    '--out',
    `${out}.${name}.parquet`,
  );
  if (predict !== undefined && trained === undefined)
    throw new Error(`"${name}" needs the models lightgbm or xgboost, not ${model}`);
  if (predict !== undefined)
    args.push('--predict', predict === 'native' ? model : predict, '--native', trained!);
  const python = predict === undefined ? options.python : options.trainers;
  return { name, kind: 'peer', run: () => measure(python, args) };
}

const head = ['model', 'format', 'what', 'seconds', 'rows/s', 'MB/s', 'cpu s', 'peak MB', 'tree MB'];
const widths = [8, 7, 21, 7, 10, 6, 6, 7, 7];

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
}

function middle(runs: readonly Measured[], figure: (run: Measured) => number): number {
  return median(runs.map(figure));
}

/** Prints a line for each way and a comparison with the fastest peer by wall and processor time. */
function print(
  model: string,
  format: string,
  bytes: number,
  rows: number,
  measured: ReadonlyMap<Way, Measured[]>,
): void {
  for (const [way, runs] of measured) {
    const seconds = middle(runs, (run) => run.seconds);
    const figures = [
      seconds.toFixed(2),
      Math.round(rows / seconds).toLocaleString('en'),
      (bytes / 1e6 / seconds).toFixed(0),
      middle(runs, (run) => run.cpuSeconds).toFixed(2),
      (Math.max(...runs.map((run) => run.peakRssBytes)) / 1e6).toFixed(0),
      (Math.max(...runs.map((run) => run.peakTreeBytes)) / 1e6).toFixed(0),
    ];
    const failed = runs.some((run) => run.code !== 0);
    console.log(row([model, format, way.name, ...(failed ? ['failed'] : figures)]));
  }
  const best = (kind: Way['kind'], figure: (run: Measured) => number) =>
    Math.min(...[...measured].flatMap(([way, runs]) => (way.kind === kind ? [middle(runs, figure)] : [])));
  const wall = best('peer', (run) => run.seconds) / best('ours', (run) => run.seconds);
  const cpu = best('peer', (run) => run.cpuSeconds) / best('ours', (run) => run.cpuSeconds);
  const reasons = best('reasons', (run) => run.cpuSeconds) / best('ours', (run) => run.cpuSeconds);
  if (Number.isFinite(reasons))
    console.log(
      `  ${model}, ${format}: reasons take ${((reasons - 1) * 100).toFixed(0)} % more processor time`,
    );
  if (Number.isFinite(wall)) {
    console.log(
      `  ${model}, ${format}: ${wall.toFixed(2)} times the fastest peer by the clock, ${cpu.toFixed(2)} times the thriftiest by processor time`,
    );
  }
}

async function bench(): Promise<void> {
  const folder = options.data;
  mkdirSync(folder, { recursive: true });
  const { rows, files } = await benchData(folder, options.python);
  console.log(
    `${rows.toLocaleString('en')} rows, ${options.rounds} rounds in turn, medians; cpu: processor time of all processes; peak: the largest process; tree: proportional memory of all processes`,
  );
  console.log(row(head));
  console.log(row(widths.map((width) => '-'.repeat(width))));
  const list = (text: string) => text.split(',').filter((name) => name !== '');
  for (const model of list(options.models)) {
    for (const format of list(options.formats).filter((name) => files[name] !== undefined)) {
      const input = files[format]!;
      const out = resolve(folder, `scored-${model}-${format}`);
      const ways = [
        floor(input),
        ...list(options.isolation).map((isolation) => ours(model, isolation, input, out)),
        ...(options.reasons === ''
          ? []
          : [ours(model, list(options.isolation)[0]!, input, out, options.reasons)]),
        ...list(options.peers).map((name) => peer(name, model, format, input, out)),
      ];
      const measured = new Map<Way, Measured[]>(ways.map((way) => [way, []]));
      for (let round = 0; round < Number(options.rounds); round++) {
        for (const way of ways) measured.get(way)!.push(await way.run());
      }
      print(model, format, statSync(input).size, rows, measured);
    }
  }
}

if (options.help) console.log(usage);
else if (!existsSync('dist/src/main.js')) throw new Error('nothing is built: run make build first');
else await bench();
