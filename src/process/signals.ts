import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Signals that ask a run to stop. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StopSignal = (typeof stopSignals)[number];

type Act = (name: StopSignal) => void;

/** On `globalThis`, because the first module of a process shares no memory with the program that it loads. */
const key = Symbol.for('nightshift.stop-signals');
const shared = globalThis as { [key]?: { readonly acts: Act[]; readonly listener: Act } };

/**
 * Calls `act` on a signal to stop until the returned function is called, in place of what an earlier call
 * gave, which then applies again. Ignores SIGHUP under `nohup`.
 */
export function onStopSignal(act: Act): () => void {
  shared[key] ??= { acts: [], listener: takeLast };
  const { acts, listener } = shared[key];
  if (acts.length === 0) for (const name of stopSignals) process.on(name, listener);
  acts.push(act);
  return () => {
    acts.splice(acts.lastIndexOf(act), 1);
    if (acts.length === 0) for (const name of stopSignals) process.off(name, listener);
  };
}

function takeLast(name: StopSignal): void {
  if (name !== 'SIGHUP' || !isNohup()) shared[key]!.acts.at(-1)!(name);
}

/** Leaves the signals that ask a run to stop to the parent process. */
export function ignoreSignals(): void {
  for (const name of stopSignals) process.on(name, () => {});
  keepInspectorClosed();
}

/** Stops Node from handling SIGUSR1, which would open a debugger port to every user of the machine. */
export function keepInspectorClosed(): void {
  process.on('SIGUSR1', () => {});
}

/**
 * Returns true if the process was started with `nohup`. Node restores SIGHUP's default action before our code
 * runs, so the signal mask no longer shows it; what remains is the shell's `_`, standard input opened
 * write-only, and output that goes to `nohup.out`.
 */
function isNohup(): boolean {
  if (basename(process.env['_'] ?? '') === 'nohup') return true;
  return isWriteOnly(0) || [1, 2].some((fd) => targetOf(fd).endsWith('/nohup.out'));
}

/** Returns true if `fd` is write-only, like the null device that `nohup` puts on standard input. */
function isWriteOnly(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & 0b11) === 1 && targetOf(fd) === '/dev/null';
  } catch {
    return false;
  }
}

function targetOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
