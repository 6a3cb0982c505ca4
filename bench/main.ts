import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchData } from './data.js';
import { type Measured, measure, median } from './measure.js';

const usage = `make bench, or: node dist/bench/main.js [options]
Scores 3.37 M flights (the year ten times over) per format and model and prints rows/s, MB/s and memory beside the floor (reading the bytes
only) and, where Python is set up, the peers. Everything is run in turn, round after round, so that ratios hold on a noisy machine.
  --formats csv,parquet,arrow   --models linear,trees   --rounds 3   --workers auto
  --peers polars,pyarrow        Python engines to run beside (see bench/peers/README.md); --python PATH, the interpreter that has them
  --data FOLDER                 where the inputs are, or are made (default .cache/bench)`;

const { values: options } = parseArgs({
  options: {
    formats: { type: 'string', default: 'csv,parquet,arrow' },
    models: { type: 'string', default: 'linear,trees' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: 'auto' },
    peers: { type: 'string', default: '' },
    python: { type: 'string', default: 'python3' },
    data: { type: 'string', default: '.cache/bench' },
    help: { type: 'boolean', default: false },
  },
});

interface Way {
  readonly name: string;
  run(): Promise<Measured>;
}

const jobs: Record<string, string> = {
  linear: 'jobs/flight-delay.yaml',
  trees: 'jobs/flight-delay-trees.yaml',
};

/** The sample job with its input and output put elsewhere, as a user would keep a copy beside it. */
function benchJob(model: string, input: string, out: string): string {
  const text = readFileSync(jobs[model]!, 'utf8')
    .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
    .replace(/path: .*flights.*/, `path: ${input}`)
    .replace(/path: \.\.\/scored.*/, `path: ${out}`)
    .replace(/workers: auto/, `workers: ${options.workers}`);
  const path = `${out}.yaml`;
  writeFileSync(path, text);
  return path;
}

function floor(input: string): Way {
  const read =
    'const fs=require("fs"),b=Buffer.allocUnsafe(1<<22),f=fs.openSync(process.argv[1]);while(fs.readSync(f,b,0,b.length,null)>0);';
  return { name: 'floor: read the bytes', run: () => measure(process.execPath, ['-e', read, input]) };
}

function ours(model: string, input: string, out: string): Way {
  const job = benchJob(model, input, out);
  return {
    name: 'nightshift',
    run: () => {
      rmSync(out, { recursive: true, force: true });
      return measure(process.execPath, ['dist/src/main.js', 'run', job]);
    },
  };
}

function peer(engine: string, model: string, format: string, input: string, out: string): Way {
  const args = ['bench/peers/score.py', '--engine', engine, '--format', format, '--model', model];
  return {
    name: engine,
    run: () => measure(options.python, [...args, '--input', input, '--out', `${out}.${engine}.parquet`]),
  };
}

function row(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
}

async function bench(): Promise<void> {
  const folder = options.data;
  mkdirSync(folder, { recursive: true });
  const { rows, files } = await benchData(folder, options.python);
  const widths = [8, 7, 22, 9, 11, 8, 9, 9];
  console.log(
    `${rows.toLocaleString('en')} rows, ${options.rounds} rounds in turn, medians; tree: proportional memory of all processes`,
  );
  console.log(row(['model', 'format', 'what', 'seconds', 'rows/s', 'MB/s', 'peak MB', 'tree MB'], widths));
  console.log(
    row(
      widths.map((width) => '-'.repeat(width)),
      widths,
    ),
  );
  for (const model of options.models.split(',')) {
    for (const format of options.formats.split(',')) {
      const input = files[format]!;
      const out = join(process.cwd(), folder, `scored-${model}-${format}`);
      const peers = options.peers.split(',').filter((name) => name !== '');
      const ways = [
        floor(input),
        ours(model, input, out),
        ...peers.map((name) => peer(name, model, format, input, out)),
      ];
      const measured = new Map<Way, Measured[]>(ways.map((way) => [way, []]));
      for (let round = 0; round < Number(options.rounds); round++) {
        for (const way of ways) measured.get(way)!.push(await way.run());
      }
      const megabytes = statSync(input).size / 1e6;
      for (const [way, runs] of measured) {
        const failed = runs.some((run) => run.code !== 0);
        const seconds = median(runs.map((run) => run.seconds));
        const peak = Math.max(...runs.map((run) => run.peakRssBytes)) / 1e6;
        const tree = Math.max(...runs.map((run) => run.peakTreeBytes)) / 1e6;
        const figures = [
          seconds.toFixed(2),
          Math.round(rows / seconds).toLocaleString('en'),
          (megabytes / seconds).toFixed(0),
          peak.toFixed(0),
          tree.toFixed(0),
        ];
        console.log(row([model, format, way.name, ...(failed ? ['failed'] : figures)], widths));
      }
    }
  }
}

if (options.help) console.log(usage);
else if (!existsSync('dist/src/main.js')) throw new Error('nothing is built: run make build first');
else await bench();
