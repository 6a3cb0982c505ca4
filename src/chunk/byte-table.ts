import { isUtf8 } from 'node:buffer';

/** Distinct byte strings, numbered from 0 in order of first occurrence. */
export interface ByteTable {
  /**
   * Returns the number of the bytes `[start, end)`, new at first occurrence; 5 to 10 ns for up to 8 bytes.
   */
  id(bytes: Uint8Array, start: number, end: number): number;
  /** Returns the text of a number's bytes; invalid UTF-8 reads as U+FFFD. */
  text(id: number): string;
  /** Returns true if a number's bytes are UTF-8. */
  isUtf8(id: number): boolean;
  readonly size: number;
  readonly byteLength: number;
}

/** Returns true for a table with more texts, or bytes of them, than are kept from one slice to the next. */
export function isLargeTable({ size, byteLength }: ByteTable): boolean {
  return size > 16_384 || byteLength > 2 ** 20;
}

/**
 * Creates an empty table: open addressing with linear probing. Copies bytes; stores the first eight of each
 * entry in two words beside its number, which hash and compare short strings in one place of memory (mixing
 * steps of MurmurHash3).
 */
export function byteTable(): ByteTable {
  // Four words of each slot: the first eight bytes, the length, the number plus 1 (0: empty).
  let slots = new Int32Array(4 * 256);
  let hashes = new Int32Array(128);
  /** Where each entry starts in the arena. */
  let starts = new Int32Array(128);
  let arena = Buffer.alloc(1024);
  let used = 0;
  let lastBytes: Uint8Array = arena;
  let view = viewOf(arena);
  const texts: string[] = [];
  const bad = new Set<number>();

  function insert(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const id = texts.length;
    const at = used;
    used += end - start;
    if (used > arena.length) arena = copied(arena, Buffer.alloc(Math.max(2 * arena.length, used)));
    if (id === hashes.length) {
      hashes = copied(hashes, new Int32Array(2 * id));
      starts = copied(starts, new Int32Array(2 * id));
    }
    arena.set(bytes.subarray(start, end), at);
    hashes[id] = hash;
    starts[id] = at;
    const text = arena.toString('utf8', at, used);
    if (text.includes('\ufffd') && !isUtf8(arena.subarray(at, used))) bad.add(id);
    texts.push(text);
    return id;
  }

  function fillSlot(words: Int32Array, hash: number, low: number, high: number, length: number, id: number) {
    const mask = words.length - 1;
    let slot = (4 * hash) & mask;
    while (words[slot + 3] !== 0) slot = (slot + 4) & mask;
    words[slot] = low;
    words[slot + 1] = high;
    words[slot + 2] = length;
    words[slot + 3] = id + 1;
  }

  function grow(): void {
    const larger = new Int32Array(2 * slots.length);
    for (let slot = 0; slot < slots.length; slot += 4) {
      const id = slots[slot + 3]! - 1;
      if (id >= 0) fillSlot(larger, hashes[id]!, slots[slot]!, slots[slot + 1]!, slots[slot + 2]!, id);
    }
    slots = larger;
  }

  return {
    id(bytes, start, end) {
      const length = end - start;
      let low = 0;
      let high = 0;
      if (start + 8 <= bytes.length) {
        if (bytes !== lastBytes) {
          lastBytes = bytes;
          view = viewOf(bytes);
        }
        low = view.getInt32(start, true);
        high = view.getInt32(start + 4, true);
        if (length < 8) {
          high &= length <= 4 ? 0 : (1 << (8 * length - 32)) - 1;
          if (length < 4) low &= (1 << (8 * length)) - 1;
        }
      } else {
        for (let i = 0; i < length && i < 4; i++) low |= bytes[start + i]! << (8 * i);
        for (let i = 4; i < length; i++) high |= bytes[start + i]! << (8 * i - 32);
      }
      let hash = Math.imul(low ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
      for (let i = start + 8; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
      hash ^= hash >>> 15;
      const mask = slots.length - 1;
      for (let slot = (4 * hash) & mask; ; slot = (slot + 4) & mask) {
        const id = slots[slot + 3]! - 1;
        if (id === -1) {
          fillSlot(slots, hash, low, high, length, texts.length);
          const added = insert(bytes, start, end, hash);
          if (8 * texts.length > slots.length) grow();
          return added;
        }
        if (slots[slot] !== low || slots[slot + 1] !== high || slots[slot + 2] !== length) continue;
        if (length <= 8) return id;
        const at = starts[id]!;
        let i = 8;
        while (i < length && arena[at + i] === bytes[start + i]) i++;
        if (i === length) return id;
      }
    },
    text: (id) => texts[id]!,
    isUtf8: (id) => !bad.has(id),
    get size() {
      return texts.length;
    },
    get byteLength() {
      return used;
    },
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function copied<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
