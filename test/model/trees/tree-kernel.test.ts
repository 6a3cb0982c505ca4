import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTreeKernel } from '../../../src/model/trees/open-tree-kernel.js';
import {
  defaultLeft,
  type FileTree,
  nearZero,
  rule,
  type TreeTable,
  tableBuilder,
} from '../../../src/model/trees/tree-table.js';
import { type Reals, walkTrees } from '../../../src/model/trees/walk-trees.js';
import { random } from '../../faults/random.js';
import fc from '../../seeded.js';
import { readTreeFile, treeCases } from './tree-cases.js';

const timeout = 60_000;
const ways = ['quick', 'walk'] as const;

interface Shape {
  readonly seed: number;
  readonly isDouble: boolean;
  readonly trees: number;
  readonly leaves: number;
  readonly features: number;
  readonly groups: number;
  /** Sums that each leaf adds to. */
  readonly width: number;
  readonly takes: TreeTable['takes'];
  readonly rows: number;
  /** True if almost all values are whole numbers, and thresholds lie near them. */
  readonly isWhole?: boolean;
}

const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-36,
  nearZero,
  1e300,
  -1e300,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

function randomTree(
  next: () => number,
  { isDouble, leaves, features, groups, width, isWhole }: Shape,
): FileTree {
  const pick = (below: number) => Math.floor(next() * below);
  const count = 1 + pick(leaves);
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    right: [] as number[],
    rule: [] as number[],
  };
  const values: number[] = [];
  const grow = (size: number): number => {
    if (size === 1) {
      for (let i = 0; i < width; i++) values.push(isDouble ? next() - 0.5 : Math.fround(next() - 0.5));
      return ~(values.length / width - 1);
    }
    const at = tree.feature.length;
    const kinds = isDouble
      ? [rule.atMost, rule.atMostZeroMissing, rule.atMostNanMissing, rule.membersLeft, rule.equal, rule.among]
      : [rule.below, rule.below, rule.membersRight, rule.equal, rule.among];
    const threshold =
      next() < 0.3 && isWhole !== true ? edges[pick(edges.length)]! : Math.round((next() - 0.5) * 40) / 8;
    tree.feature.push(pick(features));
    tree.threshold.push(isDouble ? threshold : Math.fround(threshold));
    tree.rule.push(kinds[pick(kinds.length)]! + (next() < 0.5 ? defaultLeft : 0));
    tree.left.push(0);
    tree.right.push(0);
    const left = 1 + pick(size - 1);
    tree.left[at] = grow(left);
    tree.right[at] = grow(size - left);
    return at;
  };
  const root = grow(count);
  const words = Uint32Array.from({ length: 1 + pick(3) }, () => pick(2 ** 32));
  const setOf = (node: number): Uint32Array => {
    const kind = tree.rule[node]! & ~defaultLeft;
    if (kind !== rule.equal && kind !== rule.among) return words.map((word) => word ^ node);
    // A node of `equal` has a threshold or a set of values.
    if (kind === rule.equal && node % 2 === 0) return new Uint32Array(0);
    const values = Array.from(words, (word, i) =>
      kind === rule.among ? (word % 40) - 5 : edges[(word + i) % 9]!,
    );
    return new Uint32Array(Float64Array.from(new Set(values)).sort().buffer);
  };
  return {
    group: pick(groups - width + 1),
    root,
    ...tree,
    set: setOf,
    leaves: values,
    linear: null,
  };
}

function randomTable(shape: Shape): { table: TreeTable; values: Reals } {
  const next = random(shape.seed);
  const builder = tableBuilder(
    shape.isDouble ? 'float64' : 'float32',
    shape.features,
    shape.groups,
    shape.width,
    shape.takes,
  );
  for (let i = 0; i < shape.trees; i++) builder.add(randomTree(next, shape));
  const table = builder.build(Float64Array.from({ length: shape.groups }, () => Math.fround(next())));
  const value = () => {
    const kind = next() * (shape.isWhole ? 4 : 1);
    if (kind > 1) return Math.floor(next() * 20) - 10;
    if (kind < 0.1) return Number.NaN;
    if (kind < 0.2) return edges[Math.floor(next() * edges.length)]!;
    if (kind < 0.5) return Math.round((next() - 0.5) * 40) / 8;
    return kind < 0.7 ? Math.floor(next() * 100) - 3 : (next() - 0.5) * 6;
  };
  const listed = Array.from({ length: shape.rows * shape.features }, value);
  const values: Reals = shape.isDouble ? Float64Array.from(listed) : Float32Array.from(listed);
  // What the scorer does before: values near zero are zero to LightGBM.
  return { table, values: shape.isDouble ? values.map((x) => (Math.abs(x) <= nearZero ? 0 : x)) : values };
}

