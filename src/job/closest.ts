import { closestMatch } from 'leven';

/**
 * Returns the candidate closest to `word`: two letters (a swap counts as two), or a third of them, may
 * differ; else null.
 */
export function closestWord(word: string, candidates: readonly string[]): string | null {
  const same = candidates.find((candidate) => folded(candidate) === folded(word));
  if (same !== undefined) return same;
  const maxDistance = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)));
  return maxDistance < 1 ? null : (closestMatch(word, candidates, { maxDistance }) ?? null);
}

/** Folds case and removes `-`, `_` and blanks, so that names that differ only by these are equal. */
function folded(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}
