import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { openTreeExplainer, refusesReasons } from '../../../src/model/trees/explain-trees.js';
import { plainExplainer } from '../../../src/model/trees/plain-explainer.js';
import { gaussRule, type SumRows, type TreeExplainer } from '../../../src/model/trees/tree-path.js';
import {
  defaultLeft,
  nearZero,
  rule,
  type TreeTable,
  tableBuilder,
} from '../../../src/model/trees/tree-table.js';
import { goesLeft, type Reals, walkTrees } from '../../../src/model/trees/walk-trees.js';
import { standingBytes } from '../../../src/process/standing-bytes.js';
import { skipLarge, trainerProcess } from './trainer-process.js';
import { readTreeFile, type TreeCase, treeCases } from './tree-cases.js';

const timeout = 60_000;

/** The trainer's contributions: per row and sum those of the features, then the base; null if none. */
function contributionsOf(one: TreeCase): Float64Array | null {
  const path = join(dirname(one.models[0]!), 'contributions.bin');
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** The rows of a case as the trees see them. */
function valuesOf(one: TreeCase, { numbers }: TreeTable): Reals {
  return numbers === 'float64'
    ? one.values.map((x) => (Math.abs(x) <= nearZero ? 0 : x))
    : Float32Array.from(one.values);
}

/** Sums the leaves of one group as the plain walk does. */
function sumRowsOf(table: TreeTable, group: number): SumRows {
  return (values, rows, sums) => {
    const all = new Float64Array(rows * table.groups);
    walkTrees(table, values, rows, all);
    for (let row = 0; row < rows; row++) sums[row] = all[row * table.groups + group]!;
  };
}

/**
 * Compares an explainer of the sum `group` with the trainer, and checks that every row adds up; returns the
 * largest differences, and by how much the trainer's own contributions miss the sum.
 */
function compare(
  one: TreeCase,
  table: TreeTable,
  group: number,
  { base, explain }: TreeExplainer,
  expected: Float64Array,
): { readonly worst: number; readonly sum: number; readonly own: number } {
  const { features, rows } = one;
  const values = valuesOf(one, table);
  const found = new Float64Array(rows * features);
  const said = new Float64Array(rows);
  explain(values, rows, found, said);
  const sums = new Float64Array(rows * table.groups);
  walkTrees(table, values, rows, sums);
  for (let row = 0; row < rows; row++) assert.ok(Object.is(said[row], sums[row * table.groups + group]));
  let [worst, most, own] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const at = (row * table.groups + group) * (features + 1);
    let sum = base;
    let theirs = expected[at + features]!;
    worst = Math.max(worst, Math.abs(base - expected[at + features]!));
    for (let i = 0; i < features; i++) {
      sum += found[row * features + i]!;
      theirs += expected[at + i]!;
      worst = Math.max(worst, Math.abs(found[row * features + i]! - expected[at + i]!));
    }
    most = Math.max(most, Math.abs(sum - sums[row * table.groups + group]!));
    own = Math.max(own, Math.abs(theirs - sums[row * table.groups + group]!));
  }
  return { worst, sum: most, own };
}

test('explains every row as the trainers do within 1e-6, and adds up', { timeout }, () => {
  const counts = { explained: 0, linear: 0 };
  for (const one of treeCases()) {
    const expected = contributionsOf(one);
    for (const path of one.models) {
      const { table } = readTreeFile(path);
      if (expected === null) {
        assert.match(refusesReasons(table)!, /^its leaves are linear functions/);
        counts.linear++;
        continue;
      }
      assert.equal(refusesReasons(table), null, path);
      for (let group = 0; group < table.groups; group++) {
        for (const explainer of [
          plainExplainer(table, group, sumRowsOf(table, group)),
          openTreeExplainer(table, group, sumRowsOf(table, group)),
        ]) {
          const { worst, sum } = compare(one, table, group, explainer, expected);
          assert.ok(worst <= 1e-6, `${path}: ${worst} from the trainer`);
          assert.ok(sum <= 1e-9, `${path}: ${sum} from the sum`);
        }
        counts.explained++;
      }
    }
  }
  assert.deepEqual(counts, { explained: 86, linear: 3 });
});

