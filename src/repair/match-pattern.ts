import type { StringColumn } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { withinTime } from '../process/within-time.js';
import { admittedValues } from './admitted-values.js';
import { badContract } from './bad-contract.js';
import { cellAt } from './cell.js';
import type { ColumnContract } from './contract.js';
import { dictionaryTable } from './dictionary.js';
import { editColumn } from './edit-column.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { note, type Work } from './work.js';

/** Handles texts that do not match the pattern or the allowed length (in code points), once per value. */
export const matchPattern = {
  name: 'match-pattern',
  codes: ['disallowed'],
  compile: (plan) => eachColumn(plan, compileColumn),
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    /** A regular expression (with the `u` flag) that the whole text must match. */
    readonly pattern: string | null;
    /** In code points, both included. */
    readonly minLength: number | null;
    readonly maxLength: number | null;
    readonly disallowed: 'flag' | 'null' | 'reject';
  }
}

export const anyForm = {
  pattern: null,
  minLength: null,
  maxLength: null,
  disallowed: 'flag',
} satisfies Partial<ColumnContract>;

function compileColumn(contract: ColumnContract): ColumnStep | null {
  const { name, type, pattern, minLength, maxLength, disallowed } = contract;
  if (pattern === null && minLength === null && maxLength === null) return null;
  if (type !== 'string') {
    const option = pattern !== null ? 'pattern' : minLength !== null ? 'min_length' : 'max_length';
    throw badContract(
      name,
      option,
      `needs a column of type string, found ${type}`,
      'use "range", or change the column\'s "type"',
    );
  }
  const isAllowed = allowance(contract);
  const allowed = rememberTexts(isAllowed);
  const kind: ProblemKind = {
    code: 'disallowed',
    column: name,
    expected: describe(contract),
    outcome: disallowed === 'flag' ? 'flagged' : disallowed === 'reject' ? 'rejected' : 'repaired',
  };
  const judge = (work: Work, column: StringColumn) => {
    const isBad = badRows(column, column.layout === 'text' ? isAllowed : allowed.isAllowed, contract);
    if (isBad !== null) settle(work, column, kind, isBad, disallowed === 'null');
  };
  if (pattern === null) return (work, found) => judge(work, found as StringColumn);
  return (work, found) => {
    const column = found as StringColumn;
    if (column.layout === 'dictionary' && column.dictionary.every(allowed.isKnown)) judge(work, column);
    else if (!withinTime(patternMs, () => judge(work, column))) throw tooSlow(name, pattern);
  };
}

/** Most texts whose verdict is kept from one slice to the next, and the longest. */
const mostKept = { texts: 16_384, length: 64 };

/** Keeps the verdicts of `isAllowed`, because the texts of a dictionary come again in each slice. */
function rememberTexts(isAllowed: (text: string) => boolean) {
  const verdicts = new Map<string, boolean>();
  return {
    isKnown: (text: string): boolean => verdicts.has(text),
    isAllowed(text: string): boolean {
      let verdict = verdicts.get(text);
      if (verdict !== undefined) return verdict;
      verdict = isAllowed(text);
      if (verdicts.size === mostKept.texts) verdicts.clear();
      if (text.length <= mostKept.length) verdicts.set(text, verdict);
      return verdict;
    },
  };
}

/** Time limit for matching a slice's texts: some patterns take years for some texts. */
const patternMs = 20_000;

function tooSlow(name: string, pattern: string): Error {
  return badContract(
    name,
    'pattern',
    `took longer than ${patternMs / 1000} s for the texts of one slice, found ${pattern}`,
    'write it so that a text matches in one way only, without a repeat within a repeat as in (a+)+',
  );
}

function settle(
  work: Work,
  column: StringColumn,
  kind: ProblemKind,
  isBad: (row: number) => boolean,
  clear: boolean,
): void {
  const edit = editColumn(column);
  let found = false;
  for (let row = 0; row < column.length; row++) {
    if (!isBad(row)) continue;
    found = true;
    note(work, kind, row, cellAt(column, row), clear ? null : undefined);
    if (clear) edit.clear(row);
  }
  if (found && clear) work.columns.set(kind.column!, edit.done());
}

/** Returns the present rows that are not allowed, or null if no value of the dictionary is. */
function badRows(
  column: StringColumn,
  isAllowed: (text: string) => boolean,
  { pattern, minLength, maxLength }: ColumnContract,
): ((row: number) => boolean) | null {
  if (column.layout === 'dictionary') {
    const table = dictionaryTable(column.dictionary, (text) => (isAllowed(text) ? 0 : 1));
    return table === null ? null : (row) => column.codes[row]! >= 0 && table[column.codes[row]!] === 1;
  }
  const { offsets, validity } = column;
  // A code point takes 1 to 4 bytes: most lengths are judged without reading the text.
  const surelyLong = (minLength ?? 0) * 4 - 3;
  const surelyShort = maxLength ?? Number.POSITIVE_INFINITY;
  return (row) => {
    const bytes = offsets[row + 1]! - offsets[row]!;
    if (pattern === null && bytes >= surelyLong && bytes <= surelyShort) return false;
    return isPresent(validity, row) && !isAllowed(cellAt(column, row) as string);
  };
}

function allowance(contract: ColumnContract): (text: string) => boolean {
  const { pattern, minLength, maxLength } = contract;
  const expression = pattern === null ? null : wholeText(pattern, contract.name);
  const admitted = new Set(admittedValues(contract));
  const min = minLength ?? 0;
  const max = maxLength ?? Number.POSITIVE_INFINITY;
  return (text) => {
    if (expression !== null && !expression.test(text) && !admitted.has(text)) return false;
    if (text.length >= min * 2 && text.length <= max) return true;
    const length = codePoints(text);
    return (length >= min && length <= max) || admitted.has(text);
  };
}

function wholeText(pattern: string, column: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch (cause) {
    const hint = cause instanceof Error ? cause.message : 'see the syntax of regular expressions';
    throw badContract(column, 'pattern', `must be a regular expression, found ${pattern}`, hint, cause);
  }
}

function codePoints(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
}

function describe({ pattern, minLength, maxLength }: ColumnContract): string {
  const parts: string[] = [];
  if (pattern !== null) parts.push(`text that matches ${pattern}`);
  if (minLength !== null) parts.push(`at least ${minLength} characters`);
  if (maxLength !== null) parts.push(`at most ${maxLength} characters`);
  return parts.join(', ');
}
