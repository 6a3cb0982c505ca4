import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { benchData } from './data.js';
import { median } from './measure.js';

const usage = `node dist/bench/contract.js [options]
What the column contract costs: 3.37 M flights are scored with no contract at all, with every check on every column, and with 10 % of the cells spoiled
so that each needs repair; in turn, round after round.
  --rounds 3   --workers auto   --only none,whole,key,dirty,audit   --data FOLDER (default .cache/bench)`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: 'auto' },
    only: { type: 'string', default: 'none,whole,key,dirty,audit' },
    data: { type: 'string', default: '.cache/bench' },
    python: { type: 'string', default: 'python3' },
    help: { type: 'boolean', default: false },
  },
});

const numbers: Readonly<Record<string, readonly [low: number, high: number]>> = {
  month: [1, 12],
  day: [1, 31],
  dep_time: [0, 2400],
  sched_dep_time: [0, 2400],
  dep_delay: [-120, 2000],
  sched_arr_time: [0, 2400],
  distance: [1, 6000],
  hour: [0, 23],
  minute: [0, 59],
};
const texts = ['carrier', 'origin', 'dest'];
const spoiledShare = 0.1;

/** The categories that the sample job lists for a column. */
function categoriesOf(column: string): string {
  const job = readFileSync('jobs/flight-delay.yaml', 'utf8');
  return new RegExp(`^ {2}${column}:[\\s\\S]*?categories:\\s*(\\[[^\\]]*\\])`, 'm')
    .exec(job)![1]!
    .replace(/\s+/g, ' ');
}

/** Every check that there is on every column. */
function wholeContract(isKeyed: boolean): string {
  const lines = [
    ...Object.entries(numbers).map(
      ([name, [low, high]]) =>
        `  ${name}: { type: float32, range: [${low}, ${high}], outside: clamp, missing: { fill: ${low} }, sentinels: [-999], infinity: { fill: 0 }, unreadable: { fill: 0 }, absent: missing }`,
    ),
    ...texts.map(
      (name) =>
        `  ${name}: { type: string, categories: ${categoriesOf(name)}, match: [trim, case, nfc], unknown: { as: OTHER }, missing: { fill: OTHER }, pattern: "[0-9A-Z]+", min_length: 2, max_length: 5, absent: missing }`,
    ),
    ...(isKeyed ? ['  flight_id: { type: int64, key: true }'] : []),
  ];
  return `columns:\n${lines.join('\n')}\nrules:\n  - { name: too-early, when: "dep_time < sched_dep_time - 600", then: flag }\n`;
}

function jobOf(input: string, out: string, contract: string, isAudited = false): string {
  const path = `${out}.yaml`;
  writeFileSync(
    path,
    `name: contract-bench
input: { path: ${input} }
model:
  path: ${join(process.cwd(), 'data-samples', 'models', 'flight-delay.onnx')}
${contract}output: { path: ${out} }
quality: { max_rejected: null }
audit: ${isAudited}
run: { workers: ${options.workers} }
`,
  );
  return path;
}

/** The same file with a tenth of the contract's cells spoiled in ways that rules repair. Deterministic. */
async function makeDirty(clean: string, dirty: string): Promise<void> {
  if (existsSync(dirty)) return;
  const out = createWriteStream(dirty);
  let names: string[] | null = null;
  let seed = 2013;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 4294967296;
  };
  let block: string[] = [];
  for await (const line of createInterface({ input: createReadStream(clean) })) {
    const cells = line.split(',');
    if (names === null) names = cells;
    else {
      for (const [i, name] of names.entries()) {
        const range = numbers[name];
        if ((range === undefined && !texts.includes(name)) || random() >= spoiledShare) continue;
        const way = Math.floor(random() * 4);
        if (range === undefined)
          cells[i] = ['', `${cells[i]!.toLowerCase()}`, ` ${cells[i]!} `, `Q${Math.floor(random() * 50)}`][
            way
          ]!;
        else
          cells[i] = [
            '',
            '-999',
            String(range[1] + 1 + Math.floor(random() * 100)),
            `$${cells[i] === '' ? range[0] : cells[i]}`,
          ][way]!;
      }
    }
    block.push(cells.join(','));
    if (block.length < 10_000) continue;
    if (!out.write(`${block.join('\n')}\n`)) await once(out, 'drain');
    block = [];
  }
  out.end(block.length === 0 ? '' : `${block.join('\n')}\n`);
  await once(out, 'finish');
}

if (options.help) {
  console.log(usage);
  process.exit(0);
}

const folder = options.data;
mkdirSync(folder, { recursive: true });
const { rows, files } = await benchData(folder, options.python);
const clean = files['csv']!;
const dirty = resolve(folder, 'flights-dirty.csv');
await makeDirty(clean, dirty);
const out = (name: string) => resolve(folder, `contract-${name}`);
const ways: Readonly<Record<string, readonly [what: string, job: string]>> = {
  none: ['no contract, clean data', jobOf(clean, out('none'), '')],
  whole: ['every check on every column, clean data', jobOf(clean, out('whole'), wholeContract(false))],
  key: ['the same with a key, unique over the run', jobOf(clean, out('key'), wholeContract(true))],
  dirty: ['every check, 10 % of the cells to be repaired', jobOf(dirty, out('dirty'), wholeContract(false))],
  audit: ['the same with audit', jobOf(dirty, out('audit'), wholeContract(false), true)],
};
const asked = options.only.split(',');

/**
 * Wall seconds, and CPU seconds of the process with all of its children, as the shell counts them; the latter
 * is also valid on a shared machine.
 */
function timed(job: string): { wall: number; cpu: number } {
  const start = performance.now();
  const args = [process.execPath, 'dist/src/main.js', 'run', job, '--quiet'];
  const ran = spawnSync('sh', ['-c', '"$@" || exit; times', 'sh', ...args], { encoding: 'utf8' });
  const wall = (performance.now() - start) / 1000;
  if (ran.status !== 0) throw new Error(`${job} ended with ${ran.status}: ${ran.stdout}${ran.stderr}`);
  const spent = ran.stdout
    .trimEnd()
    .split('\n')
    .at(-1)!
    .matchAll(/(\d+)m([\d.]+)s/g);
  return {
    wall,
    cpu: [...spent].reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0),
  };
}

const taken = new Map<string, { wall: number; cpu: number }[]>(asked.map((name) => [name, []]));
for (let round = 0; round <= Number(options.rounds); round++) {
  for (const name of asked) {
    rmSync(out(name), { recursive: true, force: true });
    const ran = timed(ways[name]![1]);
    // The first round warms the page cache.
    if (round > 0) taken.get(name)!.push(ran);
    rmSync(out(name), { recursive: true, force: true });
  }
}
const floor = taken.get('none');
console.log(
  `| ${rows} rows of CSV | wall s | CPU s | rows per CPU s | speed against no contract: wall | CPU |`,
);
console.log('|---|---|---|---|---|---|');
for (const [name, runs] of taken) {
  const of = (what: 'wall' | 'cpu') => median(runs.map((run) => run[what]));
  const share = (what: 'wall' | 'cpu') =>
    floor === undefined ? '' : median(runs.map((run, i) => floor[i]![what] / run[what])).toFixed(2);
  const cells = [of('wall').toFixed(1), of('cpu').toFixed(1), `${Math.round(rows / of('cpu') / 1000)} k`];
  console.log(`| ${[ways[name]![0], ...cells, share('wall'), share('cpu')].join(' | ')} |`);
}