/** The Shapley value by definition: over all coalitions, with expected sums where features are unknown. */
function shapley(table: TreeTable, values: Reals, at: number): Float64Array {
  const { features, nodes, covers, leaves } = table;
  const expected = (node: number, known: number): number => {
    if (node < 0) return leaves[~node]!;
    const [left, right] = [nodes.left[node]!, nodes.right[node]!];
    if ((known >> nodes.feature[node]!) & 1)
      return expected(goesLeft(table, node, values, at) ? left : right, known);
    const cover = (child: number) => (child >= 0 ? covers!.nodes[child]! : covers!.leaves[~child]!);
    const share = (child: number) => (cover(child) / covers!.nodes[node]!) * expected(child, known);
    return share(left) + share(right);
  };
  const sums = Array.from({ length: 2 ** features }, (_, known) =>
    table.roots.reduce((sum, root) => sum + expected(root, known), 0),
  );
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Float64Array.from({ length: features }, (_, feature) => {
    let total = 0;
    for (let known = 0; known < 2 ** features; known++) {
      if ((known >> feature) & 1) continue;
      const size = known.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(features - size - 1)) / factorial(features);
      total += weight * (sums[known | (1 << feature)]! - sums[known]!);
    }
    return total;
  });
}

test('gives the Shapley values of the definition', { timeout }, () => {
  for (const name of ['lightgbm-categories', 'xgboost-binary', 'lightgbm-wide']) {
    const one = treeCases().find((candidate) => candidate.name === name)!;
    const { table } = readTreeFile(one.models[0]!);
    const values = valuesOf(one, table);
    const found = new Float64Array(one.rows * one.features);
    openTreeExplainer(table, 0, sumRowsOf(table, 0)).explain(
      values,
      one.rows,
      found,
      new Float64Array(one.rows),
    );
    for (let row = 0; row < 20; row++)
      for (const [i, value] of shapley(table, values, row * one.features).entries())
        assert.ok(Math.abs(value - found[row * one.features + i]!) < 1e-12, `${name}, row ${row}`);
  }
});

test('gives a row the same contributions whatever rows stand around it', { timeout }, () => {
  const one = treeCases().find(({ name }) => name === 'lightgbm-deep')!;
  const { table } = readTreeFile(one.models[0]!);
  const values = valuesOf(one, table);
  const all = new Float64Array(one.rows * one.features);
  openTreeExplainer(table, 0, sumRowsOf(table, 0)).explain(values, one.rows, all, new Float64Array(one.rows));
  const explainer = openTreeExplainer(table, 0, sumRowsOf(table, 0));
  for (const row of [17, 3, 40]) {
    const alone = new Float64Array(one.features);
    explainer.explain(
      values.subarray(row * one.features, (row + 1) * one.features),
      1,
      alone,
      new Float64Array(1),
    );
    assert.deepEqual(alone, all.slice(row * one.features, (row + 1) * one.features));
  }
});

test('computes a leaf that has more cells than a table for each row', { timeout }, () => {
  const one = treeCases().find(({ name }) => name === 'lightgbm-deep')!;
  const { table } = readTreeFile(one.models[0]!);
  const expected = contributionsOf(one)!;
  for (const most of [1, 8, 64, 2 ** 14]) {
    const { worst, sum } = compare(
      one,
      table,
      0,
      openTreeExplainer(table, 0, sumRowsOf(table, 0), 2 ** 24, most),
      expected,
    );
    assert.ok(worst <= 1e-6 && sum <= 1e-9, `${most}: ${worst}, ${sum}`);
  }
});

test('computes what it forgot again where the memory of entries is short', { timeout }, () => {
  const one = treeCases().find(({ name }) => name === 'lightgbm-wide')!;
  const { table } = readTreeFile(one.models[0]!);
  const short = openTreeExplainer(table, 0, sumRowsOf(table, 0), 2 ** 17);
  const { worst, sum } = compare(one, table, 0, short, contributionsOf(one)!);
  assert.ok(worst <= 1e-6 && sum <= 1e-9, `${worst}, ${sum}`);
  const none = openTreeExplainer(table, 0, sumRowsOf(table, 0), 2 ** 10);
  assert.throws(
    () => none.explain(valuesOf(one, table), 1, new Float64Array(one.features), new Float64Array(1)),
    /no room in 1024 bytes/,
  );
});

test('counts the memory of its tables as standing, which is never taken for garbage', { timeout }, () => {
  const one = treeCases().find(({ name }) => name === 'lightgbm-wide')!;
  const { table } = readTreeFile(one.models[0]!);
  const before = standingBytes();
  const bytes = 2 ** 20;
  openTreeExplainer(table, 0, sumRowsOf(table, 0), bytes);
  const counted = standingBytes() - before;
  assert.ok(counted >= bytes && counted < 32 * bytes, `${counted} bytes`);
});

