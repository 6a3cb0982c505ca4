/**
 * The candidate that `name` means: the same text, else the only one that is the same without case and surrounding blanks, else the only one that is the same
 * once every run of other characters than letters and digits counts as `_` (exporters rename columns so); null where none or several are.
 */
export function matchName(name: string, candidates: readonly string[]): string | null {
  if (candidates.includes(name)) return name;
  for (const form of [(text: string) => text.trim().toLowerCase(), plainName]) {
    const wanted = form(name);
    const found = candidates.filter((candidate) => form(candidate) === wanted);
    if (found.length > 0) return found.length === 1 ? found[0]! : null;
  }
  return null;
}

/** The candidate nearest to `name` by edits (Levenshtein distance), when it is near enough to be a slip; null otherwise. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.min(name.length - 1, Math.max(2, Math.floor(name.length / 3))) + 1;
  for (const candidate of candidates) {
    const distance = edits(plainName(name), plainName(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function plainName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

function edits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
