import { coarserKey, emptySketch, fullPrecision, maxBins, type Sketch } from './sketch.js';

/** Accumulates sketches: the same bins as `mergeSketches`, without new arrays each time. */
export interface SketchSum {
  /** Adds bins, ascending; costs one pass over both. */
  add(precision: number, keys: ArrayLike<number>, counts: ArrayLike<number>): void;
  /** The precision of its bins: no value that is added later can make them finer. */
  precision(): number;
  /** Returns another sum of the same values. */
  copy(): SketchSum;
  /** The bins of all that was added since it was emptied, as views that hold until the next addition. */
  bins(): { readonly keys: Int32Array; readonly counts: Int32Array | Float64Array };
  /**
   * Removes all values, which are counted elsewhere from now on; keeps the precision, because merged bins are as coarse as the coarser of
   * the two.
   */
  empty(): void;
  /** Returns the sketch of everything added, as plain data. */
  sketch(): Sketch;
}

// Scratch memory of this thread: the added bins, and both sides of the addition. All of one type, so that the loops are compiled for it
// alone.
const otherKeys = new Int32Array(maxBins);
const otherCounts = new Float64Array(maxBins);
const positions = new Int32Array(maxBins);
const bothKeys = new Int32Array(2 * maxBins);
const bothCounts = new Float64Array(2 * maxBins);
const beyond = 0x7fffffff;

/** A sum of no sketches, whose bins will be no finer than `precision`. */
export function createSketchSum(atMost = fullPrecision): SketchSum {
  let precision = atMost;
  let bins = 0;
  let keys = new Int32Array(64);
  /** Whole numbers of 4 bytes as long as all values together are few enough for one. */
  let counts: Int32Array | Float64Array = new Int32Array(64);
  let total = 0;

  function keep(found: number): void {
    if (found > keys.length) {
      const room = Math.min(maxBins, Math.max(found, 2 * keys.length));
      keys = new Int32Array(room);
      counts = isMany(total) ? new Float64Array(room) : new Int32Array(room);
    }
    for (let i = 0; i < found; i++) {
      keys[i] = bothKeys[i]!;
      counts[i] = bothCounts[i]!;
    }
    bins = found;
  }

  return {
    add(otherPrecision, moreKeys, moreCounts) {
      const more = moreKeys.length;
      if (more === 0) return;
      otherKeys.set(moreKeys);
      otherCounts.set(moreCounts);
      for (let j = 0; j < more; j++) total += otherCounts[j]!;
      if (isMany(total) && counts instanceof Int32Array) counts = Float64Array.from(counts);
      if (precision <= otherPrecision && findPositions(keys, bins, more, otherPrecision - precision)) {
        for (let j = 0; j < more; j++) counts[positions[j]!]! += otherCounts[j]!;
        return;
      }
      const common = Math.min(precision, otherPrecision);
      let found = lay(keys, counts, bins, precision - common, more, otherPrecision - common);
      precision = common;
      if (found > maxBins) {
        const steps = stepsToFit(found);
        found = coarsenBoth(found, steps);
        precision -= steps;
      }
      keep(found);
    },
    precision: () => precision,
    copy() {
      const sum = createSketchSum(precision);
      sum.add(precision, keys.subarray(0, bins), counts.subarray(0, bins));
      return sum;
    },
    bins: () => ({ keys: keys.subarray(0, bins), counts: counts.subarray(0, bins) }),
    empty() {
      bins = 0;
      total = 0;
    },
    sketch() {
      if (bins === 0) return emptySketch();
      return {
        precision,
        keys: Array.from(keys.subarray(0, bins)),
        counts: Array.from(counts.subarray(0, bins)),
      };
    },
  };
}

/** Returns true if a bin may hold more values than a whole number of 4 bytes says. */
function isMany(total: number): boolean {
  return total > 0x7fffffff;
}

/** Merges the sketches of two sets of values: exact, associative and commutative; costs one pass over the bins. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  if (a.keys.length === 0) return b;
  if (b.keys.length === 0) return a;
  const sum = createSketchSum();
  for (const { precision, keys, counts } of [a, b]) sum.add(precision, keys, counts);
  return sum.sketch();
}

/** Returns true if every added bin already exists, as after the first slices of most columns; `positions` then has their indices. */
function findPositions(keys: Int32Array, end: number, otherEnd: number, otherSteps: number): boolean {
  let i = 0;
  for (let j = 0; j < otherEnd; j++) {
    const key = coarserKey(otherKeys[j]!, otherSteps);
    while (i < end && keys[i]! < key) i++;
    if (i === end || keys[i] !== key) return false;
    positions[j] = i;
  }
  return true;
}

/**
 * Merges the first `end` bins and the first `otherEnd` added bins into one list, each made coarser by its steps; returns how many there
 * are.
 */
function lay(
  keys: Int32Array,
  counts: Int32Array | Float64Array,
  end: number,
  steps: number,
  otherEnd: number,
  otherSteps: number,
): number {
  let last = -1;
  let left = end > 0 ? coarserKey(keys[0]!, steps) : beyond;
  let right = otherEnd > 0 ? coarserKey(otherKeys[0]!, otherSteps) : beyond;
  for (let i = 0, j = 0; i < end || j < otherEnd; ) {
    const isLeft = left <= right;
    const key = isLeft ? left : right;
    const count = isLeft ? counts[i]! : otherCounts[j]!;
    if (isLeft) left = ++i < end ? coarserKey(keys[i]!, steps) : beyond;
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
