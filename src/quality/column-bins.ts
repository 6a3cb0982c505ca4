import { afterNumber, type BinBytes, readNumber, roomFor, writeBins, writeNumber } from './bin-bytes.js';
import { countRanks, type DistinctSketch, registers, writeRegisters } from './distinct.js';
import { fullPrecision, maxBins } from './sketch.js';

/**
 * The counts of a column's values, most of a profile: the bins of its sketch, ascending, and its registers.
 * How long views stay valid depends on their maker.
 */
export interface ColumnBins {
  readonly precision: number;
  readonly keys: Int32Array;
  readonly counts: Int32Array | Float64Array;
  /** Null where no value was seen, and where different ones are not counted. */
  readonly registers: Uint8Array | null;
}

/** The bins of a column without numbers. */
export function onlyRegisters(ranks: Uint8Array | null): ColumnBins {
  return { precision: fullPrecision, keys: noBins, counts: noBins, registers: ranks };
}

const noBins = new Int32Array(0);

/** The lists of profiles in a quality; those of segments go by the segment and the column. */
export const binLists = ['raw', 'used', 'outputs', 'segments'] as const;
export type BinList = (typeof binLists)[number];

/** The bins of many columns, one after another, as bytes that are sent between processes as they are. */
export interface PackedBins {
  readonly names: Readonly<Record<BinList, readonly string[]>>;
  /**
   * Per column, list by list: precision, number of bins, their bytes, bytes of registers, bins, registers.
   */
  readonly bytes: Uint8Array;
}

/** The bins of a column within packed ones. */
export interface PackedColumn extends BinBytes {
  readonly precision: number;
  /** Where its registers begin, and the first byte after them; as `writeRegisters` wrote them. */
  readonly ranksStart: number;
  readonly ranksEnd: number;
}

/** Most bytes of a column besides its bins and registers. */
export const headBytes = 16;

/** Lays the bins of one column after another into room that is kept. */
export interface BinPacker {
  /** Starts again. */
  clear(): void;
  /** Starts again, and releases its memory. */
  release(): void;
  /** Adds a column as counted; lists must come in their order. */
  add(list: BinList, name: string, column: ColumnBins): void;
  /** Adds a column's bins, in the form of a sum, and its registers. */
  addBytes(list: BinList, name: string, precision: number, bins: BinBytes, ranks: Uint8Array | null): void;
  /** Adds a column's bins, in the form of a sum, and its registers as a profile has them. */
  addSealed(list: BinList, name: string, precision: number, bins: BinBytes, distinct: DistinctSketch): void;
  /** Bytes that were added. */
  length(): number;
  /** All that was added, as a view that holds until it is cleared. */
  packed(): PackedBins;
}

/** Room that is kept, however little of it is used. */
const muchRoom = 2 ** 20;

/** Creates an empty packer with room for this many bytes; it grows if needed. */
export function createBinPacker(room = 4096): BinPacker {
  let names = noNames();
  let bytes = new Uint8Array(room);
  let at = 0;

  function makeRoom(more: number): void {
    if (at + more <= bytes.length) return;
    const roomier = new Uint8Array(at + more + (bytes.length >> 1));
    roomier.set(bytes.subarray(0, at));
    bytes = roomier;
  }

  /** `ranksLength` bytes of registers are in `written`. */
  function addBytes(
    list: BinList,
    name: string,
    precision: number,
    { bytes: of, start, end, bins }: BinBytes,
    ranksLength: number,
  ): void {
    const length = end - start;
    makeRoom(headBytes + length + ranksLength);
    names[list].push(name);
    bytes[at++] = precision;
    at = writeNumber(bytes, at, bins);
    at = writeNumber(bytes, at, length);
    at = writeNumber(bytes, at, ranksLength);
    bytes.set(of.subarray(start, end), at);
    at += length;
    bytes.set(written.subarray(0, ranksLength), at);
    at += ranksLength;
  }

  return {
    clear() {
      names = noNames();
      // Growing by half at a time may leave it far too large.
      if (bytes.length > muchRoom && bytes.length > at + (at >> 2)) bytes = new Uint8Array(at + (at >> 3));
      at = 0;
    },
    release() {
      names = noNames();
      at = 0;
      bytes = new Uint8Array(4096);
    },
    add(list, name, { precision, keys, counts, registers: ranks }) {
      const end = writeBins(counted, 0, keys, counts, keys.length);
      const all = { bytes: counted, start: 0, end, bins: keys.length };
      addBytes(list, name, precision, all, writtenRanks(ranks));
    },
    addBytes: (list, name, precision, bins, ranks) =>
      addBytes(list, name, precision, bins, writtenRanks(ranks)),
    addSealed: (list, name, precision, bins, distinct) =>
      addBytes(list, name, precision, bins, writable.write(distinct, 'base64')),
    length: () => at,
    packed: () => ({ names, bytes: bytes.subarray(0, at) }),
  };
}

/** Memory of this thread for the bins and the registers of a column. */
const counted = new Uint8Array(roomFor(maxBins));
const written = new Uint8Array(registers);
const writable = Buffer.from(written.buffer);

function writtenRanks(ranks: Uint8Array | null): number {
  return ranks === null ? 0 : writeRegisters(written, 0, ranks, countRanks(ranks));
}

function noNames(): Record<BinList, string[]> {
  return { raw: [], used: [], outputs: [], segments: [] };
}

/** The columns of each list, in order. */
export function unpackBins({ names, bytes }: PackedBins): Record<BinList, Map<string, PackedColumn>> {
  let at = 0;
  const number = (): number => {
    const found = readNumber(bytes, at);
    at = afterNumber;
    return found;
  };
  const next = (): PackedColumn => {
    const precision = bytes[at++]!;
    const bins = number();
    const length = number();
    const ranksLength = number();
    const start = at;
    const end = start + length;
    at = end + ranksLength;
    return { precision, bytes, start, end, bins, ranksStart: end, ranksEnd: at };
  };
  const take = (list: BinList) => new Map(names[list].map((name) => [name, next()]));
  return { raw: take('raw'), used: take('used'), outputs: take('outputs'), segments: take('segments') };
}
