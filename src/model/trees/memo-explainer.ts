import { Addresses, hasRoom, openTreeLoops } from '../../kernels/tree-loops.js';
import { rankColumns } from './rank-columns.js';
import { rankWriter } from './rank-writer.js';
import { reasonGroups } from './reason-groups.js';
import { baseOf, gaussRule, rootsOf, type TreeExplainer } from './tree-path.js';
import type { TreeTable } from './tree-table.js';
import { groupWriter, NoRoom } from './write-group.js';

/** Sums of a block of rows should fit the second cache. */
const sumBytes = 2 ** 18;

/** Numbers of a term that the loops hold while they compute a leaf. */
const termBytes = 64;

/**
 * Opens an explainer that computes what a group of leaves contributes once for each cell, when a row first needs it, and then looks it up in
 * compiled loops; `bytes` is the memory for what it knows. Null where the engine lacks the loops or the memory, or where there are too many columns.
 */
export function openMemoExplainer(
  table: TreeTable,
  group: number,
  bytes: number,
  mostCells?: number,
): TreeExplainer | null {
  const ranks = rankColumns(table);
  const loops = ranks === null ? null : openTreeLoops();
  if (ranks === null || loops === null) return null;
  const groups = reasonGroups(table, ranks, rootsOf(table, group), mostCells);
  const count = groups.nodes.length;
  const { features } = table;
  const rows = Math.min(1024, Math.max(32, 2 ** Math.floor(Math.log2(sumBytes / 8 / features))));
  // A group of several leaves has no more features than two to their number has cells.
  const mostTerms = Math.min(features, Math.max(16, groups.depth));
  const addresses = new Addresses();
  const rankAt = addresses.take(ranks.columns.length * rows * 2);
  const writer = rankWriter(ranks, features, { rankAt, rows, isWide: true }, addresses);
  const [codesAt, entriesAt, sumsAt] = [2, 4, 8 * features].map((width) => addresses.take(width * rows)) as [
    number,
    number,
    number,
  ];
  const headsAt = addresses.take(4 * count);
  const rulesAt = addresses.take(4 * (mostTerms + 1));
  const scratchAt = addresses.take(termBytes * mostTerms);
  const frameAt = addresses.take(40);
  const start = addresses.take(bytes);
  const end = start + bytes;
  if (!hasRoom(loops, addresses.used)) return null;
  const writeRanks = writer(loops);
  const { buffer } = loops.memory;
  const sums = new Float64Array(buffer, sumsAt, rows * features);
  const heads = new Uint32Array(buffer, headsAt, count);
  const rules = new Uint32Array(buffer, rulesAt, mostTerms + 1);
  const frame = new Uint32Array(buffer, frameAt, 10);
  frame.set([
    headsAt,
    rankAt,
    Math.log2(2 * rows),
    codesAt,
    entriesAt,
    sumsAt,
    start,
    end,
    rulesAt,
    scratchAt,
  ]);
  /** The place of the first free address in a frame. */
  const free = 6;

  const take = (size: number): number => {
    const at = (frame[free]! + 15) & ~15;
    if (at + size > end) throw new NoRoom();
    frame[free] = at + size;
    return at;
  };

  const writeRule = (terms: number): void => {
    if (rules[terms] !== 0) return;
    const { points, weights } = gaussRule((terms + 1) >> 1);
    // Points stand in pairs; one without a partner has another of weight 0.
    const pairs = (points.length + 1) >> 1;
    const at = take(16 + 48 * pairs);
    new Uint32Array(buffer, at, 1)[0] = pairs;
    const numbers = new Float64Array(buffer, at + 16, 6 * pairs);
    for (let i = 0; i < 2 * pairs; i++) {
      const t = points[i] ?? 0.5;
      const to = 6 * (i >> 1) + (i & 1);
      numbers[to] = t;
      numbers[to + 2] = 1 - t;
      numbers[to + 4] = weights[i] ?? 0;
    }
    rules[terms] = at;
  };

  const writeGroup = groupWriter(table, ranks, groups, 8 * rows, { buffer, take, writeRule }, mostCells);

  /** Forgets all that is known. */
  const forget = (): void => {
    heads.fill(0);
    rules.fill(0);
    frame[free] = start;
  };

  /** Writes a group; returns false if there is no room for it. */
  const tryWrite = (at: number): boolean => {
    try {
      heads[at] = writeGroup(groups.nodes[at]!);
      return true;
    } catch (error) {
      if (error instanceof NoRoom) return false;
      throw error;
    }
  };

  return {
    base: baseOf(table, group),
    explain(values, total, out) {
      for (let first = 0; first < total; first += rows) {
        const block = Math.min(rows, total - first);
        writeRanks(values, first, block);
        loops.turnRanks(rankAt, ranks.columns.length * rows);
        sums.fill(0);
        let [next, last] = [0, -1];
        for (;;) {
          next = loops.runReasons(frameAt, next, count, block);
          if (next === count) break;
          if (heads[next] === 0 && tryWrite(next)) continue;
          // A group that was the only one known has no room at all.
          if (next === last) throw new RangeError(`a group of leaves has no room in ${bytes} bytes`);
          last = next;
          forget();
        }
        for (let feature = 0; feature < features; feature++)
          for (let row = 0, i = first * features + feature; row < block; row++, i += features)
            out[i] = sums[feature * rows + row]!;
      }
    },
  };
}
