import { isUtf8 } from 'node:buffer';
import type { SourceFinding } from '../../chunk/source-finding.js';
import { type ColumnMarks, columnMarks } from '../text/column-marks.js';
import { countColumns } from '../text/count-texts.js';
import { alignNames } from './align-names.js';
import { mayHold } from './certain-row.js';
import { type ColumnShape, shapesOf } from './column-shapes.js';
import {
  type Dialect,
  type DialectOverrides,
  defaultMaxRowBytes,
  type MarkedLines,
  type WritersCare,
} from './dialect.js';
import {
  columnNames,
  findHeader,
  type HeaderGuess,
  soundHeader,
  tableWidth,
  withOwnHeader,
} from './header.js';
import { joinTestOf } from './joined-rows.js';
import type { LeftOut } from './left-out.js';
import { isSpaced } from './marked-line.js';
import { findNamed, markedHeader, matchedNames } from './named-header.js';
import { doubtfulHeader, tableStop } from './other-table.js';
import { type SampleRow, sampleRows } from './sample-rows.js';
import type { DialectGuess } from './sniff-dialect.js';
import { firstFrom, isName, isValue } from './table-bounds.js';
import { holdsTable, mayBeRow, tableStart } from './table-start.js';
import { blankWidth, usualWidth } from './table-width.js';

/** Lines at the file's edges that are not rows: `code` as in docs/problems.md. */
interface EdgeLines {
  readonly code: 'preamble-line' | 'comment-line' | 'blank-line';
  /** Physical lines, from 1. */
  readonly lines: readonly number[];
}

/** Location of the table in the text (decompressed, UTF-8; offsets are bytes), and its column names. */
export interface Layout {
  readonly dialect: Dialect;
  readonly names: readonly string[];
  /** The names in the header as written, blank or repeated; several header rows are joined by a space. */
  readonly titles: readonly string[];
  /** The original header lines that contain names, to find them again in the middle of the file. */
  readonly headers: readonly string[];
  readonly dataStart: number;
  /** Physical line of `dataStart`, from 1. */
  readonly dataLine: number;
  /** Start of another table; null if the table continues to the end. */
  readonly dataEnd: number | null;
  readonly edges: readonly EdgeLines[];
  readonly leftOut: Omit<LeftOut, 'isFooterDoubtful'>;
  /** Number of rows in the sample. */
  readonly rows: number;
  /** Evidence of the sample about decimal marks. */
  readonly marks: readonly ColumnMarks[];
  /** Irregularities of the header, in words. */
  readonly notes: readonly string[];
  /** Doubts about the assignment of its names to columns. */
  readonly findings: readonly SourceFinding[];
  /** Confidence in the header, from 0 to 1. */
  readonly headerConfidence: number;
}

export const layoutRows = 500;

/**
 * Finds header, preamble and a second table in the sample: the table's width is the one that most of its rows
 * have; much narrower lines before it are a preamble; a header is a row of names above columns of values.
 * Reads at most 500 rows.
 */
