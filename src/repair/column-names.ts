/**
 * Returns a column's name without case, surrounding blanks, kinds of blanks, invisible characters, Unicode
 * form.
 */
export function foldName(name: string): string {
  const plain = /^[ -~]*$/.test(name)
    ? name
    : name
        .normalize('NFC')
        .replace(unseen, '')
        .replace(/\p{Zs}/gu, ' ');
  return plain.trim().toUpperCase().toLowerCase();
}

/** Invisible format characters: zero-width ones, a byte order mark, a soft hyphen, direction marks. */
const unseen = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** Finds the columns of a file by the forms of their names; all return indices in the file's order. */
interface NameIndex {
  /** Columns of exactly this name. */
  named(name: string): readonly number[];
  /** Columns whose names are equal but for insignificant differences, see `foldName`. */
  folded(name: string): readonly number[];
  /**
   * Columns whose names differ only in how their words are joined: by blanks, `_` or brackets
   * (`Phase of flight`, `phase_of_flight`), or because one has `_` for each sign of the other, as exporters
   * write it (`dep-delay`, `dep_delay`). Signs that only one name has, such as `%`, make it another column.
   */
  respelled(name: string): readonly number[];
}

/** Builds the index of a file's column names. */
export function indexNames(names: readonly string[]): NameIndex {
  const folds = names.map(foldName);
  const byName = groupIndices(names);
  const byFold = groupIndices(folds);
  const byWords = groupIndices(folds.map(joined));
  const byExport = groupIndices(folds.map(exported));
  return {
    named: (name) => byName.get(name) ?? [],
    folded: (name) => byFold.get(foldName(name)) ?? [],
    respelled(name) {
      const fold = foldName(name);
      const words = joined(fold);
      const found = [
        ...(words === '' ? [] : (byWords.get(words) ?? [])),
        ...(byExport.get(fold) ?? []),
        ...(byFold.get(exported(fold)) ?? []),
      ];
      return [...new Set(found)].sort((a, b) => a - b);
    },
  };
}

/** Returns the indices of each text of a list. */
export function groupIndices(texts: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [i, text] of texts.entries()) {
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [i]);
    else group.push(i);
  }
  return groups;
}

function joined(folded: string): string {
  return folded.replace(/[\s_()[\]{}"']+/g, '_').replace(/^_|_$/g, '');
}

function exported(folded: string): string {
  return folded.replace(/[^\p{L}\p{N}]/gu, '_');
}

/**
 * Returns true if one name is a typo of the other: one letter more, two neighbours swapped, or other signs
 * between words. Other digits make another column.
 */
export function isSlip(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => [...name.replace(/[^\p{L}\p{N}]+/gu, '')]) as [
    string[],
    string[],
  ];
  if (a.join('') === b.join('')) return a.length > 0;
  if (Math.min(a.length, b.length) < 3) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a, b].map((letters) => letters.slice(start, letters.length - end).join('')) as [
    string,
    string,
  ];
  if (/\p{N}/u.test(left + right)) return false;
  return (
    left.length + right.length === 1 || (left.length === 2 && left[0] === right[1] && left[1] === right[0])
  );
}
