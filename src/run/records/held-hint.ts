/** Returns what to do about an exceeded gate; `rejects` is the path of the rejected rows, relative to the run folder. */
export function heldHint(rejects: string | null): string {
  const where = rejects === null ? '' : `; the rejected rows are in ${rejects}`;
  return `check the summary; what the gate holds back is not published${where}`;
}
