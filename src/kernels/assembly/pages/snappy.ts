// Snappy's raw blocks (github.com/google/snappy, format_description.txt). Up to 15 bytes beyond the source are
// read, and beyond the target written: both have slack.

import { copyWide } from './copy';

/** Copies bytes that were written `back` bytes before, and may repeat themselves. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function copyBack(to: usize, back: usize, count: usize): void {
  if (back >= 16) copyWide(to - back, to, count);
  else if (back >= 8) for (let i: usize = 0; i < count; i += 8) store<u64>(to + i, load<u64>(to - back + i));
  else for (let i: usize = 0; i < count; i++) store<u8>(to + i, load<u8>(to - back + i));
}

/**
 * Uncompresses the block `[at, end)` to `target`; returns false if it is not a block of exactly `size` bytes.
 */
export function uncompressSnappy(at: usize, end: usize, target: usize, size: usize): bool {
  let length: u64 = 0;
  for (let shift: u64 = 0; ; shift += 7) {
    if (at >= end || shift > 28) return false;
    const byte = load<u8>(at++);
    length |= (<u64>(byte & 127)) << shift;
    if (byte < 128) break;
  }
  if (length != <u64>size) return false;
  const last = target + size;
  let to = target;
  while (at < end) {
    const tag: usize = load<u8>(at++);
    let count: usize = (tag >> 2) + 1;
    if ((tag & 3) == 0) {
      const more: usize = count > 60 ? count - 60 : 0;
      if (more > 0) {
        if (more > end - at) return false;
        count = (<usize>load<u32>(at) & ((1 << (8 * more)) - 1)) + 1;
        if (more == 4) count = <usize>load<u32>(at) + 1;
        at += more;
        if (count == 0) return false;
      }
      if (count > end - at || count > last - to) return false;
      if (count <= 64) copyWide(at, to, count);
      else memory.copy(to, at, count);
      at += count;
    } else {
      const width: usize = (tag & 3) == 3 ? 4 : tag & 3;
      if (width > end - at) return false;
      let back: usize = 0;
      if (width == 1) {
        count = ((tag >> 2) & 7) + 4;
        back = ((tag >> 5) << 8) | load<u8>(at);
      } else back = width == 2 ? load<u16>(at) : load<u32>(at);
      at += width;
      if (back == 0 || back > to - target || count > last - to) return false;
      copyBack(to, back, count);
    }
    to += count;
  }
  return to == last;
}
