import { Addresses, hasRoom, openTreeLoops } from '../../kernels/tree-loops.js';
import { groupLeaves } from './group-leaves.js';
import { leafFactorBytes, writeLeafFactors } from './leaf-factors.js';
import { rankColumns } from './rank-columns.js';
import { rankWriter } from './rank-writer.js';
import { type FarNode, reasonGroups } from './reason-groups.js';
import { addLeaf, baseOf, emptyPath, rootsOf, step, type TreeExplainer, visitLeaves } from './tree-path.js';
import type { TreeTable } from './tree-table.js';
import { goesLeft, type Reals } from './walk-trees.js';

/** Sums of a block of rows should fit the second cache. */
const sumBytes = 2 ** 18;

const headWords = 5;

/** Features on the path to a leaf of a group: no more than a group has bits. */
const mostTerms = 64;

/**
 * Opens an explainer that computes what a group of leaves contributes once for each combination of its tests, when a row first needs it, and
 * then looks it up in compiled loops: tables of `mostEntries` places, and `entryBytes` of memory for what is computed. Null where the engine lacks them, or where there are too many columns.
 */
export function openMemoExplainer(
  table: TreeTable,
  group: number,
  mostEntries: number,
  entryBytes: number,
): TreeExplainer | null {
  const ranks = rankColumns(table);
  const loops = ranks === null ? null : openTreeLoops();
  if (ranks === null || loops === null) return null;
  const { groups, far } = reasonGroups(table, ranks, rootsOf(table, group), mostEntries);
  const { features } = table;
  const rows = Math.min(1024, Math.max(8, 2 ** Math.floor(Math.log2(sumBytes / 8 / features))));
  const addresses = new Addresses();
  const rankAt = addresses.take(ranks.columns.length * rows * 2);
  const writer = rankWriter(ranks, features, { rankAt, rows, isWide: true }, addresses);
  const [codesAt, foundAt, sumsAt] = [rows * 2, rows * 4, rows * features * 8].map((bytes) =>
    addresses.take(bytes),
  ) as [number, number, number];
  const termsAt = addresses.take(4 * mostTerms);
  const headsAt = addresses.take(groups.length * headWords * 4);
  const placed = groups.map((one) => ({
    tests: addresses.take(one.tests.length * 8),
    features: addresses.take(one.features.length * 4),
  }));
  const tablesAt = addresses.used;
  const tables = groups.map(({ bits }) => addresses.take(4 * 2 ** bits));
  const entriesAt = addresses.take(entryBytes);
  if (!hasRoom(loops, addresses.used)) return null;
  const writeRanks = writer(loops);
  const { buffer } = loops.memory;
  for (const [i, one] of groups.entries()) {
    const at = placed[i]!;
    const head = [at.tests, tables[i]!, at.features, one.tests.length, one.features.length];
    new Uint32Array(buffer, headsAt + i * headWords * 4, headWords).set(head);
    new Uint16Array(buffer, at.tests, one.tests.length * 4).set(
      one.tests.flatMap(({ column, place, isTurned, bit }) => [
        column,
        place,
        isTurned ? 65_535 : 0,
        1 << bit,
      ]),
    );
    new Uint32Array(buffer, at.features, one.features.length).set(one.features);
  }
  const sums = new Float64Array(buffer, sumsAt, rows * features);
  const words = new Uint32Array(buffer);
  // Where the leaves of each group were written; 0 before they are needed.
  const leavesAt = new Uint32Array(groups.length);
  const leafCounts = new Uint32Array(groups.length);
  const end = entriesAt + entryBytes;
  let free = entriesAt;

  /** Computes what `group` lacks; returns false if there is no room for it. */
  const tryFill = (at: number, count: number): boolean => {
    const one = groups[at]!;
    if (leavesAt[at] === 0) {
      const leaves = groupLeaves(table, one);
      const bytes = leafFactorBytes(leaves);
      free = (free + 15) & ~15;
      if (free + bytes > end) return false;
      writeLeafFactors(leaves, buffer, free);
      leavesAt[at] = free;
      leafCounts[at] = leaves.values.length;
      free += bytes;
    }
    const size = one.features.length * 8;
    const lookup = tables[at]!;
    const next = loops.fillEntries(
      leavesAt[at]!,
      leafCounts[at]!,
      lookup,
      codesAt,
      count,
      size,
      free,
      end,
      termsAt,
    );
    if (next !== 0) free = next;
    return next !== 0;
  };

  /** Forgets all that is known where there is no room for more. */
  const fill = (at: number, count: number): void => {
    if (tryFill(at, count)) return;
    words.fill(0, tablesAt / 4, entriesAt / 4);
    leavesAt.fill(0);
    free = entriesAt;
    if (!tryFill(at, count)) throw new RangeError(`a group of leaves has no room in ${entryBytes} bytes`);
  };

  return {
    base: baseOf(table, group),
    explain(values, count, out) {
      for (let first = 0; first < count; first += rows) {
        const block = Math.min(rows, count - first);
        const padded = (block + 7) & ~7;
        writeRanks(values, first, block);
        sums.fill(0);
        let next = 0;
        for (;;) {
          next = loops.runReasons(
            headsAt,
            next,
            groups.length,
            rankAt,
            padded,
            Math.log2(rows * 2),
            codesAt,
            foundAt,
            sumsAt,
            rows * 8,
          );
          if (next === groups.length) break;
          fill(next, padded);
        }
        for (let feature = 0; feature < features; feature++)
          for (let row = 0, i = first * features + feature; row < block; row++, i += features)
            out[i] = sums[feature * rows + row]!;
        for (const one of far) addFar(table, one, values, first, block, out);
      }
    },
  };
}

/** Adds the contributions of the leaves below a far node, visiting each. */
function addFar(
  table: TreeTable,
  { node, edges }: FarNode,
  values: Reals,
  first: number,
  count: number,
  out: Float64Array,
): void {
  for (let row = first, at = first * table.features; row < first + count; row++, at += table.features) {
    const path = emptyPath();
    const isLeft = (from: number) => goesLeft(table, from, values, at);
    for (const [from, child] of edges)
      step(table, path, from, child, isLeft(from) === (child === table.nodes.left[from]!));
    visitLeaves(table, node, path, isLeft, (leaf, reached) =>
      addLeaf(table.leaves[leaf]!, reached, (feature, contribution) => {
        out[at + feature]! += contribution;
      }),
    );
  }
}
