#!/usr/bin/env node
// Runs every built test, or those of the rooms that are named (`node .ci/run-tests.mjs model storage`), in three kinds: `--quick`; `--slow`,
// which are test/faults and files named `*.slow.test.ts`; and `--engines`, which are test/integration. Writes the counts to
// dist/test-counts.json, for `.ci/run` to print, and what each file cost to dist/test-costs.json.
// A few processes run all test files, because loading the program and its first calls take more processor time than most tests: each takes the
// next file from the list when it has finished one, so that all end together. A file is a suite of its own, so a failure names it.
import { setMaxListeners } from 'node:events';
import {
  accessSync,
  chmodSync,
  constants,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { dot, tap } from 'node:test/reporters';
import { parseArgs } from 'node:util';

/**
 * Files with a process of their own: they replace functions of the process that they run in, measure its memory, or load the bundle, whose
 * copy of the runtime aborts a process that another copy is loaded in.
 */
const alone =
  /^(resident|faults\/(certificate|every-call)|golden\/derived-columns|library\/open-scorer|model\/memory|run\/slice\/kept-memory|storage\/write-objects)\./;
/** What takes longest starts first, so that no processor is idle while the last file ends: the dearest files, then the dearest rooms. */
const first = [
  /^package/,
  /^faults\/workers/,
  /^(golden\/(init|compare|challengers)|storage\/s3|cli\/pipes)\./,
  /^golden\/(bad-arguments|bad-days|compare-with|flights|ranks|model-answers|bad-input)/,
  /^formats\/csv\/(certain|accounting|corpora)\./,
  /^faults/,
  /^golden/,
  /^formats\/csv/,
  /^(quality|cli)/,
];
const folder = 'dist/test-groups';

const { values: kinds, positionals: rooms } = parseArgs({
  options: { quick: { type: 'boolean' }, slow: { type: 'boolean' }, engines: { type: 'boolean' } },
  allowPositionals: true,
});
// A test that hangs is named, instead of holding everything up. Every test inherits the time of its file; the process has more, for what
// hangs without giving way to timers.
const fileTimeoutMs = (kinds.engines ? 9 : 15) * 60_000;
const processTimeoutMs = (kinds.engines ? 10 : 90) * 60_000;

/** Slow are files that take more than about 10 s of processor time, and faults in the real program. */
function kindOf(name) {
  if (name.startsWith('integration/')) return 'engines';
  return name.startsWith('faults/') || name.endsWith('.slow.test.js') ? 'slow' : 'quick';
}
const asked = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js') && (rooms.length === 0 || rooms.some((room) => name.startsWith(room))))
  .sort();
const names = Object.keys(kinds).length === 0 ? asked : asked.filter((name) => kinds[kindOf(name)]);

const place = (name) => [...first, /^/].findIndex((pattern) => pattern.test(name));
const bytes = (name) => statSync(`dist/test/${name}`).size;
const queue = names.filter((name) => !alone.test(name)).sort((a, b) => place(a) - place(b) || bytes(b) - bytes(a));

/** What each process runs: takes files from a list until none is left. A folder per file is the lock, because only one process can create it. */
const lane = `import { AsyncResource } from 'node:async_hooks';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { after, describe } from 'node:test';

/** Seconds of processor time that a process and its descendants have used, in hundredths; 0 where there is no /proc of Linux. */
function cpuSeconds(pid) {
  try {
    const stat = readFileSync('/proc/' + pid + '/stat', 'utf8');
    // User and system time of its own, then of its children that have ended.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 15).map(Number);
    const threads = readdirSync('/proc/' + pid + '/task').map((thread) => '/proc/' + pid + '/task/' + thread);
    const children = threads.flatMap((thread) => readFileSync(thread + '/children', 'utf8').split(' ').slice(0, -1));
    return [...ticks.map((count) => count / 100), ...children.map(cpuSeconds)].reduce((sum, seconds) => sum + seconds);
  } catch {
    return 0;
  }
}

let measured = 0;
/** The same for this process. The list of children may lack one while another ends, but what was used never becomes less. */
function cpuUsed() {
  measured = Math.max(measured, cpuSeconds('self'), cpuSeconds('self'));
  return measured;
}

function noteCosts(name, begin) {
  const costs = { name, cpu: cpuUsed() - begin.cpu, seconds: (performance.now() - begin.ms) / 1000 };
  appendFileSync(new URL('costs.jsonl', import.meta.url), JSON.stringify(costs) + '\\n');
}

const atRoot = new AsyncResource('lane');

function takeNext(names) {
  for (const [i, name] of names.entries()) {
    try {
      mkdirSync(new URL(String(name.replaceAll('/', '-')), import.meta.url));
    } catch (error) {
      if (error.code === 'EEXIST') continue;
      throw error;
    }
    const begin = { cpu: cpuUsed(), ms: performance.now() };
    const suite = () => {
      after(() => {
        noteCosts(name, begin);
        takeNext(names.slice(i + 1));
      });
      return import('../test/' + name);
    };
    atRoot.runInAsyncScope(() => describe('test/' + name.replace(/js$/, 'ts'), { timeout: ${fileTimeoutMs} }, suite));
    return;
  }
}
`;

/** Writes a module that runs files, and returns its path. */
function writeLane(title, names) {
  const path = `${folder}/${title}.mjs`;
  writeFileSync(path, `${lane}\ntakeNext(${JSON.stringify(names, null, 2)});\n`);
  return path;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const cores = availableParallelism();
// More lanes than processors, because many tests mostly wait: for processes, for the disk.
const lanes = Math.min(2 * cores, queue.length);
const files = [
  ...Array.from({ length: lanes }, (_, i) => writeLane(`lane-${i + 1}`, queue)),
  ...names.filter((name) => alone.test(name)).map((name) => writeLane(`alone-${name.replaceAll('/', '-')}`, [name])),
];

/**
 * Creates the temporary folder of all tests: in `TMPDIR` where that is set, else in memory where that has room, because a run waits for the
 * disk at every step of its commit, and tests of that protocol record the calls that it makes, which are the same.
 */
function makeTemporaryFolder() {
  const parent = process.env.TMPDIR === undefined && hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(parent, 'nightshift-tests-'));
  // Some tests run the program as another user.
  chmodSync(folder, 0o755);
  process.on('exit', () => {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    } catch (error) {
      console.error(`${folder} is left behind: ${error.message}`);
      process.exitCode = 1;
    }
  });
  return folder;
}

