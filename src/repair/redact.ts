import type { Found, Problems } from '../chunk/problem.js';
import type { RawForm } from '../chunk/raw-form.js';
import { foldName } from './column-names.js';
import type { Became } from './work.js';

/** Replacement of a withheld value. */
export const withheld = '[redacted]';

/** Codes of a reader's problems about a single, identified cell. */
const cellCodes: ReadonlySet<string> = new Set([
  'unreadable',
  'number-format',
  'overflow',
  'number-ambiguous',
  'date-ambiguous',
  'mixed-units',
  'shortened',
  'time-skipped',
  'time-repeated',
  'missing-watermark',
]);

/**
 * Removes the values of redacted columns from a chunk's problems, in place. The first `read` of them are the
 * decoder's: if it found a row damaged beyond a single cell, any text of that row may contain a piece of
 * another column, and is removed too.
 */
export function redactProblems(
  problems: Problems,
  read: number,
  became: Became[] | null,
  redacted: ReadonlySet<string>,
): void {
  if (redacted.size === 0) return;
  const malformed = new Set(malformedRows(problems, read));
  for (let i = 0; i < problems.length; i++) {
    const { code, column } = problems.kind(i);
    const found = problems.found(i);
    // The rule itself omits redacted columns from the values that it shows.
    const isAboutOne = code !== 'rule' && column !== null && redacted.has(column);
    const mayQuote = malformed.has(problems.row(i)) && typeof found === 'string';
    if (!isAboutOne && !mayQuote) continue;
    problems.setFound(i, hide(found));
    if (became !== null && became[i] !== undefined) became[i] = hide(became[i]!);
  }
}

/**
 * Returns the rows that a reader found damaged beyond a single cell, among its `read` problems: any of their
 * cells may contain a piece of another column.
 */
export function malformedRows(problems: Problems, read: number): readonly number[] {
  const malformed: number[] = [];
  for (let i = 0; i < read; i++) if (!cellCodes.has(problems.kind(i).code)) malformed.push(problems.row(i));
  return malformed;
}

/** Returns the names of redacted columns in a raw row: the job's, the contract's, and any of the file. */
export function namesToRedact(
  redact: readonly string[],
  matched: readonly { readonly name: string; readonly source: number | null }[],
  file: readonly { readonly name: string }[],
): ReadonlySet<string> {
  const wanted = new Set(redact.map(foldName));
  const names = new Set(redact);
  for (const { name, source } of matched) {
    if (source !== null && wanted.has(foldName(name))) names.add(file[source]!.name);
  }
  for (const { name } of file) if (wanted.has(foldName(name))) names.add(name);
  return names;
}

/**
 * Returns a raw row without the values of redacted columns (by their names in the file). If the cell
 * boundaries are uncertain (a ragged or cut row, a quote that does not close), withholds the whole row.
 */
export function redactRaw(raw: string, form: RawForm, redacted: ReadonlySet<string>): string {
  if (redacted.size === 0) return raw;
  return form.form === 'json' ? redactJson(raw, redacted) : redactText(raw, form, redacted);
}

function hide(value: Found): Found {
  return value === null ? null : withheld;
}

/** Cuts the values out of the text itself, because parsing would round whole numbers beyond 2^53. */
function redactJson(raw: string, redacted: ReadonlySet<string>): string {
  if (!isObject(raw)) return withheld;
  let shown = '';
  let kept = 0;
  for (const { name, start, end } of topLevelCells(raw)) {
    if (!redacted.has(name)) continue;
    shown += `${raw.slice(kept, start)}${JSON.stringify(withheld)}`;
    kept = end;
  }
  return shown + raw.slice(kept);
}

function isObject(raw: string): boolean {
  try {
    const row: unknown = JSON.parse(raw);
    return row !== null && typeof row === 'object' && !Array.isArray(row);
  } catch {
    return false;
  }
}

