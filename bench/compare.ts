import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { childSeconds, median } from './measure.js';

const usage = `node dist/bench/compare.js [--input .cache/bench/flights.csv] [--job jobs/flight-delay-trees.yaml]
Runs a sample job, and compares its model with itself under another name, in turn, over the input and over one sample day. Prints the processor time of whole commands, all processes, and what the comparison says
of a run: seconds of processor time for a million rows, and memory. Goal: a comparison of two models takes at most 1.3 times the slower alone plus its session, which is what a run over one day takes.
  --rounds 3   --workers 2`;

const { values: options } = parseArgs({
  options: {
    input: { type: 'string', default: '.cache/bench/flights.csv' },
    job: { type: 'string', default: 'jobs/flight-delay-trees.yaml' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});

const day = 'data-samples/flights/2013-01-01.csv';

/** Writes the job over an input, and returns its path and that of its model. */
function jobOver(folder: string, input: string): readonly [job: string, model: string] {
  const path = join(folder, 'job.yaml');
  const text = readFileSync(options.job, 'utf8')
    .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
    .replace(/path: .*flights\/.*/, `path: ${resolve(input)}`)
    .replace(/path: \.\.\/scored.*/, `path: ${join(folder, 'out')}`)
    .replace(/ key: true,/, '')
    .replace(/^ {2}(?:baseline|max_.*): .*\n/gm, '')
    .replace(/ {2}workers: .*/, `  workers: ${options.workers}`);
  writeFileSync(path, text);
  return [path, /path: (\S+\.onnx)/.exec(text)![1]!];
}

interface Called {
  readonly seconds: number;
  readonly stdout: string;
}

function call(...args: readonly string[]): Called {
  const before = childSeconds();
  const ran = spawnSync(process.execPath, ['dist/src/main.js', ...args, '--quiet'], { encoding: 'utf8' });
  if (ran.status !== 0)
    throw new Error(`${args.join(' ')}: ended with ${ran.status}\n${ran.stderr.slice(-2000)}`);
  return { seconds: childSeconds() - before, stdout: ran.stdout };
}

/** The figures of `compare --json` that are printed. */
interface Figures {
  readonly rows: number;
  readonly models: readonly { readonly run: { cpu_seconds_per_million: number; memory_bytes: number } }[];
}

if (options.help) console.log(usage);
else {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-compare-'));
  const seconds = { run: [], compare: [], 'run of a day': [], 'compare of a day': [] } as Record<
    string,
    number[]
  >;
  const said: { cpu: number[]; memory: number[]; rows: number } = { cpu: [], memory: [], rows: 0 };
  const peaks: number[] = [];
  try {
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [input, of] of [
        [options.input, ''],
        [day, ' of a day'],
      ] as const) {
        const [job, model] = jobOver(folder, input);
        const steps = [
          () => {
            const { seconds: taken, stdout } = call('run', job);
            seconds[`run${of}`]!.push(taken);
            const { summary } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { summary: string };
            const { memory } = JSON.parse(readFileSync(summary, 'utf8')) as {
              memory: { peak_rss_bytes: number | null };
            };
            if (of === '' && memory.peak_rss_bytes !== null) peaks.push(memory.peak_rss_bytes);
            rmSync(join(folder, 'out'), { recursive: true });
          },
          () => {
            const { seconds: taken, stdout } = call('compare', job, '--json', '--models', model);
            seconds[`compare${of}`]!.push(taken);
            if (of !== '') return;
            const { rows, models } = JSON.parse(stdout) as Figures;
            said.rows = rows;
            said.cpu.push(models[0]!.run.cpu_seconds_per_million);
            said.memory.push(models[0]!.run.memory_bytes);
          },
        ];
        for (const step of round % 2 === 0 ? steps : steps.toReversed()) step();
      }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [run, compare, session, least] = Object.values(seconds).map((each) => median(each)) as [
    number,
    number,
    number,
    number,
  ];
  for (const [name, each] of Object.entries(seconds)) console.log(`${name}: ${median(each).toFixed(2)} s`);
  console.log(
    `compare / run: ${(compare / run).toFixed(2)}; beyond what a day takes: ${((compare - least) / (run - session)).toFixed(2)}`,
  );
  console.log(
    `at most 1.3 runs and a session, ${(1.3 * run + session).toFixed(2)} s: ${compare <= 1.3 * run + session ? 'yes' : 'no'}`,
  );
  const million = ((run - session) * 1e6) / said.rows;
  console.log(
    `a million rows: ${million.toFixed(2)} s of processor time beyond a day's, compare says ${median(said.cpu).toFixed(2)}`,
  );
  if (peaks.length > 0)
    console.log(
      `memory: ${Math.round(median(peaks) / 1e6)} MB at most, compare says ${Math.round(median(said.memory) / 1e6)}`,
    );
}
