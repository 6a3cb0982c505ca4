import { type Chunk, sourceRow } from '../../chunk/chunk.js';
import type { Found } from '../../chunk/problem.js';
import type { RowStatus } from '../../repair/row-status.js';

/** Maximum number of characters of a row's raw text in a reject. */
const maxRawLength = 65_536;

/**
 * A rejected row, a line of `_rejects/part-<partition>.ndjson`: the problem that rejected it, and all others
 * in `problems`.
 */
export interface Reject {
  readonly file: string;
  readonly row: number;
  readonly line: number | null;
  readonly byte_offset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly expected: string;
  readonly found: string | null;
  readonly problems: readonly string[];
  readonly raw: string;
}

/**
 * Returns a chunk's rejected rows in order; null if there are none. `clean` removes what must not be shown
 * from a raw row, `cellIn` finds a column's cell in the rest.
 */
export function rejectLines(
  chunk: Chunk,
  { status, kept }: RowStatus,
  file: string,
  clean: (raw: string) => string,
  cellIn: (raw: string, column: string) => string | null,
): Uint8Array | null {
  if (kept === null || status === null) return null;
  const { problems, origin } = chunk;
  const byRow = new Map<number, number[]>();
  for (let i = 0; i < problems.length; i++) {
    const row = problems.row(i);
    if (status[row] !== rejected) continue;
    const known = byRow.get(row);
    if (known === undefined) byRow.set(row, [i]);
    else known.push(i);
  }
  const lines: string[] = [];
  for (const row of [...byRow.keys()].sort((a, b) => a - b)) {
    const found = byRow.get(row)!;
    const first = found.find((i) => problems.kind(i).outcome === 'rejected')!;
    const { code, column, expected } = problems.kind(first);
    const { line, byteOffset } = origin.locate(row);
    const labels = found.map((i) => label(problems.kind(i)));
    const raw = clean(origin.raw(row, maxRawLength));
    lines.push(
      JSON.stringify({
        file,
        row: sourceRow(origin, row),
        line,
        byte_offset: byteOffset,
        column,
        code,
        expected,
        found: foundIn(chunk, found, first) ?? (column === null ? null : cellIn(raw, column)),
        problems: [...new Set(labels)],
        raw,
      } satisfies Reject),
    );
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

const rejected = 3;

function label({ code, column }: { readonly code: string; readonly column: string | null }): string {
  return column === null ? code : `${code}:${column}`;
}

/** Returns the value that the problem found; for a value that was lost before, the value at that time. */
function foundIn({ problems }: Chunk, ofRow: readonly number[], first: number): string | null {
  const { column } = problems.kind(first);
  const said = [first, ...ofRow].find(
    (i) =>
      problems.kind(i).column === column && problems.found(i) !== null && problems.found(i) !== undefined,
  );
  return said === undefined ? null : foundText(problems.found(said));
}

function foundText(found: Found): string | null {
  return found === null ? null : String(found);
}
