import { closestMatch } from 'leven';

/** Returns the candidate that `name` means, see `namesLike`; null if none or several match. */
export function matchName(name: string, candidates: readonly string[]): string | null {
  const found = namesLike(name, candidates);
  return found.length === 1 ? found[0]! : null;
}

/**
 * Returns the candidates that `name` may mean: an equal text, else those equal without case and surrounding
 * blanks, else those equal with every run of other characters than letters and digits replaced by `_`
 * (exporters rename columns so).
 */
export function namesLike(name: string, candidates: readonly string[]): readonly string[] {
  if (candidates.includes(name)) return [name];
  for (const form of [(text: string) => seen(text).trim().toLowerCase(), plainName]) {
    const wanted = form(name);
    const found = candidates.filter((candidate) => form(candidate) === wanted);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * Returns the candidate with the smallest edit distance from `name`, as plain names, if it is small enough
 * for a typo; null otherwise. A name that begins otherwise (`weight` for `height`) or has other digits (`x2`
 * for `x1`) is another name.
 */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  const maxDistance = Math.min(name.length - 1, Math.max(2, Math.floor(name.length / 3)));
  const wanted = plainName(name);
  const alike = candidates
    .map(plainName)
    .filter((plain) => figures(plain) === figures(wanted) && sameStart(plain, wanted));
  const nearest = closestMatch(wanted, alike, { maxDistance });
  return candidates.find((candidate) => plainName(candidate) === nearest) ?? null;
}

function figures(plain: string): string {
  return plain.replace(/\P{N}/gu, '');
}

/** Returns true if two names begin with the same letter, or with the same two letters swapped. */
function sameStart(a: string, b: string): boolean {
  return a[0] === b[0] || (a[0] === b[1] && a[1] === b[0]);
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
