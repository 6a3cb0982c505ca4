import { type ColumnShape, fitOf } from './column-shapes.js';

/** Tests how a cell of ASCII bytes fits its column: equal to `fitOf` of its text, without creating it. */
export type ByteFit = (bytes: Buffer, start: number, end: number, column: number) => 0 | 1 | 2;

/** A column's shape, with its masks as character codes. */
interface ByteShape {
  readonly shape: ColumnShape;
  readonly masks: readonly (readonly number[])[] | null;
  /** True if only figures are known about the column, or nothing: its cells are read as text. */
  readonly isText: boolean;
}

/** Returns the test for the columns of one table. Costs one look at each byte of a cell. */
export function byteFit(shapes: readonly ColumnShape[]): ByteFit {
  const known: ByteShape[] = shapes.map((shape) => ({
    shape,
    masks: shape.masks?.map((mask) => Array.from(mask, (character) => character.charCodeAt(0))) ?? null,
    isText: shape.values === null && shape.masks === null && (shape.prefix === null || shape.figures),
  }));
  return (bytes, start, end, column) => {
    const { shape, masks, isText } = known[column]!;
    let from = start;
    let to = end;
    while (from < to && isSpace(bytes[from]!)) from++;
    while (from < to && isSpace(bytes[to - 1]!)) to--;
    if (from === to) return shape.empty ? 1 : 0;
    if (isText) return fitOf(bytes.toString('latin1', from, to), shape);
    const { values, prefix, length } = shape;
    const isSeen = values === null || values.includes(hashOf(bytes, from, to));
    if (isSeen && values !== null) return 2;
    if (!isSeen && !shape.figures) return 0;
    if (!isSeen && masks === null) return fitOf(bytes.toString('latin1', from, to), shape);
    if (prefix !== null && hashOf(bytes, from, Math.min(to, from + prefix.length)) !== prefix.hash) return 0;
    if (length !== null && to - from !== length) return 0;
    if (masks === null) return 2;
    const stop = Math.min(to, from + longest);
    for (const mask of masks) if (hasMask(bytes, from, stop, mask)) return isSeen ? 2 : 1;
    return 0;
  };
}

/** Returns true for white space within ASCII, as in `String.prototype.trim`. */
function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** Like in column-shapes.ts, for ASCII. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

/** Maximum number of characters in a mask. */
const longest = 64;

/** Mask character by byte, 0 for itself. */
const marks = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 48 && byte <= 57) return 57;
  if (byte >= 97 && byte <= 122) return 97;
  return byte >= 65 && byte <= 90 ? 65 : 0;
});

/** Returns true if bytes have a mask, as computed by `maskOf`. */
function hasMask(bytes: Buffer, start: number, end: number, mask: readonly number[]): boolean {
  let index = 0;
  let last = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const mark = marks[byte]!;
    if (mark === 0 ? mask[index++] !== byte : mark !== last && mask[index++] !== mark) return false;
    last = mark;
  }
  return index === mask.length;
}
