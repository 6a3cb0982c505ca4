import { type BinBytes, mergeBins, readBins, roomFor, writeBins } from './bin-bytes.js';
import { heldSketch, sketchBytes } from './held-sketch.js';
import { coarserKey, maxBins, type Sketch } from './sketch.js';

// Scratch memory of this thread: both sides of an addition and the result; all one type, so loops compile
// once.
const ownKeys = new Int32Array(2 * maxBins);
const ownCounts = new Float64Array(2 * maxBins);
const otherKeys = new Int32Array(maxBins);
const otherCounts = new Float64Array(maxBins);
const bothKeys = new Int32Array(2 * maxBins);
const bothCounts = new Float64Array(2 * maxBins);
const written = new Uint8Array(roomFor(maxBins));
const beyond = 0x7fffffff;

/** Bins of a known precision, as bytes. */
export interface SketchBytes extends BinBytes {
  readonly precision: number;
}

/**
 * Merges bins; the result is no finer than either side, valid until the next call, and one side if the other
 * is empty. One pass over both.
 */
export function addSketchBytes(held: SketchBytes, others: SketchBytes): SketchBytes {
  if (others.bins === 0) return held;
  const { precision } = held;
  if (held.bins === 0 && others.precision <= precision) return others;
  if (others.precision === precision) {
    const both = mergeBins(held, others);
    if (both.bins <= maxBins) return { precision, ...both };
    readBins(both, bothKeys, bothCounts);
    return fewer(precision, both.bins);
  }
  const common = Math.min(precision, others.precision);
  readBins(held, ownKeys, ownCounts);
  readBins(others, otherKeys, otherCounts);
  return fewer(common, lay(held.bins, precision - common, others.bins, others.precision - common));
}

/** Returns the merged bins, made coarser until they are few enough. */
function fewer(precision: number, found: number): SketchBytes {
  const steps = found > maxBins ? stepsToFit(found) : 0;
  const bins = steps === 0 ? found : coarsenBoth(found, steps);
  return {
    precision: precision - steps,
    bytes: written,
    start: 0,
    end: writeBins(written, 0, bothKeys, bothCounts, bins),
    bins,
  };
}

/** Merges the sketches of two sets of values: exact, associative, commutative; one pass over the bins. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  if (a.keys.length === 0) return b;
  if (b.keys.length === 0) return a;
  const held = copyOf({ precision: a.precision, ...sketchBytes(a) });
  const merged = copyOf(addSketchBytes(held, { precision: b.precision, ...sketchBytes(b) }));
  return heldSketch(merged.precision, merged);
}

function copyOf({ precision, bytes, start, end, bins }: SketchBytes): SketchBytes {
  return { precision, bytes: bytes.slice(start, end), start: 0, end: end - start, bins };
}

/** Merges `end` bins and `otherEnd` added ones, each made coarser by its steps; returns their number. */
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

/** Returns by how many steps bins must be made coarser so that at most `maxBins` are left. One pass. */
function stepsToFit(bins: number): number {
  merges.fill(0);
  for (let i = 1; i < bins; i++) merges[stepsToMerge(bothKeys[i - 1]!, bothKeys[i]!)]!++;
  let steps = 0;
  for (let left = bins; left > maxBins; ) left -= merges[++steps]!;
  return steps;
}

/** Returns the steps until two ascending keys are the same: up to their highest different bit. */
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
