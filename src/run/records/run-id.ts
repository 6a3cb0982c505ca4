import { randomBytes } from 'node:crypto';

/** Returns a name for one run that sorts by time: `20130104T020000Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}