export function findLayout(
  sample: Buffer,
  guess: DialectGuess,
  encoding: string,
  given: DialectOverrides,
  bomBytes: number,
  complete: boolean,
): Layout {
  const mostRows = layoutRows + (given.skipLines ?? 0);
  const all = sampleRows(sample, guess, 0, mostRows, complete, bomBytes);
  const skip = given.skipLines === undefined ? 0 : all.filter(({ line }) => line <= given.skipLines!).length;
  const texts = guess.delimiter === ' ' ? blankWidth(all.slice(skip)) : null;
  const width = texts ?? usualWidth(all.slice(skip));
  // Without quotes, the lines are read the same at any width but 1.
  const isPlain = width > 1 && guess.backslashes !== true && !all.some(({ quoted }) => quoted);
  const lines = isPlain ? all : sampleRows(sample, guess, width, mostRows, complete, bomBytes);
  const found = findTable(withOwnHeader(lines, sample, guess, width, given), sample, guess, width, given);
  const { rows, first, stop, body, headerRows, confidence } = found;
  const table = rows.slice(first);
  const data = body.slice(headerRows);
  const named = found.named === null ? body.slice(0, headerRows) : [body[found.named]!];
  const sound = named.map((row) => soundHeader(row, data, guess.quote));
  const quoted = (cells: number): boolean[] => quotedColumns(sample, data, cells, guess);
  const above = (body[headerRows]?.line ?? 1) - 1;
  const aligned =
    texts === null ? alignNames(sound, data, () => quoted(usualWidth(data)), above, body) : null;
  const header = aligned?.header ?? sound;
  const fields = Math.max(1, texts ?? tableWidth(header, data, width));
  const written = columnNames(header, fields, given.strayQuotes ?? 'drop');
  const { names } = written;
  const titles = found.title === null ? written.titles : [found.title, ...written.titles.slice(1)];
  const notes = [...written.notes, ...headerNotes(found, names)];
  const last = body.slice(0, headerRows).at(-1);
  const start = last === undefined ? (table[0]?.start ?? sample.length) : last.next;
  const dataLine = last === undefined ? (table[0]?.line ?? 1) : last.line + last.lines;
  const before = rows.filter(({ start: at, kind }, i) => at < start && (i < first || kind !== 'row'));
  const other = stop < table.length ? table[stop]! : null;
  const regular = regularRows(data, fields, mayHoldDamage(sample));
  const counts = countColumns(regular, fields);
  const linesAbove = first > 0 ? (table[0]?.line ?? 1) - 1 : 0;
  const dialect = dialectOf(guess, given, {
    ...learnFromRows(sample, data, regular.length, counts, fields, guess),
    encoding,
    headerRows,
    skipLines: linesAbove,
    marked:
      given.comment === undefined ? markedLines(rows.slice(0, first), data, fields, guess, sample) : null,
    fields,
    usualCells: usualCells(data, complete) ?? fields,
    quotedColumns: quoted(fields),
  });
  return {
    dialect,
    names,
    titles,
    headers: body
      .slice(0, headerRows)
      .filter((row) => headerRows === 1 || isNamesLine(row))
      .map((row) => lineText(sample, row)),
    dataStart: start,
    dataLine,
    dataEnd: other === null ? null : other.start,
    edges: (['preamble', 'comment', 'blank'] as const).map((kind) => ({
      code: `${kind}-line` as const,
      lines: before.filter((row) => row.kind === (kind === 'preamble' ? 'row' : kind)).flatMap(linesOf),
    })),
    leftOut: {
      isPreambleDoubtful:
        rows.slice(0, first).some((row) => mayBeRow(row, data, fields)) || holdsTable(rows.slice(0, first)),
      isPreambleTold: given.skipLines !== undefined,
      linesAbove,
      footerSaid: 0,
      isTold: given.tables === 'first',
      hasHeader: headerRows > 0,
      comments: before.filter(({ kind }) => kind === 'comment').length,
      isCommentTold: given.comment !== undefined,
      otherLine: other?.line ?? null,
    },
    rows: data.length,
    marks: columnMarks(counts),
    notes,
    findings: [
      ...(aligned?.findings ?? []),
      ...(other === null && given.tables === undefined
        ? tableDoubt(doubtfulHeader(table, headerRows, fields))
        : []),
    ],
    headerConfidence: confidence,
  };
}

type LearnedFromRows = Pick<Dialect, 'oneLine' | 'shapes' | 'care'>;

/** Returns what the rows show about a dialect; `counts` are those of the cells of `regular` rows. */
function learnFromRows(
  sample: Buffer,
  data: readonly SampleRow[],
  regular: number,
  counts: readonly ReadonlyMap<string, number>[],
  fields: number,
  guess: DialectGuess,
): LearnedFromRows {
  const quoting = writersCare(data, fields, guess);
  const shapes = shapesOf(counts, regular, quoting.delimiters ? null : guess.delimiter);
  const isJoin = canPart(guess, fields) ? joinTestOf(guess.delimiter, guess.quote!, fields, shapes) : null;
  const textOf = (row: SampleRow): string => sample.toString('utf8', row.start, row.next).trimEnd();
  const oneLine = isJoin !== null && data.every((row) => row.lines === 1 || isJoin(textOf(row)));
  const care = { ...quoting, ends: leavesOutEnds(data, fields, shapes) };
  return { ...(oneLine ? { oneLine } : {}), shapes, care };
}

