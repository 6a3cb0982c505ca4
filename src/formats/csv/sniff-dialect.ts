import { type CellShape, cellShape } from './cell-shape.js';
import type { Dialect, DialectOverrides } from './dialect.js';
import { type SampleRow, sampleRows, wholeLines } from './sample-rows.js';
import { commentHead, sniffComment } from './sniff-comment.js';
import { blankWidth } from './table-width.js';

/** A dialect suggested by the sample, before header and layout are known. */
export interface DialectGuess {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  readonly lineEnd: '\n' | '\r\n' | '\r';
  readonly comment: string | null;
  readonly backslashes?: boolean;
  readonly padded?: boolean;
  /** From 0 to 1: the lead of the best reading of the sample over the next. */
  readonly confidence: number;
}

/** Delimiters accepted on their own, then those that need proof because texts have them; the earlier wins. */
const usualDelimiters = [',', ';', '\t', '|'];
const rareDelimiters = ['\x1f', '\x1e', '\x01', '^', '~', ':', ' '];
/** Punctuation that rarely separates cells: only if all rows agree, in three columns or more. */
const oddDelimiters = ['#', '?', '+', '*', '!', '&', '%', '§', '¦', '¬'];
const delimiters = [...usualDelimiters, ...rareDelimiters, ...oddDelimiters];
/** Readings are compared on the first bytes of a sample. */
export const scoredBytes = 32_768;

/** A text of more doubled delimiters than this share of all may have a wider delimiter. */
export const mostDoubled = 0.3;
const scoredRows = 200;

/**
 * Chooses delimiter, quote and escape: every candidate reads the sample, and the product of how alike its
 * rows are and how much its cells look like values decides (after van den Burg, Nazábal and Sutton, Wrangling
 * messy CSV files by detecting row and type patterns, 2019). Reads at most 32 KiB per candidate, all of the
 * sample where rows go over many lines.
 */
export function sniffDialect(sample: Buffer, given: DialectOverrides, complete: boolean): DialectGuess {
  const lineEnd = given.lineEnd ?? sniffLineEnd(sample);
  const comment = given.comment === undefined ? sniffComment(sample) : given.comment;
  const { scored, isWhole } = scoredPart(sample, { lineEnd, comment }, complete);
  const text = scored.toString('utf8');
  const backslashes = given.escape === '\\';
  const scores: Scored[] = [];
  for (const quote of quoteCandidates(text, given)) {
    for (const escapeMark of escapeCandidates(text, quote, given)) {
      const marks = { quote, escape: escapeMark, lineEnd, comment, backslashes };
      const scoredAs = (delimiter: string, rows: readonly SampleRow[]) => ({
        delimiter,
        quote,
        escape: escapeMark,
        score: score(rows, delimiter, quote),
      });
      const faults = new Map<string, number>();
      for (const delimiter of given.delimiter === undefined ? delimiterCandidates(text) : [given.delimiter]) {
        if (delimiter === quote || delimiter === escapeMark) continue;
        const rows = sampleRows(scored, { ...marks, delimiter }, 0, scoredRows, isWhole).filter(isRow);
        const wrong = rows.filter(({ trouble }) => trouble).length;
        faults.set(delimiter, wrong);
        if (quote !== null && isPadded(text, delimiter, quote)) {
          const marked = { ...marks, delimiter, padded: true };
          const padded = sampleRows(scored, marked, 0, scoredRows, isWhole).filter(isRow);
          if (!padded.some(({ trouble }) => trouble))
            scores.push({ ...scoredAs(delimiter, padded), ...fitsOf(padded), padded: true });
        }
        // A delimiter that is wider than another one explains its quotes too.
        if (delimiter.length > 1 && wrong > (faults.get(baseOf(delimiter)) ?? wrong)) continue;
        if (given.delimiter === undefined && !isProven(delimiter, rows)) continue;
        if (
          quote === null &&
          given.quote === undefined &&
          !quotesMeanNothing(delimiter, scored, marks, isWhole)
        )
          continue;
        scores.push({ ...scoredAs(delimiter, rows), ...fitsOf(rows) });
      }
      if (given.delimiter === undefined && (quote !== null || given.quote === null)) {
        const absent = usualDelimiters.find((delimiter) => !text.includes(delimiter));
        if (absent === undefined) continue;
        const rows = sampleRows(scored, { ...marks, delimiter: absent }, 0, scoredRows, isWhole).filter(
          isRow,
        );
        scores.push({ ...scoredAs(absent, rows), ...noFit });
      }
    }
  }
  const fitting = scores.filter(({ fit }) => fit === 'all');
  const believed = scores.filter(
    (each) =>
      (fitting.length === 0 || each.fit !== 'below') && !fitting.some((other) => quotesBetter(other, each)),
  );
  believed.sort((a, b) => b.score - a.score);
  const best = believed[0] ?? {
    delimiter: given.delimiter ?? ',',
    quote: '"',
    escape: '"',
    score: 0,
    ...noFit,
  };
  const next = believed.find(({ delimiter }) => baseOf(delimiter) !== baseOf(best.delimiter));
  const confidence = confidenceOf(best, next ?? null, text);
  const delimiter =
    given.delimiter ??
    (best.padded === true ? best.delimiter : null) ??
    widenDelimiter(best.delimiter, scored, { ...best, lineEnd, comment, backslashes }, isWhole);
  const found = { ...best, delimiter, lineEnd, comment };
  const guess = {
    ...found,
    ...(backslashes ? { backslashes } : {}),
    confidence: Math.round(confidence * 100) / 100,
  };
  return given.lineEnd === undefined &&
    lineEnd !== '\r' &&
    hasLoneCr(scored) &&
    endsAtCr(scored, guess, isWhole)
    ? { ...guess, lineEnd: '\r' }
    : guess;
}

