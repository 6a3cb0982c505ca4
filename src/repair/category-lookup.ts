import { badContract } from './bad-contract.js';
import type { ColumnContract } from './contract.js';

/** Finds the value that a text means: its own, another way to write a known one, or null for an unknown text. */
export interface CategoryLookup {
  /** Categories first, then what the contract's own policies put in the column. */
  readonly known: readonly string[];
  find(text: string): string | null;
}

/**
 * Builds the lookup once: texts as they are, then aliases as they are, then both with what `match` overlooks. Two values that differ only in that
 * are told apart by exact texts alone. Throws `InvalidError` for an alias of a value that is not known, or of two.
 */
export function categoryLookup(contract: ColumnContract, known: readonly string[]): CategoryLookup {
  const exact = new Map(known.map((value) => [value, value]));
  const folded = new Map<string, string | null>();
  const fold = folder(contract.match);
  const add = (text: string, value: string): void => {
    const key = fold(text);
    folded.set(key, folded.has(key) && folded.get(key) !== value ? null : value);
  };
  for (const value of known) add(value, value);
  for (const { value, from } of contract.aliases) {
    if (!exact.has(value) || exact.get(value) !== value) {
      throw badContract(
        contract.name,
        'aliases',
        `must lead to a known value, found ${value}`,
        'add the value to "categories", or correct the alias',
      );
    }
    for (const text of from) {
      const other = exact.get(text);
      if (other !== undefined && other !== value) {
        throw badContract(
          contract.name,
          'aliases',
          `must give each text one meaning, found ${text} for ${other} and ${value}`,
          'keep one of them',
        );
      }
      exact.set(text, value);
      add(text, value);
    }
  }
  return { known, find: (text) => exact.get(text) ?? folded.get(fold(text)) ?? null };
}

/** What `match` overlooks, taken away; case is folded through upper case, so that ß and ss agree. */
function folder(match: ColumnContract['match']): (text: string) => string {
  const trim = match.includes('trim');
  const nfc = match.includes('nfc');
  const ignoreCase = match.includes('case');
  return (text) => {
    let folded = nfc ? text.normalize('NFC') : text;
    if (trim) folded = folded.trim();
    return ignoreCase ? folded.toUpperCase().toLowerCase() : folded;
  };
}
