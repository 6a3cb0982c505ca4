import { adviceFor } from '../../quality/advice.js';

/**
 * Returns what to do about an exceeded gate, by the code of its finding; `rejects` is the path of the rejected rows, relative to the run
 * folder.
 */
export function heldHint(code: string, rejects: string | null): string {
  const todo = adviceFor(code, 'check the summary');
  return withRejects(`${todo}; partitions that the gate holds back are not published`, rejects);
}

/** Returns a hint that also says where the rejected rows are, if they were kept. */
export function withRejects(hint: string, rejects: string | null): string {
  return rejects === null ? hint : `${hint}; the rejected rows are in ${rejects}`;
}
