import { blockRows } from '../chunk/block-rows.js';
import type { DictionaryColumn, StringListColumn } from '../chunk/column.js';
import type { ProblemKind, Problems } from '../chunk/problem.js';
import { gather } from '../chunk/select-rows.js';
import { type RowStatus, statusWords } from './row-status.js';

/** The columns added to each scored row. */
interface RowNotes {
  /** `_row_status`: `ok`, `repaired` or `flagged`. */
  readonly status: DictionaryColumn;
  /** `_problems`: `code:column`, each once, in the order in which they were found; empty if the row is ok. */
  readonly problems: StringListColumn;
}

const scoredWords = statusWords.slice(0, 3);

/** Builds both columns for the kept rows: one pass over the rows and two over the problems. */
export function annotateRows(problems: Problems, { status, kept }: RowStatus, rows: number): RowNotes {
  const length = kept === null ? rows : kept.length;
  const codes = new Int32Array(length);
  if (status !== null)
    codes.set(kept === null ? status.subarray(0, length) : gather(status, new Uint8Array(length), kept));
  return {
    status: { type: 'string', layout: 'dictionary', length, codes, dictionary: scoredWords, validity: null },
    problems: listProblems(problems, status, kept, rows, length),
  };
}

/** Formats a problem for `_problems`. */
function problemLabel(kind: ProblemKind): string {
  return kind.column === null ? kind.code : `${kind.code}:${kind.column}`;
}

/** Sorts the problems by row (counting sort), keeping the order within a row. */
function listProblems(
  problems: Problems,
  status: Uint8Array | null,
  kept: Int32Array | null,
  rows: number,
  length: number,
): StringListColumn {
  const offsets = new Int32Array(length + 1);
  const column = { type: 'list<string>', length, offsets, validity: null } as const;
  if (status === null) return { ...column, codes: new Int32Array(0), dictionary: [] };

  const indices = kept === null ? null : indicesOf(kept, rows);
  const { codes: labels, dictionary } = labelCodes(problems);
  for (let i = 0; i < problems.length; i++) {
    const row = problems.row(i);
    const index = indices === null ? row : indices[row]!;
    if (index >= 0) offsets[index + 1]!++;
  }
  for (let i = 0; i < length; i += blockRows) addUp(offsets, i, Math.min(length, i + blockRows));

  const ends = offsets.slice(0, length);
  const codes = new Int32Array(offsets[length]!);
  let repeats = 0;
  for (let i = 0; i < problems.length; i++) {
    const index = indices === null ? problems.row(i) : indices[problems.row(i)]!;
    if (index < 0) continue;
    const end = ends[index]!;
    const label = labels[i]!;
    let at = offsets[index]!;
    while (at < end && codes[at] !== label) at++;
    if (at < end) repeats++;
    else {
      codes[end] = label;
      ends[index] = end + 1;
    }
  }
  return { ...column, codes: repeats === 0 ? codes : closeGaps(offsets, ends, codes), dictionary };
}

/** Adds to each of the numbers `(start, end]` the one before it. */
function addUp(numbers: Int32Array, start: number, end: number): void {
  let sum = numbers[start]!;
  for (let i = start + 1; i <= end; i++) numbers[i] = sum += numbers[i]!;
}

/** Returns each problem's label as a code into a dictionary in the order of first occurrence. */
function labelCodes(problems: Problems): { codes: Int32Array; dictionary: string[] } {
  const byKind = new Map<ProblemKind, number>();
  const dictionary: string[] = [];
  const codes = new Int32Array(problems.length);
  let last: ProblemKind | null = null;
  let code: number | undefined;
  for (let i = 0; i < problems.length; i++) {
    const kind = problems.kind(i);
    if (kind !== last) code = byKind.get(kind);
    last = kind;
    if (code === undefined) {
      const label = problemLabel(kind);
      code = dictionary.indexOf(label);
      if (code < 0) code = dictionary.push(label) - 1;
      byKind.set(kind, code);
    }
    codes[i] = code;
  }
  return { codes, dictionary };
}

/** Returns the index of each row among the kept ones, -1 for the rest. */
function indicesOf(kept: Int32Array, rows: number): Int32Array {
  const indices = new Int32Array(rows).fill(-1);
  for (let i = 0; i < kept.length; i++) indices[kept[i]!] = i;
  return indices;
}

/** Closes the gaps left by labels that occurred twice, and updates `offsets`. */
function closeGaps(offsets: Int32Array, ends: Int32Array, codes: Int32Array): Int32Array {
  let end = 0;
  for (let i = 0; i < ends.length; i++) {
    const start = offsets[i]!;
    codes.copyWithin(end, start, ends[i]);
    offsets[i] = end;
    end += ends[i]! - start;
  }
  offsets[ends.length] = end;
  return codes.subarray(0, end);
}
