import { RANK_BITS } from '../../count-layout';
import { NUMBERS, RANKS } from './addresses';

/** MurmurHash3's finaliser, as `mixBits` in text/mix-bits.ts. */
// @ts-ignore: decorator
@inline
export function mixed(bits: u32): u32 {
  let h = bits;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

/** Hashes a float64 by its two words. */
// @ts-ignore: decorator
@inline
export function hashOf(high: u32, low: u32): u32 {
  return mixed(high ^ (low * 0x9e3779b1));
}

/** Records a hash, like `noteHash` in quality/distinct.ts. */
// @ts-ignore: decorator
@inline
export function note(hash: u32): void {
  const at = RANKS + <usize>(hash >> (32 - RANK_BITS));
  const rank = clz<u32>((hash << RANK_BITS) | (1 << (RANK_BITS - 1))) + 1;
  // Without a branch, which would be unpredictable.
  store<u8>(at, <u8>max<u32>(load<u8>(at), rank));
}

/** Records the hashes of the first `rows` of NUMBERS. */
export function hashes(rows: i32): void {
  const fours = NUMBERS + (<usize>(rows & ~3) << 3);
  const end = NUMBERS + (<usize>rows << 3);
  let at: usize = NUMBERS;
  for (; at < fours; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const low = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    let h = v128.xor(v128.shuffle<i32>(a, b, 1, 3, 5, 7), i32x4.mul(low, i32x4.splat(<i32>0x9e3779b1)));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(<i32>0x85ebca6b));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(<i32>0xc2b2ae35));
    h = v128.xor(h, i32x4.shr_u(h, 16));
    note(i32x4.extract_lane(h, 0));
    note(i32x4.extract_lane(h, 1));
    note(i32x4.extract_lane(h, 2));
    note(i32x4.extract_lane(h, 3));
  }
  for (; at < end; at += 8) note(hashOf(load<u32>(at, 4), load<u32>(at)));
}
