import { type BinBytes, mergeBins, noBinBytes, readBins, roomFor, writeBins } from './bin-bytes.js';
import { heldSketch, sketchBytes } from './held-sketch.js';
import { coarserKey, fullPrecision, maxBins, type Sketch } from './sketch.js';

/** Accumulates sketches: the same bins as `mergeSketches`, without new arrays each time, in 2 to 5 bytes a bin. */
export interface SketchSum {
  /** Adds bins, ascending; costs one pass over both. */
  add(precision: number, keys: ArrayLike<number>, counts: ArrayLike<number>): void;
  /** Adds bins that are written as bytes. */
  addBytes(precision: number, bins: BinBytes): void;
  /** The precision of its bins: no value that is added later can make them finer. */
  precision(): number;
  /** Returns another sum of the same values. */
  copy(): SketchSum;
  /** The bins of all that was added since it was emptied; they hold until the next addition. */
  bins(): BinBytes;
  /**
   * Removes all values, which are counted elsewhere from now on; keeps the precision, because merged bins are as coarse as the coarser of
   * the two.
   */
  empty(): void;
  /** Gives up its memory, if it is empty. */
  release(): void;
  /** Returns the sketch of everything added. */
  sketch(): Sketch;
}

// Scratch memory of this thread: both sides of an addition as arrays, and the result. All of one type, so that the loops are compiled for
// it alone.
const ownKeys = new Int32Array(2 * maxBins);
const ownCounts = new Float64Array(2 * maxBins);
const otherKeys = new Int32Array(maxBins);
const otherCounts = new Float64Array(maxBins);
const bothKeys = new Int32Array(2 * maxBins);
const bothCounts = new Float64Array(2 * maxBins);
const written = new Uint8Array(roomFor(maxBins));
const beyond = 0x7fffffff;

/** A sum of no sketches, whose bins will be no finer than `precision`. */
export function createSketchSum(atMost = fullPrecision): SketchSum {
  let precision = atMost;
  let held = noBinBytes;

  /** True if a sketch is made of the bytes. */
  let isShared = false;

  /** Copies bins into memory of the sum, which grows by an eighth more than is needed. */
  function keep({ bytes, start, end, bins }: BinBytes): void {
    const length = end - start;
    let room = held.bytes;
    if (isShared || length > room.length) room = new Uint8Array(length + (length >> 3));
    isShared = false;
    room.set(bytes.subarray(start, end));
    held = { bytes: room, start: 0, end: length, bins };
  }

  /** Makes bins coarser until they are few enough, and keeps them. */
  function keepFewer(found: number): void {
    const steps = found > maxBins ? stepsToFit(found) : 0;
    const bins = steps === 0 ? found : coarsenBoth(found, steps);
    precision -= steps;
    keep({ bytes: written, start: 0, end: writeBins(written, 0, bothKeys, bothCounts, bins), bins });
  }

  function addBytes(otherPrecision: number, others: BinBytes): void {
    if (others.bins === 0) return;
    if (otherPrecision === precision) {
      const both = mergeBins(held, others);
      if (both.bins <= maxBins) keep(both);
      else {
        readBins(both, bothKeys, bothCounts);
        keepFewer(both.bins);
      }
      return;
    }
    const common = Math.min(precision, otherPrecision);
    readBins(held, ownKeys, ownCounts);
    readBins(others, otherKeys, otherCounts);
    const found = lay(held.bins, precision - common, others.bins, otherPrecision - common);
    precision = common;
    keepFewer(found);
  }

  return {
    add(otherPrecision, keys, counts) {
      const end = writeBins(written, 0, keys, counts, keys.length);
      addBytes(otherPrecision, { bytes: written, start: 0, end, bins: keys.length });
    },
    addBytes,
    precision: () => precision,
    copy() {
      const sum = createSketchSum(precision);
      sum.addBytes(precision, held);
      return sum;
    },
    bins: () => held,
    empty() {
      held = { ...held, end: 0, bins: 0 };
    },
    release() {
      if (held.bins === 0) held = noBinBytes;
    },
    sketch() {
      isShared = true;
      return heldSketch(precision, held);
    },
  };
}

/** Merges the sketches of two sets of values: exact, associative and commutative; costs one pass over the bins. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  if (a.keys.length === 0) return b;
  if (b.keys.length === 0) return a;
  const sum = createSketchSum();
  for (const sketch of [a, b]) sum.addBytes(sketch.precision, sketchBytes(sketch));
  return sum.sketch();
}

/**
 * Merges the first `end` bins and the first `otherEnd` added bins into one list, each made coarser by its steps; returns how many there
 * are.
 */
function lay(end: number, steps: number, otherEnd: number, otherSteps: number): number {
  let last = -1;
  let left = end > 0 ? coarserKey(ownKeys[0]!, steps) : beyond;
  let right = otherEnd > 0 ? coarserKey(otherKeys[0]!, otherSteps) : beyond;
  for (let i = 0, j = 0; i < end || j < otherEnd; ) {
    const isLeft = left <= right;
    const key = isLeft ? left : right;
    const count = isLeft ? ownCounts[i]! : otherCounts[j]!;
    if (isLeft) left = ++i < end ? coarserKey(ownKeys[i]!, steps) : beyond;
    else right = ++j < otherEnd ? coarserKey(otherKeys[j]!, otherSteps) : beyond;
    if (last >= 0 && bothKeys[last] === key) bothCounts[last]! += count;
    else {
      bothKeys[++last] = key;
      bothCounts[last] = count;
    }
  }
  return last + 1;
}

const merges = new Int32Array(33);

/** Returns by how many steps the merged bins must be made coarser so that at most `maxBins` are left. Costs one pass. */
function stepsToFit(bins: number): number {
  merges.fill(0);
  for (let i = 1; i < bins; i++) merges[stepsToMerge(bothKeys[i - 1]!, bothKeys[i]!)]!++;
  let steps = 0;
  for (let left = bins; left > maxBins; ) left -= merges[++steps]!;
  return steps;
}

/** Returns by how many steps two keys, ascending, must be made coarser to be the same: up to their highest different bit. */
function stepsToMerge(key: number, next: number): number {
  if (key >= 0) return 32 - Math.clz32(key ^ next);
  if (next <= 0) return 32 - Math.clz32(-key ^ -next);
  return 32 - Math.min(Math.clz32(-key), Math.clz32(next));
}

/** Makes the merged bins coarser, in place; returns how many there are. */
function coarsenBoth(bins: number, steps: number): number {
  let last = -1;
  for (let i = 0; i < bins; i++) {
    const key = coarserKey(bothKeys[i]!, steps);
    const count = bothCounts[i]!;
    if (last >= 0 && bothKeys[last] === key) bothCounts[last]! += count;
    else {
      bothKeys[++last] = key;
      bothCounts[last] = count;
    }
  }
  return last + 1;
}
