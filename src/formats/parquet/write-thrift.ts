import type { Thrift } from './read-footer.js';

/** Types of Thrift's compact protocol (thrift-compact-protocol.md); a field that is true or false has no bytes. */
const isTrue = 1;
const isFalse = 2;
const whole = 5;
const long = 6;
const double = 7;
const binary = 8;
const listType = 9;
const structType = 12;
const stop = 0;

/** Most bytes of a number, a field's head or a list's head. */
const mostHead = 16;

/** Kept from one struct to the next. */
let bytes = new Uint8Array(4096);
let at = 0;

/**
 * Returns a struct in Thrift's compact protocol. Fields must ascend; those that are undefined are left out.
 * Whole numbers are written as 32 bits, bigints as 64, lists by the type of their first element.
 */
export function thriftBytes(struct: Thrift): Uint8Array {
  at = 0;
  writeStruct(struct);
  return bytes.slice(0, at);
}

/** Returns the head of a list of so many structs. */
export function structListHead(structs: number): Uint8Array {
  at = 0;
  writeListHead(structs, structs === 0 ? stop : structType);
  return bytes.slice(0, at);
}

/** The byte before a list that is the field after the last one. */
export const nextList = (1 << 4) | listType;

function writeStruct(struct: object): void {
  let last = 0;
  for (const key in struct) {
    const value = (struct as Record<string, unknown>)[key];
    if (value === undefined) continue;
    const field = numberOf(key);
    const type = typeOf(value);
    makeRoom(mostHead);
    if (field - last > 15) {
      bytes[at++] = type;
      writeUnsigned(field * 2);
    } else bytes[at++] = ((field - last) << 4) | type;
    last = field;
    if (type !== isTrue && type !== isFalse) writeValue(type, value);
  }
  makeRoom(1);
  bytes[at++] = stop;
}

function writeValue(type: number, value: unknown): void {
  makeRoom(mostHead);
  if (type === whole) writeWhole(value as number);
  else if (type === long) writeLong(value as bigint);
  else if (type === double) writeBytes(Buffer.from(Float64Array.of(value as number).buffer));
  else if (type === binary) writeBinary(value as string | Uint8Array);
  else if (type === listType) writeList(value as readonly unknown[]);
  else writeStruct(value as object);
}

function writeList(list: readonly unknown[]): void {
  const first = list.length === 0 ? stop : typeOf(list[0]);
  const type = first === isTrue ? isFalse : first;
  writeListHead(list.length, type);
  for (const value of list) {
    makeRoom(1);
    if (type === isFalse) bytes[at++] = value === true ? 1 : 0;
    else writeValue(type, value);
  }
}

function writeListHead(length: number, type: number): void {
  makeRoom(mostHead);
  if (length > 14) {
    bytes[at++] = (15 << 4) | type;
    writeUnsigned(length);
  } else bytes[at++] = (length << 4) | type;
}

function writeBinary(value: string | Uint8Array): void {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  writeUnsigned(content.length);
  writeBytes(content);
}

function writeBytes(more: Uint8Array): void {
  makeRoom(more.length);
  bytes.set(more, at);
  at += more.length;
}

function writeWhole(value: number): void {
  writeUnsigned(((value << 1) ^ (value >> 31)) >>> 0);
}

function writeLong(value: bigint): void {
  if (value >= 0n && value < 0x1000_0000_0000n) writeUnsigned(Number(value) * 2);
  else {
    let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; left > 127n; left >>= 7n) bytes[at++] = Number(left & 127n) | 128;
    bytes[at++] = Number(left);
  }
}

/** Writes a whole number below 2^53, seven bits a byte, lowest first. */
function writeUnsigned(value: number): void {
  let left = value;
  for (; left > 0x7fffffff; left = Math.floor(left / 128)) bytes[at++] = (left % 128) | 128;
  for (; left > 127; left >>>= 7) bytes[at++] = (left & 127) | 128;
  bytes[at++] = left;
}

function makeRoom(more: number): void {
  if (at + more <= bytes.length) return;
  const roomier = new Uint8Array(2 * (at + more));
  roomier.set(bytes.subarray(0, at));
  bytes = roomier;
}

const numbers = new Map<string, number>();

/** Returns the number in a field's name, as 12 in `field_12`. */
function numberOf(key: string): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const number = Number(key.slice('field_'.length));
  numbers.set(key, number);
  return number;
}

function typeOf(value: unknown): number {
  if (typeof value === 'number') return Number.isInteger(value) ? whole : double;
  if (typeof value === 'bigint') return long;
  if (typeof value === 'string') return binary;
  if (typeof value === 'boolean') return value ? isTrue : isFalse;
  if (value instanceof Uint8Array) return binary;
  return Array.isArray(value) ? listType : structType;
}