/**
 * Returns the lead of the best reading over the next; lower if it leaves cells in quotes of another kind,
 * finds one column in a text with delimiters, or empty cells between tabs that only align the columns.
 */
function confidenceOf(best: Scored, next: Scored | null, text: string): number {
  if (!text.includes(best.delimiter)) return usualDelimiters.some((mark) => text.includes(mark)) ? 0.8 : 1;
  if (best.score <= 0.01) return 0.3;
  const share = next === null ? 1 : best.score / (best.score + next.score);
  const ahead = best.isEven && next?.isEven !== true ? Math.max(share, evenConfidence) : share;
  if (isAlignedByTabs(best, text)) return Math.min(ahead, 0.5);
  return best.quote === '"' && !text.includes('"') && hasOtherQuotes(text) ? Math.min(ahead, 0.5) : ahead;
}

const noFit = { fit: 'some', isEven: false, isWellQuoted: false } as const;

/** Minimum confidence in a delimiter under which all rows are equally wide and the next best's are not. */
const evenConfidence = 0.8;

/** Returns true if rows have the same number of cells only if a run of tabs is one delimiter. */
function isAlignedByTabs({ delimiter, isEven }: Scored, text: string): boolean {
  if (delimiter !== '\t' || isEven || !text.includes('\t\t')) return false;
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  const widths = new Set(lines.map((line) => line.split(/\t+/).length));
  return lines.length > 1 && widths.size === 1 && !widths.has(1);
}

/** Returns true if at least half of the lines have single quotes where cells may begin and end. */
function hasOtherQuotes(text: string): boolean {
  if (!text.includes("'")) return false;
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line !== '');
  const quoted = lines.filter((line) => /(?:^|[,;\t|])\s*'[^']*'\s*(?:[,;\t|]|$)/.test(line));
  return quoted.length > 1 && quoted.length * 2 >= lines.length;
}

/**
 * Returns the part of a sample on which readings are compared, below a long head of comments, and true if the
 * input ends with that part.
 */
function scoredPart(
  whole: Buffer,
  { lineEnd, comment }: Pick<Dialect, 'lineEnd' | 'comment'>,
  complete: boolean,
): { readonly scored: Buffer; readonly isWhole: boolean } {
  const head = comment === null ? 0 : commentHead(whole, comment);
  const sample = head * 4 < scoredBytes ? whole : whole.subarray(head);
  const most = spansLines(sample, lineEnd) ? sample.length : scoredBytes;
  const isWhole = complete && sample.length <= most;
  return { scored: wholeLines(sample.subarray(0, most), isWhole), isWhole };
}

/**
 * Scores how well a dialect reads a sample, comparable for the same line end: higher if rows are more alike
 * and cells look more like values.
 */
export function scoreDialect(
  sample: Buffer,
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'escape' | 'lineEnd' | 'comment'>,
  complete: boolean,
): number {
  const { scored, isWhole } = scoredPart(sample, dialect, complete);
  const rows = sampleRows(scored, dialect, 0, scoredRows, isWhole).filter(isRow);
  return score(rows, dialect.delimiter, dialect.quote);
}

