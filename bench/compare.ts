import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { childSeconds, median } from './measure.js';

const usage = `node dist/bench/compare.js [--input .cache/bench/flights.csv] [--job jobs/flight-delay-trees.yaml] [--model FILE] [--with FILE]
Runs a sample job, with its model or another, and compares the model with itself or a second one, in turn, over the input and over one sample day. Prints the processor time of whole commands, all processes, and what the comparison says
of the run: its processor time, and memory. The first model should be the slower one. Goal: a comparison of two models takes at most 1.3 times the slower alone plus its session, which is what a run over one day takes.
  --rounds 3   --workers 2`;

const { values: options } = parseArgs({
  options: {
    input: { type: 'string', default: '.cache/bench/flights.csv' },
    job: { type: 'string', default: 'jobs/flight-delay-trees.yaml' },
    model: { type: 'string' },
    with: { type: 'string' },
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
    .replace(/path: (\S+\.onnx)/, (_, own: string) => `path: ${resolve(options.model ?? own)}`)
    .replace(/ key: true,/, '')
    .replace(/^ {2}(?:baseline|max_.*): .*\n/gm, '')
    .replace(/ {2}workers: .*/, `  workers: ${options.workers}`);
  writeFileSync(path, text);
  return [path, resolve(options.with ?? /^model:\n {2}path: (\S+)/m.exec(text)![1]!)];
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
  readonly models: readonly {
    readonly run: {
      readonly fixed_cpu_seconds: number;
      readonly cpu_seconds_per_million: number;
      readonly memory_bytes: number;
    };
  }[];
}

if (options.help) console.log(usage);
else {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-compare-'));
  const seconds = { run: [], compare: [], 'run of a day': [], 'compare of a day': [] } as Record<
    string,
    number[]
  >;
  const said: { cpu: number[]; memory: number[] } = { cpu: [], memory: [] };
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
            const { run } = models[0]!;
            said.cpu.push(run.fixed_cpu_seconds + (rows * run.cpu_seconds_per_million) / 1e6);
            said.memory.push(run.memory_bytes);
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
  const ratio = median(said.cpu.map((each, i) => each / seconds['run']![i]!));
  console.log(
    `compare says ${median(said.cpu).toFixed(2)} s of the run, said over taken: ${ratio.toFixed(2)}`,
  );
  if (peaks.length > 0)
    console.log(
      `memory: ${Math.round(median(peaks) / 1e6)} MB at most, compare says ${Math.round(median(said.memory) / 1e6)}`,
    );
}
