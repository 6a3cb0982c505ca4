import { mixBits } from '../../text/mix-bits.js';
import {
  COUNTS,
  FULL_PRECISION,
  INPUT,
  KEYS,
  MOST_BINS,
  NUMBERS,
  RANK_BITS,
  RANKS,
} from '../count-layout.js';
import type { CountLoops } from '../count-loops.js';
import type { CountMemory } from './count-memory.js';

type BinLoops = 'beginBins' | 'bins' | 'smallBins' | 'precisionLeft' | 'sortBins' | 'hashes';

/** The bins and hashes of a column. */
export interface CountBins {
  readonly loops: Pick<CountLoops, BinLoops>;
  /** Number of bins. */
  readonly size: number;
  /** Returns the value of a key's bin; undefined if there is none. */
  get(key: number): number | undefined;
  set(key: number, value: number): void;
  /** Records a hash in RANKS. */
  note(hash: number): void;
}

/** The loops over NUMBERS; while cells are counted, the value of a bin is its index instead of its count. */
export function openCountBins({ bytes, words, numberWords }: CountMemory): CountBins {
  let bins = new Map<number, number>();
  let precision = FULL_PRECISION;

  function add(key: number, times: number): void {
    bins.set(key, (bins.get(key) ?? 0) + times);
    while (bins.size > MOST_BINS) {
      const finer = bins;
      bins = new Map();
      for (const [key, times] of finer) {
        const coarser = key >= 0 ? key >> 1 : 0 - (-key >> 1);
        bins.set(coarser, (bins.get(coarser) ?? 0) + times);
      }
      precision--;
    }
  }
  function note(hash: number): void {
    const at = RANKS + (hash >>> (32 - RANK_BITS));
    bytes[at] = Math.max(bytes[at]!, Math.clz32((hash << RANK_BITS) | (1 << (RANK_BITS - 1))) + 1);
  }

  return {
    get size() {
      return bins.size;
    },
    get: (key) => bins.get(key),
    set: (key, value) => void bins.set(key, value),
    note,
    loops: {
      beginBins(from) {
        bins = new Map();
        precision = from;
        bytes.fill(0, RANKS, RANKS + (1 << RANK_BITS));
      },
      bins(rows) {
        for (let row = 0; row < rows; row++) {
          add(keyOf(numberWords[2 * row + 1]!, numberWords[2 * row]!, FULL_PRECISION - precision), 1);
        }
      },
      smallBins(found) {
        const times = words.slice(NUMBERS / 4, NUMBERS / 4 + found);
        const one = new Float64Array(1);
        const [low, high] = [new Int32Array(one.buffer, 0, 1), new Int32Array(one.buffer, 4, 1)];
        for (let i = 0; i < found; i++) {
          one[0] = words[INPUT / 4 + i]!;
          add(keyOf(high[0]!, low[0]!, FULL_PRECISION - precision), times[i]!);
          note(hashOf(high[0]!, low[0]!));
        }
      },
      precisionLeft: () => precision,
      sortBins() {
        [...bins]
          .sort(([a], [b]) => a - b)
          .forEach(([key, times], i) => {
            words[KEYS / 4 + i] = key;
            words[COUNTS / 4 + i] = times;
          });
        return bins.size;
      },
      hashes(rows) {
        for (let row = 0; row < rows; row++) note(hashOf(numberWords[2 * row + 1]!, numberWords[2 * row]!));
      },
    },
  };
}

/** Returns the key of a number by its words, like `binKey` in quality/sketch.ts. */
export function keyOf(high: number, low: number, shift: number): number {
  if (high >= 0) return high >>> shift;
  return 0 - (((high & 0x7fffffff) - (low === 0 ? 1 : 0)) >>> shift);
}

function hashOf(high: number, low: number): number {
  return mixBits(high ^ Math.imul(low, 0x9e3779b1));
}
