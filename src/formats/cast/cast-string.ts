import { isUtf8 } from 'node:buffer';
import { type CodedTexts, codedColumn, writtenBytes } from '../../chunk/coded-texts.js';
import type { StringColumn, Validity } from '../../chunk/column.js';
import type { ReadColumn } from '../../chunk/read-plan.js';
import { isPresent } from '../../chunk/validity.js';
import { type ArrowArray, holdsValue, type TextArray } from './arrow-array.js';
import type { CastMemory } from './cast-memory.js';
import { cellText } from './cell-text.js';
import { fillMissing, miss, type Presence, presenceOf } from './presence.js';

/** Casts strings to the plan's layout, other types to texts; invalid UTF-8 is U+FFFD and `invalid-utf8`. */
export function castString(array: ArrowArray, memory: CastMemory): StringColumn {
  const texts = isText(array) ? array : writtenOut(array);
  return memory.column.layout === 'dictionary' ? asDictionary(texts, memory) : asText(texts, memory);
}

function isText(array: ArrowArray): boolean {
  const { type } = array.store === 'codes' ? array.dictionary : array;
  return type.kind === 'text';
}

/** Writes any array's rows as texts, one string per row: only for columns that the plan reads as strings. */
export function writtenOut(array: ArrowArray): TextArray {
  const parts: Buffer[] = [];
  const offsets = new Int32Array(array.length + 1);
  for (let row = 0; row < array.length; row++) {
    const part = holdsValue(array, row) ? Buffer.from(cellText(array, row)) : Buffer.alloc(0);
    parts.push(part);
    offsets[row + 1] = offsets[row]! + part.length;
  }
  const validity = new Uint8Array((array.length + 7) >> 3);
  for (let row = 0; row < array.length; row++)
    if (holdsValue(array, row)) validity[row >> 3]! |= 1 << (row & 7);
  const type = { kind: 'text', offsets: 32, utf8: true } as const;
  return {
    store: 'text',
    type,
    length: array.length,
    validity,
    validityStart: 0,
    offsets,
    bytes: Buffer.concat(parts),
  };
}

const unseen = -2;
const isNull = -1;

/**
 * Writes the codes of the rows from `row` on; returns the first present one whose entry has none yet or is
 * null, or `end`. Holds the long loop apart from closures, with which V8 would compile it again and again.
 */
function recodeKnown(
  entries: Int32Array,
  codeOfEntry: Int32Array,
  given: Validity,
  codes: Int32Array,
  row: number,
  end: number,
): number {
  let next = row;
  for (; next < end; next++) {
    if (given !== null && !isPresent(given, next)) continue;
    const entry = entries[next]!;
    const code = entry < codeOfEntry.length ? codeOfEntry[entry]! : unseen;
    if (code < 0) break;
    codes[next] = code;
  }
  return next;
}

