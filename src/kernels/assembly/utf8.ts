// Classes of errors in two consecutive bytes; the tables say which of them a nibble can belong to.
const TOO_SHORT: u8 = 1;
const TOO_LONG: u8 = 2;
const OVERLONG_3: u8 = 4;
const SURROGATE: u8 = 16;
const OVERLONG_2: u8 = 32;
const TWO_CONTS: u8 = 128;
const TOO_LARGE: u8 = 8;
const TOO_LARGE_1000: u8 = 64;
const OVERLONG_4: u8 = 64;
const CARRY: u8 = TOO_SHORT | TOO_LONG | TWO_CONTS;

/**
 * Returns the bytes at which UTF-8 becomes invalid in the 64 bytes after `previous`, one bit each (J. Keiser,
 * D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2020).
 */
export function invalidBytes(a: v128, b: v128, c: v128, d: v128, previous: v128): u64 {
  return (
    <u64>(invalid16(a, previous) | (invalid16(b, a) << 16)) |
    (<u64>(invalid16(c, b) | (invalid16(d, c) << 16)) << 32)
  );
}

// @ts-ignore: decorator
@inline
function invalid16(input: v128, previous: v128): u32 {
  const before1 = v128.shuffle<u8>(previous, input, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  const before2 = v128.shuffle<u8>(previous, input, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  const before3 = v128.shuffle<u8>(previous, input, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  const firstHigh = v128.swizzle(
    i8x16(
      TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
      <i8>TWO_CONTS, <i8>TWO_CONTS, <i8>TWO_CONTS, <i8>TWO_CONTS,
      <i8>(TOO_SHORT | OVERLONG_2),
      <i8>TOO_SHORT,
      <i8>(TOO_SHORT | OVERLONG_3 | SURROGATE),
      <i8>(TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4),
    ),
    i8x16.shr_u(before1, 4),
  );
  const firstLow = v128.swizzle(
    i8x16(
      <i8>(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4),
      <i8>(CARRY | OVERLONG_2),
      <i8>CARRY,
      <i8>CARRY,
      <i8>(CARRY | TOO_LARGE),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
      <i8>(CARRY | TOO_LARGE | TOO_LARGE_1000),
    ),
    v128.and(before1, i8x16.splat(15)),
  );
  const secondHigh = v128.swizzle(
    i8x16(
      TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
      <i8>(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
      <i8>(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE),
      <i8>(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE),
      <i8>(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE),
      TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    ),
    i8x16.shr_u(input, 4),
  );
  const special = v128.and(v128.and(firstHigh, firstLow), secondHigh);
  const third = i8x16.sub_sat_u(before2, i8x16.splat(<i8>(0xe0 - 0x80)));
  const fourth = i8x16.sub_sat_u(before3, i8x16.splat(<i8>(0xf0 - 0x80)));
  const mustContinue = v128.and(v128.or(third, fourth), i8x16.splat(<i8>0x80));
  return <u32>i8x16.bitmask(i8x16.ne(v128.xor(mustContinue, special), i8x16.splat(0)));
}

/** Returns the length of the white space (as in `String.prototype.trim`) that begins at `at`, 0 for none. */
export function blankLength(at: usize): usize {
  const byte = <u32>load<u8>(at);
  if (byte == 32 || byte - 9 <= 4) return 1;
  if (byte < 0xc2) return 0;
  if (byte == 0xc2) return load<u8>(at, 1) == 0xa0 ? 2 : 0;
  return isWideBlank((byte << 16) | (<u32>load<u8>(at, 1) << 8) | load<u8>(at, 2)) ? 3 : 0;
}

/** Returns the length of the white space that ends right before `at`. */
export function blankLengthBefore(at: usize): usize {
  const byte = <u32>load<u8>(at - 1);
  if (byte == 32 || byte - 9 <= 4) return 1;
  if (byte < 0x80) return 0;
  if (byte == 0xa0 && load<u8>(at - 2) == 0xc2) return 2;
  return isWideBlank((<u32>load<u8>(at - 3) << 16) | (<u32>load<u8>(at - 2) << 8) | byte) ? 3 : 0;
}

/** Matches the three bytes of U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
function isWideBlank(bytes: u32): bool {
  return (
    bytes - 0xe28080 <= 10 ||
    bytes == 0xe19a80 ||
    bytes == 0xe280a8 ||
    bytes == 0xe280a9 ||
    bytes == 0xe280af ||
    bytes == 0xe2819f ||
    bytes == 0xe38080 ||
    bytes == 0xefbbbf
  );
}
