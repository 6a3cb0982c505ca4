// Divides the leaves of all trees into groups with a table each, see `reasons.ts`. The tests of a subtree,
// and of the path to it, cut the ranks of each column into intervals: rows whose ranks lie in the same
// intervals get the same from its leaves. A part is a subtree with few combinations of intervals; a group is
// as many parts, one after the other, as have a table of no more cells than is allowed.
//
//   shape  number of the following words; then for each column in ascending order: the column and its number
//          of cuts (upper and lower half), its number of cells; and for each cut its place and the cell of
//          ranks above it (upper and lower half); the first cell is 0

import {
  bytePlaces,
  cellsBytes,
  cellsFeatureCount,
  cellsFeatures,
  cellsHigh,
  cellsHighEnd,
  cellsLowEnd,
  cellsNode,
  cellsPart,
  cellsPlaces,
  cellsTests,
  columnAt,
  columnBytes,
  columnCall,
  columnResult,
  columnStart,
  frameCall,
  frameCells,
  frameGroups,
  frameSeen,
  frameShapeBytes,
  frameShapes,
  frameStack,
  frameStride,
  highestBit,
  nodeAt,
  nodeColumn,
  nodePlace,
  nodeRight,
  parentOf,
  take,
} from './reason-frame';

/** The most cells of a part of several leaves. */
const partCells: u32 = 256;

const mostOfByte: u32 = 256;
const tooMany: u32 = 0xffff_ffff;
const lowHalf: u32 = 0xffff;

/** Returns the next number of a call, by which it knows what it has seen. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function nextCall(frame: usize): u32 {
  const call = load<u32>(frame, frameCall) + 1;
  store<u32>(frame, call, frameCall);
  return call;
}

/** Returns a bound of the cells of the leaves below a node, or `tooMany` beyond `partCells`. */
function countCells(frame: usize, node: i32): u32 {
  const seen = <usize>load<u32>(frame, frameSeen);
  const bottom = <usize>load<u32>(frame, frameStack);
  const call = nextCall(frame);
  let cells: u32 = 1;
  for (let at = parentOf(frame, node); at >= 0; at = parentOf(frame, at)) {
    const column = columnAt(frame, load<u16>(nodeAt(frame, at), nodeColumn));
    if (load<u32>(column, columnCall) == call) continue;
    store<u32>(column, call, columnCall);
    store<u32>(column, 2, columnResult);
    cells <<= 1;
    if (cells > partCells) return tooMany;
  }
  let top = bottom;
  store<i32>(top, node);
  top += 4;
  while (top > bottom) {
    top -= 4;
    const next = load<i32>(top);
    if (next < 0) continue;
    const at = nodeAt(frame, next);
    const column = columnAt(frame, load<u16>(at, nodeColumn));
    const place = seen + (<usize>(load<u32>(column, columnStart) + <u32>load<u16>(at, nodePlace)) << 2);
    if (load<u32>(place) != call) {
      store<u32>(place, call);
      const before = load<u32>(column, columnCall) == call ? load<u32>(column, columnResult) : 1;
      store<u32>(column, call, columnCall);
      store<u32>(column, before + 1, columnResult);
      cells = (cells / before) * (before + 1);
      if (cells > partCells) return tooMany;
    }
    store<i32>(top, load<i32>(at, nodeRight));
    store<i32>(top, load<i32>(at), 4);
    top += 8;
  }
  return cells;
}

/** Cuts a root's tree into parts as large as allowed: nodes, or ~ a leaf, at `parts`; returns the end. */
export function cutTree(frame: usize, root: i32, parts: usize): usize {
  if (root >= 0 && countCells(frame, root) == tooMany) {
    parts = cutTree(frame, load<i32>(nodeAt(frame, root)), parts);
    return cutTree(frame, load<i32>(nodeAt(frame, root), nodeRight), parts);
  }
  store<i32>(parts, root);
  return parts + 4;
}

/** Inserts a column and a place into an ascending list of `count` if it is new; returns the new count. */
function insertCut(list: usize, count: u32, column: u32, place: u32): u32 {
  const cut = (column << 16) | place;
  const end = list + (<usize>count << 2);
  let at = end;
  while (at > list && load<u32>(at - 4) > cut) at -= 4;
  if (at > list && load<u32>(at - 4) == cut) return count;
  for (let to = end; to > at; to -= 4) store<u32>(to, load<u32>(to - 4));
  store<u32>(at, cut);
  return count + 1;
}

