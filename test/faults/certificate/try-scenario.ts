import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { echoModel } from '../../golden/tiny-model.js';
import { type Workdir, workdir } from '../../workdir.js';
import { random } from '../random.js';
import { callHere, wordsOf } from './call-here.js';
import { type Disk, readDisk, writeDisk } from './disk.js';
import { differing, faultsBefore, leftOn, type Published, publishedOn } from './judge.js';
import { PowerCut } from './power-cut.js';
import type { Call, Scenario } from './scenarios.js';
import { type State, statesOf } from './states.js';
import { type Event, parseTrace } from './trace.js';

const recorder = fileURLToPath(new URL('./record-calls.js', import.meta.url));

/** The result of trying a scenario. */
export interface Tally {
  readonly events: number;
  /** Different states of the disk that were built and judged. */
  judged: number;
  /** Those of them on which everything was called again. */
  states: number;
  kills: number;
  differingBytes: number;
  leftovers: number;
  /** Each thing that went wrong, with the state in which it did. */
  readonly faults: string[];
}

/**
 * A machine starts again in half a minute at the earliest, when the owner of a torn lock is known to be dead:
 * only where a call comes sooner does it wait. Every eighth state is called on at once.
 */
const rebootSeconds = 30;
const freshEvery = 8;

const nothing = { judged: 0, states: 0, kills: 0, differingBytes: 0, leftovers: 0 };

/** A scenario whose calls were recorded: everything that is needed to try what may interrupt them. */
export interface Recorded {
  readonly scenario: Scenario;
  readonly dir: Workdir;
  readonly job: string;
  readonly base: Disk;
  readonly old: Published;
  readonly now: Published;
  readonly events: readonly Event[];
  readonly durationMs: number;
}

/** Records the calls of a scenario and tries it. */
export async function tryScenario(scenario: Scenario, states: number, kills: number): Promise<Tally> {
  const recorded = await record(scenario);
  const tally = await tryRecorded(recorded, states, kills);
  recorded.dir.remove();
  return tally;
}

/**
 * Judges every state of the disk that a power cut during the recorded calls may leave, calls again on at most
 * `states` of them, evenly over all there are, and kills the real program `kills` times at random instants.
 * After each the published bytes are held to those of the undisturbed calls.
 */
export async function tryRecorded(recorded: Recorded, states: number, kills: number): Promise<Tally> {
  const { dir, events } = recorded;
  const all = [...statesOf(cutOf(recorded), events.length)];
  const faults = faultsIn(all, recorded);
  const tally: Tally = { ...nothing, events: events.length, judged: all.length, faults };
  const step = Math.max(1, all.length / states);
  for (let i = 0; Math.floor(i) < all.length; i += step) {
    const { label, disk } = all[Math.floor(i)]!;
    const age = tally.states % freshEvery === freshEvery - 1 ? 0 : rebootSeconds;
    writeDisk(join(dir.path, 'tried'), disk, age);
    await callAgain(recorded, 'tried', `${label}, ${age} s later`, tally);
    tally.states++;
  }
  await killSome(recorded, kills, tally);
  return tally;
}

/** Returns the faults of the states before anything is called again, as if only `events` had been made. */
export function faultsOf(recorded: Recorded, events = recorded.events): string[] {
  const some = { ...recorded, events };
  return faultsIn([...statesOf(cutOf(some), events.length)], some);
}

function faultsIn(states: readonly State[], recorded: Recorded): string[] {
  const { old, now, events } = recorded;
  const cut = cutOf(recorded);
  const faults = states.flatMap(({ label, disk }) =>
    faultsBefore(disk, old, now).map((fault) => `${label}: ${fault}`),
  );
  // A set reported as published stays published if the power is cut immediately afterwards.
  const durable = publishedOn(cut.disk(events.length, () => false));
  return differing(durable, now) === 0
    ? faults
    : [...faults, 'what is durable in the end is not the whole set'];
}

function cutOf({ dir, base, events }: Recorded): PowerCut {
  return new PowerCut(join(dir.path, 'disk'), base, events);
}

