import { type BinBytes, countBins, noBinBytes, readBins, roomFor, writeBins } from './bin-bytes.js';
import { emptySketch, fullPrecision, maxBins, type Sketch } from './sketch.js';

/** The bytes of the sketches that are held as such. */
const bytesOf = new WeakMap<Sketch, BinBytes>();

/**
 * Returns a sketch held as bytes, a fifth of the size of lists. Its keys and counts are decoded on access,
 * which takes some 5 microseconds unless it is one of the two sketches last used. The bytes must not change
 * afterwards.
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
const writable = Buffer.from(written.buffer);

/**
 * Returns the bins of a sketch, or of one as it is in a JSON file, as bytes, valid until the next call. Throws
 * `RangeError` for too many bins, and `SyntaxError` for a text that is not bins.
 */
export function sketchBytes(sketch: Sketch | WrittenSketch): BinBytes {
  if ('bins' in sketch) return writtenBytes(sketch);
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

function writtenBytes({ precision, bins: text }: WrittenSketch): BinBytes {
  const end = writable.write(text, 'base64');
  const bins = countBins(written.subarray(0, end));
  const isPrecision = Number.isInteger(precision) && precision >= 0 && precision <= fullPrecision;
  if (!isPrecision || bins === null || bins > maxBins || end === written.length)
    throw new SyntaxError('a sketch is not written as its precision and bins');
  return { bytes: written, start: 0, end, bins };
}

/** A sketch in a JSON file: its bins as bytes in base64, a quarter of the size of lists. */
export interface WrittenSketch {
  readonly precision: number;
  readonly bins: string;
}

/** Returns a sketch whose JSON is a `WrittenSketch`, which is made when it is written. */
export function toWrite(sketch: Sketch): { toJSON(): WrittenSketch } {
  return {
    toJSON() {
      const { bytes, start, end } = sketchBytes(sketch);
      const bins = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64');
      return { precision: sketch.precision, bins };
    },
  };
}

/** Returns the sketch that was written, held as bytes. Throws `SyntaxError` for bytes that are not bins. */
export function readSketch(sketch: WrittenSketch): Sketch {
  const { bytes, end, bins } = writtenBytes(sketch);
  return heldSketch(sketch.precision, { bytes: bytes.slice(0, end), start: 0, end, bins });
}
