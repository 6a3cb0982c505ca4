import {
  type BinList,
  binLists,
  createBinPacker,
  headBytes,
  type PackedBins,
  type PackedColumn,
  unpackBins,
} from './column-bins.js';
import { raiseWritten } from './distinct.js';
import { type Held, lengthOf, none, openHeldBins, ranksOf } from './held-bins.js';
import { heldSketch } from './held-sketch.js';
import { fullPrecision, type Sketch } from './sketch.js';
import { addSketchBytes } from './sketch-sum.js';

/** Bins and registers of slices added up, column by column: exact, in any order and in any parts. */
export interface BinSum {
  /** Adds what was packed; about 5 microseconds for a column of many different values. */
  add(packed: PackedBins): void;
  /**
   * The finest bins that are useful for another slice's column: the bins added up so far are no finer. So a
   * worker may count its slices in coarse bins from the start, and the sum over all of them stays the same.
   */
  finest(list: BinList, name: string): number;
  /** Returns all that was added, in newly allocated memory, and starts again from zero. */
  take(): PackedBins;
  /**
   * Yields the results of `take` in parts of about `most` bytes, 1 MiB, to be added in any order; releases
   * the memory of what they contain.
   */
  takeParts(most?: number): Generator<PackedBins>;
  /** Returns the sum of a column, with registers valid until the next addition; null if nothing was added. */
  column(list: BinList, name: string): { readonly sketch: Sketch; readonly ranks: Uint8Array | null } | null;
}

/** Creates an empty sum. */
export function createBinSum(): BinSum {
  const sums: Record<BinList, Map<string, Held>> = {
    raw: new Map(),
    used: new Map(),
    outputs: new Map(),
    segments: new Map(),
  };
  const store = openHeldBins();

  function addTo(list: BinList, name: string, column: PackedColumn | undefined): void {
    const held = sums[list].get(name) ?? none(fullPrecision);
    if (column === undefined) {
      sums[list].set(name, held);
      return;
    }
    const { bytes, ranksStart, ranksEnd } = column;
    const sketch = addSketchBytes(held, column);
    const sum = store.keep(sketch, held.hasRanks || ranksEnd > ranksStart, ranksOf(held));
    if (ranksEnd > ranksStart) raiseWritten(ranksOf(sum)!, bytes, ranksStart, ranksEnd);
    store.free(held);
    sums[list].set(name, sum);
  }

  /** Moves all strings to new memory, one after another. */
  function gather(): void {
    for (const list of binLists)
      for (const [name, held] of sums[list]) sums[list].set(name, store.move(held));
    store.release();
  }

  /** Packs sums, in newly allocated memory, and starts them again from zero. */
  function pack(entries: readonly Entry[]): PackedBins {
    const packer = createBinPacker(
      entries.reduce((bytes, { held }) => bytes + headBytes + lengthOf(held), 0),
    );
    for (const wanted of binLists) {
      for (const { list, name, held } of entries) {
        if (list !== wanted) continue;
        packer.addBytes(list, name, held.precision, held, ranksOf(held));
        store.free(held);
        // Merged bins are as coarse as the coarser of the two.
        sums[list].set(name, none(held.precision));
      }
    }
    store.release();
    return packer.packed();
  }

  /**
   * The columns of all lists; those that are added together, a column as read and as used, form one entry.
   */
  function units(): Entry[][] {
    const entry = (list: BinList, name: string): Entry[] => {
      const held = sums[list].get(name);
      return held === undefined ? [] : [{ list, name, held }];
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
        if (!sums.used.has(name)) sums.used.set(name, store.copy(sums.raw.get(name) ?? none(fullPrecision)));
        addTo('used', name, now.used.get(name) ?? now.raw.get(name));
      }
      for (const list of ['raw', 'outputs', 'segments'] as const) {
        for (const [name, column] of now[list]) addTo(list, name, column);
      }
      if (store.isSparse()) gather();
      store.release(slabsKept);
    },
    finest(list, name) {
      const precision = (of: BinList) => sums[of].get(name)?.precision;
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
        for (const { held } of unit) length += lengthOf(held);
        part.push(...unit);
        if (length < most) continue;
        yield pack(part);
        part = [];
        length = 0;
      }
      yield pack(part);
    },
    column(list, name) {
      const held = sums[list].get(name);
      if (held === undefined) return null;
      // A sketch is made of the bytes: they are never written again.
      if (held.slab !== null) held.slab.strings++;
      return { sketch: heldSketch(held.precision, held), ranks: ranksOf(held) };
    },
  };
}

/** A column's sum under its name in a list. */
interface Entry {
  readonly list: BinList;
  readonly name: string;
  readonly held: Held;
}

/** Slabs that are kept for the next addition: coarser bins may take half as much as those before. */
const slabsKept = 2;

/** Size of a part, about. */
const partBytes = 2 ** 20;
