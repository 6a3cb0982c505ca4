import { badContract } from './bad-contract.js';
import type { ColumnContract } from './contract.js';

/** Finds the value that a text means: itself, another spelling of a known one, or null if unknown. */
interface CategoryLookup {
  /** Categories first, then the values that the contract's own policies can write. */
  readonly known: readonly string[];
  find(text: string): string | null;
}

/**
 * Builds the lookup once: exact texts, then exact aliases, then both ignoring what `match` says. Two values
 * that differ only in that match exact texts only. Throws `InvalidError` for an alias of an unknown value, or
 * of two.
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
        `must stand for a known value, found ${value}`,
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

/** Returns the function that removes what `match` ignores; folds via upper case, so ß and ss agree. */
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
