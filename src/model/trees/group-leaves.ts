import type { ReasonGroup } from './reason-groups.js';
import { step } from './tree-path.js';
import type { TreeTable } from './tree-table.js';

/** The leaves of a group: leaf `i` has the terms from `starts[i]` to `starts[i + 1]`, one for each feature of its path. */
export interface GroupLeaves {
  readonly values: Float64Array;
  readonly starts: Int32Array;
  /** The place of the term's feature in the group. */
  readonly slots: Int32Array;
  readonly shares: Float64Array;
  /** A row passes all tests of a feature if its bits are `wants` where `masks` has one. */
  readonly masks: Int32Array;
  readonly wants: Int32Array;
}

/** Returns the leaves of a group with what each needs for its contributions. */
export function groupLeaves(table: TreeTable, { node, path, inner, features }: ReasonGroup): GroupLeaves {
  const { left, right } = table.nodes;
  const bitOf = new Map(inner.map((at, i) => [at, 1 << (path.features.length + i)]));
  const values: number[] = [];
  const starts = [0];
  const slots: number[] = [];
  const shares: number[] = [];
  const masks: number[] = [];
  const wants: number[] = [];
  const at = {
    features: [...path.features],
    shares: [...path.shares],
    passes: path.features.map(() => true),
    masks: path.features.map((_, i) => 1 << i),
    wants: path.features.map(() => 0),
  };
  const visit = (from: number): void => {
    if (from < 0) {
      values.push(table.leaves[~from]!);
      slots.push(...at.features.map((feature) => features.indexOf(feature)));
      shares.push(...at.shares);
      masks.push(...at.masks);
      wants.push(...at.wants);
      starts.push(slots.length);
      return;
    }
    for (const child of [left[from]!, right[from]!]) {
      const before = { masks: [...at.masks], wants: [...at.wants] };
      const undo = step(table, at, from, child, true);
      const place = at.features.indexOf(table.nodes.feature[from]!);
      const bit = bitOf.get(from)!;
      at.masks[place] = (at.masks[place] ?? 0) | bit;
      at.wants[place] = (at.wants[place] ?? 0) | (child === right[from]! ? bit : 0);
      visit(child);
      undo();
      at.masks = before.masks;
      at.wants = before.wants;
    }
  };
  visit(node);
  return {
    values: Float64Array.from(values),
    starts: Int32Array.from(starts),
    slots: Int32Array.from(slots),
    shares: Float64Array.from(shares),
    masks: Int32Array.from(masks),
    wants: Int32Array.from(wants),
  };
}