type FoundInLayout = LearnedFromRows &
  Pick<
    Dialect,
    'encoding' | 'headerRows' | 'skipLines' | 'marked' | 'fields' | 'usualCells' | 'quotedColumns'
  >;

function dialectOf(guess: DialectGuess, given: DialectOverrides, found: FoundInLayout): Dialect {
  return {
    delimiter: guess.delimiter,
    quote: guess.quote,
    escape: guess.escape,
    ...(guess.backslashes === true ? { backslashes: true } : {}),
    ...(guess.padded === true ? { padded: true } : {}),
    ...(found.oneLine === true ? { oneLine: true } : {}),
    lineEnd: guess.lineEnd,
    encoding: found.encoding,
    headerRows: found.headerRows,
    skipLines: found.skipLines,
    comment: guess.comment,
    marked: found.marked,
    fields: found.fields,
    usualCells: found.usualCells,
    maxRowBytes: given.maxRowBytes ?? defaultMaxRowBytes,
    maxFieldBytes: given.maxFieldBytes ?? given.maxRowBytes ?? defaultMaxRowBytes,
    quotedColumns: found.quotedColumns,
    shapes: found.shapes,
    care: found.care,
    surplus: given.surplus ?? 'reject',
    strayQuotes: given.strayQuotes ?? 'drop',
  };
}

/** Location of the table and its header among the rows of a sample. */
interface FoundTable extends HeaderGuess {
  readonly rows: readonly SampleRow[];
  readonly first: number;
  /** Start of another table, from `first` on. */
  readonly stop: number;
  readonly body: readonly SampleRow[];
  /** The one of several header rows whose names the job expects; null: all of them form the names. */
  readonly named: number | null;
  /** The original first cell of a header that begins with the comment mark. */
  readonly title: string | null;
}

/** Finds the table by its form, by the names that the job expects, and by a last comment that is a header. */
function findTable(
  rows: readonly SampleRow[],
  sample: Buffer,
  guess: DialectGuess,
  width: number,
  given: DialectOverrides,
): FoundTable {
  const at = (first: number, all = rows): FoundTable => {
    const table = all.slice(first);
    const stop = given.tables === 'one' ? table.length : tableStop(table, width);
    const body = table.slice(0, stop).filter(({ kind }) => kind === 'row');
    return { rows: all, first, stop, body, ...findHeader(body, width, given), named: null, title: null };
  };
  const own = at(
    given.skipLines === undefined ? tableStart(rows, width) : firstFrom(rows, given.skipLines + 1),
  );
  if (given.headerRows !== undefined) return own;
  const expected = given.expected ?? [];
  const ownNames = columnNames(own.body.slice(0, own.headerRows), width).names;
  const known = matchedNames(ownNames, expected);
  const marked = markedHeader(rows, own.first, sample, guess, width);
  if (marked !== null && isHeaderInComment(own, marked.row, given, expected, known)) {
    const all = [...rows.slice(0, marked.at), marked.row, ...rows.slice(marked.at + 1)];
    return { ...at(marked.at, all), headerRows: 1, confidence: 0.9, title: marked.title };
  }
  if (given.skipLines !== undefined || expected.length === 0) return own;
  const last = own.body[Math.max(1, own.headerRows) - 1];
  const header = last === undefined ? null : findNamed(rows, expected, rows.indexOf(last));
  if (header === null || header.matches <= known) return own;
  const inside = own.body.slice(0, own.headerRows).indexOf(rows[header.at]!);
  if (inside >= 0) return { ...own, named: own.headerRows > 1 ? inside : null, confidence: 1 };
  const there = at(header.at);
  return { ...there, headerRows: Math.max(1, there.headerRows), named: 0, confidence: 1 };
}

