import type { Column, DictionaryColumn, TextColumn } from '../chunk/column.js';
import type { ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { cellAt, type Stored, storedValue } from './cell.js';
import type { ColumnContract } from './contract.js';
import { dictionaryTable } from './dictionary.js';
import { editColumn } from './edit-column.js';
import { type ColumnStep, eachColumn, type Rule } from './rule.js';
import { boundsOf, survey } from './survey.js';
import { note, type Work } from './work.js';

/** Makes sentinel values (`-999`, `9999`, `"unknown"`) missing. Compares texts without surrounding blanks. */
export const nullSentinels = {
  name: 'null-sentinels',
  codes: ['sentinel'],
  compile: (plan) => eachColumn(plan, compileColumn),
} satisfies Rule;

declare module './contract.js' {
  interface ColumnContract {
    /** Values that mean a missing value. */
    readonly sentinels: readonly Value[];
  }
}

export const noSentinels = { sentinels: [] } satisfies Partial<ColumnContract>;

function compileColumn(contract: ColumnContract): ColumnStep | null {
  if (contract.sentinels.length === 0) return null;
  const sentinels = contract.sentinels.map((value) =>
    storedValue(contract.type, value, contract.name, 'sentinels'),
  );
  const kind: ProblemKind = {
    code: 'sentinel',
    column: contract.name,
    expected: `a value; ${contract.sentinels.join(', ')} means missing`,
    outcome: 'repaired',
  };
  const clear = (work: Work, column: Column, matches: (row: number) => boolean): void => {
    const edit = editColumn(column);
    let found = false;
    for (let row = 0; row < column.length; row++) {
      if (!matches(row) || !isPresent(column.validity, row)) continue;
      note(work, kind, row, cellAt(column, row), null);
      edit.clear(row);
      found = true;
    }
    if (found) work.columns.set(contract.name, edit.done());
  };
  const bounds = boundsOf(contract);
  // A sentinel outside the range puts its column outside too, so a clean column need not be searched.
  const outside = sentinels.every((value) => Number(value) < bounds.low || Number(value) > bounds.high);
  return (work, column) => {
    switch (column.type) {
      case 'string':
        return clearTexts(column, sentinels, (matches) => clear(work, column, matches));
      case 'boolean':
      case 'list<float32>':
        return;
      default: {
        if (outside && !survey(work, contract.name, column, bounds).hasOutside) return;
        const values = column.values as Values;
        if (sentinels.every((sentinel) => values.indexOf(sentinel) < 0)) return;
        const [only] = sentinels;
        const wanted = new Set(sentinels);
        const isWanted =
          sentinels.length === 1
            ? (row: number) => values[row] === only
            : (row: number) => wanted.has(values[row]!);
        clear(work, column, isWanted);
      }
    }
  };
}

/** Common interface of the arrays of all number columns: the engine's own search. */
interface Values {
  indexOf(value: Stored): number;
  readonly [row: number]: Stored;
}

function clearTexts(
  column: DictionaryColumn | TextColumn,
  sentinels: readonly Stored[],
  clear: (matches: (row: number) => boolean) => void,
): void {
  const texts = new Set(sentinels as readonly string[]);
  if (column.layout === 'text') {
    const longest = Math.max(...[...texts].map((text) => Buffer.byteLength(text)));
    const { offsets } = column;
    clear((row) => {
      // Surrounding blanks are at most as long again; longer texts are compared only with one at an end.
      const length = offsets[row + 1]! - offsets[row]!;
      if (length > longest && !hasBlankEnd(column.bytes, offsets[row]!, offsets[row + 1]!)) return false;
      return texts.has(String(cellAt(column, row) ?? '').trim());
    });
    return;
  }
  const table = dictionaryTable(column.dictionary, (text) => (texts.has(text.trim()) ? 1 : 0));
  if (table !== null) clear((row) => column.codes[row]! >= 0 && table[column.codes[row]!] === 1);
}

/** Returns true if a text begins or ends with a blank, or with a byte beyond ASCII that may be one. */
function hasBlankEnd(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  const last = bytes[end - 1]!;
  return first <= 32 || last <= 32 || first >= 128 || last >= 128;
}
