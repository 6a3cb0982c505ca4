/**
 * Entries in one array: `keyWords` words of key, the last most significant, then the payload; `stride` in
 * all.
 */
interface Entries {
  readonly words: Uint32Array;
  readonly length: number;
  readonly stride: number;
  readonly keyWords: number;
}

/** Compares two keys, one in `a` at word `i`, one in `b` at word `j`: below, at, or above zero. */
export function compareKeys(a: Uint32Array, i: number, b: Uint32Array, j: number, keyWords: number): number {
  for (let word = keyWords - 1; word >= 0; word--) {
    const left = a[i + word]!;
    const right = b[j + word]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/**
 * Sorts entries by key, equal ones in order of arrival: a radix sort from the least significant byte (Knuth
 * 5.2.5) that skips bytes in which all keys agree. Returns the array with the result: `entries.words` or
 * `space`.
 */
export function sortKeys(entries: Entries, space: Uint32Array): Uint32Array {
  const { stride, keyWords } = entries;
  const end = entries.length * stride;
  let from = entries.words;
  let to = space;
  for (let word = 0; word < keyWords; word++) {
    const varying = varyingBits(from, word, end, stride);
    for (let shift = 0; shift < 32; shift += 8) {
      if (((varying >>> shift) & 0xff) === 0) continue;
      scatter(from, to, end, stride, word, shift);
      [from, to] = [to, from];
    }
  }
  return from;
}

/** Returns the bits of a key's word in which entries differ. */
function varyingBits(words: Uint32Array, word: number, end: number, stride: number): number {
  const first = words[word]!;
  let varying = 0;
  for (let at = word; at < end; at += stride) varying |= words[at]! ^ first;
  return varying;
}

function scatter(
  from: Uint32Array,
  to: Uint32Array,
  end: number,
  stride: number,
  word: number,
  shift: number,
): void {
  const nextIndex = new Int32Array(256);
  for (let at = word; at < end; at += stride) nextIndex[(from[at]! >>> shift) & 0xff]!++;
  let next = 0;
  for (let digit = 0; digit < 256; digit++) {
    const count = nextIndex[digit]!;
    nextIndex[digit] = next;
    next += count * stride;
  }
  for (let at = 0; at < end; at += stride) {
    const digit = (from[at + word]! >>> shift) & 0xff;
    const index = nextIndex[digit]!;
    for (let i = 0; i < stride; i++) to[index + i] = from[at + i]!;
    nextIndex[digit] = index + stride;
  }
}
