/** Writes a number in groups of 7 bits, the lowest first; returns the end. */
export function writeVarint(at: usize, value: u64): usize {
  while (value > 127) {
    store<u8>(at++, <u8>value | 128);
    value >>= 7;
  }
  store<u8>(at++, <u8>value);
  return at;
}