/** Returns names and the offsets of their values in the text of a valid JSON object. */
function* topLevelCells(raw: string): Iterable<{ name: string; start: number; end: number }> {
  let depth = 0;
  let name: string | null = null;
  let start = -1;
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    if (char === '"') {
      const end = quotedEnd(raw, at + 1, '"', '\\');
      if (depth === 1 && name === null) name = JSON.parse(raw.slice(at, end)) as string;
      at = end - 1;
    } else if (char === ':' && depth === 1) {
      start = at + 1;
    } else if (char === '{' || char === '[') {
      depth++;
    } else if (char === '}' || char === ']' || (char === ',' && depth === 1)) {
      if (char !== ',') depth--;
      const isEnd = char === ',' || depth === 0;
      if (isEnd && name !== null) yield { name, start, end: at };
      if (isEnd) name = null;
    }
  }
}

/**
 * Returns a column's cell in a raw row, without its quotes; `index` counts the columns of the file. Null
 * without a value, or if the row has another number of cells.
 */
export function rawCell(raw: string, form: RawForm, index: number): string | null {
  if (form.form === 'json') return jsonCell(raw, form.columns[index]);
  const cells = cutCells(raw.replace(/\r?\n$|\r$/, ''), form);
  if (cells === null || cells.length !== form.columns.length) return null;
  const cell = cells[index]!;
  const { quote } = form;
  const isQuoted = quote !== null && cell.length > 1 && cell.startsWith(quote) && cell.endsWith(quote);
  return isQuoted ? cell.slice(quote.length, -quote.length) : cell;
}

/** Returns a text unchanged, and a number as written in the row, because parsing might round it. */
function jsonCell(raw: string, column: string | undefined): string | null {
  if (!isObject(raw)) return null;
  for (const { name, start, end } of topLevelCells(raw)) {
    if (name !== column) continue;
    const cell = raw.slice(start, end);
    return cell.startsWith('"') ? (JSON.parse(cell) as string) : cell === 'null' ? null : cell;
  }
  return null;
}

function redactText(raw: string, form: RawForm & { form: 'text' }, redacted: ReadonlySet<string>): string {
  const end = /\r?\n$|\r$/.exec(raw)?.index ?? raw.length;
  const cells = cutCells(raw.slice(0, end), form);
  if (cells === null || cells.length !== form.columns.length) return withheld;
  const shown = cells.map((cell, i) => (redacted.has(form.columns[i]!) ? withheld : cell));
  return shown.join(form.delimiter) + raw.slice(end);
}

/** Returns the row's cells as written, including quotes; null if quotes do not pair up. */
function cutCells(
  row: string,
  { delimiter, quote, escape: escapeMark }: RawForm & { form: 'text' },
): string[] | null {
  const cells: string[] = [];
  let start = 0;
  let at = 0;
  while (at <= row.length) {
    if (quote !== null && at === start && row.startsWith(quote, at)) {
      at = quotedEnd(row, at + quote.length, quote, escapeMark ?? quote);
      if (at < 0 || (at < row.length && !row.startsWith(delimiter, at))) return null;
    } else if (at < row.length && !row.startsWith(delimiter, at)) {
      if (quote !== null && row.startsWith(quote, at)) return null;
      at++;
      continue;
    }
    cells.push(row.slice(start, at));
    if (at === row.length) return cells;
    at += delimiter.length;
    start = at;
  }
  return cells;
}

/** Returns the index after the closing quote, or -1; an escape escapes a quote and itself. */
function quotedEnd(row: string, from: number, quote: string, escapeMark: string): number {
  for (let at = from; at < row.length; at++) {
    if (row.startsWith(escapeMark + quote, at)) at += escapeMark.length + quote.length - 1;
    else if (escapeMark !== quote && row.startsWith(escapeMark + escapeMark, at))
      at += 2 * escapeMark.length - 1;
    else if (row.startsWith(quote, at)) return at + quote.length;
  }
  return -1;
}