/** Returns true if the last comment above the table is its header: it has none, or none that is expected. */
function isHeaderInComment(
  { headerRows, confidence }: FoundTable,
  { cells }: SampleRow,
  { comment }: DialectOverrides,
  expected: readonly string[],
  known: number,
): boolean {
  const matches = matchedNames(cells, expected);
  if (matches > known) return true;
  if (comment !== undefined || known > 0) return false;
  return headerRows === 0 || (cells.length > 2 && confidence < 0.8);
}

function headerNotes({ named, headerRows, title }: FoundTable, names: readonly string[]): string[] {
  const shown = names.slice(0, 3).join(', ');
  if (title !== null) return [`the last comment is the header: ${shown}${names.length > 3 ? ', …' : ''}`];
  if (named === null || headerRows < 2) return [];
  return [
    `row ${named + 1} of ${headerRows} header rows has the names that the job expects; the others are left out`,
  ];
}

/** Returns the doubt about a row that may be the header of another table. */
function tableDoubt(row: SampleRow | null): SourceFinding[] {
  if (row === null) return [];
  const sentence = `line ${row.line} may be the header of another table, and is read as a row like those below it: set "input.csv.tables" to one if it is a row, or take the other table out of the file`;
  return [{ code: 'table-in-doubt', level: 'check', sentence }];
}

/** Returns true if the kernels find rows with quotes: others are not read twice to split joined rows. */
function canPart({ delimiter, quote, lineEnd, backslashes }: DialectGuess, fields: number): boolean {
  return quote !== null && backslashes !== true && delimiter.length === 1 && lineEnd !== '\r' && fields > 1;
}

/** Returns true if one of several header rows contains enough names to be recognized. */
function isNamesLine({ cells }: SampleRow): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '');
  return filled.length > 1 && filled.every(isName);
}

function linesOf({ line, lines }: SampleRow): number[] {
  return Array.from({ length: lines }, (_, i) => line + i);
}

/** Returns true if a cell has lost bytes. */
function isDamaged(cell: string): boolean {
  return cell.includes('\ufffd') || cell.includes('\0');
}

/** Returns true if a cell of a sample may have lost bytes. */
function mayHoldDamage(sample: Buffer): boolean {
  return !isUtf8(sample) || sample.includes(0) || sample.includes('\ufffd');
}

/** Returns true if more than half of the cells are filled. */
function isDense(cells: readonly string[], fields: number): boolean {
  let filled = 0;
  for (const cell of cells) if (isFilled(cell)) filled++;
  return filled * 2 > fields;
}

function isFilled(cell: string): boolean {
  const first = cell.charCodeAt(0);
  // Most cells begin with a visible character of ASCII; there is no first one in an empty cell.
  return (first > 32 && first < 127) || cell.trim() !== '';
}

/** Returns rows to learn from: correct, of the right width, without nearly empty ones such as footers. */
function regularRows(
  data: readonly SampleRow[],
  fields: number,
  mayBeDamaged: boolean,
): readonly (readonly string[])[] {
  const rows = data
    .filter(({ cells, trouble }) => !trouble && cells.length === fields)
    .filter(({ cells }) => !mayBeDamaged || !cells.some(isDamaged))
    .map(({ cells }) => cells);
  const dense = rows.filter((cells) => isDense(cells, fields));
  return dense.length >= rows.length * 0.9 ? dense : rows;
}

/** Returns the cells per row of nearly all rows, ignoring a truncated last one; null if they differ. */
function usualCells(data: readonly SampleRow[], complete: boolean): number | null {
  const whole = complete ? data.slice(0, -1) : data;
  const usual = usualWidth(whole);
  const alike = whole.filter(({ cells }) => cells.length === usual).length;
  return alike > 0 && alike >= whole.length * nearlyAll ? usual : null;
}

const nearlyAll = 0.9;

