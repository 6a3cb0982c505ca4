import {
  type BinList,
  binLists,
  createBinPacker,
  headBytes,
  type PackedBins,
  type PackedColumn,
  unpackBins,
} from './column-bins.js';
import { raiseWritten, registers } from './distinct.js';
import { fullPrecision } from './sketch.js';
import { createSketchSum, type SketchSum } from './sketch-sum.js';

/** Bins and registers of slices added up, column by column: exact, in any order and in any parts. */
export interface BinSum {
  /** Adds what was packed; about 5 microseconds for a column of many different values. */
  add(packed: PackedBins): void;
  /**
   * The finest bins that are of use for another slice's column: what is added up already is no finer. A worker's slices may thus be counted
   * in coarse bins from the start, and the sum of all of them is still the same.
   */
  finest(list: BinList, name: string): number;
  /** Returns all that was added, in newly allocated memory, and starts again from zero. */
  take(): PackedBins;
  /** Yields what `take` returns in parts of about `most` bytes, 1 MiB, to be added in any order; gives up the memory of what is in them. */
  takeParts(most?: number): Generator<PackedBins>;
  /** Returns the sum of a column; null if nothing was added. */
  column(list: BinList, name: string): ColumnSum | null;
}

/** A column's bins and registers as they are added up. */
interface ColumnSum {
  readonly sketch: SketchSum;
  /** Null as long as no value was seen. */
  ranks: Uint8Array | null;
}

/** Creates an empty sum. */
export function createBinSum(): BinSum {
  const sums: Record<BinList, Map<string, ColumnSum>> = {
    raw: new Map(),
    used: new Map(),
    outputs: new Map(),
    segments: new Map(),
  };

  function addTo(list: BinList, name: string, column: PackedColumn | undefined): void {
    const sum = sums[list].get(name) ?? copyOf(undefined);
    sums[list].set(name, sum);
    if (column === undefined) return;
    sum.sketch.addBytes(column.precision, column);
    const { bytes, ranksStart, ranksEnd } = column;
    if (ranksEnd === ranksStart) return;
    sum.ranks ??= new Uint8Array(registers);
    raiseWritten(sum.ranks, bytes, ranksStart, ranksEnd);
  }

  /** The columns of all lists; what belongs together when it is added, a column as read and as used, in one. */
  function units(): Entry[][] {
    const entry = (list: BinList, name: string): Entry[] => {
      const sum = sums[list].get(name);
      return sum === undefined ? [] : [{ list, name, sum }];
    };
    const inputs = [...new Set([...sums.raw.keys(), ...sums.used.keys()])];
    return [
      ...inputs.map((name) => [...entry('raw', name), ...entry('used', name)]),
      ...[...sums.outputs.keys()].map((name) => entry('outputs', name)),
      ...[...sums.segments.keys()].map((name) => entry('segments', name)),
    ];
  }

  return {
    add(packed) {
      const now = unpackBins(packed);
      // If either side lists a column as changed, the other side's raw one is what the model got there.
      for (const name of new Set([...sums.used.keys(), ...now.used.keys()])) {
        if (!sums.used.has(name)) sums.used.set(name, copyOf(sums.raw.get(name)));
        addTo('used', name, now.used.get(name) ?? now.raw.get(name));
      }
      for (const list of ['raw', 'outputs', 'segments'] as const) {
        for (const [name, column] of now[list]) addTo(list, name, column);
      }
    },
    finest(list, name) {
      const precision = (of: BinList) => sums[of].get(name)?.sketch.precision();
      // Values as read also count as used if repair changed the column in other slices.
      if (list === 'raw') return Math.max(precision('raw') ?? fullPrecision, precision('used') ?? 0);
      if (list === 'used') return precision('used') ?? precision('raw') ?? fullPrecision;
      return precision(list) ?? fullPrecision;
    },
    take: () => pack(units().flat()),
    *takeParts(most = partBytes) {
      let part: Entry[] = [];
      let length = 0;
      for (const unit of units()) {
        for (const { sum } of unit) length += bytesOf(sum);
        part.push(...unit);
        if (length < most) continue;
        yield packAndRelease(part);
        part = [];
        length = 0;
      }
      yield packAndRelease(part);
    },
    column: (list, name) => sums[list].get(name) ?? null,
  };
}

/** A column's sum under its name in a list. */
interface Entry {
  readonly list: BinList;
  readonly name: string;
  readonly sum: ColumnSum;
}

/** Size of a part, about. */
const partBytes = 2 ** 20;

function bytesOf({ sketch, ranks }: ColumnSum): number {
  const { start, end } = sketch.bins();
  return end - start + (ranks === null ? 0 : registers);
}

/** Packs sums, in newly allocated memory, and starts them again from zero. */
function pack(entries: readonly Entry[]): PackedBins {
  const packer = createBinPacker(entries.reduce((bytes, { sum }) => bytes + headBytes + bytesOf(sum), 0));
  for (const wanted of binLists) {
    for (const { list, name, sum } of entries) {
      if (list !== wanted) continue;
      packer.addBytes(list, name, sum.sketch.precision(), sum.sketch.bins(), sum.ranks);
      sum.sketch.empty();
      sum.ranks?.fill(0);
    }
  }
  return packer.packed();
}

/** The same, and gives up the memory of the sums. */
function packAndRelease(entries: readonly Entry[]): PackedBins {
  const packed = pack(entries);
  for (const { sum } of entries) {
    sum.sketch.release();
    sum.ranks = null;
  }
  return packed;
}

function copyOf(sum: ColumnSum | undefined): ColumnSum {
  if (sum === undefined) return { sketch: createSketchSum(), ranks: null };
  return { sketch: sum.sketch.copy(), ranks: sum.ranks?.slice() ?? null };
}
