import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { FormatName } from '../src/formats/format.js';
import { childSeconds, median } from './measure.js';
import { type Shape, shapes, shortTexts, writeJob, writeShape } from './memory-data.js';

const usage = `node dist/bench/shapes.js [options]
Whole runs on tables of other shapes than flights in one large file, beside polars with onnxruntime (bench/peers/shapes.py): many small files, 500 columns,
3 columns, two unique texts carried, gzip input, CSV output. Ways take turns; prints medians by the clock and in processor time of all processes, and the
median of the pairs' ratios, peer by ours. The data is made in a temporary folder and removed.
  --only small,wide,narrow,texts,gzip,csv   --rounds 3   --python python3   --scale 1 (a share of the usual rows or files)`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'small,wide,narrow,texts,gzip,csv' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const scale = Number(options.scale);

/** A job of ours and the peer's arguments for the same work; `out` is removed before each run. */
interface Work {
  readonly name: string;
  readonly job: string;
  readonly peer: readonly string[];
  readonly out: readonly string[];
}

interface Cost {
  readonly seconds: number;
  readonly cpu: number;
}

function cost(command: string, args: readonly string[]): Cost {
  const [start, before] = [performance.now(), childSeconds()];
  const ran = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ORT_DISABLE_TELEMETRY: '1', ...process.env },
  });
  if (ran.status !== 0)
    throw new Error(`${args.join(' ')}: ended with ${ran.status}\n${ran.stderr.slice(-2000)}`);
  return { seconds: (performance.now() - start) / 1000, cpu: childSeconds() - before };
}

/** The rows of the sample's first day, with ids from `first` on. */
function flightRows(first: number, rows: number): string {
  return Array.from({ length: rows }, (_, i) => `${first + i}${lines[(first + i) % lines.length]}\n`).join(
    '',
  );
}

const [header, ...sample] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8').trimEnd().split('\n');
const lines = sample.map((line) => line.slice(line.indexOf(',')));

function flightJob(folder: string, input: string, format: string): string {
  const path = join(folder, 'job.yaml');
  const text = readFileSync('jobs/flight-delay.yaml', 'utf8')
    .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
    .replace(/path: .*flights.*/, `path: ${input}`)
    .replace(/path: \.\.\/scored.*/, `path: ${join(folder, 'out')}`)
    .replace('format: parquet', `format: ${format}`)
    .replace(/ key: true,/, '')
    .replace(/columns: \[.*\].*/, 'columns: [flight_id]')
    .replace(/^ {2}(?:flight|tailnum): .*\n/gm, '');
  writeFileSync(path, text);
  return path;
}

function smallFiles(folder: string): Work {
  const [inputs, out] = [join(folder, 'in'), join(folder, 'peer')];
  const files = Math.ceil(1_000 * scale);
  mkdirSync(inputs);
  for (let i = 0; i < files; i++)
    writeFileSync(
      join(inputs, `f${String(i).padStart(5, '0')}.csv`),
      `${header}\n${flightRows(i * 1_000, 1_000)}`,
    );
  return {
    name: `${files} CSV files of 1,000 rows`,
    job: flightJob(folder, join(inputs, '*.csv'), 'parquet'),
    peer: ['shapes.py', '--input', inputs, '--out', out],
    out: [join(folder, 'out'), out],
  };
}

function oneFile(folder: string, kind: 'gzip' | 'csv'): Work {
  const rows = Math.ceil(2_000_000 * scale);
  const text = [`${header}\n`];
  for (let at = 0; at < rows; at += 10_000) text.push(flightRows(at, Math.min(10_000, rows - at)));
  const input = join(folder, kind === 'gzip' ? 'in.csv.gz' : 'in.csv');
  const bytes = Buffer.from(text.join(''));
  writeFileSync(input, kind === 'gzip' ? gzipSync(bytes) : bytes);
  const format = kind === 'gzip' ? 'parquet' : 'csv';
  const out = join(folder, `peer.${format}`);
  const asked = ['--engine', 'polars', '--format', 'csv', '--model', 'linear'];
  return {
    name: `${rows} flights, ${kind === 'gzip' ? 'gzip CSV input' : 'CSV to CSV'}`,
    job: flightJob(folder, input, format),
    peer: ['score.py', ...asked, '--input', input, '--out', out],
    out: [join(folder, 'out'), out],
  };
}

async function table(folder: string, shape: Shape, usualRows: number, format: FormatName): Promise<Work> {
  const rows = Math.max(1, Math.round((usualRows * scale) / shape.blockRows)) * shape.blockRows;
  const [input, out] = [join(folder, `in.${format}`), join(folder, 'peer.parquet')];
  await writeShape(shape, format, rows, input);
  const job = await writeJob(shape, format, folder, 'workers: auto');
  const carry = /^output_columns: \[(.*)\]$/m.exec(shape.job ?? '')?.[1]?.replaceAll(' ', '') ?? '';
  const model = join(folder, 'model.onnx');
  const asked = ['--model', model, '--features', String(shape.features), '--carry', carry];
  return {
    name: `${shape.name}, ${rows} rows, ${format}`,
    job,
    peer: ['shapes.py', '--input', input, '--out', out, ...asked],
    out: [join(folder, 'out'), out],
  };
}

const named = (name: string): Shape => shapes.find((shape) => shape.name === name)!;
const typed: readonly FormatName[] = ['csv', 'parquet'];
const works: Readonly<Record<string, readonly ((folder: string) => Work | Promise<Work>)[]>> = {
  small: [smallFiles],
  wide: typed.map((format) => (folder) => table(folder, named('500 float columns'), 60_000, format)),
  narrow: typed.map((format) => (folder) => table(folder, named('3 columns'), 6_000_000, format)),
  texts: typed.map((format) => (folder) => table(folder, shortTexts, 6_000_000, format)),
  gzip: [(folder) => oneFile(folder, 'gzip')],
  csv: [(folder) => oneFile(folder, 'csv')],
};

function compare({ name, job, peer, out }: Work): void {
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  const [script, ...asked] = peer;
  const runs = [
    () => ours.push(cost(process.execPath, ['dist/src/main.js', 'run', job])),
    () => theirs.push(cost(options.python, [join('bench/peers', script!), ...asked])),
  ];
  for (let round = 0; round < Number(options.rounds); round++)
    for (const run of round % 2 === 0 ? runs : runs.toReversed()) {
      for (const path of out) rmSync(path, { recursive: true, force: true });
      run();
    }
  const cells = (costs: readonly Cost[]) =>
    (['seconds', 'cpu'] as const).map((what) => median(costs.map((each) => each[what])).toFixed(2));
  const ratios = (['seconds', 'cpu'] as const).map((what) =>
    median(ours.map((each, i) => theirs[i]![what] / each[what])).toFixed(2),
  );
  console.log(`| ${[name, ...cells(ours), ...cells(theirs), ...ratios].join(' | ')} |`);
}

async function main(): Promise<void> {
  console.log(
    '| work | ours, s | ours, CPU s | polars, s | polars, CPU s | ratio by the clock | ratio in CPU |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const only of options.only.split(','))
    for (const make of works[only] ?? []) {
      const folder = mkdtempSync(join(tmpdir(), 'nightshift-shapes-'));
      try {
        compare(await make(folder));
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
}

if (options.help) console.log(usage);
else await main();
