import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc describes it, and what it may be doing. */
interface Process {
  readonly pid: number;
  readonly isZombie: boolean;
  readonly parent: number;
  readonly group: number;
  /** Processor time of the process itself, in hundredths of a second. */
  readonly ticks: number;
}

/** Returns the processes of this machine that are still there when they are read. */
function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      const [state, parent, group] = fields;
      return {
        pid: Number(name),
        isZombie: state === 'Z',
        parent: Number(parent),
        group: Number(group),
        ticks: Number(fields[11]),
      };
    } catch {
      return [];
    }
  });
}

/** Returns the children of a process. */
export function childrenOf(parent: number): number[] {
  return processes().flatMap((each) => (each.parent === parent ? each.pid : []));
}

/** Returns the processes of a group, except zombies. */
export function groupOf(group: number): number[] {
  return processes().flatMap((each) => (each.group === group && !each.isZombie ? each.pid : []));
}

/** Returns true if a process has used three times the time of loading the runtime: its model is busy. */
export function isBusyInModel(pid: number): boolean {
  return processes().some((each) => each.pid === pid && each.ticks > 40);
}

/** Returns true once no signal waits to be delivered to the process. */
export function hasTakenSignals(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return !/^(SigPnd|ShdPnd):\s*0*[1-9a-f]/m.test(status);
}
