import { blockRows } from '../../chunk/block-rows.js';
import type { CodedTexts } from '../../chunk/coded-texts.js';
import type { DictionaryColumn, StringListColumn, Validity } from '../../chunk/column.js';
import { countMissing } from '../../chunk/validity.js';
import { putWords, runBytes, writeLoops } from '../../kernels/page-loops.js';
import { type ColumnPages, columnPages, statisticsOf, withLength } from './column-chunk.js';
import { type Presence, presenceOf } from './presence.js';
import { bitsFor, oneRun, runLengths } from './run-lengths.js';

const byteArray = 6;
const rleDictionary = 8;

/**
 * Returns a column chunk of a dictionary page and one data page (parquet.thrift, Encodings.md): the used
 * texts in order of their first row, their codes as RLE/bit-packed runs, uncompressed. Costs about a tenth of
 * writing the texts out and hashing them again.
 */
export function codedChunk(
  column: DictionaryColumn | StringListColumn,
  rows: number,
  presence = presenceOf(rows),
): ColumnPages {
  const levels =
    column.type === 'string'
      ? levelsOfStrings(column.codes, column.validity, rows, presence)
      : levelsOfLists(column, rows);
  const { dictionary } = column;
  return chunkOf(levels, dictionary.length, (used) => bytesOfStrings(dictionary, used));
}

/** Returns such a chunk of texts that are codes into a dictionary of bytes. */
export function codedTextsChunk(
  coded: CodedTexts,
  validity: Validity,
  rows: number,
  presence: Presence,
): ColumnPages {
  const levels = levelsOfStrings(coded.codes, validity, rows, presence);
  return chunkOf(levels, coded.entries, (used) => usedBytes(coded, used));
}

/** Texts one after another: text i is `bytes[offsets[i], offsets[i + 1])`. */
type Texts = Pick<CodedTexts, 'offsets' | 'bytes'>;

function bytesOfStrings(dictionary: readonly string[], used: Int32Array): Texts {
  const offsets = new Int32Array(used.length + 1);
  let most = 0;
  for (const code of used) most += 3 * dictionary[code]!.length;
  const bytes = Buffer.allocUnsafe(most);
  for (let i = 0; i < used.length; i++)
    offsets[i + 1] = offsets[i]! + bytes.write(dictionary[used[i]!]!, offsets[i]!);
  return { bytes, offsets };
}

function usedBytes({ entries, offsets, bytes }: CodedTexts, used: Int32Array): Texts {
  const size = offsets[entries]!;
  const { loops, memory, at } = writeLoops({
    used: 4 * used.length,
    from: 4 * (entries + 1),
    texts: size,
    offsets: 4 * (used.length + 1),
    bytes: size,
  });
  putWords(memory, at.used, used);
  putWords(memory, at.from, offsets.subarray(0, entries + 1));
  memory.set(bytes.subarray(0, size), at.texts);
  loops.pickTexts(at.used, used.length, at.from, at.texts, at.offsets, at.bytes);
  const gathered = new Int32Array(memory.buffer, at.offsets, used.length + 1).slice();
  return { offsets: gathered, bytes: memory.slice(at.bytes, at.bytes + gathered[used.length]!) };
}

function chunkOf(levels: Levels, entries: number, textsOf: (used: Int32Array) => Texts): ColumnPages {
  const { used, bitWidth, values } = renumber(levels, entries);
  const { count, missing } = levels;
  const texts = textsOf(used);
  const { body, least, greatest } = dictionaryOf(texts, used.length);
  return columnPages({
    physical: byteArray,
    encoding: rleDictionary,
    dictionary: { body, count: used.length },
    data: [...levels.levels, Uint8Array.of(bitWidth), values],
    count,
    statistics: statisticsOf(missing, least, greatest),
  });
}

interface Levels {
  /** Codes of the values; -1: missing. */
  readonly codes: Int32Array;
  /** Repetition and definition levels, each preceded by its length. */
  readonly levels: readonly Uint8Array[];
  /** Number of levels. */
  readonly count: number;
  readonly missing: number;
}

