import { LONGEST, SHORTEST, SUM, TEXTS } from '../../count-layout';
import { mixed, note } from './hashes';
import { isPresent } from './small';
import { INPUT, NUMBERS, RESULT } from './places';

/** Lengths in code points and hashes of texts: their bytes from INPUT on, the offsets of which (from any start) stand in NUMBERS. Adds to the result slots. */
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
    for (; at + 4 <= end; at += 4) {
      const word = load<u32>(at);
      bits |= word;
      hash = (hash ^ word) * 0x9e3779b1;
      hash ^= hash >> 15;
    }
    for (; at < end; at++) {
      const byte = <u32>load<u8>(at);
      bits |= byte;
      hash = (hash ^ byte) * 0x01000193;
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
