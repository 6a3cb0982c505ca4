import { openSpillFile, type SpillFile } from './spill-file.js';

/** The ranks of one output's scores. */
export interface ScoreRanks {
  /** By row: 1 for the highest score; equal scores share the smallest rank; 0 for a row without a score. */
  readonly ranks: Int32Array;
  /** Rows with a score. */
  readonly counted: number;
}

/** Collects the scores of a partition slice by slice and ranks them exactly, in bounded memory. */
export interface RankLedger {
  /** Adds the scores of a slice, one list for each output; NaN is no score. */
  add(slice: number, scores: readonly Float64Array[]): Promise<void>;
  /** Ranks all added scores. Costs two passes over the spill file for each `memoryRows` rows. */
  finish(): Promise<void>;
  /** Returns the ranks of a slice, output by output; null for a slice that was not added. */
  ofSlice(slice: number): Promise<readonly ScoreRanks[] | null>;
  close(): Promise<void>;
}

interface Options {
  /** Scores in memory at once, 8 bytes each. */
  readonly memoryRows: number;
  /** Folder of the spill file. */
  readonly folder: string;
}

/** Scores of a slice on disk, as two words each: a score, or its rank after `ranked`. */
interface Segment {
  readonly at: number;
  readonly rows: number;
}

interface Ranking {
  readonly segments: Map<number, Segment>;
  /** Scores by the highest 16 bits of their key. */
  readonly counts: Float64Array;
  counted: number;
}

/** The first word of a rank; no number has these bits. */
const ranked = 0xffffffff;

const bins = 2 ** 16;

/** Opens an empty ledger for the scores of `outputs` outputs. */
export function openRankLedger(outputs: number, { memoryRows, folder }: Options): RankLedger {
  const rankings = Array.from({ length: outputs }, (): Ranking => {
    return { segments: new Map(), counts: new Float64Array(bins), counted: 0 };
  });
  let spill: SpillFile | null = null;
  let turn: Promise<void> = Promise.resolve();

  const take = async (slice: number, scores: readonly Float64Array[]): Promise<void> => {
    spill ??= await openSpillFile(folder);
    for (const [i, { segments, counts }] of rankings.entries()) {
      const values = scores[i]!;
      const words = new Uint32Array(2 * values.length);
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (Number.isNaN(value)) {
          words[2 * row] = ranked;
          continue;
        }
        setKey(words, row, value);
        counts[words[2 * row]! >>> 16]!++;
        rankings[i]!.counted++;
      }
      segments.set(slice, { at: await spill.append(words), rows: values.length });
    }
  };

  return {
    add(slice, scores) {
      turn = turn.then(() => take(slice, scores));
      return turn;
    },
    async finish() {
      await turn;
      if (spill === null) return;
      for (const ranking of rankings) await rankIn(spill, memoryRows, ranking);
    },
    async ofSlice(slice) {
      const found: ScoreRanks[] = [];
      for (const { segments, counted } of rankings) {
        const segment = segments.get(slice);
        if (segment === undefined) return null;
        const words = new Uint32Array(2 * segment.rows);
        await spill!.read(words, segment.at);
        found.push({
          ranks: Int32Array.from({ length: segment.rows }, (_, i) => words[2 * i + 1]!),
          counted,
        });
      }
      return found;
    },
    close: async () => spill?.close(),
  };
}

/** Replaces the scores of a ranking in the file by their ranks. */
async function rankIn(spill: SpillFile, memoryRows: number, ranking: Ranking): Promise<void> {
  /** Calls `visit` with the words of each segment, and writes back those that it changed. */
  const visitAll = async (visit: (words: Uint32Array) => boolean): Promise<void> => {
    for (const { at, rows } of ranking.segments.values()) {
      const words = new Uint32Array(2 * rows);
      await spill.read(words, at);
      if (visit(words)) await spill.write(words, at);
    }
  };

  /**
   * Ranks the scores whose key begins with the digits `prefix`; `counts` has the number of scores for each
   * next digit, `above` the number of higher scores.
   */
  const rankBelow = async (prefix: readonly number[], counts: Float64Array, above: number): Promise<void> => {
    let higher = above;
    for (let high = bins - 1; high >= 0; ) {
      let low = high;
      let count = counts[high]!;
      while (low > 0 && count + counts[low - 1]! <= memoryRows) count += counts[--low]!;
      if (count > memoryRows && prefix.length < 3) {
        const next = [...prefix, high];
        const finer = new Float64Array(bins);
        await visitAll((words) => {
          for (let i = 0; i < words.length; i += 2)
            if (isBelow(words, i, next, 0, bins - 1)) finer[digitOf(words, i, next.length)]!++;
          return false;
        });
        await rankBelow(next, finer, higher);
      } else if (count > 0) await rankGroup(prefix, low, high, count, higher);
      higher += count;
      high = low - 1;
    }
  };

  /** Ranks the scores with one of the digits `low` to `high`: all in memory, or all the same. */
  const rankGroup = async (
    prefix: readonly number[],
    low: number,
    high: number,
    count: number,
    above: number,
  ): Promise<void> => {
    const areEqual = count > memoryRows;
    const keys = new Float64Array(areEqual ? 0 : count);
    let filled = 0;
    if (!areEqual)
      await visitAll((words) => {
        for (let i = 0; i < words.length; i += 2)
          if (isBelow(words, i, prefix, low, high)) keys[filled++] = numberAt(words, i);
        return false;
      });
    keys.sort();
    await visitAll((words) => {
      let isChanged = false;
      for (let i = 0; i < words.length; i += 2) {
        if (!isBelow(words, i, prefix, low, high)) continue;
        const greater = areEqual ? 0 : count - countUpTo(keys, numberAt(words, i));
        words[i] = ranked;
        words[i + 1] = above + greater + 1;
        isChanged = true;
      }
      return isChanged;
    });
  };

  await rankBelow([], ranking.counts, 0);
}

const number = new Float64Array(1);
const bits = new Uint32Array(number.buffer);

/** Writes the key of a number, whose unsigned order is that of numbers: highest word first. */
function setKey(words: Uint32Array, row: number, value: number): void {
  // Both zeros are one score.
  number[0] = value === 0 ? 0 : value;
  const [low, high] = [bits[0]!, bits[1]!];
  const isNegative = high >>> 31 === 1;
  words[2 * row] = isNegative ? ~high : high | 0x80000000;
  words[2 * row + 1] = isNegative ? ~low : low;
}

function numberAt(words: Uint32Array, i: number): number {
  const [high, low] = [words[i]!, words[i + 1]!];
  const isNegative = high >>> 31 === 0;
  bits[1] = isNegative ? ~high : high & 0x7fffffff;
  bits[0] = isNegative ? ~low : low;
  return number[0]!;
}

/** The 16 bits at digit `position` of a key; its four digits are counted from the highest. */
function digitOf(words: Uint32Array, i: number, position: number): number {
  const word = words[i + (position >> 1)]!;
  return (position & 1) === 0 ? word >>> 16 : word & 0xffff;
}

/** True for an unranked score that begins with `prefix` and continues with a digit `low` to `high`. */
function isBelow(
  words: Uint32Array,
  i: number,
  prefix: readonly number[],
  low: number,
  high: number,
): boolean {
  if (words[i] === ranked) return false;
  for (let position = 0; position < prefix.length; position++)
    if (digitOf(words, i, position) !== prefix[position]) return false;
  const digit = digitOf(words, i, prefix.length);
  return digit >= low && digit <= high;
}

/** Returns the number of ascending `keys` that are at most `value`. */
function countUpTo(keys: Float64Array, value: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
