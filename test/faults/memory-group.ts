import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from '../workdir.js';

/** A control group with a memory limit, measured from outside. */
export interface MemoryGroup {
  /** Runs `nightshift ARGS` in it to its end, or kills it after `mostMs`. */
  nightshift(args: readonly string[], cwd: string, mostMs?: number): Ran;
  /** The most bytes it ever held. */
  peak(): number;
  /** Processor time of all its processes; null if it is not counted here. */
  cpuSeconds(): number | null;
  /** How many of its processes the kernel killed for their memory. */
  kills(): number;
  remove(): void;
}

/** Where the files of a group are, in either version of the kernel's interface. */
interface Files {
  readonly root: string;
  readonly limit: string;
  readonly peak: string;
  readonly kills: string;
  /** The folder of groups whose processor time is counted, the file with it, and its unit in seconds. */
  readonly cpu: { readonly root: string; readonly file: string; readonly unit: number };
}

const versions: readonly Files[] = [
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    kills: 'memory.oom_control',
    cpu: { root: '/sys/fs/cgroup/cpuacct', file: 'cpuacct.usage', unit: 1e-9 },
  },
  {
    root: '/sys/fs/cgroup',
    limit: 'memory.max',
    peak: 'memory.peak',
    kills: 'memory.events',
    cpu: { root: '/sys/fs/cgroup', file: 'cpu.stat', unit: 1e-6 },
  },
];

const mostMsOfAll = 15 * 60_000;
let made = 0;

/** Creates a control group with this memory limit; null if none can be created here. */
export function memoryGroup(bytes: number): MemoryGroup | null {
  const name = `nightshift-test-${process.pid}-${made++}`;
  for (const files of versions) {
    const folder = join(files.root, name);
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, files.limit), String(bytes));
      return groupIn(folder, join(files.cpu.root, name), files);
    } catch {
      if (existsSync(folder)) rmdirSync(folder);
    }
  }
  return null;
}

function groupIn(folder: string, cpuFolder: string, files: Files): MemoryGroup {
  const main = join(process.cwd(), 'dist', 'src', 'main.js');
  const folders = [folder];
  if (cpuFolder !== folder) {
    try {
      mkdirSync(cpuFolder);
      folders.push(cpuFolder);
    } catch {}
  }
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    nightshift(args, cwd, mostMs = mostMsOfAll) {
      const enter = folders.map((each) => `echo $$ > ${join(each, 'cgroup.procs')}; `).join('');
      const ran = spawnSync('sh', ['-c', `${enter}exec "$@"`, 'sh', process.execPath, main, ...args], {
        cwd,
        encoding: 'utf8',
        maxBuffer: 1 << 26,
        timeout: mostMs,
        killSignal: 'SIGKILL',
      });
      return {
        code: ran.status,
        signal: ran.signal as Ran['signal'],
        stdout: ran.stdout,
        stderr: ran.stderr,
      };
    },
    peak: () => Number(read(files.peak)),
    cpuSeconds() {
      try {
        const text = readFileSync(join(cpuFolder, files.cpu.file), 'utf8');
        return Number(/\d+/.exec(text)![0]) * files.cpu.unit;
      } catch {
        return null;
      }
    },
    kills: () => Number(/^oom_kill (\d+)/m.exec(read(files.kills))?.[1] ?? 0),
    remove() {
      for (const each of folders) removeWhenEmpty(each);
    },
  };
}

/** Processes that were killed need a moment to go. */
function removeWhenEmpty(folder: string): void {
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (tries === 50) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}
