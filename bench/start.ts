import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `node dist/bench/start.js JOB
Runs a job with an empty cache and with a full one, and prints what each of its processes does when, with the processor time that it has used until then (ms). For a job of few rows.
  --least 3    leave out steps that took less processor time`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { least: { type: 'string', default: '3' }, help: { type: 'boolean', default: false } },
});

/** Notes messages between processes, and opened and renamed files, with time and processor time. */
const hook = `
const fs = require('node:fs'), cp = require('node:child_process');
const log = fs.openSync(process.env.START_LOG, 'a'), { writeSync } = fs;
const who = process.send === undefined ? 'main' : 'worker ' + process.pid;
const note = (what) => {
  const { user, system } = process.cpuUsage();
  writeSync(log, JSON.stringify([performance.timeOrigin + performance.now(), who, (user + system) / 1000, what]) + '\\n');
};
note('Node has started');
const kindOf = (message) => message?.kind ?? typeof message;
const { fork } = cp;
cp.fork = function (...args) {
  const child = fork.apply(this, args), { send, emit } = child;
  note('starts a process');
  child.send = function (message, ...rest) { note('sends "' + kindOf(message) + '"'); return send.call(this, message, ...rest); };
  child.emit = function (name, ...rest) {
    if (name === 'message' && kindOf(rest[0]) !== 'said') note('gets "' + kindOf(rest[0]) + '"');
    if (name === 'exit') note('a process has ended');
    return emit.call(this, name, ...rest);
  };
  return child;
};
if (process.send !== undefined) {
  const { send, emit } = process;
  process.send = function (message, ...rest) { if (!/said|string/.test(kindOf(message))) note('sends "' + kindOf(message) + '"'); return send.call(this, message, ...rest); };
  process.emit = function (name, ...rest) { if (name === 'message') note('gets "' + kindOf(rest[0]) + '"'); return emit.call(this, name, ...rest); };
}
for (const [name, at] of [['open', 0], ['rename', 1]]) {
  const call = fs.promises[name];
  fs.promises[name] = function (...args) { note(name + ' ' + String(args[at]).split('/').slice(-2).join('/')); return call.apply(this, args); };
}
require('node:module').syncBuiltinESMExports();
process.on('exit', () => note('ends'));
`;

type Step = readonly [at: number, who: string, cpuMs: number, what: string];

function stepsOf(job: string, folder: string): Step[] {
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const preload = join(folder, 'hook.cjs');
  writeFileSync(preload, hook);
  const main = join(process.cwd(), 'dist/src/main.js');
  const env = {
    ...process.env,
    START_LOG: log,
    NODE_OPTIONS: `--require ${preload}`,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  const ran = spawnSync(process.execPath, [main, 'run', job, '--force'], { encoding: 'utf8', env });
  if (ran.status !== 0) throw new Error(`ended with ${ran.status}\n${ran.stderr.slice(-2000)}`);
  const { output } = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1)!) as { output: string };
  rmSync(output, { recursive: true });
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Step).sort((a, b) => a[0] - b[0]);
}

function print(title: string, steps: readonly Step[]): void {
  const begin = steps[0]![0] - steps[0]![2];
  const before = new Map<string, number>();
  console.log(
    `${title}\n| at, ms | process | its CPU ms until then | of these for this | what |\n|---|---|---|---|---|`,
  );
  for (const [at, who, cpu, what] of steps) {
    const own = cpu - (before.get(who) ?? 0);
    before.set(who, cpu);
    if (own < Number(options.least) && !/^(?:ends|starts|a process)/.test(what)) continue;
    console.log(`| ${(at - begin).toFixed(0)} | ${who} | ${cpu.toFixed(0)} | ${own.toFixed(0)} | ${what} |`);
  }
  const all = [...before.values()].reduce((sum, cpu) => sum + cpu, 0);
  console.log(
    `${all.toFixed(0)} CPU ms in all: ${[...before].map(([who, cpu]) => `${who} ${cpu.toFixed(0)}`).join(', ')}\n`,
  );
}

const [job] = positionals;
if (options.help || job === undefined) console.log(usage);
else {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-start-'));
  try {
    print('An empty cache', stepsOf(resolve(job), folder));
    print('A full cache', stepsOf(resolve(job), folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