/** Returns the most frequent line end; a lone CR only if there is no LF at all, or far fewer. */
function sniffLineEnd(sample: Uint8Array): '\n' | '\r\n' | '\r' {
  if (!sample.includes(13)) return '\n';
  let lf = 0;
  let crlf = 0;
  let cr = 0;
  for (let i = 0; i < sample.length; i++) {
    if (sample[i] === 10) lf++;
    else if (sample[i] === 13) {
      if (sample[i + 1] === 10) {
        crlf++;
        i++;
      } else cr++;
    }
  }
  if (cr > 0 && cr > (lf + crlf) * 4) return '\r';
  return crlf > lf ? '\r\n' : '\n';
}

/** Returns true if quoted rows span several lines each, so that 32 KiB contain few of them. */
function spansLines(sample: Buffer, lineEnd: Dialect['lineEnd']): boolean {
  const first = wholeLines(sample.subarray(0, scoredBytes), false);
  if (sample.length <= scoredBytes || !first.includes('"')) return false;
  const delimiter = usualDelimiters.find((mark) => first.includes(mark)) ?? ',';
  const marks = { delimiter, quote: '"', escape: '"', lineEnd, comment: null };
  const lines = sampleRows(first, { ...marks, quote: null, escape: null }, 1, fewRows * 3, false).length;
  return lines >= fewRows && sampleRows(first, marks, 0, fewRows * 3, false).length * 3 < lines;
}

const fewRows = 20;

function hasLoneCr(sample: Buffer): boolean {
  for (let at = sample.indexOf(13); at >= 0; at = sample.indexOf(13, at + 1))
    if (sample[at + 1] !== 10) return true;
  return false;
}

/** Returns true if rows are more alike when a lone CR ends a line too. */
function endsAtCr(sample: Buffer, guess: DialectGuess, isWhole: boolean): boolean {
  const alike = (lineEnd: '\n' | '\r'): number =>
    score(
      sampleRows(sample, { ...guess, lineEnd }, 0, scoredRows, isWhole).filter(isRow),
      guess.delimiter,
      guess.quote,
    );
  return alike('\r') > alike('\n') * 1.001;
}

interface Scored {
  readonly padded?: boolean;
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  readonly score: number;
  /**
   * `all`: all rows have the same number of cells, and the first is names; `below`: all but the first, which
   * is one cell.
   */
  readonly fit: 'all' | 'below' | 'some';
  /** True if nine of ten rows, and at least two, have as many cells as the first, two or more. */
  readonly isEven: boolean;
  /** True if there are quoted cells, and none with a quote in the wrong position. */
  readonly isWellQuoted: boolean;
}

/** Returns true if only one kind of quotes gives all rows the header's width under the delimiter. */
function quotesBetter(one: Scored, other: Scored): boolean {
  const isOtherKind = one.quote !== other.quote && other.quote !== null;
  return isOtherKind && one.delimiter === other.delimiter && one.isWellQuoted && other.fit !== 'all';
}

function fitsOf(rows: readonly SampleRow[]): Pick<Scored, 'fit' | 'isEven' | 'isWellQuoted'> {
  const isWellQuoted = rows.some(({ quoted }) => quoted) && !rows.some(({ trouble }) => trouble);
  return { fit: fitOf(rows), isEven: isEven(rows), isWellQuoted };
}

function isEven(rows: readonly SampleRow[]): boolean {
  const width = rows[0]?.cells.length ?? 0;
  const alike = rows.filter(({ cells }) => cells.length === width).length;
  return rows.length > 1 && width > 1 && alike >= rows.length * 0.9;
}

function fitOf(rows: readonly SampleRow[]): Scored['fit'] {
  const [first, ...below] = rows;
  if (first === undefined || below.length === 0) return 'some';
  if (first.cells.length === 1 && below.every(({ cells }) => cells.length > 1)) return 'below';
  const isNames = first.cells.every((cell) => cellShape(cell) === 'word');
  return isNames && first.cells.length > 1 && below.every(({ cells }) => cells.length === first.cells.length)
    ? 'all'
    : 'some';
}

