/** What to do about a gate that closed; `rejects` is where the rejected rows are, relative to the run folder. */
export function heldHint(rejects: string | null): string {
  const where = rejects === null ? '' : `; the rejected rows are in ${rejects}`;
  return `look at the summary; what the gate holds back is not published${where}`;
}
