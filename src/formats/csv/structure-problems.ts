import type { Outcome, ProblemKind } from '../../chunk/problem.js';
import type { Dialect } from './dialect.js';

type StructureCode =
  | 'short-row'
  | 'long-row'
  | 'stray-quote'
  | 'unclosed-quote'
  | 'text-after-quote'
  | 'repeated-header'
  | 'nul-byte'
  | 'invalid-utf8'
  | 'truncated-row'
  | 'row-too-long'
  | 'field-too-long';

/** Problem kinds of a file's structure, created once per code, column and outcome, then shared. */
export interface StructureKinds {
  kind(code: StructureCode, column: string | null, outcome: Outcome): ProblemKind;
}

/** Returns the kinds of one dialect. */
export function structureKinds(dialect: Dialect): StructureKinds {
  const made = new Map<string, Map<string | null, Map<Outcome, ProblemKind>>>();
  const cells = dialect.fields === 1 ? '1 cell' : `${dialect.fields} cells`;
  const expected: Record<StructureCode, string> = {
    'short-row': cells,
    'long-row': cells,
    'stray-quote': 'quotes around whole cells, doubled within',
    'unclosed-quote': 'a closing quote',
    'text-after-quote': 'a delimiter after a closing quote',
    'repeated-header': 'a row of values',
    'nul-byte': 'text without NUL',
    'invalid-utf8':
      dialect.encoding === 'utf-8'
        ? 'text in UTF-8 (or its encoding, with "input.csv.encoding")'
        : `text in ${dialect.encoding}`,
    'truncated-row': `${cells} and a line end`,
    'row-too-long': `a row of at most ${dialect.maxRowBytes} bytes`,
    'field-too-long': `a cell of at most ${dialect.maxFieldBytes} bytes`,
  };
  return {
    kind(code, column, outcome) {
      const known = made.get(code)?.get(column)?.get(outcome);
      if (known !== undefined) return known;
      const kind = { code, column, outcome, expected: expected[code] };
      const columns = made.get(code) ?? new Map<string | null, Map<Outcome, ProblemKind>>();
      const outcomes = columns.get(column) ?? new Map<Outcome, ProblemKind>();
      made.set(code, columns.set(column, outcomes.set(outcome, kind)));
      return kind;
    },
  };
}
