import type { Column, DictionaryColumn } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { admittedValues } from './admitted-values.js';
import { badContract } from './bad-contract.js';
import { categoryKinds } from './category-kinds.js';
import { categoryLookup } from './category-lookup.js';
import { fillOf } from './cell.js';
import type { ColumnContract, Policy, RepairPlan } from './contract.js';
import { dictionaryOf } from './dictionary.js';
import { mapNumberCategory } from './map-number-category.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { countUnknown } from './unknown-values.js';
import { note, type Work } from './work.js';

/**
 * Replaces other spellings of known values; handles unknown values by policy. Judges each distinct value
 * once.
 */
export const mapCategory = {
  name: 'map-category',
  codes: ['category-alias', 'unknown-category'],
  compile: (plan) => eachColumn(plan, (contract) => compileColumn(contract, plan)),
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    /** Known values as text (numbers in decimal); their order defines their codes. */
    readonly categories: readonly string[] | null;
    readonly unknown: Policy<'flag' | 'reject'>;
    /** Other spellings of a value: each text in `from` means `value`. */
    readonly aliases: readonly { readonly value: string; readonly from: readonly string[] }[];
    /** Differences to ignore when a text is compared with the categories and aliases. */
    readonly match: readonly ('trim' | 'case' | 'nfc')[];
  }
}

export const noCategories = {
  categories: null,
  unknown: { kind: 'flag' },
  aliases: [],
  match: ['trim'],
} satisfies Partial<ColumnContract>;

function compileColumn(contract: ColumnContract, plan: RepairPlan): ColumnStep | null {
  const { name, type, categories } = contract;
  const withheld = plan.redact.includes(name);
  if (categories === null) {
    if (contract.aliases.length === 0) return null;
    throw badContract(name, 'aliases', 'needs "categories"', 'list the known values under "categories"');
  }
  if (type !== 'string') return mapNumberCategory(contract, categories, withheld);
  const lookup = categoryLookup(contract, [...categories, ...admittedValues(contract)]);
  const kinds = categoryKinds(contract, categories);
  const as = fillOf(type, contract.unknown, name, 'unknown') as string | null;
  const judge = rememberLast((dictionary) => judgeDictionary(dictionary, categories, lookup.find));
  return (work, found) => {
    if (found.type !== 'string') return;
    const column = found.layout === 'text' ? dictionaryOf(found, categories) : found;
    if (column !== found) work.columns.set(name, column);
    const verdicts = judge(column.dictionary);
    if (verdicts !== null) settle(work, column, verdicts, { name, kinds, as, withheld });
  };
}

/** Per code: null if the entry is correct, else the value it means, or undefined for an unknown one. */
type Verdicts = readonly (string | null | undefined)[];

function judgeDictionary(
  dictionary: readonly string[],
  categories: readonly string[],
  find: (text: string) => string | null,
): Verdicts | null {
  let verdicts: (string | null | undefined)[] | null = null;
  for (let code = 0; code < dictionary.length; code++) {
    const text = dictionary[code]!;
    if (text === categories[code]) continue;
    const value = find(text);
    if (value === text) continue;
    verdicts ??= new Array<string | null | undefined>(dictionary.length).fill(null);
    verdicts[code] = value ?? undefined;
  }
  return verdicts;
}

/** Caches the last verdicts: decoders often return the same dictionary chunk after chunk. */
function rememberLast(judge: (dictionary: readonly string[]) => Verdicts | null) {
  let last: readonly string[] | null = null;
  let length = 0;
  let verdicts: Verdicts | null = null;
  return (dictionary: readonly string[]): Verdicts | null => {
    if (dictionary !== last || dictionary.length !== length) {
      verdicts = judge(dictionary);
      last = dictionary;
      length = dictionary.length;
    }
    return verdicts;
  };
}

interface Settling {
  readonly name: string;
  readonly kinds: { readonly alias: ProblemKind; readonly unknown: ProblemKind };
  readonly as: string | null;
  readonly withheld: boolean;
}

function settle(work: Work, column: DictionaryColumn, verdicts: Verdicts, settling: Settling): void {
  const { name, kinds, as, withheld } = settling;
  const { codes } = column;
  const dictionary = [...column.dictionary];
  const knownCodes = new Map<string, number>();
  const codeOf = (value: string): number => {
    let code = knownCodes.get(value) ?? dictionary.indexOf(value);
    if (code < 0) code = dictionary.push(value) - 1;
    knownCodes.set(value, code);
    return code;
  };
  const counts = new Map<string, number>();
  let hidden = 0;
  let changed = false;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code < 0) continue;
    const verdict = verdicts[code];
    if (verdict === null) continue;
    const text = dictionary[code]!;
    if (verdict !== undefined) {
      note(work, kinds.alias, row, text, verdict);
      codes[row] = codeOf(verdict);
      changed = true;
      continue;
    }
    if (work.malformed?.has(row) === true) hidden++;
    else counts.set(text, (counts.get(text) ?? 0) + 1);
    note(work, kinds.unknown, row, text, as ?? undefined);
    if (as === null) continue;
    codes[row] = codeOf(as);
    changed = true;
  }
  if (counts.size + hidden > 0) work.unknown.push(countUnknown(name, counts, withheld, hidden));
  const grown = dictionary.length > column.dictionary.length;
  if (changed)
    work.columns.set(name, {
      ...column,
      dictionary: grown ? dictionary : column.dictionary,
    } satisfies Column);
}
