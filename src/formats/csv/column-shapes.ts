import { countColumns } from '../text/count-texts.js';
import { isPlainWhole } from '../text/plain-whole.js';
import { cellShape } from './cell-shape.js';

/** The form of one column's cells in the sample; shows where a cell belongs when a delimiter is missing. */
export interface ColumnShape {
  /** The few masks of its cells (`9-9-9`, `A9`), null if there are too many to mean anything. */
  readonly masks: readonly string[] | null;
  /** Hashes of its values if they are few and repeat, else null; the values stay out of manifests. */
  readonly values: readonly number[] | null;
  /** The length of every cell, else null. */
  readonly length: number | null;
  /** The common prefix of all cells (length and hash), if it has 4 characters or more and is no number. */
  readonly prefix: { readonly length: number; readonly hash: number } | null;
  /** True if cells are missing in the sample. */
  readonly empty: boolean;
  /** True if every cell is a number, a date or a time: then no text can be a value. */
  readonly figures: boolean;
  /** For plain numbers: minimum, maximum, and the fixed number of decimals (null: it varies); else null. */
  readonly spread: { readonly least: number; readonly most: number; readonly decimals: number | null } | null;
  /** Maximum of whole numbers without leading zeros, ignoring thousands separators; null for other cells. */
  readonly most: number | null;
  /** Number of non-empty cells in the sample. */
  readonly filled: number;
  /** True if any of them contains a digit. */
  readonly digits: boolean;
  /** For figures: the number of digits that all have after the point, if equal and not zero; else null. */
  readonly decimals: number | null;
}

/** With fewer rows only the columns of figures are learned. */
const leastRows = 8;
const mostColumns = 256;
const mostMasks = 12;
const mostValues = 20;

/**
 * Returns the shapes of a table's columns from its regular rows; none if there are fewer than `least` rows or
 * too many columns. A column whose texts contain the `loose` delimiter is only learned from its quoted cells,
 * and may hold any text.
 */
export function learnShapes(
  rows: readonly (readonly string[])[],
  fields: number,
  loose: string | null = null,
  least = leastRows,
): ColumnShape[] {
  if (rows.length < least || fields > mostColumns || fields < 2) return [];
  return shapesOf(countColumns(rows, fields), rows.length, loose, least);
}

/** Does the same based on the counts of each column's texts. */
export function shapesOf(
  columns: readonly ReadonlyMap<string, number>[],
  rows: number,
  loose: string | null = null,
  least = leastRows,
): ColumnShape[] {
  if (rows < least || columns.length > mostColumns || columns.length < 2) return [];
  const few = rows < leastRows;
  return columns.map((counts) => {
    const { different, filled } = filledTexts(counts);
    const figures = filled > 0 && different.every(isFigure);
    const seen = { filled, digits: figures || different.some(hasDigit) };
    if (few) return { ...anyText, ...seen, empty: true, figures };
    const isBiased = loose !== null && different.some((cell) => cell.includes(loose));
    if (isBiased && !figures) return { ...anyText, ...seen, empty: filled < rows };
    const masks = masksOf(different, figures ? Number.POSITIVE_INFINITY : mostMasks);
    const { length } = different[0] ?? '';
    const areEquallyLong = filled > 0 && different.every((cell) => cell.length === length);
    const mostlyMasked = masks.size <= mostMasks && masks.size * 4 <= filled;
    return {
      masks: filled >= leastRows / 2 && (mostlyMasked || figures) ? [...masks] : null,
      values: different.length <= mostValues && different.length * 4 <= filled ? different.map(hashOf) : null,
      length: areEquallyLong && filled >= leastRows / 2 ? length : null,
      prefix: figures || filled < leastRows / 2 ? null : prefixOf(different),
      empty: filled < rows,
      figures,
      spread: figures ? spreadOf(different) : null,
      most: mostOf(different),
      ...seen,
      decimals: figures ? decimalsOf(different) : null,
    };
  });
}

/** Returns the different texts without the blanks around them, and how many cells have one. */
function filledTexts(counts: ReadonlyMap<string, number>): {
  readonly different: readonly string[];
  readonly filled: number;
} {
  const different: string[] = [];
  let filled = 0;
  let isTrimmed = false;
  for (const [text, times] of counts) {
    const cell = text.trim();
    if (cell === '') continue;
    if (cell.length < text.length) isTrimmed = true;
    different.push(cell);
    filled += times;
  }
  return { different: isTrimmed ? [...new Set(different)] : different, filled };
}

const anyText = {
  masks: null,
  values: null,
  length: null,
  prefix: null,
  figures: false,
  spread: null,
  most: null,
  decimals: null,
};

/** Returns true if a text contains a digit. */
function hasDigit(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}

/** Returns the masks of cells, at most one more than `most`. */
function masksOf(cells: readonly string[], most: number): Set<string> {
  const masks = new Set<string>();
  for (const cell of cells) {
    masks.add(isPlainWhole(cell) ? '9' : maskOf(cell));
    if (masks.size > most) break;
  }
  return masks;
}

/** Returns the digits that all figures have after the point; null if they differ or there are none. */
function decimalsOf(cells: readonly string[]): number | null {
  const count = decimalsIn(cells[0] ?? '');
  return count > 0 && cells.every((cell) => decimalsIn(cell) === count) ? count : null;
}

/** Counts the digits after the point of one figure. */
export function decimalsIn(cell: string): number {
  return cell.includes('.') ? (/\.(\d+)\D*$/.exec(cell)?.[1] ?? '').length : 0;
}