/** Returns the lowest rank of a column that a path leaves open, and the highest in the upper half. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function intervalOf(frame: usize, column: u32, call: u32): u32 {
  const own = columnAt(frame, column);
  return load<u32>(own, columnCall) == call ? load<u32>(own, columnResult) : lowHalf << 16;
}

/**
 * Inserts the cuts of a node and of those below it, left to right, except cuts outside the path's interval.
 */
function insertBelow(frame: usize, node: i32, call: u32, list: usize, count: u32): u32 {
  while (node >= 0) {
    const at = nodeAt(frame, node);
    count = insertBelow(frame, load<i32>(at), call, list, count);
    const column = load<u16>(at, nodeColumn);
    const place: u32 = load<u16>(at, nodePlace);
    const interval = intervalOf(frame, column, call);
    if (place >= (interval & lowHalf) && place < interval >> 16) count = insertCut(list, count, column, place);
    node = load<i32>(at, nodeRight);
  }
  return count;
}

/**
 * Lists the cuts of the leaves below a node and of its path, and the path's intervals; returns their number.
 */
function listCuts(frame: usize, node: i32, call: u32, list: usize): u32 {
  let child = node;
  for (let at = parentOf(frame, node); at >= 0; at = parentOf(frame, at)) {
    const from = nodeAt(frame, at);
    const column = load<u16>(from, nodeColumn);
    const place: u32 = load<u16>(from, nodePlace);
    const interval = intervalOf(frame, column, call);
    let low = interval & lowHalf;
    let high = interval >> 16;
    if (child == load<i32>(from, nodeRight)) low = max(low, place + 1);
    else high = min(high, place);
    const own = columnAt(frame, column);
    store<u32>(own, call, columnCall);
    store<u32>(own, low | (high << 16), columnResult);
    child = at;
  }
  let count = insertBelow(frame, node, call, list, 0);
  for (let at = parentOf(frame, node); at >= 0; at = parentOf(frame, at)) {
    const column = load<u16>(nodeAt(frame, at), nodeColumn);
    const interval = intervalOf(frame, column, call);
    if ((interval & lowHalf) > 0) count = insertCut(list, count, column, (interval & lowHalf) - 1);
    if (interval >> 16 < lowHalf) count = insertCut(list, count, column, interval >> 16);
  }
  return count;
}

