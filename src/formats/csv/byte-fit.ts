import { type ColumnShape, fitOf } from './column-shapes.js';

/** Whether a cell of a row's bytes does not look like its column's others: what `fitOf` says of its text, without making the text. */
export type ByteFit = (bytes: Buffer, start: number, end: number, column: number) => boolean;

/** A shape's masks as character codes. */
interface ByteShape {
  readonly shape: ColumnShape;
  readonly masks: readonly (readonly number[])[] | null;
}

/** Looked at by a mask. */
const longest = 64;

/** The test for the columns of one table. Costs one look at each byte of a cell; one with bytes beyond ASCII, or in a column known by figures alone or by nothing, is read as text. */
export function byteFit(shapes: readonly ColumnShape[]): ByteFit {
  const known: ByteShape[] = shapes.map((shape) => ({
    shape,
    masks: shape.masks?.map((mask) => Array.from(mask, (character) => character.charCodeAt(0))) ?? null,
  }));
  const mask = new Uint8Array(longest);

  function hasMask(
    bytes: Buffer,
    start: number,
    end: number,
    masks: readonly (readonly number[])[],
  ): boolean {
    const length = writeMask(bytes, start, end, mask);
    for (const one of masks) {
      if (one.length !== length) continue;
      let i = 0;
      while (i < length && one[i] === mask[i]) i++;
      if (i === length) return true;
    }
    return false;
  }

  return (bytes, start, end, column) => {
    const { shape, masks } = known[column]!;
    let from = start;
    let to = end;
    while (from < to && isSpace(bytes[from]!)) from++;
    while (from < to && isSpace(bytes[to - 1]!)) to--;
    if (from === to) return !shape.empty;
    const { values, prefix } = shape;
    const isText = values === null && masks === null && (prefix === null || shape.figures);
    if (isText || hasHigh(bytes, from, to)) return fitOf(bytes.toString('utf8', from, to), shape) === 0;
    if (values !== null) return !values.includes(hashOf(bytes, from, to));
    if (prefix !== null && hashOf(bytes, from, Math.min(to, from + prefix.length)) !== prefix.hash)
      return true;
    if (shape.length !== null && to - from !== shape.length) return true;
    return masks !== null && !hasMask(bytes, from, to, masks);
  };
}

/** White space within ASCII, as `String.prototype.trim` takes it off. */
function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

function hasHigh(bytes: Buffer, start: number, end: number): boolean {
  let all = 0;
  for (let at = start; at < end; at++) all |= bytes[at]!;
  return all >= 0x80;
}

/** As in column-shapes.ts, for ASCII. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

/** As `maskOf` has it, for ASCII; the mask's length. */
function writeMask(bytes: Buffer, start: number, end: number, into: Uint8Array): number {
  let length = 0;
  let last = 0;
  const stop = Math.min(end, start + longest);
  for (let at = start; at < stop; at++) {
    const byte = bytes[at]!;
    let part = 0;
    if (byte >= 48 && byte <= 57) part = 57;
    else if (byte >= 97 && byte <= 122) part = 97;
    else if (byte >= 65 && byte <= 90) part = 65;
    if (part === 0) into[length++] = byte;
    else if (part !== last) into[length++] = part;
    last = part;
  }
  return length;
}
