import type { Dialect } from './dialect.js';
import { type QuoteCode, readCells } from './readings.js';

/** What was wrong with a row, where (a column's place, null for the whole row), and what was found. */
export interface RowDefect {
  readonly code:
    | QuoteCode
    | 'short-row'
    | 'long-row'
    | 'nul-byte'
    | 'invalid-utf8'
    | 'truncated-row'
    | 'field-too-long';
  readonly outcome: 'repaired' | 'flagged' | 'rejected';
  readonly column: number | null;
  readonly found: string | number | null;
}

/** A row as the repair lane leaves it: `fields` cells, null for those that were missing; no cells where it is rejected. */
export interface RepairedRow {
  readonly cells: readonly (string | null)[];
  readonly defects: readonly RowDefect[];
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads a row that is not regular from its exact bytes: quotes by the ladder of readings, NULs taken out, what is not UTF-8 marked with
 * U+FFFD, missing cells at its end padded, empty ones too many dropped. `cutOff` says that the file ends in this row without a line end.
 */
export function repairRow(bytes: Uint8Array, dialect: Dialect, cutOff: boolean): RepairedRow {
  const { fields, maxFieldBytes } = dialect;
  const text = decoder.decode(bytes);
  const { cells, code, column } = readCells(text, dialect, fields);
  const found = cells.length;
  const defects: RowDefect[] = [];
  const reject = (defect: RowDefect): RepairedRow => ({ cells: [], defects: [defect] });
  const clean: (string | null)[] = cells;

  if (found < fields && cutOff) {
    return reject({ code: 'truncated-row', outcome: 'rejected', column: null, found });
  }
  if (code === 'unclosed-quote' && found !== fields) {
    return reject({ code, outcome: 'rejected', column, found: clip(cells[column] ?? '') });
  }
  if (found > fields && cells.slice(fields).some((cell) => cell.trim() !== '')) {
    return reject({ code: 'long-row', outcome: 'rejected', column: null, found });
  }
  if (code !== null) {
    const cut = cutOff && code === 'unclosed-quote';
    defects.push({
      code: cut ? 'truncated-row' : code,
      outcome: cut ? 'flagged' : 'repaired',
      column,
      found: clip(cells[column] ?? ''),
    });
  }
  if (found > fields) {
    defects.push({ code: 'long-row', outcome: 'repaired', column: null, found });
    cells.length = fields;
  } else if (found < fields) {
    defects.push({ code: 'short-row', outcome: 'repaired', column: null, found });
    while (clean.length < fields) clean.push(null);
  }
  for (const [i, cell] of clean.entries()) {
    if (cell === null) continue;
    if (
      cell.length > maxFieldBytes ||
      (cell.length * 3 > maxFieldBytes && Buffer.byteLength(cell) > maxFieldBytes)
    ) {
      return reject({
        code: 'field-too-long',
        outcome: 'rejected',
        column: i,
        found: Buffer.byteLength(cell),
      });
    }
    if (cell.includes('\0')) {
      clean[i] = cell.replaceAll('\0', '');
      defects.push({ code: 'nul-byte', outcome: 'repaired', column: i, found: clip(cell) });
    }
    if (cell.includes('\ufffd') && !Buffer.from(bytes).includes('\ufffd')) {
      defects.push({ code: 'invalid-utf8', outcome: 'flagged', column: i, found: clip(cell) });
    }
  }
  return { cells: clean, defects };
}

export const foundLimit = 200;

/** At most `foundLimit` characters, not ending within a surrogate pair. */
export function clip(text: string, limit = foundLimit): string {
  if (text.length <= limit) return text;
  const code = text.charCodeAt(limit - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? limit - 1 : limit);
}
