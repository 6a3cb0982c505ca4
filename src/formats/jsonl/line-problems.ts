import type { ProblemKind } from '../../chunk/problem.js';
import { deepest, type Scanned, scanned } from './scan-line.js';

/** Problems of a line as a whole, and of its keys; created once, then shared. */
export interface LineKinds {
  readonly tooLong: ProblemKind;
  readonly truncated: ProblemKind;
  /** Returns the problem of a line that is not an object. */
  of(outcome: Scanned): ProblemKind;
  /** Returns the problem of a key that the object has more than once. */
  repeated(column: string): ProblemKind;
}

/** Returns the kinds of a source with lines of at most `maxRowBytes`. */
export function lineKinds(maxRowBytes: number): LineKinds {
  const kinds = new Map<string, ProblemKind>();
  const row = (code: string, expected: string): ProblemKind => ({
    code,
    column: null,
    expected,
    outcome: 'rejected',
  });
  const invalid = row('invalid-json', 'one JSON object in the line');
  const other = row('not-an-object', 'a JSON object, with the columns as keys');
  const tooDeep = row(
    'invalid-json',
    `arrays and objects within each other to a depth of at most ${deepest}`,
  );
  return {
    tooLong: row('row-too-long', `a line of at most ${maxRowBytes} bytes`),
    truncated: row('truncated-row', 'a whole object and a line end'),
    of: (outcome) => (outcome === scanned.other ? other : outcome === scanned.tooDeep ? tooDeep : invalid),
    repeated(column) {
      let kind = kinds.get(column);
      if (kind === undefined) {
        kind = {
          code: 'repeated-name',
          column,
          expected: 'the key once, or always with the same value',
          outcome: 'flagged',
        };
        kinds.set(column, kind);
      }
      return kind;
    },
  };
}
