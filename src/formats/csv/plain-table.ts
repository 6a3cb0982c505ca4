import { type CellShape, cellShape } from './cell-shape.js';
import { mostDoubled } from './sniff-dialect.js';

/** A column of a plain table: the kinds of its cells, and its numbers. */
export interface PlainColumn {
  /** True if some cells are numbers, dates or times: then all others are empty. */
  readonly isTyped: boolean;
  /**
   * True if one of the first rows has a value, and one of the rows below them that decide about a column's
   * type.
   */
  readonly isTypedThroughout: boolean;
  /** The plain whole numbers of the counted rows: how many, and their minimum, without zeros, and maximum. */
  readonly wholes: { readonly count: number; readonly least: number; readonly most: number };
  /** The other numbers of these rows, and texts with a point, each with its number of occurrences. */
  readonly others: ReadonlyMap<string, number>;
}

/** A table in which no row needs a second look. */
export interface PlainTable {
  readonly rows: number;
  readonly columns: readonly PlainColumn[];
}

const digit = 1;
const letter = 2;
const point = 4;
const other = 8;
const end = 16;
const odd = 32;

/**
 * Quotes, escapes, other delimiters, and signs of numbers, comments and encodings: a text with one of them is
 * not plain.
 */
const oddSigns = '"\'`\\,;|\t^~#$%+';

const classes = new Map<number, Uint8Array>();

/** Returns the class of each byte in a table with this delimiter. */
function classesFor(delimiter: number): Uint8Array {
  const known = classes.get(delimiter);
  if (known !== undefined) return known;
  const own = Uint8Array.from({ length: 256 }, (_, byte) => {
    if (byte === delimiter || byte === 10) return end;
    if (byte < 32 || byte > 126 || oddSigns.includes(String.fromCharCode(byte))) return odd;
    if (byte >= 48 && byte <= 57) return digit;
    if ((byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95) return letter;
    return byte === 46 ? point : other;
  });
  classes.set(delimiter, own);
  return own;
}

/** A column while its table is read. */
interface Seen extends PlainColumn {
  isTyped: boolean;
  isText: boolean;
  isTypedEarly: boolean;
  isTypedThroughout: boolean;
  readonly wholes: { count: number; least: number; most: number };
  readonly others: Map<string, number>;
  /** The last cell that took a look: values of a column are often the same in many rows. */
  above: Look;
}

/** A cell, where it is and what it looks like. */
interface Look {
  readonly from: number;
  readonly length: number;
  readonly cell: string;
  readonly shape: CellShape;
}

const noLook: Look = { from: 0, length: 0, cell: '', shape: 'empty' };

function lookAt(text: Buffer, from: number, to: number): Look {
  const cell = text.toString('latin1', from, to);
  return { from, length: to - from, cell, shape: cellShape(cell) };
}

/** Returns true if the bytes from `from` to `to` are those of another cell. */
function isSame(text: Buffer, other: Look, from: number, to: number): boolean {
  if (other.length !== to - from) return false;
  const shift = other.from - from;
  for (let at = to - 1; at >= from; at--) if (text[at] !== text[at + shift]) return false;
  return true;
}

function unseen(): Seen {
  return {
    isTyped: false,
    isText: false,
    isTypedEarly: false,
    isTypedThroughout: false,
    wholes: { count: 0, least: Number.POSITIVE_INFINITY, most: 0 },
    others: new Map(),
    above: noLook,
  };
}

/**
 * Rows at the start of a table one of which must be regular, and the rows below them that decide about a
 * column's type.
 */
const firstRows = 4;
const typingRows = 199;

/**
 * Reads the rows of `text` from `start` on in one pass over its bytes. Returns null unless it is plain: every
 * row ends in LF and has `fields` cells, more than half of them filled; no byte is a quote, an escape,
 * another delimiter, a sign that needs thought, or beyond ASCII; only a row's first cell may begin with a
 * blank; few delimiters are doubled in the text before `scored`; and each column holds values (numbers,
 * dates, times) or texts, not both. `counted` rows contribute to the figures of the columns.
 */
export function readPlainTable(
  text: Buffer,
  start: number,
  { delimiter, fields }: { readonly delimiter: number; readonly fields: number },
  { counted, scored }: { readonly counted: number; readonly scored: number },
): PlainTable | null {
  if (text[text.length - 1] !== 10) return null;
  const classOf = classesFor(delimiter);
  const columns = Array.from({ length: fields }, unseen);
  let rows = 0;
  let doubled = 0;
  let scoredDoubled = 0;
  let scoredRows = 0;
  for (let at = start; at < text.length; rows++) {
    // Two slashes begin a comment.
    if (text[at] === 47) return null;
    let filled = 0;
    let threes = 0;
    for (let i = 0; i < fields; i++, at++) {
      const from = at;
      let seen = 0;
      for (let own = classOf[text[at]!]!; own !== end; own = classOf[text[++at]!]!) seen |= own;
      if ((seen & odd) !== 0 || (text[at] === 10) !== (i === fields - 1)) return null;
      const column = columns[i]!;
      const isInside = i > 0 && i < fields - 1;
      if (at === from) {
        if (isInside) doubled++;
        continue;
      }
      if (seen === digit) {
        filled++;
        if (isInside && at - from === 3) threes++;
        noteValue(column, rows);
        if (rows < counted && at - from <= 15) countWhole(column.wholes, text, from, at);
        continue;
      }
      if ((seen & ~(digit | letter)) === 0 && isWord(text[from]!, at - from)) {
        filled++;
        column.isText = true;
        continue;
      }
      if (i > 0 && text[from] === 32) return null;
      if (!isSame(text, column.above, from, at)) column.above = lookAt(text, from, at);
      const { cell, shape } = column.above;
      if (rows < counted && (shape === 'number' || (seen & point) !== 0))
        column.others.set(cell, (column.others.get(cell) ?? 0) + 1);
      if (shape === 'empty') continue;
      filled++;
      if (shape === 'number' || shape === 'time') noteValue(column, rows);
      else column.isText = true;
    }
    // A line such as 1,234,567 may be one number.
    if (filled * 2 <= fields || threes === fields - 2) return null;
    if (at <= scored) [scoredDoubled, scoredRows] = [doubled, rows + 1];
  }
  if (scoredDoubled > mostDoubled * scoredRows * (fields - 1)) return null;
  return columns.some(({ isTyped, isText }) => isTyped && isText) ? null : { rows, columns };
}

function noteValue(column: Seen, row: number): void {
  column.isTyped = true;
  if (row < firstRows) column.isTypedEarly = true;
  else if (row < typingRows && column.isTypedEarly) column.isTypedThroughout = true;
}

function countWhole(wholes: Seen['wholes'], text: Buffer, start: number, stop: number): void {
  let value = 0;
  for (let at = start; at < stop; at++) value = value * 10 + text[at]! - 48;
  wholes.count++;
  if (value > 0 && value < wholes.least) wholes.least = value;
  if (value > wholes.most) wholes.most = value;
}

/**
 * Returns true if letters and digits are a word: they begin with a letter, and do not say that a cell is
 * missing.
 */
function isWord(first: number, length: number): boolean {
  return first > 64 && first !== 95 && (length > 4 || (first | 32) !== 110);
}