function score(rows: readonly SampleRow[], delimiter: string, quote: string | null): number {
  const widths = new Map<number, number>();
  let cells = 0;
  let known = 0;
  let values = 0;
  let trouble = 0;
  for (const row of rows) {
    if (row.trouble) trouble++;
    widths.set(row.cells.length, (widths.get(row.cells.length) ?? 0) + 1);
    for (const cell of row.cells) {
      cells++;
      const shape = shapeIn(cell, row, delimiter, quote);
      known += shapeWorth[shape];
      if (shape === 'number' || shape === 'time') values++;
    }
  }
  if (rows.length === 0) return 0;
  let alike = 0;
  // A mark at the end of every line separates nothing.
  const tail = rows.every(({ cells: each }) => each.length > 1 && each.at(-1) === '') ? 1 : 0;
  const texts = delimiter === ' ' ? blankWidth(rows) : null;
  if (texts !== null) alike = 0.8 * ((texts - 1) / texts);
  else
    for (const [width, times] of widths) {
      const real = width - tail;
      const weight = real > 1 ? (real - 1) / real : 0.01 + 0.4 * (values / cells);
      alike += (times / rows.length) ** 2 * weight;
    }
  const order = 1 - delimiters.indexOf(baseOf(delimiter)) * 0.002;
  const unquoted = quote === null ? 0.95 : 1;
  return alike * (known / cells) * (1 - 0.5 * (trouble / rows.length)) * order * unquoted;
}

/** Returns a cell's shape: one with a delimiter or line end was quoted; other quotes make it odd. */
function shapeIn(cell: string, row: SampleRow, delimiter: string, quote: string | null): CellShape {
  const first = cell.charCodeAt(0);
  if (quote !== '"') return first === 34 && /^".*"$/s.test(cell) ? 'odd' : cellShape(cell);
  if (first === 39 && /^'[^']*'$/.test(cell)) return 'text';
  if (row.quoted && !row.trouble && (cell.includes(delimiter) || cell.includes('\n'))) return 'word';
  return cellShape(cell);
}

const shapeWorth = { empty: 0.8, number: 1, time: 1, word: 0.95, text: 0.7, odd: 0 };

/** Returns true if double quotes are plain characters: several rows have them where no quote can be. */
function quotesMeanNothing(
  delimiter: string,
  sample: Buffer,
  marks: Pick<Dialect, 'lineEnd' | 'comment'>,
  isWhole: boolean,
): boolean {
  return [delimiter, `${delimiter} `, baseOf(delimiter)].every((candidate) => {
    const quotes = { ...marks, delimiter: candidate, quote: '"', escape: '"' };
    const rows = sampleRows(sample, quotes, 0, scoredRows, isWhole).filter(isRow);
    const wrong = rows.filter(({ trouble }) => trouble).length;
    const right = rows.filter(({ quoted, trouble }) => quoted && !trouble).length;
    return wrong >= 3 && wrong >= rows.length * 0.1 && wrong >= right * 10;
  });
}

/** Returns true if a delimiter common in texts is proven: rows agree, and their cells are values or many. */
function isProven(delimiter: string, rows: readonly SampleRow[]): boolean {
  if (oddDelimiters.includes(baseOf(delimiter))) return isOddProven(delimiter, rows);
  if (!rareDelimiters.includes(delimiter)) return !isProse(delimiter, rows);
  const first = rows[0]?.cells.length ?? 0;
  const isRowNamed = delimiter === ' ' && hasRowNames(rows);
  const width = isRowNamed ? first + 1 : first;
  if (rows.length < 2 || width < 2) return false;
  if (delimiter === ' ' && blankWidth(rows) !== null) return true;
  const alike = rows.filter(({ cells }, i) => cells.length === width || (isRowNamed && i === 0)).length;
  if (alike < rows.length * 0.9) return false;
  if (delimiter === ':' && partsTimes(rows)) return false;
  if (delimiter !== ' ' && delimiter !== ':') return true;
  const cells = rows.flatMap((row) => row.cells);
  const lines = rows.map((row) => row.cells.join(delimiter));
  const values = (list: readonly string[]): number => list.filter(isValue).length;
  if (values(lines) >= lines.length * 0.5) return false;
  const isEven = width >= 4 && rows.length >= 3 && alike === rows.length && !isRowNamed;
  return values(cells) >= cells.length * 0.4 || isEven;
}

/** Returns true if the first row lacks one name, as R omits that of the row names; one name needs quotes. */
function hasRowNames(rows: readonly SampleRow[]): boolean {
  const names = rows[0]?.cells.length ?? 0;
  if (rows.length < 3 || rows[1]!.cells.length !== names + 1) return false;
  return names > 1 || rows.every(({ quoted }) => quoted);
}

