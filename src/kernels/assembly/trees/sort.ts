// The order of scoring: rows of similar ranks are together, so that less is left of a tree for a block.

/**
 * Sorts the `count` places of rows (u16) at `order` by their one-byte ranks at `column`; `scratch` has room
 * for 256 u32 and for the places.
 */
function sortPlaces(order: usize, count: usize, column: usize, scratch: usize): void {
  const places = scratch + 256 * 4;
  memory.fill(scratch, 0, 256 * 4);
  memory.copy(places, order, count << 1);
  for (let i: usize = 0; i < count; i++) {
    const at = scratch + (<usize>load<u8>(column + load<u16>(places + (i << 1))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let at = scratch; at < places; at += 4) {
    const next = sum + load<u32>(at);
    store<u32>(at, sum);
    sum = next;
  }
  for (let i: usize = 0; i < count; i++) {
    const place = load<u16>(places + (i << 1));
    const at = scratch + (<usize>load<u8>(column + place) << 2);
    const to = load<u32>(at);
    store<u32>(at, to + 1);
    store<u16>(order + (<usize>to << 1), place);
  }
}

/**
 * Writes the places of `count` rows to `order` (u16), sorted by ranks at `first`, then within each `segment`
 * by those at `second`.
 */
export function orderRows(
  order: usize,
  count: usize,
  first: usize,
  second: usize,
  segment: usize,
  scratch: usize,
): void {
  for (let i: usize = 0; i < count; i++) store<u16>(order + (i << 1), <u32>i);
  sortPlaces(order, count, first, scratch);
  for (let from: usize = 0; from < count; from += segment)
    sortPlaces(order + (from << 1), min(segment, count - from), second, scratch);
}

/**
 * Copies the ranks of the `rows` rows at `order`, and again those of the last up to a multiple of 64, from
 * columns of `columnBytes` to columns of `outBytes`.
 */
export function pickRows(
  ranks: usize,
  columns: u32,
  columnBytes: usize,
  order: usize,
  rows: usize,
  out: usize,
  outBytes: usize,
): void {
  const all = (rows + 63) & ~63;
  for (let column: u32 = 0; column < columns; column++) {
    for (let row: usize = 0; row < rows; row++)
      store<u8>(out + row, load<u8>(ranks + load<u16>(order + (row << 1))));
    memory.fill(out + rows, load<u8>(out + rows - 1), all - rows);
    ranks += columnBytes;
    out += outBytes;
  }
}

/** Writes `rows` sums of `width` bytes to `out`, from the order of `orderRows` back to that of the rows. */
export function unsortSums(sums: usize, order: usize, rows: usize, width: u32, out: usize): void {
  if (width == 8) {
    for (let i: usize = 0; i < rows; i++)
      store<u64>(out + (<usize>load<u16>(order + (i << 1)) << 3), load<u64>(sums + (i << 3)));
  } else {
    for (let i: usize = 0; i < rows; i++)
      store<u32>(out + (<usize>load<u16>(order + (i << 1)) << 2), load<u32>(sums + (i << 2)));
  }
}
