import { registers } from './distinct.js';
import { fullPrecision } from './sketch.js';

/**
 * The counts of a column's values: the bins of its sketch, ascending, and its registers; most of a profile. How long views stay valid is
 * documented where they are made.
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

/** The bins of many columns, concatenated in two arrays that are sent between processes without conversion. */
export interface PackedBins {
  readonly names: Readonly<Record<BinList, readonly string[]>>;
  /** Of each column, list by list: whether it has registers, precision, how many bins, their keys, their counts. */
  readonly bins: Int32Array;
  /** The registers of the columns that have any. */
  readonly registers: Uint8Array;
}

/** Returns how many whole numbers a column's bins take when packed. */
export function packedLength(bins: number): number {
  return 3 + 2 * bins;
}

/** Lays the bins of one column after another into room that is kept. */
export interface BinPacker {
  /** Starts again. */
  clear(): void;
  /** Adds a column, whose counts must be below 2^31; lists come in their order. */
  add(list: BinList, name: string, column: ColumnBins): void;
  /** All that was added, as views that hold until it is cleared. */
  packed(): PackedBins;
}

/** Creates an empty packer with room for this many whole numbers and registers; it grows if needed. */
export function createBinPacker(room = 1024, ranksRoom = 4 * registers): BinPacker {
  let names = noNames();
  let bins = new Int32Array(room);
  let ranks = new Uint8Array(ranksRoom);
  let at = 0;
  let rank = 0;
  return {
    clear() {
      names = noNames();
      at = 0;
      rank = 0;
    },
    add(list, name, column) {
      const { precision, keys, counts } = column;
      names[list].push(name);
      const end = at + packedLength(keys.length);
      if (end > bins.length) bins = roomier(bins, new Int32Array(Math.max(end, 2 * bins.length)));
      bins[at] = column.registers === null ? 0 : 1;
      bins[at + 1] = precision;
      bins[at + 2] = keys.length;
      bins.set(keys, at + 3);
      bins.set(counts, at + 3 + keys.length);
      at = end;
      if (column.registers === null) return;
      if (rank + registers > ranks.length) ranks = roomier(ranks, new Uint8Array(2 * ranks.length));
      ranks.set(column.registers, rank);
      rank += registers;
    },
    packed: () => ({ names, bins: bins.subarray(0, at), registers: ranks.subarray(0, rank) }),
  };
}

function roomier<Values extends Int32Array | Uint8Array>(values: Values, room: Values): Values {
  room.set(values);
  return room;
}

function noNames(): Record<BinList, string[]> {
  return { raw: [], used: [], outputs: [], segments: [] };
}

/** The columns of each list, in order, as views. */
export function unpackBins({
  names,
  bins,
  registers: ranks,
}: PackedBins): Record<BinList, Map<string, ColumnBins>> {
  let at = 0;
  let rank = 0;
  const next = (): ColumnBins => {
    const [has, precision, length] = [bins[at]!, bins[at + 1]!, bins[at + 2]!];
    const keys = bins.subarray(at + 3, at + 3 + length);
    const counts = bins.subarray(at + 3 + length, at + 3 + 2 * length);
    at += packedLength(length);
    if (has === 0) return { precision, keys, counts, registers: null };
    rank += registers;
    return { precision, keys, counts, registers: ranks.subarray(rank - registers, rank) };
  };
  const take = (list: BinList) => new Map(names[list].map((name) => [name, next()]));
  return { raw: take('raw'), used: take('used'), outputs: take('outputs'), segments: take('segments') };
}