/**
 * Returns true if a delimiter that occurs in sentences does so here: in fewer than half of the rows and never
 * in three rows alike; or always before a blank, below a first row without it, or in rows whose cells hardly
 * agree.
 */
function isProse(delimiter: string, rows: readonly SampleRow[]): boolean {
  if (rows.length < 3 || baseOf(delimiter) === '\t') return false;
  const widths = rows.map(({ cells }) => cells.length);
  const parted = widths.filter((width) => width > 1).length;
  const times = new Map<number, number>();
  for (const width of widths) times.set(width, (times.get(width) ?? 0) + 1);
  const most = Math.max(...times.values());
  const isRare = [...times].every(([width, count]) => width === 1 || count < (times.get(1) ?? 0));
  if (isRare && longestRun(widths) < Math.max(3, parted * 0.6)) return true;
  let later = 0;
  let spaced = 0;
  if (!delimiter.endsWith(' '))
    for (const { cells } of rows)
      for (let i = 1; i < cells.length; i++) {
        later++;
        if (cells[i]!.startsWith(' ')) spaced++;
      }
  if (spaced < later * 0.9) return false;
  const cells = rows.flatMap((row) => row.cells);
  const isText = cells.filter(isValue).length < cells.length * 0.2;
  if (isText && most < rows.length * 0.6) return true;
  const below = rows.slice(1);
  return (
    widths[0] === 1 &&
    below.every(({ cells: each }) => each.length > 1) &&
    !below[0]!.cells.every((cell) => cellShape(cell) === 'word' && !/\d/.test(cell))
  );
}

/** Returns the longest run of rows with the same number of cells and more than one. */
function longestRun(widths: readonly number[]): number {
  let longest = 0;
  let run = 0;
  for (const [i, width] of widths.entries()) {
    run = width === 1 ? 0 : i > 0 && widths[i - 1] === width ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Returns true if most rows contain times of day, and a usual delimiter next to their colons. */
function partsTimes(rows: readonly SampleRow[]): boolean {
  const lines = rows.map(({ cells }) => cells.join(':'));
  const timed = lines.filter((line) => /(?:^|\D)\d{1,2}:[0-5]\d(?!\d)/.test(line) && /[,;\t|]/.test(line));
  return timed.length > lines.length / 2;
}

/** Returns true if all rows have the same cells (three or more), usually filled, none part of an address. */
function isOddProven(delimiter: string, rows: readonly SampleRow[]): boolean {
  const width = rows[0]?.cells.length ?? 0;
  const cells = rows.flatMap((row) => row.cells);
  const isPart = (cell: string): boolean => cell === '' || cell.includes('=') || cell.includes('://');
  return (
    delimiter.length === 1 &&
    rows.length >= 2 &&
    width >= 3 &&
    rows.every((row) => row.cells.length === width && !row.trouble) &&
    cells.filter(isPart).length <= cells.length * 0.2
  );
}

function isValue(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'number' || shape === 'time';
}

/** Returns the delimiters that occur; one with blanks around it also together with those blanks. */
function delimiterCandidates(text: string): string[] {
  const counts = countCharacters(text);
  const lines = lineEndsIn(text, counts);
  return delimiters.flatMap((delimiter) => {
    const times = counts[delimiter.charCodeAt(0)]!;
    if (times === 0 || (oddDelimiters.includes(delimiter) && times < lines * 2)) return [];
    if (delimiter === ' ') return [delimiter];
    const isSpaced = timesIn(text, `${delimiter} `) > times * 0.9;
    const isBetween = isSpaced && timesIn(text, ` ${delimiter} `) > times * 0.9;
    const isDoubled = timesIn(text, delimiter + delimiter) > times * mostDoubled;
    return [
      delimiter,
      ...(isSpaced && usualDelimiters.includes(delimiter) ? [`${delimiter} `] : []),
      ...(isBetween && usualDelimiters.includes(delimiter) ? [` ${delimiter} `] : []),
      ...(isDoubled ? [delimiter + delimiter] : []),
    ];
  });
}

/** Returns the mark of a delimiter that may be doubled or have blanks around it. */
function baseOf(delimiter: string): string {
  return delimiter.trim()[0] ?? delimiter[0]!;
}

/** Counts the characters of a text below U+0100, which all delimiters are. */
function countCharacters(text: string): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 256) counts[code]!++;
  }
  return counts;
}

