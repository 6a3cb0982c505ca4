import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { childSeconds, median } from './measure.js';

const usage = `node dist/bench/derived.js [--input .cache/bench/flights.csv]
The linear sample job with one derived column of each kind, profiled and not written, beside the same job without it, which reads the same columns. Jobs take turns; prints the processor time of whole runs, all
processes: medians, minima, and what the column adds by the median of the pairs' ratios and by minima. Goal: at most 5 % a column.
  --rounds 9   --only lower,map   --isolation process`;

const { values: options } = parseArgs({
  options: {
    input: { type: 'string', default: '.cache/bench/flights.csv' },
    rounds: { type: 'string', default: '9' },
    only: { type: 'string', default: '' },
    isolation: { type: 'string', default: 'process' },
    help: { type: 'boolean', default: false },
  },
});

const kinds: Readonly<Record<string, string>> = {
  'date part': `{ from: weekday(time_hour), type: int32 }`,
  difference: `{ from: dep_time - sched_dep_time, type: float32 }`,
  ratio: `{ from: 'dep_delay / max(distance, 1)', type: float32 }`,
  log: `{ from: log1p(distance), type: float32 }`,
  bins: `{ from: 'bin(distance, 200, 500, 1000, 2000)', type: int32 }`,
  length: `{ from: length(tailnum), type: int32 }`,
  lower: `{ from: lower(tailnum) }`,
  'map of a text': `{ from: origin, map: { JFK: 1, LGA: 2, EWR: 3 } }`,
  'map of a number': `{ from: 'bin(hour, 6, 12, 18)', map: { 0: night, 1: morning, 2: noon, 3: evening } }`,
  'time zone': `{ from: 'hour(local(time_hour, "America/New_York"))', type: int32 }`,
};

function jobWith(folder: string, column: string | null): string {
  const path = join(folder, 'job.yaml');
  const text = readFileSync('jobs/flight-delay.yaml', 'utf8')
    .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
    .replace(/path: .*flights\/.*/, `path: ${resolve(options.input)}`)
    .replace(/path: \.\.\/scored.*/, `path: ${join(folder, 'out')}`)
    .replace(/ key: true,/, '')
    .replace(/^ {2}(?:baseline|max_.*): .*\n/gm, '')
    .replace(/columns: \[.*\].*/, 'columns: [flight_id, tailnum]')
    .replace(/^run:\n/m, `run:\n  isolation: ${options.isolation}\n`)
    .replace(
      /^columns:\n/m,
      `columns:\n  time_hour: { type: timestamp }\n${column === null ? '' : `  derived: ${column}\n`}`,
    );
  writeFileSync(path, text);
  return path;
}

/** Returns the seconds of processor time of a run, without the column if it is null. */
function cpuOf(folder: string, column: string | null): number {
  const job = jobWith(folder, column);
  const before = childSeconds();
  const ran = spawnSync(process.execPath, ['dist/src/main.js', 'run', job], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${column}: ended with ${ran.status}\n${ran.stderr.slice(-2000)}`);
  rmSync(join(folder, 'out'), { recursive: true });
  return childSeconds() - before;
}

if (options.help) console.log(usage);
else {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-derived-'));
  const only = options.only === '' ? Object.keys(kinds) : options.only.split(',');
  const names = [null, ...only];
  const seconds = new Map<string | null, number[]>(names.map((name) => [name, []]));
  try {
    for (let round = 0; round < Number(options.rounds); round++)
      for (const name of round % 2 === 0 ? names : names.toReversed())
        seconds.get(name)!.push(cpuOf(folder, name === null ? null : kinds[name]!));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const base = seconds.get(null)!;
  const least = Math.min(...base);
  const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(1)} %`;
  console.log(`without: median ${median(base).toFixed(2)} s, least ${least.toFixed(2)} s\n`);
  console.log('| column | median, s | least, s | more, by pairs | more, by minima |\n|---|---|---|---|---|');
  for (const name of only) {
    const own = seconds.get(name)!;
    const pairs = median(own.map((each, round) => each / base[round]!));
    const low = Math.min(...own);
    console.log(
      `| ${name} | ${median(own).toFixed(2)} | ${low.toFixed(2)} | ${percent(pairs)} | ${percent(low / least)} |`,
    );
  }
}