/** Writes the shape of the leaves below a node: all ranks of a column that the path excludes are one cell. */
function shapeOf(frame: usize, node: i32, shape: usize): void {
  const list = <usize>load<u32>(frame, frameStack);
  const call = nextCall(frame);
  const end = list + (<usize>listCuts(frame, node, call, list) << 2);
  let out = shape + 4;
  let at = list;
  while (at < end) {
    const column = load<u32>(at) >> 16;
    const interval = intervalOf(frame, column, call);
    const head = out;
    let cells: u32 = 1;
    let excluded: u32 = (interval & lowHalf) > 0 ? 0 : tooMany;
    out += 8;
    for (; at < end && load<u32>(at) >> 16 == column; at += 4) {
      const place = load<u32>(at) & lowHalf;
      let cell = cells;
      if (place >= interval >> 16) {
        if (excluded == tooMany) excluded = cells;
        cell = excluded;
      }
      if (cell == cells) cells++;
      store<u32>(out, (place << 16) | cell);
      out += 4;
    }
    store<u32>(head, (column << 16) | <u32>((out - head - 8) >> 2));
    store<u32>(head, cells, 4);
  }
  store<u32>(shape, <u32>((out - shape - 4) >> 2));
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function endOf(shape: usize): usize {
  return shape + 4 + (<usize>load<u32>(shape) << 2);
}

/** Returns the address of what follows a column of a shape. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function nextOf(column: usize): usize {
  return column + 8 + (<usize>(load<u32>(column) & lowHalf) << 2);
}

/**
 * Returns the cells of a shape by the low byte of their numbers, and by the high one in the upper half, or
 * `tooMany` if there are more than `most` or a byte does not hold them: a column adds to the first that can.
 */
function cellsOf(shape: usize, most: u32): u32 {
  let low: u32 = 1;
  let high: u32 = 1;
  for (let at = shape + 4, end = endOf(shape); at < end; at = nextOf(at)) {
    const cells = load<u32>(at, 4);
    if (low * cells <= mostOfByte) low *= cells;
    else if (high * cells <= mostOfByte) high *= cells;
    else return tooMany;
    if (low * high > most) return tooMany;
  }
  return low | (high << 16);
}

/** Writes the shape of two together, whose cells are common to both; returns false beyond `most` cells. */
function joinShapes(a: usize, b: usize, out: usize, most: u32, pairs: usize): bool {
  const start = out;
  const endA = endOf(a);
  const endB = endOf(b);
  let cells: u32 = 1;
  out += 4;
  a += 4;
  b += 4;
  while (a < endA || b < endB) {
    const columnA = a < endA ? load<u32>(a) >> 16 : tooMany;
    const columnB = b < endB ? load<u32>(b) >> 16 : tooMany;
    const head = out;
    if (columnA == columnB) out = joinColumns(a, b, out, pairs, most / cells);
    else {
      const from = columnA < columnB ? a : b;
      const bytes = nextOf(from) - from;
      memory.copy(out, from, bytes);
      out += bytes;
    }
    if (out == head) return false;
    cells *= load<u32>(head, 4);
    if (cells > most) return false;
    if (columnA <= columnB) a = nextOf(a);
    if (columnB <= columnA) b = nextOf(b);
  }
  store<u32>(start, <u32>((out - start - 4) >> 2));
  return cellsOf(start, most) != tooMany;
}

/** Writes two shapes of one column together; returns the end, or `out` beyond `most` cells. */
function joinColumns(a: usize, b: usize, out: usize, pairs: usize, most: u32): usize {
  const head = out;
  const endA = nextOf(a);
  const endB = nextOf(b);
  const column = load<u32>(a) & ~lowHalf;
  let cellA: u32 = 0;
  let cellB: u32 = 0;
  let cells: u32 = 1;
  store<u32>(pairs, 0);
  out += 8;
  a += 8;
  b += 8;
  while (a < endA || b < endB) {
    const placeA = a < endA ? load<u32>(a) >> 16 : tooMany;
    const placeB = b < endB ? load<u32>(b) >> 16 : tooMany;
    if (placeA <= placeB) {
      cellA = load<u32>(a) & lowHalf;
      a += 4;
    }
    if (placeB <= placeA) {
      cellB = load<u32>(b) & lowHalf;
      b += 4;
    }
    const pair = (cellA << 16) | cellB;
    const cell = placeIn(pairs, cells, pair);
    if (cell == cells) {
      if (cells == most) return head;
      store<u32>(pairs + (<usize>cells << 2), pair);
      cells++;
    }
    store<u32>(out, (min(placeA, placeB) << 16) | cell);
    out += 4;
  }
  store<u32>(head, column | <u32>((out - head - 8) >> 2));
  store<u32>(head, cells, 4);
  return out;
}

/** Returns the place of a number in a list, or `count`. */
function placeIn(list: usize, count: u32, number: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (load<u32>(list + (<usize>i << 2)) == number) return i;
  return count;
}

/** Writes the cells of a shape, without a table if there are too many; returns 0 without room. */
function writeCells(frame: usize, shape: usize, node: i32): usize {
  const end = endOf(shape);
  let columns: usize = 0;
  let cuts: usize = 0;
  for (let at = shape + 4; at < end; at = nextOf(at)) {
    columns++;
    cuts += load<u32>(at) & lowHalf;
  }
  const made = take(frame, cellsBytes + (cuts << 2) + (columns << 3));
  if (made == 0) return 0;
  const features = made + cellsBytes;
  const tests = features + (columns << 3);
  let count: u32 = 0;
  for (let at = shape + 4; at < end; at = nextOf(at)) {
    const feature = load<u32>(columnAt(frame, load<u32>(at) >> 16));
    if (placeIn(features, count, feature) == count) {
      store<u32>(features + (<usize>count << 2), feature);
      count++;
    }
  }
  const all = cellsOf(shape, load<u32>(frame, frameCells));
  if (all != tooMany) {
    const low = all & lowHalf;
    const lowEnd = writeTests(frame, shape, false, tests);
    store<u32>(made, low * (all >> 16));
    store<u32>(made, <u32>lowEnd, cellsLowEnd);
    store<u32>(made, <u32>writeTests(frame, shape, true, lowEnd), cellsHighEnd);
    store<u32>(made, low, cellsHigh);
  }
  store<u32>(made, <u32>tests, cellsTests);
  store<u32>(made, <u32>features, cellsFeatures);
  store<u32>(made, count, cellsFeatureCount);
  store<u32>(made, <u32>(features + (columns << 2)), cellsPlaces);
  store<i32>(made, node, cellsNode);
  return made;
}

/** Writes the tests of a shape for one byte of its cells' numbers; returns their end. */
function writeTests(frame: usize, shape: usize, isHigh: bool, test: usize): usize {
  let low: u32 = 1;
  let high: u32 = 1;
  for (let at = shape + 4, end = endOf(shape); at < end; at = nextOf(at)) {
    const cells = load<u32>(at, 4);
    const goesLow = low * cells <= mostOfByte;
    if (goesLow != isHigh) {
      const bytes = load<u32>(columnAt(frame, load<u32>(at) >> 16), columnBytes);
      const step = isHigh ? high : low;
      let before: u32 = 0;
      for (let cut = at + 8; cut < nextOf(at); cut += 4) {
        const place = load<u32>(cut) >> 16;
        const cell = load<u32>(cut) & lowHalf;
        store<u16>(test, bytes + place / bytePlaces);
        store<u8>(test, (place % bytePlaces) ^ highestBit, 2);
        store<u8>(test, (cell - before) * step, 3);
        test += 4;
        before = cell;
      }
    }
    if (goesLow) low *= cells;
    else high *= cells;
  }
  return test;
}

/** Writes a group of parts of a shape, of which the first is given; returns 0 if there is no room. */
function writeGroup(frame: usize, shape: usize, first: usize): usize {
  const group = writeCells(frame, shape, 0);
  if (group == 0) return 0;
  const features = <usize>load<u32>(group, cellsFeatures);
  const count = load<u32>(group, cellsFeatureCount);
  for (let i: usize = 0; i < count << 2; i += 4)
    store<u32>(<usize>load<u32>(group, cellsPlaces) + i, load<u32>(features + i) * load<u32>(frame, frameStride));
  store<u32>(group, <u32>first, cellsPart);
  // The table of its group is enough for a part that is alone.
  if (load<u32>(first, cellsPart) == 0) store<u32>(first, 0);
  for (let part = first; part != 0; part = <usize>load<u32>(part, cellsPart)) {
    for (let i: usize = 0; i < load<u32>(part, cellsFeatureCount) << 2; i += 4) {
      const place = placeIn(features, count, load<u32>(<usize>load<u32>(part, cellsFeatures) + i));
      store<u32>(<usize>load<u32>(part, cellsPlaces) + i, place << 3);
    }
  }
  return group;
}

/**
 * Writes the groups of the parts at `parts`, their addresses to the frame's groups; returns their number, or
 * 0 without room.
 */
export function writeGroups(frame: usize, parts: usize, end: usize): u32 {
  const most = load<u32>(frame, frameCells);
  const groups = <usize>load<u32>(frame, frameGroups);
  const bytes = <usize>load<u32>(frame, frameShapeBytes);
  const pairs = <usize>load<u32>(frame, frameStack);
  let shape = <usize>load<u32>(frame, frameShapes);
  let own = shape + bytes;
  let joined = own + bytes;
  let first: usize = 0;
  let last: usize = 0;
  let count: u32 = 0;
  for (; parts < end; parts += 4) {
    const node = load<i32>(parts);
    shapeOf(frame, node, own);
    const part = writeCells(frame, own, node);
    if (part == 0) return 0;
    const fits = first != 0 && endOf(shape) - shape + (endOf(own) - own) <= bytes;
    if (fits && load<u32>(part) != 0 && joinShapes(shape, own, joined, most, pairs)) {
      store<u32>(last, <u32>part, cellsPart);
      const free = shape;
      shape = joined;
      joined = free;
    } else {
      if (first != 0) {
        const group = writeGroup(frame, shape, first);
        if (group == 0) return 0;
        store<u32>(groups + (<usize>count << 2), <u32>group);
        count++;
      }
      first = part;
      const free = shape;
      shape = own;
      own = free;
    }
    last = part;
  }
  const group = writeGroup(frame, shape, first);
  if (group == 0) return 0;
  store<u32>(groups + (<usize>count << 2), <u32>group);
  return count + 1;
}
