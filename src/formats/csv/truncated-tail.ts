import type { SourceFinding } from '../../chunk/source-finding.js';
import type { SampleRow } from './sample-rows.js';

/** Number of rows before the last that it is compared with, and the minimum for evidence. */
const mostRows = 200;
const leastRows = 8;

/**
 * Finds a last row without a line end that has all of its cells and whose last one was cut: empty if no other
 * is, or shorter if all others have one length. `text` is the source of the rows. One with missing cells is a
 * `truncated-row`.
 */
export function findCutCell(rows: readonly SampleRow[], fields: number, text: Buffer): SourceFinding | null {
  const last = rows.at(-1);
  const end = text.at(-1);
  if (last === undefined || last.kind !== 'row' || last.cells.length !== fields || fields < 2) return null;
  if (end === 10 || end === 13) return null;
  const before = rows
    .slice(-1 - mostRows, -1)
    .filter(({ kind, cells }) => kind === 'row' && cells.length === fields)
    .map(({ cells }) => cells[fields - 1]!);
  if (before.length < leastRows || before.some((cell) => cell === '')) return null;
  const cell = last.cells[fields - 1]!.trimEnd();
  const lengths = new Set(before.map(({ length }) => length));
  const [length] = lengths;
  const isShort = lengths.size === 1 && cell.length < length! && length! >= 4;
  if (cell !== '' && !isShort) return null;
  const than = cell === '' ? 'is empty' : `has ${cell.length} characters instead of ${length}`;
  return {
    code: truncatedInput,
    level: 'check',
    sentence: `the file ends without a line end in a row whose last cell ${than}: the transfer may be incomplete`,
  };
}

/**
 * Finds a last line in which the writing program reports a failure, as in interrupted exports: narrower than
 * the table, with the failure in its first cell.
 */
export function findWriterFailure(rows: readonly SampleRow[], fields: number): SourceFinding | null {
  const last = rows.findLast(({ kind }) => kind !== 'blank');
  if (last === undefined || last.cells.length >= fields) return null;
  const said = (last.cells[0] ?? '').trim().slice(0, mostShown);
  if (!failureWords.test(said)) return null;
  return {
    code: truncatedInput,
    level: 'check',
    sentence: `the last line says "${said}": the file may be incomplete`,
  };
}

const mostShown = 60;

const failureWords =
  /^[\W\d]*(?:(?:\w+ )?[\w.]*(?:error|exception)\b|traceback\b|fatal\b|aborted\b|killed\b|segmentation fault|out of memory|ora-\d|(?:lost |the )?connection (?:lost|closed|reset|timed out|refused|to)\b|timed out\b|(?:query|command|request|process)\b.*\b(?:failed|cancell?ed|aborted|interrupted|timed out))/i;

/** The code of an input that ends in the middle of a row. */
const truncatedInput = 'truncated-input';
