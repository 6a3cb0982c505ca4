import { Addresses, hasRoom, openTreeLoops } from '../../kernels/tree-loops.js';
import { addStandingBytes } from '../../process/standing-bytes.js';
import { placeNodes } from './place-nodes.js';
import { rankColumns } from './rank-columns.js';
import { rankWriter } from './rank-writer.js';
import { rowMemo } from './row-memo.js';
import { baseOf, gaussRule, rootsOf, type SumRows, type TreeExplainer } from './tree-path.js';
import type { TreeTable } from './tree-table.js';
import type { Reals } from './walk-trees.js';

/** Rows of a block, which share loaded tables and entries; fewer if their sums or ranks are large. */
const mostRows = 4096;
const blockBytes = 2 ** 22;

/** Bytes of the contributions, and of the ranks, of rows that are remembered whole. */
const memoBytes = 2 ** 23;

/**
 * See `kernels/assembly/trees/reasons.ts` and `reason-frame.ts`: groups whose entries are found before any is
 * added, and rows that get new entries at a time.
 */
const batchGroups = 8;
const mostNew = 256;

/** Groups of a call, whole batches: V8 can replace its first, slow code of the loops from call to call only. */
const callGroups = 64;

/** The most cells of a part of several leaves, and of a group's table: small enough for the first caches. */
const partCells = 256;
const groupCells = 2048;

/** Bytes of a term, which the loops hold while they compute a leaf. */
const termBytes = 80;

/** Words of a shape, which describes the cells of a group. */
const shapeWords = 2 ** 13;

/** With more columns of bytes than nodes can name, leaves are visited one by one. */
const mostColumns = 2 ** 16;

/** Keeps areas of 2 to the power of something bytes from sharing the same places of the first cache. */
const gapBytes = 2048 + 64;

/** In deeper trees, leaves are visited one by one: the loops call themselves for each child. */
const mostDepth = 500;

/**
 * Opens an explainer that computes what a group of leaves contributes once for each cell
 * (`kernels/assembly/trees/reasons.ts`), when a row first needs it, and then looks it up in compiled loops;
 * `bytes` is the memory for what it knows. Null where the engine lacks the loops or the memory, or where
 * there are too many columns.
 */
