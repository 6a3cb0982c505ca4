import {
  type BinList,
  binLists,
  type ColumnBins,
  createBinPacker,
  type PackedBins,
  packedLength,
  unpackBins,
} from './column-bins.js';
import { raiseRanks, registers } from './distinct.js';
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
  /** Returns the sum of a column; null if nothing was added. */
  column(list: BinList, name: string): ColumnSum | null;
}

/** A column's bins and registers as they are added up. */
interface ColumnSum {
  readonly sketch: SketchSum;
  readonly ranks: Uint8Array;
}

/** Creates an empty sum. */
export function createBinSum(): BinSum {
  const sums: Record<BinList, Map<string, ColumnSum>> = {
    raw: new Map(),
    used: new Map(),
    outputs: new Map(),
    segments: new Map(),
  };

  function addTo(list: BinList, name: string, column: ColumnBins | undefined): void {
    const sum = sums[list].get(name) ?? copyOf(undefined);
    sums[list].set(name, sum);
    if (column === undefined) return;
    sum.sketch.add(column.precision, column.keys, column.counts);
    if (column.registers !== null) raiseRanks(sum.ranks, column.registers);
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
    take() {
      const all = binLists.flatMap((list) => [...sums[list].values()]);
      const room = all.reduce((bins, { sketch }) => bins + packedLength(sketch.bins().keys.length), 0);
      const packer = createBinPacker(room, all.length * registers);
      for (const list of binLists) {
        for (const [name, { sketch, ranks }] of sums[list]) {
          const isSeen = ranks.some((rank) => rank > 0);
          const bins = { precision: sketch.precision(), ...sketch.bins() };
          packer.add(list, name, { ...bins, registers: isSeen ? ranks : null });
          sketch.empty();
          ranks.fill(0);
        }
      }
      return packer.packed();
    },
    column: (list, name) => sums[list].get(name) ?? null,
  };
}

function copyOf(sum: ColumnSum | undefined): ColumnSum {
  if (sum === undefined) return { sketch: createSketchSum(), ranks: new Uint8Array(registers) };
  return { sketch: sum.sketch.copy(), ranks: sum.ranks.slice() };
}
