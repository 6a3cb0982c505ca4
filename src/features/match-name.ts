import { closestMatch } from 'leven';

/**
 * The candidate that `name` means: the same text, else the only one that is the same without case and surrounding blanks, else the only one that is the same
 * once every run of other characters than letters and digits counts as `_` (exporters rename columns so); null where none or several are.
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

/** The candidate nearest to `name` by edits, as plain names, when it is near enough to be a slip; null otherwise. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  const maxDistance = Math.min(name.length - 1, Math.max(2, Math.floor(name.length / 3)));
  const nearest = closestMatch(plainName(name), candidates.map(plainName), { maxDistance });
  return candidates.find((candidate) => plainName(candidate) === nearest) ?? null;
}

/** A text without format characters, which cannot be seen. */
function seen(text: string): string {
  return text.replace(/\p{Cf}/gu, '');
}

function plainName(text: string): string {
  return seen(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}