/** Returns the levels of an optional string: 1 if present. */
function levelsOfStrings(codes: Int32Array, validity: Validity, rows: number, presence: Presence): Levels {
  const missing = countMissing(validity, rows);
  return { codes: codes.subarray(0, rows), levels: presence.levels(validity), count: rows, missing };
}

/** Returns a list's levels: 1 if it is empty, 3 for an item; an item after the row's first repeats. */
function levelsOfLists({ offsets, codes }: StringListColumn, rows: number): Levels {
  const start = offsets[0]!;
  const items = codes.subarray(start, offsets[rows]!);
  if (items.length === 0) {
    const levels = [...withLength(oneRun(0, rows, 1)), ...withLength(oneRun(1, rows, 2))];
    return { codes: items, levels, count: rows, missing: rows };
  }
  const repetition = new Uint8Array(rows + items.length);
  const definition = new Uint8Array(rows + items.length).fill(1);
  let count = 0;
  for (let row = 0; row < rows; row += blockRows)
    count = addLists(offsets, row, Math.min(rows, row + blockRows), repetition, definition, count);
  return {
    codes: items,
    levels: [
      ...withLength(runLengths(repetition.subarray(0, count), 1)),
      ...withLength(runLengths(definition.subarray(0, count), 2)),
    ],
    count,
    missing: count - items.length,
  };
}

/** Adds the levels of the lists of rows `[row, end)` to others; returns how many there are. */
function addLists(
  offsets: Int32Array,
  row: number,
  end: number,
  repetition: Uint8Array,
  definition: Uint8Array,
  count: number,
): number {
  let to = count;
  for (let i = row, from = offsets[row]!; i < end; i++) {
    const next = offsets[i + 1]!;
    if (next === from) to++;
    for (let item = 0; from < next; from++, item = 1, to++) {
      repetition[to] = item;
      definition[to] = 3;
    }
  }
  return to;
}

/** Renumbers codes by the used ones, in order of first use, and packs them. */
function renumber({ codes, count, missing }: Levels, entries: number) {
  const present = count - missing;
  const bits = bitsFor(Math.max(0, Math.min(entries, present) - 1));
  const { loops, memory, at } = writeLoops({
    codes: 4 * codes.length,
    indexOf: 4 * entries,
    used: 4 * (entries + 1),
    indices: 4 * codes.length,
    packed: runBytes(present, bits),
  });
  putWords(memory, at.codes, codes);
  const found = loops.indexCodes(at.codes, codes.length, entries, at.indexOf, at.used, at.indices);
  if (found !== present) throw new Error(`${found} codes of ${present} texts`);
  const [size] = new Int32Array(memory.buffer, at.used, 1);
  const used = new Int32Array(memory.buffer, at.used + 4, size!).slice();
  const bitWidth = bitsFor(Math.max(0, used.length - 1));
  const values =
    used.length === 1
      ? oneRun(0, present, bitWidth)
      : memory.slice(at.packed, loops.packRuns(at.indices, present, bitWidth, at.packed));
  return { used, bitWidth, values };
}

/** Returns the body of a dictionary page, and the least and the greatest text; null if there is none. */
function dictionaryOf({ offsets, bytes }: Texts, count: number) {
  const size = offsets[count]!;
  const { loops, memory, at } = writeLoops({
    offsets: 4 * (count + 1),
    texts: size,
    body: 4 * count + size,
  });
  putWords(memory, at.offsets, offsets);
  memory.set(bytes.subarray(0, size), at.texts);
  const end = loops.layTexts(at.offsets, count, at.texts, 0, at.body);
  const bound = (isGreatest: boolean) => {
    const text = loops.boundOf(at.offsets, count, at.texts, 0, isGreatest);
    return text < 0 ? null : memory.slice(at.texts + offsets[text]!, at.texts + offsets[text + 1]!);
  };
  return { body: memory.slice(at.body, end), least: bound(false), greatest: bound(true) };
}