/** Counts line ends; CRLF is one. */
function lineEndsIn(text: string, counts: Uint32Array): number {
  const [lf, cr] = [counts[10]!, counts[13]!];
  return cr === 0 ? lf : lf + cr - timesIn(text, '\r\n');
}

function timesIn(text: string, mark: string): number {
  let times = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) times++;
  return times;
}

function quoteCandidates(text: string, given: DialectOverrides): (string | null)[] {
  if (given.quote !== undefined) return [given.quote];
  const found: (string | null)[] = text.includes('"') ? ['"', null] : ['"'];
  const edge = '[\\n\\r,;\\t|:^~ \\x01\\x1e\\x1f]';
  for (const quote of ["'", '`']) {
    if (new RegExp(`(?:^|${edge})${quote}[^${quote}]*${quote}(?:${edge}|$)`).test(text)) found.push(quote);
  }
  return found;
}

function escapeCandidates(text: string, quote: string | null, given: DialectOverrides): (string | null)[] {
  if (given.escape !== undefined) return [given.escape === '"' && quote !== null ? quote : given.escape];
  if (quote === null) return [null];
  return text.includes(`\\${quote}`) || /\\[,;|\t]/.test(text) ? [quote, '\\'] : [quote];
}

/**
 * Returns true if a file has blanks before opening quotes: in at least half of its lines with quotes, and not
 * always one, which would be a part of the delimiter.
 */
function isPadded(text: string, delimiter: string, quote: string): boolean {
  if (delimiter === ' ' || delimiter.length > 1 || !paddedQuote.test(text)) return false;
  const quoted = text.split(/\r\n|\n|\r/).filter((line) => line.includes(quote));
  const opened = quoted.map((line) => paddingsIn(line, delimiter, quote));
  const lines = opened.filter((paddings) => paddings.some((blanks) => blanks !== ''));
  return (
    opened.some((paddings) => paddings.some((blanks) => blanks !== ' ')) &&
    lines.length > 1 &&
    lines.length * 2 >= quoted.length
  );
}

const paddedQuote = /[ \t]["'`]/;

/** Returns the blanks before each quote that opens a cell after a delimiter. */
function paddingsIn(line: string, delimiter: string, quote: string): string[] {
  const found: string[] = [];
  for (let at = line.indexOf(delimiter); at >= 0; at = line.indexOf(delimiter, at + 1)) {
    let open = at + 1;
    while (line[open] === ' ' || (line[open] === '\t' && delimiter !== '\t')) open++;
    if (line[open] === quote) found.push(line.slice(at + 1, open));
  }
  return found;
}

/** Widens a delimiter that is always doubled, followed by a blank, or between blanks. */
function widenDelimiter(
  delimiter: string,
  sample: Buffer,
  dialect: Pick<Dialect, 'quote' | 'escape' | 'lineEnd' | 'comment' | 'backslashes'>,
  isWhole: boolean,
): string {
  const wider = widerThan(delimiter);
  const read = (mark: string, limit = scoredRows): SampleRow[] =>
    sampleRows(sample, { ...dialect, delimiter: mark }, 0, limit, isWhole).filter(isRow);
  let narrow: readonly SampleRow[] | null = null;
  for (const wide of wider) {
    const isParted = (cell: string): boolean => cell.includes(delimiter) && !cell.includes(wide);
    if (!sample.includes(wide) || read(wide, fewRows).some(({ cells }) => cells.some(isParted))) continue;
    narrow ??= read(delimiter);
    if (narrow.length === 0 || narrow.every(({ cells }) => cells.length === 1)) return delimiter;
    const rows = read(wide);
    const cells = rows.flatMap((row) => row.cells);
    if (cells.length <= rows.length || cells.some(isParted)) continue;
    const empty = cells.filter((cell) => cell === '').length;
    if (wide === delimiter + delimiter && empty > cells.length * 0.2) continue;
    const spread = (list: readonly SampleRow[]): number => new Set(list.map((row) => row.cells.length)).size;
    if (spread(rows) <= spread(narrow)) return wide;
  }
  return delimiter;
}

function widerThan(delimiter: string): readonly string[] {
  if (delimiter === ' ') return [];
  if (delimiter === '\t') return ['\t\t'];
  if (delimiter === `${baseOf(delimiter)} `) return [` ${delimiter}`];
  return delimiter.length > 1 ? [] : [` ${delimiter} `, `${delimiter} `, `${delimiter}${delimiter}`];
}

function isRow(row: SampleRow): boolean {
  return row.kind === 'row';
}
