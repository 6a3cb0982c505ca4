import { LONGEST, SHORTEST, SUM, TEXTS } from '../../count-layout';
import { mixed, note } from './hashes';
import { isPresent } from './small';
import { INPUT, NUMBERS, RESULT } from './addresses';

/**
 * Computes lengths in code points and hashes of texts (bytes from INPUT on, offsets in NUMBERS). Adds to the
 * result slots.
 */
export function texts(rows: i32, mayMiss: bool): void {
  const base = INPUT - <usize>load<u32>(NUMBERS);
  let count = load<i32>(RESULT + TEXTS * 4);
  let shortest = load<i32>(RESULT + SHORTEST * 4);
  let longest = load<i32>(RESULT + LONGEST * 4);
  let sum: i64 = 0;
  for (let row = 0; row < rows; row++) {
    if (mayMiss && isPresent(row) == 0) continue;
    const start = base + <usize>load<u32>(NUMBERS + (<usize>row << 2));
    const end = base + <usize>load<u32>(NUMBERS + (<usize>row << 2), 4);
    let length = <i32>(end - start);
    let hash: u32 = length;
    let bits: u32 = 0;
    let at = start;
    for (; at + 8 <= end; at += 8) {
      const low = load<u32>(at);
      const high = load<u32>(at, 4);
      bits |= low | high;
      hash = hashed(hash, low, high);
    }
    if (at < end) {
      // Masks out what follows the text in the block.
      const tail = load<u64>(at) & (<u64>-1 >> (64 - ((<u64>end - <u64>at) << 3)));
      bits |= <u32>tail | <u32>(tail >> 32);
      hash = hashed(hash, <u32>tail, <u32>(tail >> 32));
    }
    if ((bits & 0x80808080) != 0) {
      for (at = start; at < end; at++) if ((load<u8>(at) & 0xc0) == 0x80) length--;
    }
    note(mixed(hash));
    count++;
    sum += length;
    shortest = min(shortest, length);
    longest = max(longest, length);
  }
  store<i32>(RESULT + TEXTS * 4, count);
  store<i32>(RESULT + SHORTEST * 4, shortest);
  store<i32>(RESULT + LONGEST * 4, longest);
  store<f64>(RESULT + SUM * 8, load<f64>(RESULT + SUM * 8) + <f64>sum);
}

/** Returns the hash with eight more bytes. */
// @ts-ignore: decorator
@inline
function hashed(hash: u32, low: u32, high: u32): u32 {
  const h = ((hash ^ low) * 0x9e3779b1) ^ rotl<u32>(high * 0x85ebca77, 15);
  return h ^ (h >> 15);
}