/** Compares the kernel with the plain walk bit by bit; returns whether there was a kernel. */
function compare(table: TreeTable, values: Reals, rows: number, way: (typeof ways)[number]): boolean {
  const kernel = openTreeKernel(table, way);
  if (kernel === null) return false;
  const create = () =>
    table.numbers === 'float64'
      ? new Float64Array(rows * table.groups)
      : new Float32Array(rows * table.groups);
  const [expected, found] = [create(), create()];
  walkTrees(table, values, rows, expected);
  // Twice: nothing of a block may remain for the next.
  kernel.score(values, rows, found);
  kernel.score(values, rows, found);
  assert.deepEqual(Buffer.from(found.buffer), Buffer.from(expected.buffer));
  return true;
}

const shapes = fc
  .record({
    seed: fc.nat(),
    isDouble: fc.boolean(),
    trees: fc.integer({ min: 1, max: 12 }),
    leaves: fc.constantFrom(1, 2, 9, 33, 64),
    features: fc.integer({ min: 1, max: 5 }),
    groups: fc.integer({ min: 1, max: 3 }),
    width: fc.integer({ min: 1, max: 3 }),
    takes: fc.constantFrom('sum', 'sum', 'least'),
    rows: fc.constantFrom(1, 3, 63, 64, 65, 200, 1100),
    isWhole: fc.boolean(),
  })
  .map((shape): Shape => ({ ...shape, width: Math.min(shape.width, shape.groups) }));

for (const way of ways) {
  test(`${way} adds up random trees as the plain walk does, bit by bit`, { timeout }, () => {
    const property = fc.property(shapes, (shape) => {
      const { table, values } = randomTable(shape);
      assert.equal(compare(table, values, shape.rows, way), way === 'walk' || shape.takes === 'sum');
    });
    fc.assert(property, { numRuns: 150 });
  });

  test(`${way} adds up the trees of trainers as the plain walk does`, { timeout }, () => {
    let kernels = 0;
    for (const one of treeCases()) {
      const { table } = readTreeFile(one.models[0]!);
      const values =
        table.numbers === 'float64'
          ? one.values.map((x) => (Math.abs(x) <= nearZero ? 0 : x))
          : Float32Array.from(one.values);
      if (compare(table, values, one.rows, way)) kernels++;
    }
    assert.ok(kernels > 40, `${kernels} of them`);
  });
}

test('cuts trees to rows that are alike, in several sorted batches, and takes values near zero as zero', {
  timeout,
}, () => {
  const shape = { seed: 11, trees: 8, leaves: 64, features: 4, groups: 2, width: 2, rows: 20_001 };
  for (const isDouble of [true, false]) {
    const { table, values } = randomTable({ ...shape, isDouble, takes: 'sum' });
    for (let row = 0; row < shape.rows; row++) {
      values[row * 4] = 0.5;
      values[row * 4 + 1] = (row / shape.rows - 0.5) * 6;
      if (isDouble && row % 7 === 0) values[row * 4 + 2] = row % 2 === 0 ? 1e-36 : -nearZero;
    }
    const snapped = isDouble ? values.map((x) => (Math.abs(x) <= nearZero ? 0 : x)) : values;
    const [expected, found] = [0, 0].map(() =>
      isDouble ? new Float64Array(2 * shape.rows) : new Float32Array(2 * shape.rows),
    ) as [Reals, Reals];
    walkTrees(table, snapped, shape.rows, expected);
    for (const way of ways) {
      openTreeKernel(table, way, isDouble ? nearZero : -1)!.score(values, shape.rows, found.fill(0));
      assert.deepEqual(Buffer.from(found.buffer), Buffer.from(expected.buffer));
    }
  }
});

test('walks trees of any size and with more thresholds than a byte holds', { timeout }, () => {
  const shape = {
    seed: 5,
    isDouble: true,
    trees: 4,
    leaves: 3000,
    features: 2,
    groups: 1,
    width: 1,
    takes: 'sum' as const,
    rows: 700,
  };
  const { table, values } = randomTable(shape);
  assert.equal(openTreeKernel(table)!.way, 'walk');
  assert.equal(openTreeKernel(table, 'quick'), null);
  assert.ok(compare(table, values, shape.rows, 'walk'));
});

test('leaves linear trees and too many columns to the plain walk', { timeout }, () => {
  const linear = treeCases().find(({ name }) => name === 'lightgbm-linear')!;
  assert.equal(openTreeKernel(readTreeFile(linear.models[0]!).table), null);
});
