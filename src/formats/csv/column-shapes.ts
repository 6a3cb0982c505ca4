import { cellShape } from './cell-shape.js';

/** What the cells of one column looked like in the sample; plain data. Tells where a cell belongs when a delimiter was lost or gained. */
export interface ColumnShape {
  /** The few masks that its cells have (`9-9-9`, `A9`), null where they are too many to mean anything. */
  readonly masks: readonly string[] | null;
  /** Hashes of its values where they are few and repeat, else null; the values themselves stay out of manifests. */
  readonly values: readonly number[] | null;
  /** The length that every cell has, else null. */
  readonly length: number | null;
  /** The text that every cell begins with, as length and hash, where it is at least 4 characters and no figure; else null. */
  readonly prefix: { readonly length: number; readonly hash: number } | null;
  /** Whether cells are missing in the sample. */
  readonly empty: boolean;
  /** Whether every cell is a number, a date or a time: then no text can be a value. */
  readonly figures: boolean;
  /** Of plain numbers, least and greatest, and how many digits all have behind the point (null: not all the same); else null. */
  readonly spread: { readonly least: number; readonly most: number; readonly decimals: number | null } | null;
  /** How many cells of the sample hold something. */
  readonly filled: number;
  /** Whether any of them holds a digit. */
  readonly digits: boolean;
  /** Of figures: the digits that all have behind the point, where they are as many and some; else null. */
  readonly decimals: number | null;
}

/** From fewer rows nothing is learned but which columns hold figures. */
const leastRows = 8;
const mostColumns = 256;
const mostMasks = 12;
const mostValues = 20;

/**
 * The shapes of a table's columns from its regular rows; none where there are fewer than `least` rows to learn from or too many columns. A column whose
 * texts hold the `loose` delimiter is only known from those of its cells that were quoted, and may hold any text.
 */
export function learnShapes(
  rows: readonly (readonly string[])[],
  fields: number,
  loose: string | null = null,
  least = leastRows,
): ColumnShape[] {
  if (rows.length < least || fields > mostColumns || fields < 2) return [];
  const few = rows.length < leastRows;
  return Array.from({ length: fields }, (_, column) => {
    const cells = rows.map((row) => row[column]!.trim());
    const filled = cells.filter((cell) => cell !== '');
    const values = new Set(filled);
    const different = [...values];
    const figures = filled.length > 0 && different.every(isFigure);
    const seen = { filled: filled.length, digits: different.some((cell) => /\d/.test(cell)) };
    if (few) return { ...anyText, ...seen, empty: true, figures };
    const isBiased = loose !== null && different.some((cell) => cell.includes(loose));
    if (isBiased && !figures) return { ...anyText, ...seen, empty: filled.length < cells.length };
    const masks = new Set(different.map(maskOf));
    const lengths = new Set(different.map((cell) => cell.length));
    const mostlyMasked = masks.size <= mostMasks && masks.size * 4 <= filled.length;
    return {
      masks: filled.length >= leastRows / 2 && (mostlyMasked || figures) ? [...masks] : null,
      values: values.size <= mostValues && values.size * 4 <= filled.length ? different.map(hashOf) : null,
      length: lengths.size === 1 && filled.length >= leastRows / 2 ? filled[0]!.length : null,
      prefix: figures || filled.length < leastRows / 2 ? null : prefixOf(different),
      empty: filled.length < cells.length,
      figures,
      spread: figures ? spreadOf(different) : null,
      ...seen,
      decimals: figures ? decimalsOf(different) : null,
    };
  });
}

const anyText = {
  masks: null,
  values: null,
  length: null,
  prefix: null,
  figures: false,
  spread: null,
  decimals: null,
};

/** The digits that all figures have behind their point; null where they differ or there are none. */
function decimalsOf(cells: readonly string[]): number | null {
  const counts = new Set(cells.map(decimalsIn));
  const [count] = counts;
  return counts.size === 1 && count! > 0 ? count! : null;
}

/** Digits behind the point of one figure. */
export function decimalsIn(cell: string): number {
  return (/\.(\d+)\D*$/.exec(cell)?.[1] ?? '').length;
}

const plainNumber = /^-?\d+(?:\.(\d+))?$/;

function spreadOf(cells: readonly string[]): ColumnShape['spread'] {
  const digits = new Set<number>();
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    const match = plainNumber.exec(cell);
    if (match === null) return null;
    digits.add(match[1]?.length ?? 0);
    least = Math.min(least, Number(cell));
    most = Math.max(most, Number(cell));
  }
  return { least, most, decimals: digits.size === 1 ? [...digits][0]! : null };
}

/** Whether a cell is such a number as its column's others are, no less and no greater, with as many decimals; true where they are no plain numbers. */
export function isTypical(cell: string, { spread, length }: ColumnShape): boolean {
  if (spread === null) return true;
  const match = plainNumber.exec(cell.trim());
  if (length === null && /^-?0\d/.test(cell.trim())) return false;
  if (match === null || Number(cell) < spread.least || Number(cell) > spread.most) return false;
  return spread.decimals === null || (match[1]?.length ?? 0) === spread.decimals;
}

/** What all texts begin with, up to its first digit; null where that is short. */
function prefixOf(texts: readonly string[]): ColumnShape['prefix'] {
  let prefix = texts[0]!.replace(/\d.*/s, '').slice(0, 32);
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix.length < 4 ? null : { length: prefix.length, hash: hashOf(prefix) };
}

/** Whether a filled cell looks like its column's others, or is a figure among figures. */
export function isAlike(cell: string, shape: ColumnShape): boolean {
  const fit = fitOf(cell, shape);
  return fit === 2 || (fit === 1 && shape.figures && cell.trim() !== '');
}

/** How a cell fits a column: 0 not, 1 it may stand there (any text, or a figure unseen where they are few), 2 it looks like the column's other cells. */
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

/** Whether a column may hold any text, as far as the sample shows. */
export function isFree({ figures, masks, values, length, prefix }: ColumnShape): boolean {
  return !figures && masks === null && values === null && length === null && prefix === null;
}

/** How many cells do not fit their columns; counts no further than `cap`. */
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

/** Whether a cell does not fit the column at a place; remembers each column's last cell, since a row's readings have most of theirs in common. */
export function isMisfit(cell: string | null, place: number, shapes: readonly ColumnShape[]): boolean {
  if (shapes !== lastShapes) {
    lastShapes = shapes;
    lastCells = shapes.map(() => null);
    lastMisfits = shapes.map((shape) => fitOf(null, shape) === 0);
  }
  if (cell !== lastCells[place]) {
    lastCells[place] = cell;
    lastMisfits[place] = fitOf(cell, shapes[place]!) === 0;
  }
  return lastMisfits[place]!;
}

/** Runs of digits as 9, of capitals as A, of other letters as a; everything else as it is. Looks at the first 64 characters. */
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
