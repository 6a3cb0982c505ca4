import { closestMatch } from 'leven';

/**
 * Returns the candidate that `name` means: an equal text, else the only one equal without case and surrounding blanks, else the only one
 * equal with every run of other characters than letters and digits replaced by `_` (exporters rename columns so); null if none or several
 * match.
 */
export function matchName(name: string, candidates: readonly string[]): string | null {
  if (candidates.includes(name)) return name;
  for (const form of [(text: string) => seen(text).trim().toLowerCase(), plainName]) {
    const wanted = form(name);
    const found = candidates.filter((candidate) => form(candidate) === wanted);
    if (found.length > 0) return found.length === 1 ? found[0]! : null;
  }
  return null;
}

/** Returns the candidate with the smallest edit distance from `name`, as plain names, if it is small enough for a typo; null otherwise. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  const maxDistance = Math.min(name.length - 1, Math.max(2, Math.floor(name.length / 3)));
  const nearest = closestMatch(plainName(name), candidates.map(plainName), { maxDistance });
  return candidates.find((candidate) => plainName(candidate) === nearest) ?? null;
}

/** Removes format characters, which are invisible. */
function seen(text: string): string {
  return text.replace(/\p{Cf}/gu, '');
}

function plainName(text: string): string {
  return seen(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}
