/** Writes a number in groups of 7 bits, the lowest first; returns the end. */
export function writeVarint(at: usize, value: u64): usize {
  while (value > 127) {
    store<u8>(at++, <u8>value | 128);
    value >>= 7;
  }
  store<u8>(at++, <u8>value);
  return at;
}

/** The address after the number read last; 0 if the bytes ended before it did. */
export let afterVarint: usize = 0;

/** Reads a number of at most 64 bits from `[at, end)`. */
export function readVarint(at: usize, end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; at < end && shift < 64; shift += 7) {
    const byte = load<u8>(at++);
    value |= (<u64>(byte & 127)) << shift;
    if (byte < 128) {
      afterVarint = at;
      return value;
    }
  }
  afterVarint = 0;
  return 0;
}
