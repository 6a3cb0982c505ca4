import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Bomb } from './bomb.js';

/** Bytes of a made file: an array, so many zeros (a hole), or an array that is repeated. */
export type Piece = Uint8Array | number | { readonly bytes: Uint8Array; readonly times: number };

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce<number>((sum, piece) => sum + pieceLength(piece), 0);
}

function pieceLength(piece: Piece): number {
  if (typeof piece === 'number') return piece;
  return piece instanceof Uint8Array ? piece.length : piece.bytes.length * piece.times;
}

/** Writes a file of pieces; a hole costs no time. */
export function writePieces(path: string, pieces: readonly Piece[]): void {
  const file = openSync(path, 'w');
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'number') writeRepeated(file, at, piece);
    at += pieceLength(piece);
  }
  ftruncateSync(file, at);
  closeSync(file);
}

const mostAtOnce = 4 * 2 ** 20;

function writeRepeated(file: number, start: number, piece: Exclude<Piece, number>): void {
  const { bytes, times } = piece instanceof Uint8Array ? { bytes: piece, times: 1 } : piece;
  const together = Math.max(1, Math.min(times, Math.floor(mostAtOnce / bytes.length)));
  const block = together === 1 ? bytes : Buffer.concat(Array.from({ length: together }, () => bytes));
  let at = start;
  for (let left = times; left > 0; left -= together) {
    const part = left < together ? block.subarray(0, left * bytes.length) : block;
    writeSync(file, part, 0, part.length, at);
    at += part.length;
  }
}

/** Returns a bomb's way to write one file of pieces. */
export function fileOf(name: string, pieces: () => readonly Piece[]): Bomb['write'] {
  return (dir) => {
    writePieces(`${dir.path}/${name}`, pieces());
    return name;
  };
}

export function ascii(value: string): Uint8Array {
  return Buffer.from(value);
}

/** Returns so many bytes of one value. */
export function repeated(byte: number | string, times: number): Uint8Array {
  return Buffer.alloc(times, byte);
}

/** Returns a number as so many bytes, the lowest first. */
export function littleEndian(value: number | bigint, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return new Uint8Array(view.buffer, 0, bytes);
}

/** Returns a number as a ULEB128 varint. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Uint8Array.from([...bytes, left]);
}

/** Returns a signed number as a zigzag varint. */
export function zigzag(value: number): Uint8Array {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}
