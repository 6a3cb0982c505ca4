import { spawn } from 'node:child_process';

/** Time that a command has to end by itself: well below the ten seconds after which schedulers send SIGKILL. */
export const patienceMs = 8_000;

/** Ends the parent's process in a second unless it has ended before, which closes standard input. */
const killer = `process.stdin.resume().on('close', () => process.exit());
  setTimeout(() => process.kill(Number(process.argv[1]), 'SIGKILL'), 1000);`;

/**
 * Ends the process with `code`. Node first waits for its threads, which never end while a disk or a network
 * mount does not answer: then SIGKILL ends the process a second later, and its exit code is 137.
 */
export function endNow(code: number): never {
  spawn(process.execPath, ['-e', killer, String(process.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    detached: true,
  }).on('error', () => {});
  process.exit(code);
}