/** Makes the calls of a scenario with the real program and records the changes of its processes. */
export async function record(scenario: Scenario): Promise<Recorded> {
  const dir = workdir();
  const { format, minRows, before = {}, inputs, calls, atOnce, exitCode = 0 } = scenario;
  dir.write('m.onnx', await echoModel('x'));
  const file = dir.write(
    'job.yaml',
    `name: tiny
input: { path: in/*.csv }
model: { path: m.onnx }
columns: { id: { type: int64 }, x: { type: float32, missing: reject } }
output: { path: disk/out, format: ${format}, columns: [id] }
run: { workers: 2 }
quality: { max_rejected: 50%${minRows === undefined ? '' : `, min_rows: ${minRows}`} }
`,
  );
  const put = (files: Scenario['inputs']) => {
    for (const [name, text] of Object.entries(files))
      if (text === null) dir.remove(`in/${name}.csv`);
      else dir.write(`in/${name}.csv`, text);
  };
  const root = join(dir.path, 'disk');
  writeDisk(root, { folders: [], files: new Map() });
  put(before);
  if (Object.keys(before).length > 0) await callHere(file, join(root, 'out'), { command: 'run' });
  put(inputs);
  if (scenario.left !== undefined) await leave(dir, root, scenario.left);
  const base = readDisk(root);
  const start = performance.now();
  const env = { NODE_OPTIONS: `--import ${recorder}`, TRACE_ROOT: root, TRACE_FILE: join(dir.path, 'trace') };
  const codes: (number | null)[] = [];
  const started = calls.map((call) => () => dir.start(wordsOf(call), { ...env, ...crashOf(call) }).ended);
  if (atOnce) codes.push(...(await Promise.all(started.map((go) => go()))).map(({ code }) => code));
  else for (const go of started) codes.push((await go()).code);
  const durationMs = performance.now() - start;
  if (!codes.includes(exitCode)) throw new Error(`${scenario.name}: exit ${codes}, expected ${exitCode}`);
  const events = parseTrace(readFileSync(join(dir.path, 'trace'), 'utf8'));
  const after = readDisk(root);
  // The recorder must have seen everything: its events turn the disk before into the disk after.
  const replayed = new PowerCut(root, base, events).disk(events.length, () => true);
  for (const path of new Set([...after.files.keys(), ...replayed.files.keys()]))
    if (after.files.get(path)?.equals(replayed.files.get(path) ?? Buffer.of(0)) !== true)
      throw new Error(`${scenario.name}: the events do not explain ${path}`);
  const now = publishedOn(after);
  return { scenario, dir, job: file, base, old: publishedOn(base), now, events, durationMs };
}

/**
 * Kills a run at a step of the commit of a group that holds a partition, and removes one of its staged files,
 * as after a power cut on a disk that reports syncs it did not make.
 */
async function leave(dir: Workdir, root: string, left: NonNullable<Scenario['left']>): Promise<void> {
  const { crashAt, partition, file } = left;
  const own = join(root, 'out', '_nightshift');
  // Under load a partition may have to be committed without the others.
  for (let tries = 0; tries < 10; tries++) {
    writeDisk(root, { folders: [], files: new Map() });
    await dir.start(wordsOf({ command: 'run' }), { NIGHTSHIFT_CRASH_AT: crashAt }).ended;
    const [name = ''] = readdirSync(join(own, 'intents'));
    const { intents = [] } = JSON.parse(readFileSync(join(own, 'intents', name), 'utf8'));
    const names = intents.map(({ record }: { record: { partition: string } }) => record.partition);
    if (names.length < 2 || !names.includes(partition)) continue;
    rmSync(join(own, 'staging', partition, file));
    return;
  }
  throw new Error(`no run was killed in the commit of a group with ${partition}`);
}

/** The variable that makes the program kill itself where a call asks for it. */
function crashOf({ crashAt }: Call): NodeJS.ProcessEnv {
  return crashAt === undefined ? {} : { NIGHTSHIFT_CRASH_AT: crashAt };
}

/** Calls again on the disk in `folder` and holds it to the undisturbed end. */
async function callAgain(
  { scenario, dir, job, now }: Recorded,
  folder: string,
  label: string,
  tally: Tally,
): Promise<void> {
  const root = join(dir.path, folder);
  const faults: string[] = [];
  const { again = scenario.calls, exitCode = 0 } = scenario;
  for (const call of again) {
    const ended = await callHere(job, join(root, 'out'), call);
    if (ended.exitCode !== exitCode && call === again.at(-1))
      faults.push(`${call.command} ends with ${ended.exitCode}: ${ended.message}`);
  }
  const disk = readDisk(root);
  const bytes = differing(publishedOn(disk), now);
  const left = leftOn(disk);
  if (bytes > 0) faults.push(`${bytes} published bytes differ`);
  if (left.length > 0) faults.push(`left behind: ${left.join(', ')}`);
  tally.differingBytes += bytes;
  tally.leftovers += left.length;
  tally.faults.push(...faults.map((fault) => `${label}: ${fault}`));
}

async function killSome(recorded: Recorded, kills: number, tally: Tally): Promise<void> {
  const { scenario, dir, base, old, now, durationMs } = recorded;
  const next = random(20130104);
  for (let tries = 0; tally.kills < kills && tries < kills * 3; tries++) {
    writeDisk(join(dir.path, 'disk'), base);
    const atMs = next() * durationMs;
    const isKilled = await killAt(dir, scenario, atMs);
    if (isKilled) tally.kills++;
    const found = faultsBefore(readDisk(join(dir.path, 'disk')), old, now);
    const label = `killed after ${Math.round(atMs)} ms`;
    tally.faults.push(...found.map((fault) => `${label}: ${fault}`));
    await callAgain(recorded, 'disk', label, tally);
  }
}

/** Makes the calls of a scenario and kills what runs after `ms`; false when all had ended by then. */
async function killAt(dir: Workdir, { calls, atOnce }: Scenario, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  const groups = atOnce ? [calls] : calls.map((call) => [call]);
  for (const group of groups) {
    const started = group.map((call) => dir.start(wordsOf(call), crashOf(call)));
    const ended = Promise.all(started.map((one) => one.ended));
    const isOver = await Promise.race([ended.then(() => true), sleep(until - performance.now(), false)]);
    if (isOver) continue;
    for (const { pid } of started)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    return (await ended).some(({ signal }) => signal === 'SIGKILL');
  }
  return false;
}