/** Returns how to read lines that begin with the comment mark within the table. */
function markedLines(
  above: readonly SampleRow[],
  data: readonly SampleRow[],
  fields: number,
  { comment }: DialectGuess,
  sample: Buffer,
): MarkedLines | null {
  if (comment === null) return null;
  const regular = data.filter(({ cells }) => cells.length === fields);
  const figures = Array.from({ length: fields }, (_, column) => {
    const filled = regular.filter(({ cells }) => cells[column]!.trim() !== '');
    const values = filled.filter(({ cells }) => isValue(cells[column]!));
    return values.length > 0 && values.length >= filled.length * nearlyAll;
  });
  const comments = above.filter(({ kind }) => kind === 'comment').map((row) => lineText(sample, row));
  return {
    figures,
    isBare: comments.some((line) => !isSpaced(line, comment)),
  };
}

function lineText(sample: Buffer, row: SampleRow): string {
  return sample.toString('utf8', row.start, row.next).replace(/[\r\n]+$/, '');
}

/** Returns how carefully rows are quoted: the share of cells that need quotes and have them. */
function writersCare(
  data: readonly SampleRow[],
  fields: number,
  guess: DialectGuess,
): Omit<WritersCare, 'ends'> {
  const { delimiter, quote, escape: mark, backslashes } = guess;
  const isEscaped = backslashes === true || (mark !== null && mark !== quote);
  let delimiters = 0;
  let quotes = 0;
  let long = 0;
  let stray = 0;
  for (const { cells, trouble, quoted } of data) {
    if (trouble) stray++;
    else if (cells.length > fields) long++;
    // Without quotes or escapes no cell holds a delimiter.
    else if (quoted || isEscaped) {
      if (cells.some((cell) => cell.includes(delimiter))) delimiters++;
      if (quote !== null && cells.some((cell) => cell.includes(quote))) quotes++;
    }
  }
  return { delimiters: delimiters > 0 && delimiters >= long, quotes: quotes > 0 && quotes >= stray };
}

/** Fewer short rows are no evidence about how a writer ends its rows. */
const leastShort = 4;
/** Short rows in a block, not spread by chance with this probability, are a separate block. */
const leastChance = 0.01;

/**
 * Returns true if a file omits empty cells at its rows' ends: at least a third of its rows are short, each of
 * them fits the first columns, none ends in an empty cell, and short ones are spread randomly. A block of
 * short rows is another table, or comes from another writer; if all rows are short, nothing shows which of
 * their cells is missing.
 */
function leavesOutEnds(data: readonly SampleRow[], fields: number, shapes: readonly ColumnShape[]): boolean {
  const sound = data.filter(({ cells, trouble }) => !trouble && cells.length <= fields);
  const short = sound.filter(({ cells }) => cells.length < fields);
  if (shapes.length === 0 || short.length < leastShort || short.length * 3 < data.length) return false;
  if (sound.some(({ cells }) => cells.length === fields && cells.at(-1)!.trim() === '')) return false;
  if (!short.every(({ cells }) => cells.every((cell, i) => mayHold(cell, shapes[i]!)))) return false;
  let longest = 0;
  let run = 0;
  for (const { cells } of sound) {
    run = cells.length < fields ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  const others = sound.length - longest;
  return others * ((short.length - longest) / others) ** longest >= leastChance;
}

/** Returns the columns whose filled cells are all quoted. */
function quotedColumns(
  sample: Buffer,
  data: readonly SampleRow[],
  fields: number,
  { delimiter, quote }: DialectGuess,
): boolean[] {
  const counts = new Array<number>(fields).fill(0);
  const clean = data.filter(({ cells, trouble }) => !trouble && cells.length === fields).slice(0, 200);
  if (quote === null || clean.length < 2) return [];
  for (const row of clean) {
    const text = lineText(sample, row);
    if (!text.includes(quote)) continue;
    let at = 0;
    for (let column = 0; column < fields && at <= text.length; column++) {
      const cell = row.cells[column]!;
      if (text[at] === quote) {
        counts[column]!++;
        let end = at + 1 + cell.length;
        while (
          end < text.length &&
          !(text[end] === quote && (end + 1 >= text.length || text.startsWith(delimiter, end + 1)))
        )
          end++;
        at = end + 1 + delimiter.length;
      } else at += cell.length + delimiter.length;
    }
  }
  return counts.map((count) => count === clean.length);
}