const plainNumber = /^-?\d+(?:\.(\d+))?$/;
const wholeMatch: readonly (string | undefined)[] = [];

function spreadOf(cells: readonly string[]): ColumnShape['spread'] {
  const digits = new Set<number>();
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    const match = isPlainWhole(cell) ? wholeMatch : plainNumber.exec(cell);
    if (match === null) return null;
    digits.add(match[1]?.length ?? 0);
    least = Math.min(least, Number(cell));
    most = Math.max(most, Number(cell));
  }
  return { least, most, decimals: digits.size === 1 ? [...digits][0]! : null };
}

const wholeNumber = /^-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:[,' ]\d{3})+)$/;

function mostOf(cells: readonly string[]): number | null {
  let most = Number.NEGATIVE_INFINITY;
  for (const cell of cells) {
    const isPlain = isPlainWhole(cell) && (cell.length === 1 || cell.charCodeAt(0) !== 48);
    if (!isPlain && !wholeNumber.test(cell)) return null;
    most = Math.max(most, Number(isPlain ? cell : cell.replace(/[,' ]/g, '')));
  }
  return cells.length > 0 ? most : null;
}

/**
 * Returns true if a cell is a number like its column's: in range, with as many decimals; or if not numeric.
 */
export function isTypical(cell: string, { spread, length }: ColumnShape): boolean {
  if (spread === null) return true;
  const match = plainNumber.exec(cell.trim());
  if (length === null && /^-?0\d/.test(cell.trim())) return false;
  if (match === null || Number(cell) < spread.least || Number(cell) > spread.most) return false;
  return spread.decimals === null || (match[1]?.length ?? 0) === spread.decimals;
}

/** Returns the common prefix of all texts, up to its first digit; null if it is short. */
function prefixOf(texts: readonly string[]): ColumnShape['prefix'] {
  let prefix = texts[0]!.replace(/\d.*/s, '').slice(0, 32);
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix.length < 4 ? null : { length: prefix.length, hash: hashOf(prefix) };
}

/** Returns true if a filled cell looks like the others of its column, or is a figure among figures. */
export function isAlike(cell: string, shape: ColumnShape): boolean {
  const fit = fitOf(cell, shape);
  return fit === 2 || (fit === 1 && shape.figures && cell.trim() !== '');
}

/**
 * Returns how a cell fits a column: 0 not at all, 1 possibly (any text, or an unseen number where values are
 * few), 2 like the column's other cells.
 */
export function fitOf(cell: string | null, shape: ColumnShape): 0 | 1 | 2 {
  const text = cell?.trim() ?? '';
  if (text === '') return shape.empty || cell === null ? 1 : 0;
  const isSeen = shape.values === null || shape.values.includes(hashOf(text));
  if (isSeen && shape.values !== null) return 2;
  if (!isSeen && !shape.figures) return 0;
  if (shape.prefix !== null && hashOf(text.slice(0, shape.prefix.length)) !== shape.prefix.hash) return 0;
  if (shape.length !== null && text.length !== shape.length) return 0;
  const as = isSeen ? 2 : 1;
  if (shape.masks !== null) return shape.masks.includes(maskOf(text)) ? as : 0;
  if (shape.figures) return isFigure(text) ? as : 0;
  if (shape.prefix !== null) return 2;
  return isFigure(text) ? 0 : 1;
}

/** Returns true if a column may hold any text, as far as the sample shows. */
export function isFree({ figures, masks, values, length, prefix }: ColumnShape): boolean {
  return !figures && masks === null && values === null && length === null && prefix === null;
}

/** Counts the cells that do not fit their columns, up to `cap`. */
export function misfits(
  cells: readonly (string | null)[],
  shapes: readonly ColumnShape[],
  cap = Number.POSITIVE_INFINITY,
): number {
  let count = 0;
  for (let i = 0; i < shapes.length && count < cap; i++) if (isMisfit(cells[i] ?? null, i, shapes)) count++;
  return count;
}

let lastShapes: readonly ColumnShape[] = [];
let lastCells: (string | null)[] = [];
let lastMisfits: boolean[] = [];

/** Returns true if a cell does not fit its column; caches the last cell, because readings share cells. */
export function isMisfit(cell: string | null, index: number, shapes: readonly ColumnShape[]): boolean {
  if (shapes !== lastShapes) {
    lastShapes = shapes;
    lastCells = shapes.map(() => null);
    lastMisfits = shapes.map((shape) => fitOf(null, shape) === 0);
  }
  if (cell !== lastCells[index]) {
    lastCells[index] = cell;
    lastMisfits[index] = fitOf(cell, shapes[index]!) === 0;
  }
  return lastMisfits[index]!;
}

/** Returns a mask: digits as 9, capitals as A, other letters as a, the rest as is; of 64 characters. */
export function maskOf(text: string): string {
  let mask = '';
  let last = '';
  for (let i = 0; i < text.length && i < 64; i++) {
    const code = text.charCodeAt(i);
    let part: string;
    if (code >= 48 && code <= 57) part = '9';
    else if (code >= 97 && code <= 122) part = 'a';
    else if (code >= 65 && code <= 90) part = 'A';
    else if (code < 128) part = '';
    else part = letterMark(text[i]!);
    if (part === '') mask += text[i];
    else if (part !== last) mask += part;
    last = part;
  }
  return mask;
}

function letterMark(character: string): string {
  if (!/\p{L}/u.test(character)) return '';
  return character === character.toLowerCase() ? 'a' : 'A';
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function isFigure(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'number' || shape === 'time';
}
