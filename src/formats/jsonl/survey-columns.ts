import type { SourceColumn } from '../format.js';
import { LineScanner, type Scanned, scanned, token } from './scan-line.js';

/** The values of the surveyed rows under one key. */
interface KeyFacts {
  readonly name: string;
  /** Bits `1 << token` of the kinds of its values. */
  kinds: number;
  /** True if a whole number is beyond 64 bits. */
  isWide: boolean;
  /** True if a number has more digits than a double keeps. */
  isLong: boolean;
  /** True if an array has items other than numbers and null. */
  isNested: boolean;
}

/** The columns of the surveyed lines, and the number of lines of each kind. */
export interface Survey {
  readonly keys: ReadonlyMap<string, KeyFacts>;
  /** Lines by outcome. */
  readonly lines: Readonly<Record<Scanned, number>>;
  /** The outcome of the first line that is not blank; null before it. */
  readonly first: Scanned | null;
  /** True if there are more keys than a table may have columns: the rest were left out. */
  readonly isFull: boolean;
  /** Examines the lines of a block. */
  look(bytes: Buffer): void;
}

/** More distinct keys than this are data, not columns. */
export const mostColumns = 10_000;

/** Creates an empty survey; keys in `wanted` are found among any number of others. */
export function createSurvey(wanted: ReadonlySet<string>): Survey {
  const keys = new Map<string, KeyFacts>();
  const facts: KeyFacts[] = [];
  const slots = new Map<string, number>();
  const lines: Record<number, number> = { 0: 0, 1: 0, 2: 0, 3: 0, 4: 0 };
  let bytes: Uint8Array = new Uint8Array(0);
  let first: Scanned | null = null;
  let isFull = false;
  // The values of one line, which count once it is known to be an object.
  const cells: { slot: number; kind: number; start: number; end: number }[] = [];
  const scanner = new LineScanner({
    slot(name) {
      const known = slots.get(name);
      if (known !== undefined) return known;
      if (facts.length >= mostColumns && !wanted.has(name)) {
        isFull = true;
        return -1;
      }
      slots.set(name, facts.length);
      facts.push({ name, kinds: 0, isWide: false, isLong: false, isNested: false });
      return facts.length - 1;
    },
    cell: (slot, kind, start, end) => void cells.push({ slot, kind, start, end }),
  });

  function count(slot: number, kind: number, start: number, end: number): void {
    const key = facts[slot]!;
    keys.set(key.name, key);
    key.kinds |= 1 << kind;
    if (kind === token.whole) key.isWide ||= isBeyond64Bits(bytes, start, end);
    if (kind === token.whole || kind === token.number)
      key.isLong ||= digitsOf(bytes, start, end) > doubleDigits;
    if (kind === token.array) key.isNested ||= !isFlat(bytes, start, end);
  }

  return {
    keys,
    lines: lines as Record<Scanned, number>,
    get first() {
      return first;
    },
    get isFull() {
      return isFull;
    },
    look(block) {
      bytes = block;
      for (let start = 0; start < block.length; ) {
        const found = block.indexOf(10, start);
        const end = found < 0 ? block.length : found;
        cells.length = 0;
        if (!isBlankLine(block, start, end)) {
          const outcome = scanner.scan(block, start, end);
          first ??= outcome;
          lines[outcome]!++;
          if (outcome === scanned.object)
            for (const cell of cells) count(cell.slot, cell.kind, cell.start, cell.end);
        }
        start = end + 1;
      }
    },
  };
}

function isBlankLine(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 32) return false;
  return true;
}

/** Decimal digits that are enough for any double. */
const doubleDigits = 17;

function digitsOf(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0;
  for (let at = start; at < end && (bytes[at]! | 32) !== 101; at++) {
    if (bytes[at]! >= 48 && bytes[at]! <= 57 && (digits > 0 || bytes[at] !== 48)) digits++;
  }
  return digits;
}

function isBeyond64Bits(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= 18) return false;
  const value = BigInt(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
  return BigInt.asIntN(64, value) !== value;
}

/** Returns true for an array of numbers and nulls. */
function isFlat(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 34 || byte === 91 || byte === 123 || byte === 116 || byte === 102) return false;
  }
  return true;
}

const numbers = (1 << token.whole) | (1 << token.number) | (1 << token.special);
const texts = (1 << token.text) | (1 << token.escaped);
const booleans = (1 << token.true) | (1 << token.false);

/** Returns a column's type: one that holds all values seen, or text for a column that is only carried. */
export function columnOf({ name, kinds, isWide, isLong, isNested }: KeyFacts): SourceColumn {
  const own = kinds & ~(1 << token.null);
  const only = (some: number) => own !== 0 && (own & ~some) === 0;
  const readable = true;
  if (only(1 << token.whole)) return { name, type: isWide ? 'string' : 'int64', native: 'number', readable };
  if (only(numbers)) return { name, type: 'float64', ...(isLong ? asText : {}), native: 'number', readable };
  if (only(booleans)) return { name, type: 'boolean', native: 'boolean', readable };
  if (only(1 << token.array) && !isNested)
    return { name, type: 'list<float32>', ...asText, native: 'array of numbers', readable };
  return { name, type: 'string', native: nativeOf(own), readable };
}

const asText = { carried: 'string' } as const;

function nativeOf(kinds: number): string {
  if (kinds === 0) return 'null';
  if ((kinds & ~texts) === 0) return 'string';
  if (kinds === 1 << token.array) return 'array';
  return kinds === 1 << token.object ? 'object' : 'mixed';
}
