import { defaultLeft, nearZero, rule, type TreeTable } from './tree-table.js';

/** Values of rows, or their sums, in the trainer's own type. */
export type Reals = Float64Array | Float32Array;

/**
 * Adds up the leaves of `rows` rows, or takes the least of them, tree by tree in the trainer's order, into
 * `sums` (row by row, one for each group); `values` are the features row by row. This is the plain walk that
 * every faster way must equal bit by bit.
 */
export function walkTrees(table: TreeTable, values: Reals, rows: number, sums: Reals): void {
  const { features, groups, leafWidth, roots, treeGroups, leaves, base, linear } = table;
  const isLeast = table.takes === 'least';
  for (let row = 0; row < rows; row++) {
    const at = row * features;
    const out = row * groups;
    for (let group = 0; group < groups; group++) sums[out + group] = base[group]!;
    for (let tree = 0; tree < roots.length; tree++) {
      const leaf = findLeaf(table, roots[tree]!, values, at);
      for (let i = 0, group = out + treeGroups[tree]!; i < leafWidth; i++, group++) {
        const value = linear === null ? leaves[leaf * leafWidth + i]! : linearValue(table, leaf, values, at);
        // A Float32Array rounds each sum, which is the same as adding in float32.
        if (!isLeast) sums[group] = sums[group]! + value;
        else if (value < sums[group]!) sums[group] = value;
      }
    }
  }
}

/** Returns the leaf that the row at `at` lands in, from the root on. */
export function findLeaf(table: TreeTable, root: number, values: Reals, at: number): number {
  const { left, right } = table.nodes;
  let node = root;
  while (node >= 0) node = goesLeft(table, node, values, at) ? left[node]! : right[node]!;
  return ~node;
}

/** Returns true if `node` sends the row at `at` to its left. */
export function goesLeft(
  { nodes, setStarts, setWords }: TreeTable,
  node: number,
  values: Reals,
  at: number,
): boolean {
  const code = nodes.rule[node]!;
  const isLeft = (code & defaultLeft) !== 0;
  const threshold = nodes.threshold[node]!;
  const x = values[at + nodes.feature[node]!]!;
  switch (code & ~defaultLeft) {
    case rule.atMost:
      return (Number.isNaN(x) ? 0 : x) <= threshold;
    case rule.atMostZeroMissing:
      // False for NaN too.
      return x < -nearZero || x > nearZero ? x <= threshold : isLeft;
    case rule.atMostNanMissing:
      return Number.isNaN(x) ? isLeft : x <= threshold;
    case rule.below:
      return Number.isNaN(x) ? isLeft : x < threshold;
    case rule.membersLeft:
      return isMember(setStarts, setWords, nodes.set[node]!, x);
    case rule.equal:
      if (Number.isNaN(x)) return isLeft;
      return nodes.set[node]! < 0
        ? x === threshold
        : valuesOfSet(setStarts, setWords, nodes.set[node]!).includes(x);
    case rule.among:
      if (Number.isNaN(x)) return isLeft;
      return valuesOfSet(setStarts, setWords, nodes.set[node]!).includes(Math.trunc(x));
    default:
      return Number.isNaN(x) ? isLeft : x < 0 || !isMember(setStarts, setWords, nodes.set[node]!, x);
  }
}

/** Returns the values of a set of `rule.equal` or `rule.among`. */
export function valuesOfSet(setStarts: Int32Array, setWords: Uint32Array, set: number): Float64Array {
  return new Float64Array(setWords.slice(setStarts[set]!, setStarts[set + 1]!).buffer);
}

/** Returns true if `x`, cut to a whole number, is in the set; NaN and negative numbers are in none. */
export function isMember(setStarts: Int32Array, setWords: Uint32Array, set: number, x: number): boolean {
  const start = setStarts[set]!;
  const bits = (setStarts[set + 1]! - start) * 32;
  if (!(x > -1 && x < bits)) return false;
  const category = Math.trunc(x);
  return ((setWords[start + (category >> 5)]! >>> (category & 31)) & 1) === 1;
}

/** Returns the value of a leaf that may be a linear function, for the row at `at`. */
export function linearValue({ leaves, linear }: TreeTable, leaf: number, values: Reals, at: number): number {
  const { isLinear, constants, starts, features, coefficients } = linear!;
  if (isLinear[leaf] === 0) return leaves[leaf]!;
  let sum = constants[leaf]!;
  for (let i = starts[leaf]!; i < starts[leaf + 1]!; i++) {
    const x = values[at + features[i]!]!;
    if (Number.isNaN(x)) return leaves[leaf]!;
    sum += coefficients[i]! * x;
  }
  return sum;
}