/** Numbers from 0 to 1, the same for the same seed. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Trees of random splits at `thresholds` places of each feature, with leaves of up to `size`. */
function randomTrees(features: number, thresholds: number, trees: number, size: number): TreeTable {
  const next = numbersFrom(features * thresholds);
  const builder = tableBuilder('float64', features, 1);
  for (let tree = 0; tree < trees; tree++) {
    const [feature, threshold, left, right, kinds, nodeCovers]: number[][] = [[], [], [], [], [], []];
    const [leaves, leafCovers]: number[][] = [[], []];
    const grow = (cover: number): number => {
      if (cover < 2 || leaves.length >= 40) {
        leafCovers!.push(cover);
        return ~(leaves!.push((next() - 0.5) * 2 * size) - 1);
      }
      const node = feature!.push(Math.floor(next() * features)) - 1;
      threshold!.push(Math.floor(next() * thresholds));
      kinds!.push(rule.atMostNanMissing + (next() < 0.5 ? defaultLeft : 0));
      nodeCovers!.push(cover);
      left!.push(0);
      right!.push(0);
      const share = 0.2 + 0.6 * next();
      left![node] = grow(cover * share);
      right![node] = grow(cover * (1 - share));
      return node;
    };
    const root = grow(64);
    const covers = { nodes: nodeCovers!, leaves: leafCovers! };
    const nodes = { feature: feature!, threshold: threshold!, left: left!, right: right!, rule: kinds! };
    builder.add({
      group: 0,
      root,
      ...nodes,
      set: () => new Uint32Array(0),
      leaves: leaves!,
      linear: null,
      covers,
    });
  }
  return builder.build(Float64Array.of(0));
}

test('agrees with the plain way for any number of thresholds and features, and any size of leaves', () => {
  for (const [features, thresholds] of [
    [1, 3],
    [1, 256],
    [2, 2000],
    [3, 511],
    [17, 300],
    [40, 5],
  ] as const) {
    for (const size of [1e-9, 1, 1e9]) {
      const table = randomTrees(features, thresholds, 60, size);
      const rows = 131;
      const next = numbersFrom(rows);
      const values = Float64Array.from({ length: rows * features }, () => {
        const value = Math.floor(next() * (thresholds + 2)) - 1;
        return next() < 0.05 ? Number.NaN : value;
      });
      const [found, expected] = [new Float64Array(values.length), new Float64Array(values.length)];
      openTreeExplainer(table, 0, sumRowsOf(table, 0)).explain(values, rows, found, new Float64Array(rows));
      plainExplainer(table, 0, sumRowsOf(table, 0)).explain(values, rows, expected, new Float64Array(rows));
      const far = found.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= 1e-12 * size));
      const where = `${features} features, ${thresholds} thresholds, leaves up to ${size}`;
      assert.equal(far, -1, `${where}: ${found[far]}, not ${expected[far]}`);
    }
  }
});

test('integrates polynomials exactly', () => {
  for (let count = 1; count <= 40; count++) {
    const { points, weights } = gaussRule(count);
    for (const degree of [0, 1, count, 2 * count - 1]) {
      const integral = points.reduce((sum, t, i) => sum + weights[i]! * t ** degree, 0);
      assert.ok(Math.abs(integral - 1 / (degree + 1)) < 1e-14, `${count} points, degree ${degree}`);
    }
  }
});

const trainers = trainerProcess(['--rows', '100000', '--times', '4']);
after(trainers.close);

for (const { name } of skipLarge === false ? treeCases() : [{ name: 'every case' }])
  test(`explains 100,000 rows as the trainer: ${name}`, { skip: skipLarge, timeout: 1_800_000 }, (t) =>
    trainers.withCase(name, (one) => {
      const expected = contributionsOf(one);
      if (expected === null) return;
      const { table } = readTreeFile(one.models[0]!);
      for (let group = 0; group < table.groups; group++) {
        const found = compare(
          one,
          table,
          group,
          openTreeExplainer(table, group, sumRowsOf(table, group)),
          expected,
        );
        const { worst, sum, own } = found;
        t.diagnostic(`sum ${group}: ${worst} from the trainer, ${sum} from the sum, its own ${own}`);
        // XGBoost's are float32: what they miss themselves cannot be asked of ours.
        assert.ok(worst <= Math.max(1e-6, own) && sum <= 1e-9, `${worst}, ${sum}`);
      }
    }),
  );
