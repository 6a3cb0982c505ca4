import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { childSeconds, median } from './measure.js';

const usage = `node dist/bench/pairs.js --base FOLDER JOB...
Runs each job, whose output folder is removed each time, with the build in FOLDER (another checkout of this repository, built) and with this one, in turn, and prints the processor time of whole runs, all
processes, and the median of the ratios of the pairs: what others do on the machine hardly counts then.
  --pairs 15`;

const { values: options, positionals: jobs } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: 'string' },
    pairs: { type: 'string', default: '15' },
    help: { type: 'boolean', default: false },
  },
});

function cpuOf(root: string, job: string): number {
  const before = childSeconds();
  const main = join(root, 'dist/src/main.js');
  const ran = spawnSync(process.execPath, [main, 'run', job], { encoding: 'utf8' });
  if (ran.status !== 0)
    throw new Error(`${root}, ${job}: ended with ${ran.status}\n${ran.stderr.slice(-2000)}`);
  const seconds = childSeconds() - before;
  const { output } = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1)!) as { output: string };
  rmSync(output, { recursive: true });
  return seconds;
}

function compare(base: string, job: string): void {
  const seconds: readonly [number[], number[]] = [[], []];
  for (let pair = 0; pair < Number(options.pairs); pair++)
    for (const side of pair % 2 === 0 ? [0, 1] : [1, 0])
      seconds[side]!.push(cpuOf(side === 0 ? base : process.cwd(), job));
  const [before, after] = seconds;
  const ratio = median(after.map((each, i) => each / before[i]!));
  console.log(
    `${job}: ${median(before).toFixed(2)} s, now ${median(after).toFixed(2)} s, ratio ${ratio.toFixed(3)}`,
  );
}

if (options.help || options.base === undefined) console.log(usage);
else for (const job of jobs) compare(options.base, job);
