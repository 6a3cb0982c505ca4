import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from '../workdir.js';

/** A control group with a memory limit, measured from outside. */
interface MemoryGroup {
  /** Runs `nightshift ARGS` in it to its end. */
  nightshift(args: readonly string[], cwd: string): Ran;
  /** The most bytes it ever held. */
  peak(): number;
  /** How many of its processes the kernel killed for their memory. */
  kills(): number;
  remove(): void;
}

let made = 0;

/** Creates a control group with this memory limit; null if none can be created here. */
export function memoryGroup(bytes: number): MemoryGroup | null {
  const name = `nightshift-test-${process.pid}-${made++}`;
  for (const [root, limit, peak, kills] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.max_usage_in_bytes', 'memory.oom_control'],
    ['/sys/fs/cgroup', 'memory.max', 'memory.peak', 'memory.events'],
  ] as const) {
    const folder = join(root, name);
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, limit), String(bytes));
      return groupIn(folder, peak, kills);
    } catch {
      if (existsSync(folder)) rmdirSync(folder);
    }
  }
  return null;
}

function groupIn(folder: string, peak: string, kills: string): MemoryGroup {
  const main = join(process.cwd(), 'dist', 'src', 'main.js');
  return {
    nightshift(args, cwd) {
      const enter = `echo $$ > ${join(folder, 'cgroup.procs')}; exec "$@"`;
      const ran = spawnSync('sh', ['-c', enter, 'sh', process.execPath, main, ...args], {
        cwd,
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      return {
        code: ran.status,
        signal: ran.signal as Ran['signal'],
        stdout: ran.stdout,
        stderr: ran.stderr,
      };
    },
    peak: () => Number(readFileSync(join(folder, peak), 'utf8')),
    kills: () => Number(/^oom_kill (\d+)/m.exec(readFileSync(join(folder, kills), 'utf8'))?.[1] ?? 0),
    remove: () => rmdirSync(folder),
  };
}
