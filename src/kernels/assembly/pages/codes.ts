// Codes of a dictionary in Parquet's hybrid of runs and packed bits (Encodings.md). Up to 7 bytes beyond the
// codes are read: they have slack.

/** Codes of more bits are left to others. */
const mostBits: u32 = 24;

/** Writes the value of a code as value `n`: a code itself if there are no words, else one word or two. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function put(code: u32, words: usize, isWide: bool, target: usize, n: usize): void {
  if (isWide) store<u64>(target + (n << 3), load<u64>(words + (<usize>code << 3)));
  else if (words == 0) store<u32>(target + (n << 2), code);
  else store<u32>(target + (n << 2), load<u32>(words + (<usize>code << 2)));
}

/**
 * Looks up the codes `[before, last)` that begin at `at` with their bit width, and writes their values to
 * `target`; returns false if the bytes end early, or for a code that is not below `entries`.
 */
export function lookUp(
  at: usize,
  end: usize,
  before: usize,
  last: usize,
  words: usize,
  entries: u32,
  isWide: bool,
  target: usize,
): bool {
  if (at >= end) return false;
  const bits: u32 = load<u8>(at++);
  if (bits > mostBits) return false;
  const mask: u32 = (1 << bits) - 1;
  const valueBytes: usize = (bits + 7) >> 3;
  for (let i: usize = 0; i < last; ) {
    let head: u64 = 0;
    for (let shift: u64 = 0; ; shift += 7) {
      if (at >= end || shift > 28) return false;
      const byte = load<u8>(at++);
      head |= (<u64>(byte & 127)) << shift;
      if (byte < 128) break;
    }
    const isPacked = (head & 1) == 1;
    const length = (head >> 1) << (isPacked ? 3 : 0);
    if (length == 0) return false;
    const stop: usize = length < <u64>(last - i) ? i + <usize>length : last;
    const used: usize = isPacked ? <usize>((<u64>(stop - i) * bits + 7) >> 3) : valueBytes;
    if (used > end - at) return false;
    const first = max(i, before);
    if (isPacked) {
      let bit: usize = (first - i) * bits;
      for (let n = first; n < stop; n++) {
        const code = <u32>(load<u64>(at + (bit >> 3)) >> (bit & 7)) & mask;
        if (code >= entries) return false;
        put(code, words, isWide, target, n - before);
        bit += bits;
      }
      if (stop < last) at += <usize>(length >> 3) * bits;
    } else {
      if (first < stop) {
        const code = load<u32>(at) & mask;
        if (code >= entries) return false;
        for (let n = first; n < stop; n++) put(code, words, isWide, target, n - before);
      }
      at += used;
    }
    i = stop;
  }
  return true;
}
