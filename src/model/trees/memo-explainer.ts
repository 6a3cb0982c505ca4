import { Addresses, hasRoom, openTreeLoops } from '../../kernels/tree-loops.js';
import { type GroupLeaves, groupLeaves } from './group-leaves.js';
import { rankColumns } from './rank-columns.js';
import { rankWriter } from './rank-writer.js';
import { type FarNode, type ReasonGroup, reasonGroups } from './reason-groups.js';
import {
  addLeaf,
  baseOf,
  emptyPath,
  leafTerms,
  rootsOf,
  step,
  type TreeExplainer,
  visitLeaves,
} from './tree-path.js';
import type { TreeTable } from './tree-table.js';
import { goesLeft, type Reals } from './walk-trees.js';

/** Sums of a block of rows should fit the second cache. */
const sumBytes = 2 ** 17;

const headWords = 5;

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
  const rows = Math.min(256, Math.max(8, 2 ** Math.floor(Math.log2(sumBytes / 8 / features))));
  const addresses = new Addresses();
  const rankAt = addresses.take(ranks.columns.length * rows * 2);
  const writer = rankWriter(ranks, features, { rankAt, rows, isWide: true }, addresses);
  const [codesAt, foundAt, sumsAt] = [rows * 2, rows * 4, rows * features * 8].map((bytes) =>
    addresses.take(bytes),
  ) as [number, number, number];
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
    new Uint32Array(buffer, at.features, one.features.length).set(one.features.map((feature) => feature * 8));
  }
  const codes = new Uint16Array(buffer, codesAt, rows);
  const sums = new Float64Array(buffer, sumsAt, rows * features);
  const words = new Uint32Array(buffer);
  const doubles = new Float64Array(buffer);
  const compute = entryComputer(table);
  let free = entriesAt;

  /** Computes what `group` lacks; forgets all that is known where there is no room for it. */
  const fill = (at: number, count: number): void => {
    const one = groups[at]!;
    const lookup = tables[at]! / 4;
    for (let row = 0; row < count; row++) {
      const code = codes[row]!;
      if (words[lookup + code] !== 0) continue;
      if (free + one.features.length * 8 > entriesAt + entryBytes) {
        words.fill(0, tablesAt / 4, entriesAt / 4);
        free = entriesAt;
        fill(at, count);
        return;
      }
      compute(one, code, doubles.subarray(free / 8, free / 8 + one.features.length));
      words[lookup + code] = free;
      free += one.features.length * 8;
    }
  };

  return {
    base: baseOf(table, group),
    explain(values, count, out) {
      for (let first = 0; first < count; first += rows) {
        const block = Math.min(rows, count - first);
        const padded = (block + 7) & ~7;
        writeRanks(values, first, block);
        sums.fill(0, 0, padded * features);
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
            features * 8,
          );
          if (next === groups.length) break;
          fill(next, padded);
        }
        out.set(sums.subarray(0, block * features), first * features);
        for (const one of far) addFar(table, one, values, first, block, out);
      }
    },
  };
}

/** Returns what computes the entry of a code: the contributions of a group's leaves, one for each of its features. */
function entryComputer(table: TreeTable): (group: ReasonGroup, code: number, out: Float64Array) => void {
  const known = new Map<ReasonGroup, GroupLeaves>();
  let passes = new Uint8Array(64);
  return (group, code, out) => {
    let leaves = known.get(group);
    if (leaves === undefined) {
      leaves = groupLeaves(table, group);
      known.set(group, leaves);
    }
    const { values, starts, slots, shares, masks, wants } = leaves;
    if (passes.length < slots.length) passes = new Uint8Array(2 * slots.length);
    out.fill(0);
    for (let leaf = 0; leaf < values.length; leaf++) {
      const start = starts[leaf]!;
      const count = starts[leaf + 1]! - start;
      for (let i = start; i < start + count; i++) passes[i] = Number(((code ^ wants[i]!) & masks[i]!) === 0);
      const terms = leafTerms(shares, passes, start, count);
      for (let i = 0; i < count; i++) out[slots[start + i]!]! += values[leaf]! * terms[i]!;
    }
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
