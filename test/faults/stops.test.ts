import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commands } from '../../src/cli/commands.js';
import { reporting } from '../../src/cli/reporting.js';
import { groupOf } from '../process/processes.js';
import { startGroup } from '../process/start-group.js';
import { until } from '../until.js';
import { lastLine, main, type Ran, said, type Workdir, workdir } from '../workdir.js';

// Each command, stopped while it works: one sentence, its exit code, nothing half written, no process left.

const model = resolve('test/fixtures/penguins/species.onnx');
const preload = fileURLToPath(new URL('./wait-at-call.js', import.meta.url));

/** A call of a command, and paths where it waits once, and is stopped: where it reads, and where it writes. */
interface Stopped {
  readonly args: readonly string[];
  readonly reads: string;
  readonly writes?: string;
  /** Its exit codes when it is stopped while it writes; by default 130. */
  readonly codes?: readonly number[];
}

const written = String.raw`\.nightshift-.*\.tmp$`;

const calls: readonly Stopped[] = [
  {
    args: ['init', '--model', 'm.onnx', '--input', 'in.csv', '-o', 'new.yaml'],
    reads: 'in.csv',
    writes: written,
  },
  { args: ['run', 'job.yaml'], reads: 'in.csv', writes: 'staging', codes: [0, 130] },
  { args: ['retry', 'job.yaml'], reads: 'in.csv', writes: 'staging', codes: [0, 130] },
  { args: ['finish', 'job.yaml'], reads: '_nightshift', writes: '_summary', codes: [0] },
  { args: ['check', 'job.yaml'], reads: 'in.csv' },
  { args: ['plan', 'job.yaml', '--save'], reads: 'in.csv', writes: written, codes: [0] },
  { args: ['status', 'job.yaml'], reads: '_nightshift' },
  { args: ['profile', 'job.yaml', '-o', 'base.json'], reads: 'in.csv', writes: written },
  {
    args: ['compare', 'job.yaml', '--models', 'm.onnx', '--page', 'p.html'],
    reads: 'in.csv',
    writes: written,
  },
  { args: ['tune', 'job.yaml', '--page', 'p.html'], reads: 'in.csv', writes: written },
  { args: ['report', 'out', '-o', 'r.html'], reads: '_summary', writes: written },
  { args: ['inspect', 'in.csv'], reads: 'in.csv' },
  { args: ['repair', 'in.csv', '-o', 'clean.parquet'], reads: 'in.csv', writes: 'clean' },
];

/** Commands that only print. */
const printing = [['schema'], ['completion', 'bash']];

function folder(): Workdir {
  const dir = workdir();
  mkdirSync(join(dir.path, 'tmp'));
  copyFileSync(model, join(dir.path, 'm.onnx'));
  copyFileSync('test/fixtures/penguins/species.json', join(dir.path, 'species.json'));
  const row = '39.1,18.7,181,3750,Torgersen,male\n';
  dir.write(
    'in.csv',
    `bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex\n${row.repeat(50)}`,
  );
  dir.write(
    'job.yaml',
    'name: a\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\nrun: { workers: 1 }\n',
  );
  return dir;
}

