// Tests on 64 bytes at a time.

/** Positions of a byte in 64 bytes, one bit each. */
// @ts-ignore: decorator
@inline
export function bitsOf(a: v128, b: v128, c: v128, d: v128, byte: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(i8x16.eq(a, byte)) | (<u32>i8x16.bitmask(i8x16.eq(b, byte)) << 16)) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(c, byte)) | (<u32>i8x16.bitmask(i8x16.eq(d, byte)) << 16)) << 32)
  );
}

/** Positions of a byte in 64 bytes, or-ed. */
// @ts-ignore: decorator
@inline
export function anyOf(a: v128, b: v128, c: v128, d: v128, byte: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(a, byte), i8x16.eq(b, byte)),
    v128.or(i8x16.eq(c, byte), i8x16.eq(d, byte)),
  );
}

/** Writes the address of each set bit, counted from `block`; up to 7 extra addresses follow the last. */
// @ts-ignore: decorator
@inline
export function writePositions(out: usize, block: usize, bits: u64): void {
  for (let n = <i32>popcnt(bits); n > 0; n -= 8) {
    store<u32>(out, <u32>(block + <usize>ctz(bits)));
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 4);
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 8);
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 12);
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 16);
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 20);
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 24);
    bits &= bits - 1;
    store<u32>(out, <u32>(block + <usize>ctz(bits)), 28);
    bits &= bits - 1;
    out += 32;
  }
}

/** The lowest of each four bytes, as signed ones: below 1 for a NUL or a byte beyond ASCII. */
// @ts-ignore: decorator
@inline
export function lowestOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.min_s(i8x16.min_s(a, b), i8x16.min_s(c, d));
}
