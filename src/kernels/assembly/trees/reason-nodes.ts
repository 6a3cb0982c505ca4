// Writes the nodes and leaves of `reason-frame.ts`.

import {
  bytePlaces,
  columnAt,
  columnBytes,
  frameLeaves,
  frameNodes,
  highestBit,
  nodeAt,
  nodeByteColumn,
  nodeBytePlace,
  nodeColumn,
  nodeFeature,
  nodeParent,
  nodePlace,
  nodeRight,
  nodeShares,
} from './reason-frame';

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function setParent(frame: usize, child: i32, parent: i32): void {
  if (child >= 0) store<i32>(nodeAt(frame, child), parent, nodeParent);
  else store<i32>(<usize>load<u32>(frame, frameLeaves) + (<usize>~child << 4), parent, 8);
}

/**
 * Writes `count` nodes, whose children follow them, and `leafCount` leaves; columns are written. At `from` are
 * covers of nodes, covers of leaves and values of leaves (f64 each), then left and right children, features,
 * columns and places of nodes (i32 each).
 */
export function writeNodes(frame: usize, count: usize, leafCount: usize, from: usize): void {
  const leafCovers = from + (count << 3);
  const values = leafCovers + (leafCount << 3);
  const lefts = values + (leafCount << 3);
  const size = count << 2;
  for (let i: usize = 0; i < leafCount; i++) {
    const leaf = <usize>load<u32>(frame, frameLeaves) + (i << 4);
    store<f64>(leaf, load<f64>(values + (i << 3)));
    store<i32>(leaf, -1, 8);
  }
  for (let i: usize = 0; i < count; i++) store<i32>(nodeAt(frame, <i32>i), -1, nodeParent);
  for (let i: usize = 0; i < count; i++) {
    const at = nodeAt(frame, <i32>i);
    const cover = load<f64>(from + (i << 3));
    const input = lefts + (i << 2);
    const column = load<u32>(input + 3 * size);
    const place = load<u32>(input + 4 * size);
    for (let side: usize = 0; side < 2; side++) {
      const child = load<i32>(input + side * size);
      const own = child < 0 ? leafCovers + (<usize>~child << 3) : from + (<usize>child << 3);
      store<i32>(at + side * nodeRight, child);
      store<f64>(at + (side << 3), load<f64>(own) / cover, nodeShares);
      setParent(frame, child, <i32>i);
    }
    store<u32>(at, load<u32>(input + 2 * size), nodeFeature);
    store<u16>(at, column, nodeColumn);
    store<u16>(at, place, nodePlace);
    store<u16>(at, load<u32>(columnAt(frame, column), columnBytes) + place / bytePlaces, nodeByteColumn);
    store<u8>(at, (place % bytePlaces) ^ highestBit, nodeBytePlace);
  }
}