/** Names of all files below a folder. */
function names(dir: Workdir): string[] {
  return readdirSync(dir.path, { recursive: true, encoding: 'utf8' }).sort();
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Starts a command, stops it once or twice where it waits, and returns what it said and left. */
async function stop(
  args: readonly string[],
  at: string,
  signal: keyof typeof exitCodes,
  times: 1 | 2,
): Promise<{ readonly ran: Ran; readonly left: readonly string[] }> {
  const dir = folder();
  const [command] = args as readonly [string];
  if (['finish', 'status', 'report'].includes(command)) assert.equal(dir.call(['run', 'job.yaml']).code, 0);
  if (command === 'retry') failOnce(dir);
  const before = names(dir);
  const sign = join(dir.path, 'waits');
  const { pid, ended } = startGroup(dir, args, {
    NODE_OPTIONS: `--import ${preload}`,
    WAIT_AT: at,
    WAIT_SIGN: sign,
    TMPDIR: join(dir.path, 'tmp'),
  });
  await until(() => dir.has('waits'), `${command} does not come to ${at}`);
  process.kill(-pid, signal);
  // A signal that soon after the first would count as the same one.
  if (times === 2) await sleep(600);
  if (times === 2 && groupOf(pid).length > 0) process.kill(-pid, signal);
  rmSync(sign);
  const ran = await ended;
  await until(() => groupOf(pid).length === 0, `a process of ${command} stays`);
  const left = names(dir).filter((name) => !before.includes(name));
  dir.remove();
  return { ran, left };
}

/** Lets a run fail, so that `retry` has something to do. */
function failOnce(dir: Workdir): void {
  const input = dir.read('in.csv');
  dir.write('in.csv', input.replaceAll('39.1', 'none'));
  assert.equal(dir.call(['run', 'job.yaml']).code, 3);
  dir.write('in.csv', input);
}

function assertStopped(
  { ran, left }: Awaited<ReturnType<typeof stop>>,
  command: string,
  signal: string,
): void {
  const isReport = reporting.has(command);
  const what = isReport ? 'run' : 'command';
  const sentences = said(ran).match(new RegExp(`the ${what} was stopped by ${signal}`, 'g'));
  assert.equal(sentences?.length, 1, ran.stderr);
  assert.match(said(ran), /run the same command again/);
  assert.doesNotMatch(ran.stderr, /\n\s+at .*:\d+:\d+/);
  if (isReport) assert.equal(ran.stdout.trimEnd().split('\n').length, 1, ran.stdout);
  else assert.equal(ran.stdout, '');
  if (isReport) assert.deepEqual([lastLine(ran).exit_code, lastLine(ran).reason], [ran.code, 'interrupted']);
  // The records of a run stay: the next one resumes from them, and tidies up what a second signal left.
  const isRecord = (name: string) => /^out(\/_(nightshift|manifest|summary)\b.*)?$/.test(name);
  const wrong = isReport || command === 'plan' ? left.filter((name) => !isRecord(name)) : left;
  assert.deepEqual(wrong, []);
}

describe('a command that is stopped', {
  skip: process.platform !== 'linux' && 'needs /proc',
  concurrency: 2,
}, () => {
  it('is every command', () => {
    const all = [...calls, ...printing.map((args) => ({ args }))].map(({ args }) => args[0]!);
    assert.deepEqual(all.sort(), commands.map(({ name }) => name).sort());
  });

  for (const { args, reads, writes, codes = [130] } of calls) {
    const command = args[0]!;
    for (const [signal, times] of [
      ['SIGINT', 1],
      ['SIGTERM', 2],
    ] as const)
      it(`${command}, by ${signal}, ${times === 1 ? 'once' : 'twice'}, while it reads: ends with one sentence and leaves nothing`, async () => {
        const ended = await stop(args, reads, signal, times);
        assert.equal(ended.ran.code, exitCodes[signal], ended.ran.stderr);
        assertStopped(ended, command, signal);
      });
    if (writes === undefined) continue;
    it(`${command}, by SIGINT while it writes: writes all or nothing`, async () => {
      const ended = await stop(args, writes, 'SIGINT', 1);
      assert.ok(codes.includes(ended.ran.code!), `${ended.ran.code}: ${ended.ran.stderr}`);
      if (ended.ran.code === 0) assert.doesNotMatch(ended.ran.stderr, /SIGINT/);
      else assertStopped(ended, command, 'SIGINT');
      assert.deepEqual(
        ended.left.filter((name) => /\.tmp$|^tmp\/|staging\//.test(name)),
        [],
      );
    });
  }
});

describe('a signal after the output of a command', {
  skip: process.platform === 'win32',
}, () => {
  for (const args of [...printing, ...calls.flatMap(({ args, writes }) => (writes ? [] : [args]))])
    it(`${args[0]}: does not change how it ends`, async () => {
      const dir = folder();
      // Several times, because the process ends in a few milliseconds.
      for (let i = 0; i < 5; i++) {
        const child = spawn(process.execPath, [main, ...args], { cwd: dir.path });
        child.stdout.once('data', () => child.kill('SIGINT'));
        const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
        assert.deepEqual([code, signal], [0, null]);
      }
      dir.remove();
    });
});