function asDictionary(array: ArrowArray, memory: CastMemory): StringColumn {
  const { column, scratch } = memory;
  const { length } = array;
  const presence = presenceOf(array, scratch);
  const codes = scratch.int32(length);
  const table = memory.strings.table();
  const { categories } = column;
  let dictionary: readonly string[] = categories;
  let added: string[] | null = null;
  let bad = false;
  let codeOf = new Int32Array(Math.max(256, 2 * table.size)).fill(unseen);
  for (let i = categories.length - 1; i >= 0; i--) {
    const bytes = Buffer.from(categories[i]!);
    codeOf[table.id(bytes, 0, bytes.length)] = column.nullValues.includes(categories[i]!.trim()) ? isNull : i;
  }

  function code(bytes: Uint8Array, start: number, end: number): number {
    const id = table.id(bytes, start, end);
    if (id >= codeOf.length) {
      const wider = new Int32Array(2 * id).fill(unseen);
      wider.set(codeOf);
      codeOf = wider;
    }
    const known = codeOf[id]!;
    if (known !== unseen) return known;
    const text = table.text(id);
    if (column.nullValues.includes(text.trim())) return (codeOf[id] = isNull);
    if (!table.isUtf8(id)) bad = true;
    const same = bad ? dictionary.indexOf(text) : -1;
    if (same !== -1) return (codeOf[id] = same);
    if (added === null) dictionary = added = [...categories];
    added.push(text);
    return (codeOf[id] = added.length - 1);
  }

  if (array.store === 'codes' && array.dictionary.store === 'text') {
    const { offsets, bytes } = array.dictionary;
    const entries = array.codes;
    const given = presence.bits;
    const codeOfEntry = new Int32Array(isSmall(array) ? array.dictionary.length : 0).fill(unseen);
    const next = (row: number) => recodeKnown(entries, codeOfEntry, given, codes, row, length);
    for (let row = next(0); row < length; row = next(row + 1)) {
      const entry = entries[row]!;
      let entryCode = entry < codeOfEntry.length ? codeOfEntry[entry]! : unseen;
      if (entryCode === unseen) entryCode = code(bytes, offsets[entry]!, offsets[entry + 1]!);
      if (entry < codeOfEntry.length) codeOfEntry[entry] = entryCode;
      if (entryCode === isNull) miss(presence, row, scratch, length);
      codes[row] = entryCode;
    }
  } else if (array.store === 'text') {
    const { offsets, bytes } = array;
    for (let row = 0; row < length; row++) {
      if (!isPresent(presence.bits, row)) continue;
      const entryCode = code(bytes, offsets[row]!, offsets[row + 1]!);
      codes[row] = entryCode;
      if (entryCode === isNull) miss(presence, row, scratch, length);
    }
  } else codes.fill(isNull);
  fillMissing(codes, presence, isNull);
  if (bad) noteBadBytes(array, presence, memory);
  return { type: 'string', layout: 'dictionary', length, codes, dictionary, validity: presence.bits };
}

/** Number of copies of written texts: in the column and on their way to the output. */
const copiesOfTexts = 3;

function asText(array: ArrowArray, memory: CastMemory): StringColumn {
  const { scratch, room } = memory;
  const { length } = array;
  const presence = presenceOf(array, scratch);
  missNulls(array, presence, memory);
  const coded = codedTexts(array, presence, memory);
  if (coded !== null) {
    room.take(copiesOfTexts * writtenBytes(coded));
    return codedColumn(coded, presence.bits);
  }
  const offsets = scratch.int32(length + 1);
  const source = array.store === 'codes' ? array.dictionary : array;
  const codes = array.store === 'codes' ? array.codes : null;
  let total = 0;
  for (let row = 0; row < length; row++) {
    offsets[row] = total;
    if (source.store !== 'text' || !isPresent(presence.bits, row)) continue;
    const at = codes === null ? row : codes[row]!;
    total += source.offsets[at + 1]! - source.offsets[at]!;
  }
  offsets[length] = total;
  room.take(copiesOfTexts * total);
  let bytes = scratch.bytes(total);
  const start = source.store === 'text' ? source.offsets[0]! : 0;
  if (source.store === 'text' && codes === null && source.offsets[length]! - start === total) {
    bytes.set(source.bytes.subarray(start, start + total));
  } else if (source.store === 'text') {
    for (let row = 0; row < length; row++) {
      const at = codes === null ? row : codes[row]!;
      let to = offsets[row]!;
      const end = offsets[row + 1]!;
      for (let from = source.offsets[at]!; to < end; from++, to++) bytes[to] = source.bytes[from]!;
    }
  }
  if (!isUtf8(bytes) || splitsCharacters(offsets, bytes)) {
    noteBadBytes(array, presence, memory);
    bytes = repaired(offsets, bytes);
  }
  return { type: 'string', layout: 'text', length, offsets, bytes, validity: presence.bits };
}

/**
 * Returns the rows as codes into a copy of their dictionary; null if it has more entries than there are rows, or
 * an entry that is not UTF-8.
 */
function codedTexts(array: ArrowArray, presence: Presence, { scratch }: CastMemory): CodedTexts | null {
  if (array.store !== 'codes' || array.dictionary.store !== 'text' || !isSmall(array)) return null;
  const { length: entries, offsets: ends, bytes: texts } = array.dictionary;
  const start = ends[0]!;
  const offsets = new Int32Array(entries + 1);
  for (let entry = 0; entry <= entries; entry++) offsets[entry] = ends[entry]! - start;
  const bytes = texts.slice(start, ends[entries]!);
  if (!isUtf8(bytes) || splitsCharacters(offsets, bytes)) return null;
  const codes = scratch.int32(array.length);
  codes.set(array.codes.subarray(0, array.length));
  fillMissing(codes, presence, -1);
  return { codes, entries, offsets, bytes };
}

