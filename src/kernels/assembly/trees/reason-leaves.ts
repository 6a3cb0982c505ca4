// The contributions of leaves, by the integrals of `model/trees/tree-path.ts`; see `reasons.ts`.

import {
  cellsFeatureCount,
  cellsFeatures,
  cellsNode,
  frameLeaves,
  frameNodes,
  frameRules,
  frameSlots,
  frameTerms,
  goesRight,
  nodeAt,
  nodeFeature,
  nodeRight,
  nodeShares,
  parentOf,
} from './reason-frame';

/** Bytes of a term: twice its share, twice 0 or -1 if the row fails or passes it, then data of `addLeaf`. */
const termBytes: usize = 80;

/**
 * Adds what a leaf contributes by its terms to `out`. See `addLeaf` in `model/trees/tree-path.ts`: the
 * product of all factors but a term's own is that of those before it and of those after it. Two points of the
 * integral are computed side by side.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function addLeaf(value: f64, first: usize, last: usize, rule: usize, out: usize): void {
  for (let term = first; term < last; term += termBytes) v128.store(term, f64x2.splat(0), 64);
  for (let pairs = load<u32>(rule); pairs > 0; pairs--) {
    const t = v128.load(rule, 16);
    const u = v128.load(rule, 32);
    let product = f64x2.mul(f64x2.splat(value), v128.load(rule, 48));
    for (let term = first; term < last; term += termBytes) {
      const factor = f64x2.add(f64x2.mul(u, v128.load(term)), v128.and(v128.load(term, 16), t));
      v128.store(term, factor, 32);
      v128.store(term, product, 48);
      product = f64x2.mul(product, factor);
    }
    let after = f64x2.splat(1);
    for (let term = last; term > first; ) {
      term -= termBytes;
      v128.store(term, f64x2.add(v128.load(term, 64), f64x2.mul(v128.load(term, 48), after)), 64);
      after = f64x2.mul(after, v128.load(term, 32));
    }
    rule += 48;
  }
  for (let term = first; term < last; term += termBytes) {
    const passes = select<f64>(1, 0, load<u64>(term, 16) != 0);
    const sum = load<f64>(term, 64) + load<f64>(term, 72);
    store<f64>(out, load<f64>(out) + sum * (passes - load<f64>(term)));
    out += 8;
  }
}

/** Adds what the leaves from `node` on contribute to the row with these ranks; the terms are the path's. */
function addBelow(
  node: i32,
  nodes: usize,
  leaves: usize,
  ranks: usize,
  slots: usize,
  first: usize,
  last: usize,
  rule: usize,
  out: usize,
): void {
  if (node < 0) {
    addLeaf(load<f64>(leaves + (<usize>~node << 4)), first, last, rule, out);
    return;
  }
  const at = nodes + <usize>node * 40;
  const term = first + <usize>load<u32>(slots + (<usize>load<u32>(at, nodeFeature) << 2)) * termBytes;
  const share = load<f64>(term);
  const passes = load<u64>(term, 16);
  const isRight = goesRight(at, ranks);
  setTerm(term, share * load<f64>(at, nodeShares), select<u64>(0, passes, isRight));
  addBelow(load<i32>(at), nodes, leaves, ranks, slots, first, last, rule, out);
  setTerm(term, share * load<f64>(at, nodeShares + 8), select<u64>(passes, 0, isRight));
  addBelow(load<i32>(at, nodeRight), nodes, leaves, ranks, slots, first, last, rule, out);
  setTerm(term, share, passes);
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function setTerm(term: usize, share: f64, passes: u64): void {
  v128.store(term, f64x2.splat(share));
  v128.store(term, i64x2.splat(passes), 16);
}

/**
 * Adds what the leaves of a part contribute to the row whose ranks are at `ranks`, for each of its features in
 * turn.
 */
export function addLeaves(frame: usize, part: usize, ranks: usize, out: usize): void {
  const slots = <usize>load<u32>(frame, frameSlots);
  const first = <usize>load<u32>(frame, frameTerms);
  const count = <usize>load<u32>(part, cellsFeatureCount);
  const features = <usize>load<u32>(part, cellsFeatures);
  // A feature that is not on a path has a term that is always 1, and contributes nothing.
  for (let i: usize = 0; i < count; i++) {
    store<u32>(slots + (<usize>load<u32>(features + (i << 2)) << 2), <u32>i);
    setTerm(first + i * termBytes, 1, ~(<u64>0));
  }
  const node = load<i32>(part, cellsNode);
  let child = node;
  for (let parent = parentOf(frame, node); parent >= 0; parent = parentOf(frame, parent)) {
    const at = nodeAt(frame, parent);
    const isRight = goesRight(at, ranks);
    const toRight = child == load<i32>(at, nodeRight);
    const term = first + <usize>load<u32>(slots + (<usize>load<u32>(at, nodeFeature) << 2)) * termBytes;
    const share = load<f64>(at + (toRight ? 8 : 0), nodeShares);
    setTerm(term, load<f64>(term) * share, isRight == toRight ? load<u64>(term, 16) : 0);
    child = parent;
  }
  const rule = <usize>load<u32>(<usize>load<u32>(frame, frameRules) + (count << 2));
  const nodes = <usize>load<u32>(frame, frameNodes);
  const leaves = <usize>load<u32>(frame, frameLeaves);
  addBelow(node, nodes, leaves, ranks, slots, first, first + count * termBytes, rule, out);
}
