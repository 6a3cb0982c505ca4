import { columnMarks } from '../text/column-marks.js';
import type { Dialect, DialectOverrides } from './dialect.js';
import { mostTailLines, saysEnd } from './footer.js';
import type { HeldDialect } from './hold-dialect.js';
import { type Layout, layoutRows } from './layout.js';
import { type PlainTable, readPlainTable } from './plain-table.js';
import { scoredBytes } from './sniff-dialect.js';
import { labelsSum } from './summary-rows.js';

const leastRows = 20;
const leastFields = 4;

/**
 * Returns the layout of a small file that any look would find to be written like the job's first one, with no
 * doubt and no finding; null if that takes a look. Such a file has the first one's header, and a plain table
 * below it (`readPlainTable`) with a column of values, that does not end in a row that may sum up the others.
 * Its rows are regular, so the shapes of its columns are not learned. Costs one pass over its bytes, a fifth
 * of a look.
 */
export function confirmLook(text: Buffer, given: DialectOverrides, held: HeldDialect | null): Layout | null {
  if (held === null || !areDetected(given) || !isPlain(held)) return null;
  const { dialect, names, titles, headers } = held;
  const { fields } = dialect;
  const header = headers[0]!;
  const start = header.length + 1;
  if (text[start - 1] !== 10 || text.toString('latin1', 0, start - 1) !== header || text.includes('::'))
    return null;
  const format = { delimiter: dialect.delimiter.charCodeAt(0), fields };
  const table = readPlainTable(text, start, format, { counted: layoutRows - 1, scored: scoredBytes });
  if (table === null || table.rows < leastRows) return null;
  if (!table.columns.some(({ isTypedThroughout }) => isTypedThroughout)) return null;
  if (mayEndOtherwise(text, start, format.delimiter, table)) return null;
  return {
    dialect: withoutShapes(dialect),
    names,
    titles,
    headers,
    dataStart: start,
    dataLine: 2,
    dataEnd: null,
    edges: [],
    leftOut: {
      isPreambleDoubtful: false,
      isPreambleTold: false,
      linesAbove: 0,
      footerSaid: 0,
      isTold: false,
      hasHeader: true,
      comments: 0,
      isCommentTold: false,
      otherLine: null,
    },
    rows: Math.min(table.rows, layoutRows - 1),
    marks: columnMarks(
      table.columns.map(({ others }) => others),
      table.columns.map(({ wholes }) => wholes),
    ),
    notes: [],
    findings: [],
    headerConfidence: 0.95,
  };
}

const shapeless = new WeakMap<Dialect, Dialect>();

/** Returns one object for all files of a job: workers know it from the file before. */
function withoutShapes(dialect: Dialect): Dialect {
  const known = shapeless.get(dialect);
  if (known !== undefined) return known;
  const own = { ...dialect, shapes: [] };
  shapeless.set(dialect, own);
  return own;
}

const detected = ['delimiter', 'quote', 'escape', 'lineEnd', 'encoding', 'headerRows', 'skipLines'] as const;

/** Returns true if a job leaves it to the files how they are written. */
function areDetected(given: DialectOverrides): boolean {
  return (
    detected.every((key) => given[key] === undefined) &&
    given.comment === undefined &&
    given.tables === undefined
  );
}

/** Returns true if the job's first file is in the plainest dialect, below one line of plain names. */
function isPlain({ dialect, names, headers }: HeldDialect): boolean {
  const { delimiter, quote, escape: mark, lineEnd, encoding, headerRows, fields, usualCells } = dialect;
  return (
    [',', ';', '\t', '|'].includes(delimiter) &&
    quote === '"' &&
    mark === '"' &&
    lineEnd === '\n' &&
    encoding === 'utf-8' &&
    headerRows === 1 &&
    dialect.skipLines === 0 &&
    dialect.comment === null &&
    dialect.oneLine === true &&
    dialect.padded !== true &&
    dialect.backslashes !== true &&
    !Object.values(dialect.care).includes(true) &&
    !dialect.quotedColumns.includes(true) &&
    fields >= leastFields &&
    fields === usualCells &&
    names.every((name) => plainName.test(name)) &&
    headers[0] === names.join(delimiter)
  );
}

/** A word that does not say that a value is missing. */
const plainName = /^(?!(?:na|nan|null|none)$)[A-Za-z]\w*$/i;

/**
 * Returns true unless it is certain that the last row is a row of the table: its first text says nothing
 * else, and one of its whole numbers is neither the sum nor the count of those above it.
 */
function mayEndOtherwise(text: Buffer, start: number, delimiter: number, { columns }: PlainTable): boolean {
  let from = text.lastIndexOf(10, text.length - 2) + 1;
  const last = text.toString('latin1', from, text.length - 1).split(String.fromCharCode(delimiter));
  const starts: number[] = [];
  for (; starts.length < mostTailLines - 1 && from > start; starts.push(from))
    from = text.lastIndexOf(10, from - 2) + 1;
  const label = last.find((cell) => cell.trim() !== '')!.trim();
  if (saysEnd(label) || labelsSum(label)) return true;
  return !last.some((cell, i) => columns[i]!.isTyped && differs(cell, text, starts, i, delimiter));
}

/**
 * Returns true if a cell is a whole number, and neither the sum nor the count of those in its column of whole
 * numbers, in the lines that begin at `starts`.
 */
function differs(
  cell: string,
  text: Buffer,
  starts: readonly number[],
  column: number,
  delimiter: number,
): boolean {
  if (!plainWhole.test(cell)) return false;
  let [count, sum, most] = [0, 0, 0];
  for (const start of starts) {
    let at = start;
    for (let i = 0; i < column; at++) if (text[at] === delimiter) i++;
    const first = at;
    let number = 0;
    let byte = text[at]!;
    for (; byte >= 48 && byte <= 57; byte = text[++at]!) number = number * 10 + byte - 48;
    if ((byte !== delimiter && byte !== 10) || at - first > mostDigits) return false;
    if (at === first) continue;
    count++;
    sum += number;
    most = Math.max(most, number);
  }
  const value = Number(cell);
  const isSum = Math.abs(value - sum) <= 0.5 + sum * 1e-9;
  return count * 2 < starts.length || (value !== count && !isSum && !(most === 0 && value === 0));
}

const plainWhole = /^\d{1,15}$/;
const mostDigits = 15;
