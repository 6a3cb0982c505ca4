/**
 * A named instant at which the process ends as if it had been killed, when `NIGHTSHIFT_CRASH_AT` names it: how the tests prove that a crash between
 * any two steps of the commit protocol is recovered. Costs one comparison.
 */
export function crashPoint(name: string): void {
  if (crashAt === name) process.kill(process.pid, 'SIGKILL');
}

const crashAt = process.env['NIGHTSHIFT_CRASH_AT'] ?? null;
