import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export { median } from '../src/quality/median.js';

/** One finished command: wall seconds, and memory of the process with all of its children. */
export interface Measured {
  readonly seconds: number;
  /** Largest resident set of any process of the tree, and largest sum of proportional set sizes, sampled. */
  readonly peakRssBytes: number;
  readonly peakTreeBytes: number;
  /** Processor time of the process and the children that it waited for, as last seen: up to 200 ms short. */
  readonly cpuSeconds: number;
  readonly code: number | null;
  readonly stdout: string;
}

/**
 * Runs a command to its end; samples the memory of its process tree five times a second (Linux only).
 * Sampling more often would take CPU time from the command.
 */
export function measure(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ORT_DISABLE_TELEMETRY: '1', ...process.env, ...env },
    });
    let stdout = '';
    let stderr = '';
    let peakTreeBytes = 0;
    let peakRssBytes = 0;
    let cpuSeconds = 0;
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const sample = () => {
      const tree = treeOf(child.pid!);
      peakTreeBytes = Math.max(peakTreeBytes, sum(tree.map(proportionalBytes)));
      cpuSeconds = Math.max(cpuSeconds, sum(tree.map(ownCpuSeconds)) + waitedCpuSeconds(tree));
      peakRssBytes = Math.max(peakRssBytes, ...tree.map(highWaterBytes));
    };
    // A process that ends soon is sampled at least twice.
    const early = setTimeout(sample, 50);
    const timer = setInterval(sample, 200);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(early);
      clearInterval(timer);
      if (code !== 0) process.stderr.write(stderr.slice(-2000));
      resolve({
        seconds: (performance.now() - start) / 1000,
        peakRssBytes,
        peakTreeBytes,
        cpuSeconds,
        code,
        stdout,
      });
    });
  });
}

/** User and system seconds of all ended descendants: fields 16 and 17 of /proc/self/stat (10 ms ticks). */
export function childSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function sum(figures: readonly number[]): number {
  return figures.reduce((a, b) => a + b, 0);
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(field(`/proc/${name}/status`, 'PPid'));
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function proportionalBytes(pid: number): number {
  return Number(field(`/proc/${pid}/smaps_rollup`, 'Pss')) * 1024;
}

function ownCpuSeconds(pid: number): number {
  return cpuTicks(pid, 0) / 100;
}

/** Returns the CPU seconds of children that have ended, which their parents have counted. */
function waitedCpuSeconds(tree: readonly number[]): number {
  return sum(tree.map((pid) => cpuTicks(pid, 2))) / 100;
}

/** Fields 14 and 15 of /proc/PID/stat (own time), or 16 and 17 (of awaited children), in 10 ms ticks. */
function cpuTicks(pid: number, from: 0 | 2): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return Number(fields[11 + from]) + Number(fields[12 + from]);
  } catch {
    return 0;
  }
}

function highWaterBytes(pid: number): number {
  return Number(field(`/proc/${pid}/status`, 'VmHWM')) * 1024;
}

function field(path: string, name: string): string {
  try {
    return new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? '0';
  } catch {
    return '0';
  }
}
