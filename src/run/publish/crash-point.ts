/**
 * Ends the process as if killed at a named instant, if `NIGHTSHIFT_CRASH_AT` names it: tests use it to prove
 * that a crash between any two steps of the commit protocol is recovered. Costs one comparison.
 */
export function crashPoint(name: string): void {
  if (crashAt === name) process.kill(process.pid, 'SIGKILL');
}

const crashAt = process.env['NIGHTSHIFT_CRASH_AT'] ?? null;