/** Marks rows that hold one of the column's null values, ignoring surrounding blanks, as missing. */
function missNulls(array: ArrowArray, presence: Presence, { column, scratch }: CastMemory): void {
  if (column.nullValues.length === 0) return;
  const source = array.store === 'codes' ? array.dictionary : array;
  if (source.store !== 'text') return;
  const mayBeNull = nullCandidates(column);
  const isNullEntry = (entry: number) =>
    mayBeNull(source.bytes, source.offsets[entry]!, source.offsets[entry + 1]!) &&
    isNullText(source, entry, column);
  const nulls = new Uint8Array(isSmall(array) ? source.length : 0);
  for (let entry = 0; entry < nulls.length; entry++) if (isNullEntry(entry)) nulls[entry] = 1;
  if (nulls.length > 0 && !nulls.includes(1)) return;
  for (let row = 0; row < array.length; row++) {
    if (!isPresent(presence.bits, row)) continue;
    const entry = array.store === 'codes' ? array.codes[row]! : row;
    if (nulls.length > 0 ? nulls[entry] === 1 : isNullEntry(entry))
      miss(presence, row, scratch, array.length);
  }
}

/**
 * Returns true unless a dictionary has more entries than there are rows: a few rows must not cost a pass over
 * a long dictionary.
 */
function isSmall(array: ArrowArray): boolean {
  return array.store !== 'codes' || array.dictionary.length <= array.length;
}

/**
 * Returns a quick test of a cell's bytes with false positives only: a cell without possible blanks at its
 * ends (including any byte beyond ASCII) is a null text only if it has the length and the first byte of one.
 */
function nullCandidates({ nullValues }: ReadColumn) {
  const texts = nullValues.map((text) => Buffer.from(text));
  const lengths = new Set(texts.map(({ length }) => length));
  const longest = Math.max(...lengths);
  const isLength = Uint8Array.from({ length: longest + 1 }, (_, length) => (lengths.has(length) ? 1 : 0));
  const begins = new Uint8Array(256);
  for (const text of texts) if (text.length > 0) begins[text[0]!] = 1;
  const isWord = new Uint8Array(256).fill(1, 33, 127);
  return (bytes: Uint8Array, start: number, end: number): boolean => {
    if (start === end) return isLength[0] === 1;
    const first = bytes[start]!;
    if (isWord[first] === 0 || isWord[bytes[end - 1]!] === 0) return true;
    return end - start <= longest && isLength[end - start] === 1 && begins[first] === 1;
  };
}

function isNullText(source: TextArray, entry: number, column: ReadColumn): boolean {
  return column.nullValues.includes(cellText(source, entry).trim());
}

function noteBadBytes(array: ArrowArray, presence: Presence, memory: CastMemory): void {
  const source = array.store === 'codes' ? array.dictionary : array;
  if (source.store !== 'text') return;
  for (let row = 0; row < array.length; row++) {
    if (!isPresent(presence.bits, row)) continue;
    const at = array.store === 'codes' ? array.codes[row]! : row;
    if (isUtf8(source.bytes.subarray(source.offsets[at]!, source.offsets[at + 1]!))) continue;
    memory.note('invalid-utf8', row, cellText(source, at));
  }
}

/** Returns true if a row begins within a character: then the bytes are UTF-8 only when read across rows. */
function splitsCharacters(offsets: Int32Array, bytes: Uint8Array): boolean {
  for (let row = 0; row < offsets.length; row++) if ((bytes[offsets[row]!]! & 0xc0) === 0x80) return true;
  return false;
}

/** Returns the rows with U+FFFD for invalid UTF-8; rewrites `offsets` in entryCode. */
function repaired(offsets: Int32Array, bytes: Uint8Array): Uint8Array {
  const parts: Buffer[] = [];
  let total = 0;
  let start = offsets[0]!;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const end = offsets[row + 1]!;
    const part = Buffer.from(
      Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'),
    );
    parts.push(part);
    start = end;
    total += part.length;
    offsets[row + 1] = total;
  }
  return Buffer.concat(parts);
}
