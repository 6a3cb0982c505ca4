import { adviceFor } from '../../quality/advice.js';

/** Returns what to do about a closed gate, by its finding's code; `rejects` is a path in the run folder. */
export function heldHint(code: string, rejects: string | null): string {
  const todo = adviceFor(code, 'check the summary');
  return withRejects(`${todo}; partitions that the gate holds back are not published`, rejects);
}

/** Returns a hint that also says where the rejected rows are, if they were kept. */
export function withRejects(hint: string, rejects: string | null): string {
  return rejects === null ? hint : `${hint}; the rejected rows are in ${rejects}`;
}
