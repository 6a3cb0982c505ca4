import { type ColumnShape, fitOf } from './column-shapes.js';

/** Whether a cell of a row's bytes, all ASCII, does not look like its column's others: what `fitOf` says of its text, without making the text. */
export type ByteFit = (bytes: Buffer, start: number, end: number, column: number) => boolean;

/** What a column is known by, and its masks as character codes. */
interface ByteShape {
  readonly shape: ColumnShape;
  readonly masks: readonly (readonly number[])[] | null;
  /** Known by figures alone or by nothing: its cells are read as text. */
  readonly isText: boolean;
}

/** The test for the columns of one table. Costs one look at each byte of a cell. */
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
    if (from === to) return !shape.empty;
    if (isText) return fitOf(bytes.toString('latin1', from, to), shape) === 0;
    const { values, prefix, length } = shape;
    if (values?.includes(hashOf(bytes, from, to))) return false;
    if (values !== null && !shape.figures) return true;
    if (values !== null && masks === null) return fitOf(bytes.toString('latin1', from, to), shape) === 0;
    if (prefix !== null && hashOf(bytes, from, Math.min(to, from + prefix.length)) !== prefix.hash)
      return true;
    if (length !== null && to - from !== length) return true;
    return masks !== null && !masks.some((mask) => hasMask(bytes, from, Math.min(to, from + longest), mask));
  };
}

/** White space within ASCII, as `String.prototype.trim` takes it off. */
function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** As in column-shapes.ts, for ASCII. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

/** Characters that a mask looks at. */
const longest = 64;

/** By byte what stands for it in a mask, 0 where it stands for itself. */
const marks = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 48 && byte <= 57) return 57;
  if (byte >= 97 && byte <= 122) return 97;
  return byte >= 65 && byte <= 90 ? 65 : 0;
});

/** Whether bytes have a mask, as `maskOf` makes it. */
function hasMask(bytes: Buffer, start: number, end: number, mask: readonly number[]): boolean {
  let place = 0;
  let last = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const mark = marks[byte]!;
    if (mark === 0 ? mask[place++] !== byte : mark !== last && mask[place++] !== mark) return false;
    last = mark;
  }
  return place === mask.length;
}