export function openMemoExplainer(
  table: TreeTable,
  group: number,
  sumRows: SumRows,
  bytes: number,
  mostCells: number = groupCells,
): TreeExplainer | null {
  const ranks = rankColumns(table);
  const loops = ranks === null ? null : openTreeLoops();
  if (ranks === null || loops === null) return null;
  const { features } = table;
  const rowBytes = Math.max(8 * features, 2 * ranks.columns.length);
  const rows = Math.min(mostRows, Math.max(64, 2 ** Math.floor(Math.log2(blockBytes / rowBytes))));
  const addresses = new Addresses();
  const placed = placeNodes(table, ranks, addresses);
  const { byteColumns } = placed;
  const columns = byteColumns.at(-1)!;
  if (placed.depth > mostDepth || columns > mostColumns) return null;
  const rankAt = addresses.take(2 * rows * ranks.columns.length);
  const writer = rankWriter(ranks, features, { rankAt, rows, isWide: true }, addresses);
  const bytesAt = addresses.take(rows * columns);
  const codesAt = addresses.take(2 * rows);
  const entriesAt = addresses.take((4 * rows + gapBytes) * batchGroups);
  const stride = rows + gapBytes / 8;
  const sumsAt = addresses.take(8 * stride * features);
  const totalsAt = addresses.take(8 * rows);
  const opensMemo = rowMemo(
    Math.max(rows, Math.floor(memoBytes / rowBytes)),
    { rows, ranksAt: rankAt, columns: ranks.columns.length, totalsAt, sumsAt, features, stride },
    addresses,
  );
  const roots = rootsOf(table, group);
  const partsAt = addresses.take(4 * table.leaves.length);
  const groupsAt = addresses.take(4 * table.leaves.length);
  // A part of several leaves has no more features than two to their number has cells.
  const mostTerms = Math.min(features, Math.max(Math.log2(partCells), placed.depth));
  const termsAt = addresses.take(termBytes * mostTerms);
  const slotsAt = addresses.take(4 * features);
  const stackAt = addresses.take(4 * (shapeWords + 4 * placed.depth));
  const shapesAt = addresses.take(3 * 4 * shapeWords);
  const newAt = {
    rows: addresses.take(4 * mostNew),
    ranks: addresses.take(mostNew * columns),
    codes: addresses.take(2 * mostNew),
    entries: addresses.take(4 * mostNew),
  };
  const frameAt = addresses.take(104);
  const rules = ruleWriter(mostTerms, addresses);
  // Free until the first table.
  const start = addresses.take(Math.max(bytes, placed.scratchBytes));
  const end = start + bytes;
  if (!hasRoom(loops, addresses.used)) return null;
  const writeRanks = writer(loops);
  const { buffer } = loops.memory;
  addStandingBytes(buffer.byteLength);
  const ranksOf = new Uint16Array(buffer, rankAt, ranks.columns.length * rows);
  const sums = new Float64Array(buffer, sumsAt, stride * features);
  const newTotals = new Float64Array(buffer, totalsAt, rows);
  const memo = opensMemo(loops);
  const frame = new Uint32Array(buffer, frameAt, 26);
  /** The index of the first free address in a frame. */
  const free = 6;
  frame.set([groupsAt, bytesAt, 64 * columns, codesAt, entriesAt, sumsAt, start, end]);
  frame.set(
    [rules.write(buffer), termsAt, placed.nodesAt, placed.leavesAt, placed.columnsAt, placed.seenAt],
    8,
  );
  frame.set([slotsAt, stackAt, 0, mostCells, 8 * stride, 4 * rows + gapBytes, shapesAt, 4 * shapeWords], 14);
  frame.set([newAt.rows, newAt.ranks, newAt.codes, newAt.entries], 22);
  placed.write(loops, frameAt, start);
  const partsEnd = roots.reduce((parts, root) => loops.cutTree(frameAt, root, parts), partsAt);
  const count = roots.length === 0 ? 0 : loops.writeGroups(frameAt, partsAt, partsEnd);
  const tablesAt = frame[free]!;
  const noRoom = () => new RangeError(`a group of leaves has no room in ${bytes} bytes`);

  /** Adds up what the leaves contribute to the first `some` rows of ranks. */
  const addReasons = (some: number): void => {
    for (let i = 0; i < ranks.columns.length; i++) {
      const own = byteColumns[i]!;
      loops.writeByteRanks(
        frameAt,
        rankAt + 2 * rows * i,
        some,
        byteColumns[i + 1]! - own,
        bytesAt + 64 * own,
      );
    }
    sums.fill(0);
    for (let next = 0, emptied = -1; next < count; ) {
      const last = Math.min(count, next + callGroups);
      next = loops.runReasons(frameAt, next, last, some);
      if (next === last) continue;
      if (next === emptied) throw noRoom();
      emptied = next;
      // Forgets everything that was computed so far.
      loops.dropTables(frameAt, count);
      frame[free] = tablesAt;
    }
  };

  return {
    base: baseOf(table, group),
    explain(values, total, out, totals) {
      if (count === 0 && roots.length > 0) throw noRoom();
      for (let first = 0; first < total; first += rows) {
        const block = Math.min(rows, total - first);
        writeRanks(values, first, block);
        const unknown = memo.find(block);
        if (unknown.length > 0) {
          if (unknown.length < block) keepRows(ranksOf, rows, unknown);
          addReasons(unknown.length);
          const own = values.subarray(first * features, (first + block) * features);
          const some = unknown.length < block ? pickRows(own, unknown, features) : own;
          sumRows(some, unknown.length, newTotals);
          memo.learn();
        }
        memo.write(totals, out, first);
      }
    },
  };
}

/** Returns the values of some rows, row by row. */
function pickRows(rows: Reals, picked: Uint32Array, features: number): Reals {
  const out = rows.slice(0, picked.length * features);
  for (let i = 0, to = 0; i < picked.length; i++)
    for (let from = picked[i]! * features, end = from + features; from < end; from++, to++)
      out[to] = rows[from]!;
  return out;
}

/** Moves the ranks of some rows, in ascending order, to the start of their columns of `stride` ranks. */
function keepRows(ranks: Uint16Array, stride: number, kept: Uint32Array): void {
  for (let column = 0; column < ranks.length; column += stride)
    for (let i = 0; i < kept.length; i++) ranks[column + i] = ranks[column + kept[i]!]!;
}

/**
 * Takes addresses for the points and weights of integrals of up to `mostTerms` terms; `write` returns them.
 */
function ruleWriter(mostTerms: number, addresses: Addresses): { write(buffer: ArrayBuffer): number } {
  const listAt = addresses.take(4 * (mostTerms + 1));
  // Points stand in pairs; one without a partner has another of weight 0.
  const pairsOf = (terms: number) => (((terms + 1) >> 1) + 1) >> 1;
  const rules = Array.from({ length: mostTerms + 1 }, (_, terms) => addresses.take(16 + 48 * pairsOf(terms)));
  return {
    write(buffer) {
      new Uint32Array(buffer, listAt, rules.length).set(rules);
      for (const [terms, at] of rules.entries()) {
        const { points, weights } = gaussRule((terms + 1) >> 1);
        const pairs = pairsOf(terms);
        new Uint32Array(buffer, at, 1)[0] = pairs;
        const numbers = new Float64Array(buffer, at + 16, 6 * pairs);
        for (let i = 0; i < 2 * pairs; i++) {
          const to = 6 * (i >> 1) + (i & 1);
          numbers[to] = points[i] ?? 0.5;
          numbers[to + 2] = 1 - numbers[to]!;
          numbers[to + 4] = weights[i] ?? 0;
        }
      }
      return listAt;
    },
  };
}
