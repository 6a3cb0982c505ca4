import { type BinBytes, noBinBytes, readBins, roomFor, writeBins } from './bin-bytes.js';
import { emptySketch, maxBins, type Sketch } from './sketch.js';

/** The bytes of the sketches that are held as such. */
const bytesOf = new WeakMap<Sketch, BinBytes>();

/**
 * Returns a sketch that is held as bytes, a fifth of what lists take; they are read whenever its keys or counts are looked at, which takes
 * some 5 microseconds unless it is one of the two that were looked at last. The bytes must not change any more.
 */
export function heldSketch(precision: number, bins: BinBytes): Sketch {
  if (bins.bins === 0) return emptySketch();
  const sketch: Sketch = {
    precision,
    get keys() {
      return listsOf(bins).keys;
    },
    get counts() {
      return listsOf(bins).counts;
    },
  };
  bytesOf.set(sketch, bins);
  return sketch;
}

interface Lists {
  readonly bins: BinBytes;
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

const none: Lists = { bins: noBinBytes, keys: [], counts: [] };
let last = none;
let lastButOne = none;

function listsOf(bins: BinBytes): Lists {
  if (last.bins === bins) return last;
  if (lastButOne.bins !== bins) {
    const keys = new Array<number>(bins.bins);
    const counts = new Array<number>(bins.bins);
    readBins(bins, keys, counts);
    lastButOne = { bins, keys, counts };
  }
  [last, lastButOne] = [lastButOne, last];
  return last;
}

const written = new Uint8Array(roomFor(maxBins));

/** Returns the bins of a sketch as bytes, which hold until the next call. Throws `RangeError` for more bins than a sketch has. */
export function sketchBytes(sketch: Sketch): BinBytes {
  const held = bytesOf.get(sketch);
  if (held !== undefined) return held;
  const { keys, counts } = sketch;
  if (keys.length > maxBins) throw new RangeError(`a sketch has at most ${maxBins} bins`);
  return {
    bytes: written,
    start: 0,
    end: writeBins(written, 0, keys, counts, keys.length),
    bins: keys.length,
  };
}

/** Returns the same sketch held as bytes; one whose lists cannot be, as no sketch of ours, as it is. */
export function hold(sketch: Sketch): Sketch {
  if (!isSound(sketch)) return sketch;
  const { bytes, start, end, bins } = sketchBytes(sketch);
  return heldSketch(sketch.precision, { bytes: bytes.slice(start, end), start: 0, end: end - start, bins });
}

/** Returns true for whole numbers, keys of 32 bits in ascending order. */
function isSound({ keys, counts }: Sketch): boolean {
  if (!Array.isArray(keys) || !Array.isArray(counts)) return false;
  if (keys.length > maxBins || keys.length !== counts.length) return false;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < keys.length; i++) {
    const [key, count] = [keys[i] as number, counts[i] as number];
    if ((key | 0) !== key || key <= before || !Number.isSafeInteger(count) || count < 0) return false;
    before = key;
  }
  return true;
}