function hasRoom(folder) {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= 4 * 2 ** 30;
  } catch {
    return false;
  }
}

const temporary = makeTemporaryFolder();
process.env.TMPDIR = join(temporary, 'tmp');
// Not the cache of the user: each test model would leave files there.
process.env.XDG_CACHE_HOME = join(temporary, 'cache');
for (const folder of [process.env.TMPDIR, process.env.XDG_CACHE_HOME]) mkdirSync(folder);
process.env.NODE_NO_WARNINGS = '1';
const stopped = new AbortController();
// Each file listens.
setMaxListeners(0, stopped.signal);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    stopped.abort();
    process.exit(code);
  });
}
// The test processes inherit it. Threads that collect garbage and compile beside the tests take up to a third more processor time than they
// save, and the other processor is busy anyway. The program under test runs as users run it.
process.execArgv.push('--single-threaded');
const tests = run({ files, concurrency: lanes + cores, timeout: processTimeoutMs, signal: stopped.signal });
const report = createWriteStream('dist/test.tap');
tests.compose(dot).pipe(process.stdout);
tests.compose(tap).pipe(report);
await finished(report);

const lines = readFileSync('dist/test.tap', 'utf8').split('\n');
const count = (word) => Number(lines.findLast((line) => line.startsWith(`# ${word} `))?.split(' ')[2] ?? 0);
// A file that does not load, or whose set-up fails, is a suite that failed without a test that did.
const brokenSuites = lines.filter((line) => line.startsWith('not ok ')).length;
// A process that ends early leaves files to the others; a file that none of them reported is a failure too.
const suites = new Set(lines);
const missing = names.filter((name) => !suites.has(`# Subtest: test/${name.replace(/js$/, 'ts')}`));
const leftBehind = readdirSync(process.env.TMPDIR);
const failed = Math.max(count('fail') + count('cancelled'), brokenSuites) + missing.length + leftBehind.length;
const indentation = (line) => line.search(/\S/);
/** Returns what the test that line `i` closes said: its message, its error and where it stands. */
function blockAt(i) {
  const end = lines.findIndex((line, j) => j > i && line.trim() === '...' && indentation(line) === indentation(lines[i]) + 2);
  return lines.slice(i, end === -1 ? i + 30 : end).join('\n');
}
/** Returns the names of a folder that is left behind, and of some files in it, which tell who wrote them. */
function contents(name) {
  const path = join(process.env.TMPDIR, name);
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  return [name, ...inside.slice(0, 8).map((file) => join(name, file))].join(', ');
}
const failures = [
  ...lines.flatMap((line, i) => (/^\s*not ok /.test(line) ? [blockAt(i)] : [])),
  ...missing.map((name) => `not run: test/${name}`),
  ...leftBehind.map((name) => `left behind in the temporary folder: ${contents(name)}`),
  // A suite that contains a failure says nothing more.
].filter((failure) => !failure.includes("failureType: 'subtestsFailed'"));
console.log('');
for (const line of lines) {
  const [, title, reason] = /^\s*ok \d+ - (.*) # SKIP ?(.*)$/.exec(line) ?? [];
  if (title !== undefined) console.log(`skipped: ${title} (${reason})`);
}
const costs = readFileSync(`${folder}/costs.jsonl`, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
  .sort((a, b) => b.cpu - a.cpu);
writeFileSync('dist/test-costs.json', JSON.stringify(costs, null, 2));
const cpu = costs.reduce((sum, cost) => sum + cost.cpu, 0);
console.log(`${cpu.toFixed(0)} s of processor time in ${(performance.now() / 1000).toFixed(0)} s; the dearest files (processor time, clock):`);
for (const { name, cpu, seconds } of costs.slice(0, 10)) {
  console.log(`${cpu.toFixed(1).padStart(6)} s ${seconds.toFixed(1).padStart(6)} s  test/${name.replace(/js$/, 'ts')}`);
}
if (kinds.quick) {
  const left = (kind) => asked.filter((name) => kindOf(name) === kind).length;
  console.log(`${left('slow')} slow files are left to \`make test-slow\`, ${left('engines')} to \`make integration\``);
}
// Last, where they are looked for, and where they are kept if only the end of a long log is.
for (const failure of failures) console.log(failure);
const counts = { passed: count('pass'), failed, skipped: count('skipped'), failures };
console.log(`${counts.skipped} skipped\n${counts.passed} passed, ${counts.failed} failed`);
writeFileSync('dist/test-counts.json', JSON.stringify(counts));
process.exitCode = counts.failed === 0 && counts.passed + counts.skipped > 0 ? 0 : 1;
